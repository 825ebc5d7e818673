"""A table of text as columns of numbers or texts, with the line of every row.

Numbers that are written plainly are read in one pass. A column that holds anything else is read once more, as it
stands, and judged by all of its cells together.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lrsim.common.validation import FileRefused
from lrsim.data.table.cells import Row
from lrsim.data.table.columns import Column, RawColumn, decimal_mark, gap_test, plain
from lrsim.data.table.layout import Layout, rows_of
from lrsim.data.table.told import NOTHING, Told
from lrsim.data.table.words import counted, named
from lrsim.data.table.written_numbers import Mark, Reading, read

CELLS_AT_A_TIME = 100_000


@dataclass(frozen=True)
class Table:
    """Columns of equal length by name, the line on which each row begins, shape (n,), and what there is to say."""

    path: Path
    columns: dict[str, Column]
    lines: NDArray[np.int64]
    layout: Layout
    notes: tuple[str, ...] = ()


def read_table(
    path: Path, layout: Layout, wanted: Sequence[str] | None = None, limit: int = 0, told: Told = NOTHING
) -> Table:
    """The wanted columns (all that have a name by default) of the first `limit` rows (all for 0).

    Raises
    ------
    FileRefused
        It can't be read to its end, or a row has more or fewer cells than the header.
    """
    names = [name for name in layout.names if name] if wanted is None else list(wanted)
    place_of = {name: place for place, name in enumerate(layout.names)}
    own = frozenset(told.missing)
    first = [_Plain(place_of[name], gap_test(own), bool(own)) for name in names]
    starts = array("q")
    comments: list[str] = []
    for batch in _batches(path, layout, limit, comments.append):
        starts.extend(row.line for row in batch)
        cells = list(zip(*(row.cells for row in batch)))
        for column in first:
            column.extend(cells[column.place])
    if not starts:
        raise FileRefused(path, "holds column names alone, expected at least one row below them")
    lines = np.frombuffer(starts, dtype=np.int64)
    doubts = layout.delimiter != "," and not told.decimal
    written = {name: column for name, column in zip(names, first) if not (column.odd or (doubts and column.doubtful))}
    raw = _raw(path, layout, limit, {name: place_of[name] for name in names if name not in written})
    mark = _mark(raw, own, told)
    if mark == "," and (pointed := {name: column.place for name, column in written.items() if column.points}):
        raw.update(_raw(path, layout, limit, pointed))  # what looked like decimals may be thousands
    columns = {
        name: raw[name].judged(own, mark, lines) if name in raw else plain(name, written[name].values(), lines)
        for name in names
    }
    settled = told.decimal or any(column.points for column in written.values())
    passed = [f"{counted(len(comments), 'line')} of comment between the rows passed over."] if comments else []
    notes = (*layout.notes, *passed, *_notes(columns, mark, doubts and not settled))
    return Table(path, columns, lines, layout, notes)


def first_rows(path: Path, layout: Layout, count: int) -> list[list[str]]:
    """Cells of the first rows as they stand in the file, for a look at it."""
    return [row.cells for batch in _batches(path, layout, count) for row in batch]


@dataclass
class _Plain:
    """A column that is read as plain numbers until one of its cells is none.

    With `looks_at_each`, a number too may stand for a missing value. `points` tells whether any cell has a point, and
    `thousands` whether each point may be one between thousands.
    """

    place: int
    is_gap: Callable[[str], bool]
    looks_at_each: bool
    odd: bool = False
    points: bool = False
    thousands: bool = True
    numbers: array[float] = field(default_factory=lambda: array("d"))

    def extend(self, cells: Sequence[str]) -> None:
        """Take the next cells."""
        if self.odd:
            return
        joined = "".join(cells)
        if "." in joined:
            self.points = True
            self.thousands = self.thousands and all(map(self._may_group, map(str.strip, cells)))
        found = self._numbers(cells, joined)
        if found is None:
            self.odd, self.numbers = True, array("d")
        else:
            self.numbers.extend(found)

    def _may_group(self, cell: str) -> bool:
        return "." not in cell or self.is_gap(cell) or read(cell).ambiguous

    @property
    def doubtful(self) -> bool:
        """Whether it would be other numbers with a decimal comma."""
        return self.points and self.thousands

    def _numbers(self, cells: Sequence[str], joined: str) -> array[float] | None:
        """All cells at once, where each is a finite number beyond doubt, or missing."""
        if "_" in joined or not joined.isascii():  # float() takes 1_000 and the digits of other scripts
            return None
        if self.looks_at_each:
            return self._numbers_with_gaps(cells)
        try:
            numbers = array("d", map(float, cells))
        except ValueError:
            return self._numbers_with_gaps(cells)
        return numbers if np.isfinite(np.frombuffer(numbers)).all() else self._numbers_with_gaps(cells)

    def _numbers_with_gaps(self, cells: Sequence[str]) -> array[float] | None:
        found = array("d")
        for cell in map(str.strip, cells):
            if self.is_gap(cell):
                found.append(math.nan)
                continue
            try:
                number = float(cell)
            except ValueError:
                return None
            if not math.isfinite(number):
                return None
            found.append(number)
        return found

    def values(self) -> NDArray[np.float64]:
        """The numbers, shape (n,)."""
        return np.frombuffer(self.numbers, dtype=np.float64)


def _raw(path: Path, layout: Layout, limit: int, places: dict[str, int]) -> dict[str, RawColumn]:
    """Columns as they stand in the file."""
    if not places:
        return {}
    codes = {name: array("q") for name in places}
    cells: dict[str, dict[str, int]] = {name: {} for name in places}
    for batch in _batches(path, layout, limit):
        for name, place in places.items():
            known = cells[name]
            codes[name].extend(known.setdefault(row.cells[place].strip(), len(known)) for row in batch)
    return {name: RawColumn(name, np.frombuffer(codes[name], dtype=np.int64), tuple(cells[name])) for name in places}


def _mark(raw: dict[str, RawColumn], own: frozenset[str], told: Told) -> Mark:
    readings = {name: reading for name, column in raw.items() if (reading := column.reading(own)) is not None}
    return decimal_mark(readings, told.decimal)


def _batches(
    path: Path, layout: Layout, limit: int, on_comment: Callable[[str], None] = lambda line: None
) -> Iterator[list[Row]]:
    batch: list[Row] = []
    width = len(layout.names)
    most = max(1, CELLS_AT_A_TIME // width)
    for taken, row in enumerate(rows_of(path, layout, on_comment), start=1):
        if len(row.cells) != width:
            what = f"line {row.line}: expected {counted(width, 'cell')} as in the header, got {len(row.cells)}"
            raise FileRefused(path, what)
        batch.append(row)
        if taken == limit:
            break
        if len(batch) == most:
            yield batch
            batch = []
    if batch:
        yield batch


def _notes(columns: dict[str, Column], mark: Mark, doubtful: bool) -> Iterator[str]:
    """How numbers were read that are not written plainly; `doubtful` where nothing else has told their mark."""
    readings = {name: column.reading for name, column in columns.items() if column.reading is not None}
    commas = [name for name, reading in readings.items() if (reading.told or mark) == ","]
    if commas:
        yield f"Numbers are read with a decimal comma: {named(commas)}."
    unsure = doubtful and not any(reading.told for reading in readings.values())
    two = {name: reading for name, reading in readings.items() if unsure and reading.ambiguous}
    if dropped := [
        name for name, reading in readings.items() if reading.signs or (reading.grouped and name not in two)
    ]:
        yield f"Read without separators of thousands, currency and percent signs: {named(dropped)}."
    for name, reading in two.items():
        yield _two_meanings(name, reading, mark)


def _two_meanings(name: str, reading: Reading, mark: Mark) -> str:
    number, other = read(reading.ambiguous).meaning(mark), "," if mark == "." else "."
    return (
        f'{name}: "{reading.ambiguous}" can mean two numbers and is read as {number:.15g}; '
        f'data.decimal = "{other}" reads it the other way.'
    )
