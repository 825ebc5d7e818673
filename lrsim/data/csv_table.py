"""A CSV file as columns of numbers or texts, read in one pass that remembers the line of every row.

The first cell that holds something decides what its column holds. A column that breaks its word is no error yet: it
carries a `Problem`, which only matters to the one who wants that column.
"""

from __future__ import annotations

import csv
import math
import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lrsim.common.validation import FileRefused, regular_file, unreadable

LONGEST_LINE = 1 << 20  # bytes; nothing longer is a row that a person meant
MOST_LINES_A_ROW = 100  # a quoted cell may hold line ends, an unclosed quote must not swallow the file
MOST_COLUMNS = 10_000
CELLS_AT_A_TIME = 100_000
DELIMITERS = ",;\t"
MISSING = {"", "na", "n/a", "nan", "null", "?"}
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
DECIMAL_COMMA = re.compile(r"[+-]?(\d+,\d*|,\d+)([eE][+-]?\d+)?", re.ASCII)
ENDLESS = re.compile(r"[+-]?inf(inity)?", re.ASCII | re.IGNORECASE)


class Problem(NamedTuple):
    """The first cell of a column that can't be taken."""

    line: int
    what: str
    got: str


@dataclass
class Column:
    """One column of the file.

    Attributes
    ----------
    kind
        ``number``, ``text``, or ``empty`` where nothing was found.
    numbers
        One a row, NaN where missing; of a number column.
    codes
        One a row, an index into `texts`, -1 where missing; of a text column.
    texts
        Every different text and its code, in the order in which they were met.
    first_missing
        Line of the first row without a value; 0 where none is missing.
    """

    name: str
    kind: str = "empty"
    numbers: array[float] = field(default_factory=lambda: array("d"), repr=False)
    codes: array[int] = field(default_factory=lambda: array("q"), repr=False)
    texts: dict[str, int] = field(default_factory=dict, repr=False)
    first_missing: int = 0
    problem: Problem | None = None

    def missing(self) -> NDArray[np.bool_]:
        """Which rows have no value, shape (n,)."""
        if self.kind == "text":
            return self.label_codes() < 0
        return np.isnan(self.values())

    def values(self) -> NDArray[np.float64]:
        """The numbers, shape (n,)."""
        return np.frombuffer(self.numbers, dtype=np.float64)

    def label_codes(self) -> NDArray[np.int64]:
        """The codes of the texts, shape (n,)."""
        return np.frombuffer(self.codes, dtype=np.int64)


@dataclass(frozen=True)
class Table:
    """Columns of equal length by name, and the line on which each row begins, shape (n,)."""

    path: Path
    columns: dict[str, Column]
    lines: NDArray[np.int64]
    delimiter: str


class Header(NamedTuple):
    """Names of all columns, empty where a column has none, and what stands between two cells."""

    names: tuple[str, ...]
    delimiter: str


def read_header(path: Path) -> Header:
    """The first row of the file.

    Raises
    ------
    FileRefused
        It can't be read, or the row does not name columns.
    """
    if regular_file(path, "a CSV file") == 0:
        raise FileRefused(path, "is empty, expected a row of column names")
    lines = _Lines(path)
    try:
        first = next((line for line in lines if line.strip()), "")
    finally:
        lines.close()
    delimiter = _delimiter(first)
    row = next(_rows(path, delimiter), None)
    if row is None:
        raise FileRefused(path, "holds no row, expected one of column names")
    names = tuple(cell.strip() for cell in row[1])
    if len(names) > MOST_COLUMNS:
        raise FileRefused(path, f"line {row[0]}: expected at most {MOST_COLUMNS} columns, got {len(names)}")
    if any(NUMBER.fullmatch(name) for name in names) and all(not name or NUMBER.fullmatch(name) for name in names):
        raise FileRefused(path, f"line {row[0]}: expected column names, got numbers")
    met: set[str] = set()
    for name in filter(None, names):
        if name in met:
            raise FileRefused(path, f"line {row[0]}: two columns have the same name", name)
        met.add(name)
    if not met:
        raise FileRefused(path, f"line {row[0]}: expected column names, got none")
    return Header(names, delimiter)


def read_table(path: Path, header: Header, wanted: Sequence[str] | None = None, limit: int = 0) -> Table:
    """The wanted columns (all that have a name by default) of the first `limit` rows (all for 0).

    Raises
    ------
    FileRefused
        It can't be read to its end, or a row has more or fewer cells than the header.
    """
    names = [name for name in header.names if name] if wanted is None else list(wanted)
    columns = {name: Column(name) for name in names}
    place_of = {name: place for place, name in enumerate(header.names)}
    starts = array("q")
    decimal_comma = header.delimiter != ","
    rows = _rows(path, header.delimiter)
    next(rows, None)
    for batch in _batches(path, rows, len(header.names), limit):
        lines = [line for line, _ in batch]
        starts.extend(lines)
        cells = list(zip(*(row for _, row in batch)))
        for name, column in columns.items():
            _extend(column, cells[place_of[name]], lines, decimal_comma)
    if not starts:
        raise FileRefused(path, "holds column names alone, expected at least one row below them")
    return Table(path, columns, np.frombuffer(starts, dtype=np.int64), header.delimiter)


