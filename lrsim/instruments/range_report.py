"""What a range test found: a few lines for people, and plain data for JSON."""

from __future__ import annotations

from typing import Any

import numpy as np

from lrsim.common.numbers import short, without_non_finite
from lrsim.experiment.files import to_dict
from lrsim.instruments.range_test import EXPLOSION, RangeTest, recommended
from lrsim.training.engine import Problem

REASONS = {
    "steepest": "the loss falls fastest here",
    "minimum / 10": "a tenth of the rate with the lowest loss",
    "valley": "the middle of the longest fall",
}


def as_text(problem: Problem, found: RangeTest) -> str:
    """What was done to the data, how the loss went as the rate grew, and a table of suggestions."""
    experiment = problem.experiment
    title = " - ".join(" ".join(part.split()) for part in (experiment.name, experiment.source) if part) or "(no name)"
    blocks = [title, *(["\n".join(problem.notes)] if problem.notes else []), curve_in_words(found)]
    best = recommended(found)
    if best is not None:
        rows = [("suggestion", "rate", "loss", "why")]
        rows += [(item.name, short(item.rate), short(item.loss), REASONS[item.name]) for item in found.suggestions]
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        lines = ("   ".join(f"{cell:<{width}}" for cell, width in zip(row, widths)).rstrip() for row in rows)
        blocks += ["\n".join(f"  {line}" for line in lines), f"Next: --set optimizer.lr={_two_digits(best.rate)}"]
    return "\n\n".join(blocks)


def curve_in_words(found: RangeTest) -> str:
    """The learning curve as a sentence or two."""
    steps = len(found.rates)
    if steps == 0:
        return "No step was taken."
    began, ended = short(found.rates[0]), short(found.rates[-1])
    text = f"{steps} steps at rates from {began} to {ended}: the smoothed loss begins at {short(found.smoothed[0])}"
    finite = np.where(np.isfinite(found.smoothed), found.smoothed, np.inf)
    lowest = int(np.argmin(finite))
    if lowest == 0:
        text += " and never falls below that"
    else:
        text += f" and is lowest, {short(finite[lowest])}, at {short(found.rates[lowest])}"
    if found.stop_reason == "exploded":
        text += f"; at {ended} it is more than {short(EXPLOSION)} times that, which ends the test."
    elif found.stop_reason == "not_finite":
        text += f"; at {ended} it is no longer finite, which ends the test."
    elif found.stop_reason == "cancelled":
        text += "; there the test was interrupted."
    elif lowest == steps - 1:
        text += ", where the test ends; higher rates may do as well."
    else:
        text += f"; at the end it is {short(found.smoothed[-1])}."
    return text if found.suggestions else f"{text} No rate is suggested."


def as_dict(problem: Problem, found: RangeTest) -> dict[str, Any]:
    """Plain data; numbers that are not finite are None."""
    return {
        "experiment": to_dict(problem.experiment),
        "notes": list(problem.notes),
        "stop_reason": found.stop_reason,
        "rates": without_non_finite(found.rates.tolist()),
        "losses": without_non_finite(found.losses.tolist()),
        "smoothed": without_non_finite(found.smoothed.tolist()),
        "suggestions": [{"name": item.name, "rate": item.rate, "loss": item.loss} for item in found.suggestions],
    }


def _two_digits(rate: float) -> str:
    return short(float(f"{rate:.1e}"))
