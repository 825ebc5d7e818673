"""Which of the runs did best, by which figure, and the table of all of them for people."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from lrsim.common.metrics import ERROR_IN_UNITS, Metric, held_out, metric_of
from lrsim.sweep.record import Record
from lrsim.verdict.codes import VerdictCode

GROWN, FAR = 100.0, 1e4
"""Times its own first epoch's loss, or the lowest first epoch's of all runs, from which a run counts as exploded."""


def ranking_metric(records: Sequence[Record]) -> str:
    """The figure that runs are compared by: accuracy, else error where the loss itself is swept, else loss.

    Where the scaling of the target is swept it is the error in the units of the source. Of the held-out rows where
    there are any. All runs have it that have a figure at all.
    """
    present = {metric for record in records for metric in record.final}
    quantity = "accuracy" if "accuracy" in present else _distance(records)
    return held_out(quantity) if held_out(quantity) in present else quantity


def tie_metric(metric: str, records: Sequence[Record]) -> str:
    """What tells runs apart whose `metric` is the same, as accuracies often are: the loss, or error, on its rows."""
    return Metric(_distance(records), metric_of(metric).split).name


def _distance(records: Sequence[Record]) -> str:
    """The quantity that says how far answers are from the targets, and means the same in all runs."""
    if len({record.scale_target for record in records}) > 1:
        return ERROR_IN_UNITS
    return "error" if len({record.loss_name for record in records}) > 1 else "loss"


def badness(metric: str, value: float) -> float:
    """The figure such that lower is better and what is not a number comes last."""
    return math.inf if math.isnan(value) else -value if metric_of(metric).higher_is_better else value


def ranked(records: Sequence[Record], metric: str | None = None) -> list[Record]:
    """The best first: by the best value of `metric` at the end of an epoch; runs that diverged or failed come last.

    Of runs with the same one, that comes first whose loss was lowest; see `tie_metric`.
    """
    by = metric or ranking_metric(records)
    tie = tie_metric(by, records)

    def place(record: Record) -> tuple[bool, bool, float, float, int]:
        first, second = (badness(name, record.best.get(name, math.nan)) for name in (by, tie))
        return bool(record.error), record.diverged, first, second, record.index

    return sorted(records, key=place)


def exploded(records: Sequence[Record], *, by_unit: bool = False) -> set[int]:
    """Indices of runs that are finite to the end, but whose loss is so large that it would squeeze the other curves.

    Where every run diverged there is nothing to squeeze.

    Parameters
    ----------
    by_unit
        Hold a loss against those alone that mean the same: of the same formula, on targets in the same units.
    """
    if all(record.verdict == VerdictCode.DIVERGED for record in records):
        return set()
    losses = {record.index: _finite(record.history.get("loss", np.empty(0))) for record in records}
    units = {record.index: (record.loss_name, record.scale_target) if by_unit else () for record in records}
    lowest: dict[tuple[str, ...], float] = {}
    for index, values in losses.items():
        if values.size:
            lowest[units[index]] = min(lowest.get(units[index], math.inf), float(values[0]))
    found = {
        record.index
        for record in records
        if not record.diverged and (values := losses[record.index]).size
        and (values[-1] > GROWN * values[0] or values[-1] > FAR * lowest[units[record.index]])
    }  # fmt: skip
    return found if len(found) < len(records) else set()


def all_exploded(records: Sequence[Record], found: Collection[int]) -> bool:
    """Whether there are runs and all are among those `found` by `exploded`: they have nothing to share an axis with."""
    return bool(records) and all(record.index in found for record in records)


def _finite(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values[np.isfinite(values)]