def first_rows(path: Path, header: Header, count: int) -> list[list[str]]:
    """Cells of the first rows as they stand in the file, for a look at it."""
    rows = _rows(path, header.delimiter)
    next(rows, None)
    return [row for batch in _batches(path, rows, len(header.names), count) for _, row in batch]


class _Lines(Iterator[str]):
    """Lines of a file with a limit to each, and to how many of them one row may take."""

    def __init__(self, path: Path) -> None:
        self.path, self.number, self.row_began = path, 0, 1
        try:
            self._file = path.open("rb")
        except (OSError, ValueError) as error:
            raise unreadable(path, error) from None

    def __next__(self) -> str:
        try:
            line = self._file.readline(LONGEST_LINE + 1)
        except OSError as error:
            raise unreadable(self.path, error) from None
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) > LONGEST_LINE:
            raise self.refused(f"longer than {LONGEST_LINE} bytes, expected rows of a CSV file")
        if self.number - self.row_began >= MOST_LINES_A_ROW:
            raise FileRefused(self.path, f"line {self.row_began}: a quoted cell is not closed")
        if b"\0" in line:
            raise self.refused("holds a NUL byte, expected text in UTF-8")
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            raise self.refused("expected text in UTF-8") from None
        return text.removeprefix("\ufeff") if self.number == 1 else text

    def refused(self, what: str) -> FileRefused:
        return FileRefused(self.path, f"line {self.number}: {what}")

    def close(self) -> None:
        self._file.close()


def _rows(path: Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, each with the line that it begins on."""
    lines = _Lines(path)
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        while True:
            lines.row_began = lines.number + 1
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error:
                what = "can't be told apart into cells, look for a stray quote or line end"
                raise FileRefused(path, f"line {lines.row_began}: {what}") from None
            if row and (len(row) > 1 or row[0].strip()):
                yield lines.row_began, row
    finally:
        lines.close()


def _batches(
    path: Path, rows: Iterator[tuple[int, list[str]]], width: int, limit: int
) -> Iterator[list[tuple[int, list[str]]]]:
    batch: list[tuple[int, list[str]]] = []
    most = max(1, CELLS_AT_A_TIME // width)
    for taken, (line, row) in enumerate(rows, start=1):
        if len(row) != width:
            raise FileRefused(path, f"line {line}: expected {width} cells as in the header, got {len(row)}")
        batch.append((line, row))
        if taken == limit:
            break
        if len(batch) == most:
            yield batch
            batch = []
    if batch:
        yield batch


def _delimiter(line: str) -> str:
    """The one that stands most often in the line outside of quotes."""
    bare = re.sub(r'"[^"]*"', "", line)
    return max(DELIMITERS, key=bare.count)


def _extend(column: Column, cells: Sequence[str], lines: Sequence[int], decimal_comma: bool) -> None:
    if column.problem is not None:
        return
    if column.kind == "number" and (numbers := _plain_numbers(cells)) is not None:
        column.numbers.extend(numbers)
        return
    for cell, line in zip(cells, lines):
        _append(column, cell.strip(), line, decimal_comma)


def _plain_numbers(cells: Sequence[str]) -> array[float] | None:
    """All cells at once, where each is a finite number beyond doubt."""
    joined = "".join(cells)
    if "_" in joined or not joined.isascii():  # float() takes 1_000 and the digits of other scripts
        return None
    try:
        numbers = array("d", map(float, cells))
    except ValueError:
        return None
    return numbers if np.isfinite(np.frombuffer(numbers)).all() else None


def _append(column: Column, cell: str, line: int, decimal_comma: bool) -> None:
    if column.problem is not None:
        return
    number = _number(cell, decimal_comma)
    if cell.lower() in MISSING:
        column.first_missing = column.first_missing or line
        column.numbers.append(math.nan)
        column.codes.append(-1)
        return
    if column.kind == "empty":
        column.kind = "text" if number is None else "number"
    if column.kind == "text":
        column.codes.append(column.texts.setdefault(cell, len(column.texts)))
    elif number is None:
        column.problem = Problem(line, "expected a number like those above", cell)
    elif not math.isfinite(number):
        column.problem = Problem(line, "expected a finite number", cell)
    else:
        column.numbers.append(number)


def _number(cell: str, decimal_comma: bool) -> float | None:
    if NUMBER.fullmatch(cell) or ENDLESS.fullmatch(cell):
        return float(cell)
    if decimal_comma and DECIMAL_COMMA.fullmatch(cell):
        return float(cell.replace(",", "."))
    return None
