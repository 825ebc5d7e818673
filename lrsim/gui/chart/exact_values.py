"""Exact values at a step: what the read-out beside the cursor shows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from lrsim.common.numbers import full
from lrsim.history.steps import Row
from lrsim.session.reader import SessionReader
from lrsim.session.snapshot import Snapshot


@dataclass(frozen=True)
class Values:
    """A value for each column at one step, and the rate that the step used (None at step 0)."""

    step: int
    values: tuple[float, ...]
    rate: float | None


class ExactValues:
    """Looks values up by step, and remembers the last ones found for a snapshot."""

    def __init__(self, reader: SessionReader, columns: Sequence[str]) -> None:
        self._reader = reader
        self._columns = tuple(columns)
        self._version = -1
        self._found: dict[int, Values] = {}

    def at(self, snapshot: Snapshot, step: int) -> Values | None:
        """Values after `step`; None while they are being replayed."""
        if snapshot.version != self._version:
            self._version = snapshot.version
            self._found.clear()
        if step not in self._found:
            values = self._look_up(snapshot, step)
            if values is None:
                return None
            self._found[step] = values
        return self._found[step]

    def _look_up(self, snapshot: Snapshot, step: int) -> Values | None:
        if step == 0:
            start = self._reader.series(snapshot, self._columns, 0, 0, 1)
            return Values(0, tuple(float(start.low[column][0]) for column in self._columns), None)
        rows = self._reader.rows(snapshot, step, step)
        if not rows:
            return None
        names = self._reader.problem_of(snapshot).parameter_names
        return Values(step, tuple(_value(rows[0], column, names) for column in self._columns), rows[0].rate)


def _value(row: Row, column: str, names: Sequence[str]) -> float:
    if column in ("loss", "error"):
        return getattr(row, column)
    return row.parameters[names.index(column)]


def difference(now: float, then: float) -> str:
    """`now` - `then` with its sign, all digits."""
    change = now - then
    return ("+" if change >= 0 or math.isnan(change) else "") + full(change)
