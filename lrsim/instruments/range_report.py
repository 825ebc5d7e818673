"""What a range test found: a few lines for people, and plain data for JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from lrsim.common.numbers import short, without_non_finite
from lrsim.experiment.files import to_dict
from lrsim.instruments.range_test import EXPLOSION, RangeSearch, RangeTest
from lrsim.training.engine import Problem
from lrsim.verdict.tried import FROM_HERE, Trial, Tried

REASONS = {
    "steepest": "the loss falls fastest here",
    "minimum / 10": "a tenth of the rate with the lowest loss",
    "valley": "the middle of the longest fall",
}

FIGURES = {"loss": "loss", "val_loss": "held-out loss"}
"""What rates are compared by, for people."""


def as_text(problem: Problem, found: RangeSearch) -> str:
    """What was done to the data, how the loss went as the rate grew, what was tried, and the one rate to take."""
    experiment = problem.experiment
    title = " - ".join(" ".join(part.split()) for part in (experiment.name, experiment.source) if part) or "(no name)"
    blocks = [title, *(["\n".join(problem.notes)] if problem.notes else []), curve_in_words(found.test)]
    if found.test.suggestions:
        rows = [(item.name, short(item.rate), short(item.loss), REASONS[item.name]) for item in found.test.suggestions]
        blocks.append(_as_table(("rule", "rate", "loss", "why"), rows))
    blocks.append(trials_in_words(found))
    if found.tried is not None and found.tried.trials:
        figure = FIGURES[found.tried.figure_name]
        blocks.append(_as_table(("rate", "epochs", figure, ""), [_row(item, found) for item in by_rate(found.tried)]))
    if found.rate is not None:
        blocks.append(f"Next: --set optimizer.lr={short(found.rate)}")
    return "\n\n".join(blocks)


def _as_table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    table = [header, *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(header))]
    lines = ("   ".join(f"{cell:<{width}}" for cell, width in zip(row, widths)).rstrip() for row in table)
    return "\n".join(f"  {line}" for line in lines)


def _row(item: Trial, found: RangeSearch) -> tuple[str, ...]:
    assert found.tried is not None
    rate = item.candidate.rate
    remarks = [
        *(["suggested"] if rate == found.rate else []),
        *(["in use"] if rate == found.tried.own.candidate.rate else []),
    ]
    figure = short(item.figure) if math.isfinite(item.figure) else "diverged"
    return short(rate), str(item.epochs), figure, ", ".join(remarks)


def by_rate(tried: Tried) -> list[Trial]:
    """Every rate that was tried, the run's own among them, the lowest first."""
    others = [item for item in tried.trials if item.candidate.rate != tried.own.candidate.rate]
    return sorted([*others, *([tried.own] if tried.own.epochs else [])], key=lambda item: item.candidate.rate)


def trials_in_words(found: RangeSearch) -> str:
    """What was tried, and what it came to, as a sentence or two."""
    tried = found.tried
    if tried is None:
        return "No rate was tried, so none is suggested." if found.test.stop_reason != "running" else ""
    items = by_rate(tried)
    if not tried.done:
        return f"{_rates(len(items))} so far, each on a copy."
    if not tried.trials:
        return "Within this work no other rate than the one in use could be tried, so none is suggested."
    epochs = _length(items)
    figure, own = FIGURES[tried.figure_name], tried.own
    begin = f"{_rates(len(items))}, each on a copy, {epochs}"
    if found.rate is None:
        return f"{begin}: training diverged with all of them."
    if tried.best is None:
        kept = f"the one in use, {short(found.rate)}, does as well as any"
        return f"{begin}: {kept}, its {figure} ends at {short(own.figure)}."
    best = next(item for item in items if item.candidate == tried.best)
    text = f"{begin}: {short(found.rate)} does best, its {figure} ends at {short(best.figure)}"
    return f"{text}; {_own_in_words(own, best)}."


def _own_in_words(own: Trial, best: Trial) -> str:
    name = f"with the rate in use, {short(own.candidate.rate)},"
    if not math.isfinite(own.figure):
        return f"{name} training diverges"
    if own.epochs < best.epochs:
        return f"{name} it was behind by epoch {own.epochs}, at {short(own.figure)}"
    return f"{name} it ends at {short(own.figure)}"


def _rates(number: int) -> str:
    return f"{number} rate{' was' if number == 1 else 's were'} tried"


def _length(items: Sequence[Trial]) -> str:
    """How long rates were tried for."""
    last = max((item.epochs for item in items), default=0)
    if items and items[0].candidate.start == FROM_HERE:
        return f"from here up to epoch {last}"
    return f"for up to {last} epoch{'' if last == 1 else 's'}"


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
    return text if found.suggestions else f"{text} No rule finds a rate there."


def as_dict(problem: Problem, found: RangeSearch) -> dict[str, Any]:
    """Plain data; numbers that are not finite are None."""
    test, tried = found.test, found.tried
    return {
        "experiment": to_dict(problem.experiment),
        "notes": list(problem.notes),
        "stop_reason": test.stop_reason,
        "rates": without_non_finite(test.rates.tolist()),
        "losses": without_non_finite(test.losses.tolist()),
        "smoothed": without_non_finite(test.smoothed.tolist()),
        "suggestions": [{"name": item.name, "rate": item.rate, "loss": item.loss} for item in test.suggestions],
        "rate": found.rate,
        "figure": None if tried is None else tried.figure_name,
        "trials": [] if tried is None else [_plain(item) for item in by_rate(tried)],
        "text": trials_in_words(found),
    }


def _plain(item: Trial) -> dict[str, Any]:
    return {
        "rate": item.candidate.rate,
        "from": item.candidate.start,
        "epochs": item.epochs,
        "score": without_non_finite(item.figure),
    }
