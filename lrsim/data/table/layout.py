"""How a table is laid out: where its rows begin, what stands between cells, and what its columns are called."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import NamedTuple

from lrsim.common.validation import FileRefused, regular_file
from lrsim.data.table.columns import MISSING, MISSING_AMONG_NUMBERS
from lrsim.data.table.text import Lines, encoding_of
from lrsim.data.table.told import NOTHING, Told
from lrsim.data.table.written_numbers import read

MOST_COLUMNS = 10_000
LINES_LOOKED_AT = 200
CHARACTERS_LOOKED_AT = 1 << 20
MOST_TITLES = 20
DELIMITERS = (",", ";", "\t", "|", " ")
NAMES_OF_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "spaces"}
_SPREADSHEET_ERROR = re.compile(r"#(N/A|NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!)")
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


@dataclass(frozen=True)
class Layout:
    """What has to be known of a file to read its rows.

    Attributes
    ----------
    names
        Of all columns, empty where one has none.
    first_line
        Line that the first row of data may begin on.
    notes
        Sentences on what was guessed or skipped.
    """

    encoding: str
    delimiter: str
    names: tuple[str, ...]
    first_line: int
    notes: tuple[str, ...] = ()


class Row(NamedTuple):
    """Cells and the line that they begin on."""

    line: int
    cells: list[str]


def layout_of(path: Path, told: Told = NOTHING) -> Layout:
    """Look at the beginning of a table.

    Raises
    ------
    FileRefused
        It can't be read, or it is no table with names above its columns.
    """
    if regular_file(path, "a CSV file") == 0:
        raise FileRefused(path, "is empty, expected a row of column names")
    encoding, guessed = (told.encoding, "") if told.encoding else encoding_of(path)
    notes = [guessed] if guessed else []
    lines = _beginning(path, encoding)
    delimiter, first = told.delimiter, 0
    if lines and (separator := _SEPARATOR_LINE.fullmatch(lines[0])):
        delimiter, first = delimiter or separator[1], 1
    comments = 0
    while first < len(lines) and (not lines[first].strip("\r\n ") or _is_remark(lines[first])):
        comments += _is_remark(lines[first])
        first += 1
    if first == len(lines):
        raise FileRefused(path, "holds no row, expected one of column names")
    delimiter = delimiter or _told_by(lines[first:])
    if delimiter not in (",", ";", "\t"):
        notes.append(f"Cells are told apart by {NAMES_OF_DELIMITERS.get(delimiter, repr(delimiter))}.")
    looked_at = list(_rows_of(lines, first, delimiter))
    if not looked_at:
        raise FileRefused(path, "holds no row, expected one of column names")
    above = [line[1:] for line in lines[:first] if _is_remark(line)]
    head = _head(path, looked_at, above, delimiter, told)
    if comments and not head.names_from_comment:
        notes.append(f"{lines_in_words(comments)} of comment passed over.")
    return Layout(encoding, delimiter, head.names, head.first_line, (*notes, *head.notes))


def rows_of(path: Path, layout: Layout, on_comment: Callable[[str], None] = lambda line: None) -> Iterator[Row]:
    """The rows of data that are not blank, in order; comments between them are told to `on_comment` and passed over.

    Raises
    ------
    FileRefused
        The file can't be read to its end, or has a stray quote.
    """
    width = len(layout.names)

    def is_comment(line: str) -> bool:
        if not _is_remark(line):
            return False
        row = next(_rows_of([line], 0, layout.delimiter), None)
        if row is not None and len(row.cells) == width:
            return False
        on_comment(line)
        return True

    lines = Lines(path, layout.encoding, layout.first_line - 1, is_comment)
    reader = csv.reader(
        _trimmed(lines, layout.delimiter), delimiter=layout.delimiter, skipinitialspace=True, strict=True
    )
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
                yield Row(lines.row_began, row)
    finally:
        lines.close()


def _is_remark(line: str) -> bool:
    """Whether a line begins as a comment does, and not with what a spreadsheet writes for an error.

    A semicolon, with a space behind, begins one where no other stands in the line to tell cells apart.
    """
    with_semicolon = line.startswith("; ") or line.strip() == ";"
    return (line.startswith("#") and not _SPREADSHEET_ERROR.match(line)) or (with_semicolon and line.count(";") == 1)


def _trimmed(lines: Iterator[str], delimiter: str) -> Iterator[str]:
    """Lines as the csv module can take them: where spaces tell cells apart, one row may have more of them."""
    return (line.strip().replace("\t", " ") + "\n" for line in lines) if delimiter == " " else lines


def _beginning(path: Path, encoding: str) -> list[str]:
    lines = Lines(path, encoding)
    taken: list[str] = []
    size = 0
    try:
        while len(taken) < LINES_LOOKED_AT and size < CHARACTERS_LOOKED_AT:
            lines.row_began = lines.number + 1
            line = next(lines, None)
            if line is None:
                break
            size += len(line)
            taken.append(line)
    finally:
        lines.close()
    return taken


def _rows_of(lines: Sequence[str], first: int, delimiter: str) -> Iterator[Row]:
    """Rows at the beginning that are not blank; one that a stray quote makes endless is the last."""
    number = first

    def counted() -> Iterator[str]:
        nonlocal number
        for line in lines[first:]:
            number += 1
            yield line

    reader = csv.reader(_trimmed(counted(), delimiter), delimiter=delimiter, skipinitialspace=True)
    while True:
        began = number + 1
        try:
            row = next(reader, None)
        except csv.Error:
            return
        if row is None:
            return
        if row and (len(row) > 1 or row[0].strip(" ")):
            yield Row(began, row)


def _told_by(lines: Sequence[str]) -> str:
    """What most rows agree on; of several, that which leaves numbers between. Spaces only where nothing else does."""
    for some in (DELIMITERS[:-1], DELIMITERS[-1:]):
        found = {delimiter: _agreement(lines, delimiter) for delimiter in some}
        best = max(some, key=lambda delimiter: found[delimiter])
        if any(found[best]):
            return best
    return ","


def _agreement(lines: Sequence[str], delimiter: str) -> tuple[float, float, float]:
    """Shares of the rows that have as many cells as most, more than one; of cells in one piece; of numbers in them."""
    rows = list(islice(_rows_of(lines, 0, delimiter), LINES_LOOKED_AT))
    if len(rows) > 2 and len(lines) == LINES_LOOKED_AT:
        rows.pop()  # it may go on
    width = _usual_width(rows[1:] or rows, len(rows[0].cells)) if rows else 0
    if width < 2:
        return 0.0, 0.0, 0.0
    fitting = [row.cells for row in rows if len(row.cells) == width]
    cells = [cell.strip() for row in fitting for cell in row]
    numbers = [cell.lower() in MISSING | MISSING_AMONG_NUMBERS or _is_number(cell) for cell in cells]
    if delimiter == " " and 2 * sum(numbers) <= len(cells):
        return 0.0, 0.0, 0.0  # sentences
    whole = [number or not any(other in cell for other in DELIMITERS[:4]) for cell, number in zip(cells, numbers)]
    return len(fitting) / len(rows), sum(whole) / len(cells), sum(numbers) / len(cells)


def _usual_width(rows: Sequence[Row], of_first: int) -> int:
    counts = Counter(len(row.cells) for row in rows)
    most = max(counts.values())
    tied = [width for width, count in counts.items() if count == most]
    return of_first if of_first in tied else max(tied)


class _Head(NamedTuple):
    """What the first rows say."""

    names: tuple[str, ...]
    first_line: int
    notes: tuple[str, ...] = ()
    names_from_comment: bool = False


def _head(path: Path, rows: list[Row], comments: Sequence[str], delimiter: str, told: Told) -> _Head:
    width = _usual_width(rows[1:] or rows, len(rows[0].cells))
    if width > MOST_COLUMNS:
        raise FileRefused(path, f"line {rows[0].line}: expected at most {MOST_COLUMNS} columns, got {width}")
    titles = 0 if told.header is False else _titles(rows, width)
    notes = [f"{lines_in_words(titles)} above the table passed over."] if titles else []
    row = rows[titles]
    if told.header is False:
        return _Head(tuple(f"c{place + 1}" for place in range(len(row.cells))), row.line)
    names = tuple(cell.strip() for cell in row.cells)
    next_line = rows[titles + 1].line if len(rows) > titles + 1 else row.line + 1
    if len(names) > MOST_COLUMNS:
        raise FileRefused(path, f"line {row.line}: expected at most {MOST_COLUMNS} columns, got {len(names)}")
    if told.header is None and _is_data(names, rows[titles + 1 :]):
        above = _names_in_comment(comments, delimiter, len(names))
        if above:
            return _Head(above, row.line, tuple(notes), True)
        _refuse_data(path, row.line, names)
    below = rows[titles + 1 :]
    of_one_width = bool(below) and all(len(other.cells) == width for other in below)
    if of_one_width and len(names) == width - 1 and not any(other.cells[-1].strip() for other in below):
        names = (*names, "")  # each row ends with one delimiter more
    elif of_one_width and len(names) == width - 1 and len(below) > 1:
        names = ("", *names)
        notes.append("The first column has no name: it is taken for the names of rows.")
    elif of_one_width and len(names) == width + 1 and not names[-1]:
        names = names[:-1]  # the header does
    _check_names(path, row.line, names)
    if told.header is None and (numbers := [name for name in names if _is_number(name)]):
        way_out = "data.header = false takes it for data"
        notes.append(f"Line {row.line} is taken for column names, such as {numbers[0]}; {way_out}.")
    return _Head(names, next_line, tuple(notes))


def _titles(rows: Sequence[Row], width: int) -> int:
    """How many rows stand above the names: such as fill few cells, while a later one fills all with words."""
    if width < 2:
        return 0
    for place, row in enumerate(rows[: MOST_TITLES + 1]):
        cells = [cell.strip() for cell in row.cells]
        if len(cells) == width and all(cells) and not any(map(_is_number, cells)):
            return place
        if 2 * sum(map(bool, cells)) > width:
            return 0
    return 0


def _is_number(cell: str) -> bool:
    written = read(cell)
    return written.point is not None or written.comma is not None


def _is_data(names: Sequence[str], below: Sequence[Row]) -> bool:
    """Whether a first row looks like the rows below it: numbers among it, and nowhere a word above numbers."""
    filled = [name for name in names if name]
    numbers = [name for name in filled if _is_number(name)]
    if not numbers:
        return False
    if len(numbers) == len(filled):
        return True
    for place, name in enumerate(names):
        column = [row.cells[place].strip() for row in below if len(row.cells) == len(names)]
        values = [cell for cell in column if cell.lower() not in MISSING]
        if name and not _is_number(name) and name.lower() not in MISSING and values and all(map(_is_number, values)):
            return False
    return not _counts_up(numbers)


def _counts_up(numbers: Sequence[str]) -> bool:
    """Whether they are three or more whole numbers in equal steps, as years above a table are."""
    whole = [int(number) for number in numbers if number.isascii() and number.isdigit()]
    steps = {later - earlier for earlier, later in pairwise(whole)}
    return len(whole) == len(numbers) > 2 and len(steps) == 1 and min(steps) > 0


def _names_in_comment(comments: Sequence[str], delimiter: str, width: int) -> tuple[str, ...]:
    """Names that stand in the last comment above a table without others, as numpy.savetxt writes them."""
    if not comments:
        return ()
    row = next(_rows_of([comments[-1]], 0, delimiter), None)
    names = () if row is None else tuple(cell.strip() for cell in row.cells)
    return names if len(names) == width and all(names) and not any(map(_is_number, names)) else ()


def _refuse_data(path: Path, line: int, names: Sequence[str]) -> None:
    way_out = "set data.header = false where no row names them"
    if all(not name or _is_number(name) for name in names):
        raise FileRefused(path, f"line {line}: expected column names, got numbers; {way_out}")
    number = next(name for name in names if _is_number(name))
    what = f"line {line}: expected column names, got what looks like a row of data; {way_out}, or true where this does"
    raise FileRefused(path, what, number)


def _check_names(path: Path, line: int, names: Sequence[str]) -> None:
    met: set[str] = set()
    for name in filter(None, names):
        if name in met:
            raise FileRefused(path, f"line {line}: two columns have the same name", name)
        met.add(name)
    if not met:
        raise FileRefused(path, f"line {line}: expected column names, got none")


def lines_in_words(count: int) -> str:
    """So many lines."""
    return "1 line" if count == 1 else f"{count} lines"
