"""What the runs of a sweep tell of the learning rate: they are each other's trials."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lrsim.common.numbers import short
from lrsim.experiment.keys import RATE_KEY
from lrsim.sweep.axes import best_record
from lrsim.sweep.ranking import badness, ranking_metric
from lrsim.sweep.record import Record
from lrsim.verdict.codes import VerdictCode

UNSURE = (
    VerdictCode.OVERFITTING, VerdictCode.PLATEAUED, VerdictCode.TOO_SLOW, VerdictCode.OSCILLATING, VerdictCode.STUCK,
    VerdictCode.DIVERGED,
)  # fmt: skip
"""Verdicts on which another rate may do better."""


def rate_lesson(records: Sequence[Record]) -> str:
    """Whether a rate beyond those of the sweep may do better still; empty where there is nothing to say of that."""
    done = [record for record in records if not record.error]
    if not done:
        return ""
    metric = ranking_metric(done)
    good = [record for record in done if record.verdict != VerdictCode.DIVERGED]
    best = best_record(good, metric)
    if best is None:
        lowest = min(record.rate for record in done)
        return f"Rates below {short(lowest)} were not tried."
    figures = _by_rate([record for record in done if _others(record) == _others(best)], metric)
    if len(figures) == 1:
        unsure = best.verdict in UNSURE
        return f"The rate was {short(best.rate)} in all runs: others were not tried." if unsure else ""
    return "" if best.verdict == VerdictCode.CONVERGED else _of_ends(figures)


def _of_ends(figures: dict[float, float]) -> str:
    """Where the best rate stands among those that were tried with the same other values."""
    rates = sorted(figures)
    place = rates.index(min(rates, key=lambda rate: (figures[rate], rate)))
    if place == len(rates) - 1:
        return (
            f"It is the highest rate of the sweep: whether more than {short(rates[place])} does better was not tried."
        )
    if place == 0:
        return f"It is the lowest rate of the sweep: whether less than {short(rates[0])} does better was not tried."
    return f"The rates next to it, {short(rates[place - 1])} and {short(rates[place + 1])}, do no better."


def _by_rate(records: Sequence[Record], metric: str) -> dict[float, float]:
    """For each rate how bad it was, as the mean over its seeds; infinite where one diverged."""
    found: dict[float, list[float]] = {}
    for record in records:
        value = math.nan if record.verdict == VerdictCode.DIVERGED else record.final.get(metric, math.nan)
        found.setdefault(record.rate, []).append(badness(metric, value))
    return {rate: sum(values) / len(values) for rate, values in found.items()}


def _others(record: Record) -> str:
    """The values of the other keys of the sweep."""
    return repr([item for item in record.values if item[0] != RATE_KEY])
