"""The final figures of a sweep over the values of its keys: what its overviews show, in the window and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from lrsim.common.metrics import held_out, metric_of
from lrsim.common.numbers import short
from lrsim.sweep.axes import (
    KeyAxis,
    best_record,
    cells_of,
    final_value,
    median_grid,
    median_of,
    three_digits,
    units,
    wants_log,
    without_explosions,
)
from lrsim.sweep.ranking import badness, ranking_metric, tie_metric
from lrsim.sweep.record import Record


@dataclass(frozen=True)
class Lost:
    """Neighbouring values of a key whose every run came to nothing, from one unit of the axis to another.

    At the ends of the axis the stretch goes on to infinity.
    """

    left: float
    right: float
    records: tuple[Record, ...]


@dataclass(frozen=True, eq=False)
class FinalCurve:
    """The final figure over one key.

    Attributes
    ----------
    metrics
        The figure that runs are compared by, on training and on held-out rows as far as they are there.
    records
        The runs, those that exploded without figures.
    log
        Whether the figures span so much that their axis is logarithmic.
    """

    axis: KeyAxis
    metric: str
    metrics: tuple[str, ...]
    records: tuple[Record, ...]
    log: bool

    @property
    def quantity(self) -> str:
        """What is measured, on whichever rows."""
        return metric_of(self.metric).quantity

    @cached_property
    def groups(self) -> list[list[Record]]:
        """The runs of each value of the axis, which differ by their seed alone."""
        found: list[list[Record]] = [[] for _ in self.axis.values]
        for record in self.records:
            found[self.axis.index(dict(record.values)[self.axis.key])].append(record)
        return found

    @property
    def figures(self) -> NDArray[np.float64]:
        """All figures that the curve shows."""
        return np.array([final_value(record, name) for record in self.records for name in self.metrics])

    @cached_property
    def best(self) -> Record | None:
        """The run with the best figure."""
        return best_record(self.records, self.metric)

    def medians(self, metric: str) -> NDArray[np.float64]:
        """The median over the seeds at each value of the axis, of one of the `metrics`."""
        return self._medians[metric]

    @cached_property
    def _medians(self) -> dict[str, NDArray[np.float64]]:
        return {name: np.array([median_of(group, name) for group in self.groups]) for name in self.metrics}

    def lost(self) -> list[Lost]:
        """Where runs came to nothing."""
        gone = [bool(group) and all(r.diverged or not r.final for r in group) for group in self.groups]
        units = self.axis.units.tolist()
        edges = [-np.inf, *((a + b) / 2 for a, b in pairwise(units)), np.inf]
        found, place = [], 0
        for is_lost, stretch in groupby(gone):
            end = place + len(list(stretch))
            if is_lost:
                records = tuple(record for group in self.groups[place:end] for record in group)
                found.append(Lost(edges[place], edges[end], records))
            place = end
        return found


def final_curve(records: Sequence[Record], axis: KeyAxis) -> FinalCurve:
    """What there is to show of finished runs over the values of a key."""
    metric = ranking_metric(records)
    quantity = metric_of(metric).quantity
    metrics = tuple(name for name in (quantity, held_out(quantity)) if any(name in record.final for record in records))
    kept = tuple(without_explosions(records))
    curve = FinalCurve(axis, metric, metrics, kept, False)
    return replace(curve, log=quantity != "accuracy" and wants_log(curve.figures))


@dataclass(frozen=True, eq=False)
class FinalMap:
    """The final figure over two keys: the median of the seeds for each pair of values.

    Attributes
    ----------
    figures
        Shape (values of `rows`, values of `columns`); NaN where no run has a figure.
    log
        Whether the figures span so much that their colours follow the logarithm.
    """

    rows: KeyAxis
    columns: KeyAxis
    metric: str
    records: tuple[Record, ...]
    figures: NDArray[np.float64]
    log: bool

    @cached_property
    def best(self) -> tuple[int, int] | None:
        """Row and column of the best figure, of several that with the lowest loss; None where there is none."""
        if not np.isfinite(self.figures).any():
            return None
        pick = np.nanmax if metric_of(self.metric).higher_is_better else np.nanmin
        equals = [(int(row), int(column)) for row, column in np.argwhere(self.figures == pick(self.figures))]
        loss = tie_metric(self.metric, self.records)
        return min(equals, key=lambda place: badness(loss, median_of(self.at(*place), loss)))

    def at(self, row: int, column: int) -> list[Record]:
        """The runs of a cell."""
        return self._cells.get((row, column), [])

    @cached_property
    def _cells(self) -> dict[tuple[int, int], list[Record]]:
        return cells_of(self.records, self.rows, self.columns)

    def cell_of(self, record: Record) -> tuple[int, int]:
        """Row and column of a run."""
        values = dict(record.values)
        return self.rows.index(values[self.rows.key]), self.columns.index(values[self.columns.key])


def final_map(records: Sequence[Record], rows: KeyAxis, columns: KeyAxis) -> FinalMap:
    """What there is to show of finished runs over the values of two keys."""
    metric = ranking_metric(records) if records else "loss"
    kept = tuple(without_explosions(records))
    figures = median_grid(kept, rows, columns, metric)
    return FinalMap(rows, columns, metric, kept, figures, wants_log(figures))


@dataclass(frozen=True, eq=False)
class FinalLines:
    """The final figure over any keys: for each run a line through its values to its figure.

    Attributes
    ----------
    heights
        The figures between 0 and 1; NaN for runs that came to nothing.
    ticks
        Heights beside the axis of the figures, and what stands there.
    """

    axes: tuple[KeyAxis, ...]
    metric: str
    records: tuple[Record, ...]
    figures: NDArray[np.float64]
    heights: NDArray[np.float64]
    ticks: tuple[tuple[float, str], ...]

    @cached_property
    def best(self) -> Record | None:
        """The run with the best figure."""
        return best_record(self.records, self.metric)

    @property
    def lost(self) -> list[Record]:
        """The runs that came to nothing."""
        return [record for record, height in zip(self.records, self.heights) if not np.isfinite(height)]

    def line(self, place: int, lost: float) -> list[float]:
        """The heights of a run on all axes, its figure last; `lost` where it has none."""
        values, height = dict(self.records[place].values), float(self.heights[place])
        return [*(axis.unit(values[axis.key]) for axis in self.axes), height if np.isfinite(height) else lost]


def final_lines(records: Sequence[Record], axes: Sequence[KeyAxis]) -> FinalLines:
    """What there is to show of finished runs over any number of keys."""
    metric = ranking_metric(records) if records else "loss"
    kept = tuple(without_explosions(records))
    figures = np.array([final_value(record, metric) for record in kept])
    log = wants_log(figures)
    return FinalLines(tuple(axes), metric, kept, figures, units(figures, log), tuple(_figure_ticks(figures, log)))


def _figure_ticks(figures: NDArray[np.float64], log: bool) -> list[tuple[float, str]]:
    finite = figures[np.isfinite(figures)]
    if not finite.size:
        return []
    low, high = float(finite.min()), float(finite.max())
    if low == high:
        return [(0.5, short(low))]
    ends = np.geomspace(low, high, 5) if log else np.linspace(low, high, 5)
    return [(place / 4, three_digits(value)) for place, value in enumerate(ends.tolist())]
