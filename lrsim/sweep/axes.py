"""Where the runs of a sweep stand in an overview: values of a key along an axis, and figures between 0 and 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lrsim.common.numbers import short
from lrsim.experiment.keys import RATE_KEY
from lrsim.sweep.ranking import badness, exploded, tie_metric
from lrsim.sweep.record import Record
from lrsim.sweep.values import Value

RATE = RATE_KEY
LOG_FROM = 20.0
"""Largest over smallest value of a swept key from which its axis is logarithmic."""


@dataclass(frozen=True, eq=False)
class KeyAxis:
    """Where the values of a key stand on an axis: numbers by their size, anything else evenly and in order."""

    key: str
    values: tuple[Value, ...]
    places: NDArray[np.float64]
    numeric: bool
    log: bool

    def index(self, value: Value) -> int:
        """Which of the values it is, counted from 0."""
        found = self._indices.get(repr(value))
        return self.values.index(value) if found is None else found

    @cached_property
    def _indices(self) -> dict[str, int]:
        """The values by their text: some can't be keys."""
        return {repr(value): place for place, value in enumerate(self.values)}

    def place(self, value: Value) -> float:
        """Where a value stands."""
        return float(self.places[self.index(value)])

    def unit(self, value: Value) -> float:
        """The place between 0 and 1."""
        return float(self.units[self.index(value)])

    @cached_property
    def units(self) -> NDArray[np.float64]:
        """The places of all values, between 0 and 1."""
        low, high = self._ends
        places = np.log10(self.places) if self.log else self.places
        return (places - low) / (high - low) if high > low else np.full(len(places), 0.5)

    def place_at(self, unit: float) -> float:
        """The place at a unit, which may lie beside the values."""
        low, high = self._ends
        place = low + unit * (high - low)
        return float(10.0**place) if self.log else place

    @property
    def _ends(self) -> tuple[float, float]:
        places = np.log10(self.places) if self.log else self.places
        return float(places.min()), float(places.max())


def key_axis(found: Sequence[Value], key: str) -> KeyAxis:
    """The axis of a key that takes these values, each counted once."""
    values: list[Value] = []
    for value in found:
        if value not in values:
            values.append(value)
    numbers = [float(value) for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(numbers) < len(values):
        return KeyAxis(key, tuple(values), np.arange(len(values), dtype=np.float64), False, False)
    ordered = tuple(sorted(values, key=lambda value: float(value)))  # type: ignore[arg-type]
    places = np.array(sorted(numbers))
    return KeyAxis(key, ordered, places, True, bool(places[0] > 0 and places[-1] >= LOG_FROM * places[0]))


def axis_of(records: Sequence[Record], key: str) -> KeyAxis:
    """The axis of a key with the values that these runs have."""
    return key_axis([dict(record.values)[key] for record in records], key)


def across_and_down(keys: Sequence[str]) -> tuple[str, str]:
    """Of two keys, the one for the columns of a map and the one for its rows; the rate goes across."""
    first, second = keys
    return (first, second) if first == RATE else (second, first)


def at_value(records: Sequence[Record], key: str, value: Value) -> list[Record]:
    """The runs in which a key has this value."""
    return [record for record in records if dict(record.values)[key] == value]


def final_value(record: Record, metric: str) -> float:
    """The final figure; NaN for a run that diverged or has none."""
    value = record.final.get(metric, np.nan)
    return np.nan if record.diverged or not np.isfinite(value) else float(value)


def without_explosions(records: Sequence[Record]) -> list[Record]:
    """The records, those that exploded without figures, which would squeeze all others'."""
    far = exploded(records, by_unit=True)
    return [replace(record, final={}) if record.index in far else record for record in records]


def lost_word(records: Sequence[Record]) -> str:
    """What became of runs without figures."""
    if all(record.error for record in records):
        return "failed"
    return "diverged" if all(record.diverged for record in records) else "exploded"


def best_record(records: Sequence[Record], metric: str) -> Record | None:
    """The run with the best final figure, of several that with the lowest loss; None when all diverged."""
    settled = [record for record in records if np.isfinite(final_value(record, metric))]
    names = metric, tie_metric(metric, records)
    return min(settled, key=lambda record: [badness(name, final_value(record, name)) for name in names], default=None)


def median_of(records: Sequence[Record], metric: str) -> float:
    """The median of the final figures of runs that have one; NaN where none has."""
    figures = np.array([final_value(record, metric) for record in records])
    figures = figures[np.isfinite(figures)]
    return float(np.median(figures)) if figures.size else np.nan


def cells_of(records: Sequence[Record], rows: KeyAxis, columns: KeyAxis) -> dict[tuple[int, int], list[Record]]:
    """The runs by row and column."""
    cells: dict[tuple[int, int], list[Record]] = {}
    for record in records:
        values = dict(record.values)
        place = rows.index(values[rows.key]), columns.index(values[columns.key])
        cells.setdefault(place, []).append(record)
    return cells


def median_grid(records: Sequence[Record], rows: KeyAxis, columns: KeyAxis, metric: str) -> NDArray[np.float64]:
    """Medians over the seeds, of shape (values of `rows`, values of `columns`)."""
    grid = np.full((len(rows.values), len(columns.values)), np.nan)
    for place, found in cells_of(records, rows, columns).items():
        grid[place] = median_of(found, metric)
    return grid


def units(figures: NDArray[np.float64], log: bool) -> NDArray[np.float64]:
    """Figures between 0 and 1; NaN stays."""
    values = np.log10(figures) if log else figures
    finite = values[np.isfinite(values)]
    if not finite.size:
        return values
    low, high = float(finite.min()), float(finite.max())
    return (values - low) / (high - low) if high > low else np.where(np.isfinite(values), 0.5, np.nan)


def three_digits(value: float) -> str:
    """A figure where there is little room."""
    return short(float(f"{value:.3g}"))


MOST_LETTERS = 18


def cut(text: str) -> str:
    """The label of a value beside an axis; a long one ends in dots."""
    return text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 1] + "\u2026"


SPANS_DECADES = 30.0
"""Largest over smallest value from which an axis is logarithmic."""


def wants_log(values: NDArray[np.float64]) -> bool:
    """Whether the finite values are positive and span decades."""
    finite = values[np.isfinite(values)]
    return bool(finite.size and finite.min() > 0 and float(finite.max()) / SPANS_DECADES > float(finite.min()))
