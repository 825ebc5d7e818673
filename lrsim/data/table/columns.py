"""What a column of a table holds, judged by all of its cells: numbers, texts, or a mixture that nobody can learn from.

The order of the rows makes no difference.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lrsim.data.table.written_numbers import Mark, Reading, read, reading_of

MISSING = {"", "na", "n/a", "#n/a", "nan", "null", "?", "#null!", "#div/0!", "#value!", "#ref!", "#name?", "#num!"}
"""What stands for a missing value wherever it is met, in small letters."""
MIXED_CASE = {"NaN", "Null"}
"""What does so beside what is in capital or in small letters throughout: Na is sodium, and Nan a town."""
MISSING_AMONG_NUMBERS = {".", "-", "none"} | MISSING
"""What does so between numbers, in small letters; among texts some of it is a text."""


class Odd(NamedTuple):
    """The first cell of a column that does not go with the others.

    Attributes
    ----------
    line, what, got
        Where it stands, what is wrong with it, and what it holds.
    numbers, others
        How many cells hold numbers, and how many something else.
    """

    line: int
    what: str
    got: str
    numbers: int
    others: int


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name
        As the header has it.
    kind
        ``number``; ``text``, where no cell is a finite number; ``mixed`` of both; or ``empty`` where there is no value.
    numbers
        One a row, NaN where missing, shape (n,); of a number column.
    codes
        One a row, an index into `texts`, -1 where missing, shape (n,); of a text or mixed column.
    texts
        Every different text, in the order in which they are met.
    first_missing
        Line of the first row without a value; 0 where none is missing.
    odd
        Of a mixed column, the first cell that is not of the sort that most are.
    reading
        How its numbers are written, where that is not plain.
    """

    name: str
    kind: str
    numbers: NDArray[np.float64] = field(default_factory=lambda: np.empty(0), repr=False)
    codes: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64), repr=False)
    texts: tuple[str, ...] = ()
    first_missing: int = 0
    odd: Odd | None = None
    reading: Reading | None = None

    def missing(self) -> NDArray[np.bool_]:
        """Which rows have no value, shape (n,)."""
        return np.isnan(self.numbers) if self.kind in ("number", "empty") else self.codes < 0

    @property
    def faulty(self) -> bool:
        """Whether it is a column of numbers but for a few cells."""
        return self.odd is not None and self.odd.numbers >= self.odd.others


def plain(name: str, numbers: NDArray[np.float64], lines: NDArray[np.int64]) -> Column:
    """A column in which every cell is a number written plainly, or missing."""
    gaps = np.isnan(numbers)
    first = int(lines[np.argmax(gaps)]) if gaps.any() else 0
    return Column(name, "empty" if gaps.all() else "number", numbers=numbers, first_missing=first)


@dataclass(frozen=True)
class RawColumn:
    """The cells of a column as they stand in the file: an index into the different ones for each row, shape (n,)."""

    name: str
    codes: NDArray[np.int64]
    cells: tuple[str, ...]

    def reading(self, own: frozenset[str]) -> Reading | None:
        """How its numbers are written; None where any cell is something else."""
        cells = [cell for cell in self.cells if not _is_gap(cell, own) and not _is_gap_among_numbers(cell)]
        found = reading_of(cells)
        return found if cells and found.possible and all(map(math.isfinite, _some_meaning(cells))) else None

    def judged(self, own: frozenset[str], mark: Mark, lines: NDArray[np.int64]) -> Column:
        """What it holds, where numbers have `mark` before their decimals; `own` are further texts that mean none."""
        reading = self.reading(own)
        if reading is not None:
            return self._numbers(reading, reading.told or mark, lines)
        if all(map(gap_test(own), self.cells)):
            return plain(self.name, np.full(len(self.codes), np.nan), lines)
        kept = [cell for cell in self.cells if not _is_gap(cell, own)]
        place = {cell: index for index, cell in enumerate(kept)}
        lookup = np.array([place.get(cell, -1) for cell in self.cells], dtype=np.int64)
        codes = lookup[self.codes]
        gaps = codes < 0
        first = int(lines[np.argmax(gaps)]) if gaps.any() else 0
        odd = _odd(kept, codes, mark, lines)
        return Column(
            self.name, "mixed" if odd else "text", codes=codes, texts=tuple(kept), first_missing=first, odd=odd
        )  # fmt: skip

    def _numbers(self, reading: Reading, mark: Mark, lines: NDArray[np.int64]) -> Column:
        meanings = [read(cell).meaning(mark) for cell in self.cells]
        values = np.array([math.nan if value is None else value for value in meanings])
        found = plain(self.name, values[self.codes], lines)
        return Column(
            found.name, found.kind, numbers=found.numbers, first_missing=found.first_missing, reading=reading
        )  # fmt: skip


def _some_meaning(cells: Iterable[str]) -> Iterable[float]:
    for cell in cells:
        written = read(cell)
        value = written.point if written.point is not None else written.comma
        yield math.nan if value is None else value


def _is_gap(cell: str, own: frozenset[str]) -> bool:
    in_one_case = cell in (cell.lower(), cell.upper()) or cell in MIXED_CASE
    return (in_one_case and cell.lower() in MISSING) or cell in own


def _is_gap_among_numbers(cell: str) -> bool:
    return cell.lower() in MISSING_AMONG_NUMBERS


def gap_test(own: frozenset[str]) -> Callable[[str], bool]:
    """Tells of a cell among numbers whether it stands for a missing value."""
    return lambda cell: _is_gap(cell, own) or _is_gap_among_numbers(cell)


def _odd(texts: list[str], codes: NDArray[np.int64], mark: Mark, lines: NDArray[np.int64]) -> Odd | None:
    """What does not go with the rest of a column of texts that are not all numbers; None where none is a number."""
    meanings = [read(text).meaning(mark) for text in texts]
    counts = np.bincount(codes[codes >= 0], minlength=len(texts))
    is_number = np.array([value is not None and math.isfinite(value) for value in meanings])
    endless = np.array([value is not None and not math.isfinite(value) for value in meanings])
    numbers, others = int(counts[is_number | endless].sum()), int(counts[~is_number & ~endless].sum())
    if not numbers:
        return None
    looked_for = ~is_number if numbers >= others else is_number
    row = int(np.argmax((codes >= 0) & looked_for[codes]))
    got = texts[codes[row]]
    if endless[codes[row]]:
        what = "expected a finite number"
    elif not is_number[codes[row]]:
        what = f"expected a number as in {_others(numbers)}"
    else:
        what = f"expected a text as in {_others(others)}"
    return Odd(int(lines[row]), what, got, numbers, others)


def decimal_mark(readings: Mapping[str, Reading], told: str) -> Mark:
    """The mark before decimals in a table, by what is told or by the columns that leave no doubt."""
    marks = {reading.told for reading in readings.values()} - {None}
    return "," if told == "," or (not told and marks == {","}) else "."


def _others(rows: int) -> str:
    return "1 other row" if rows == 1 else f"{rows} other rows"
