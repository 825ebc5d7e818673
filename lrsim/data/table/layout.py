"""How a table is laid out: where its rows begin, what stands between cells, and what its columns are called."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lrsim.common.validation import FileRefused, regular_file
from lrsim.data.table.cells import QUOTE, Row, is_lone_semicolon, is_remark, parsed, trimmed
from lrsim.data.table.delimiter import LINES_LOOKED_AT, delimiter_of
from lrsim.data.table.heading import Beginning, head_of
from lrsim.data.table.text import Lines, encoding_of
from lrsim.data.table.told import NOTHING, Told
from lrsim.data.table.words import counted

CHARACTERS_LOOKED_AT = 1 << 20
NAMES_OF_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "spaces"}
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
    quote
        What stands around cells that hold anything.
    """

    encoding: str
    delimiter: str
    names: tuple[str, ...]
    first_line: int
    notes: tuple[str, ...] = ()
    quote: str = QUOTE


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
    first = _first_row(lines, first)
    if first == len(lines):
        raise FileRefused(path, "holds no row, expected one of column names")
    delimiter = delimiter or delimiter_of(lines[first:])
    if delimiter not in (",", ";", "\t"):
        notes.append(f"Cells are told apart by {NAMES_OF_DELIMITERS.get(delimiter, repr(delimiter))}.")
    quote = _quote(lines[first], delimiter)
    rows = list(parsed(lines, first, delimiter, quote))
    if not rows:
        raise FileRefused(path, "holds no row, expected one of column names")
    above = [line[1:] for line in lines[:first] if is_remark(line)]
    head = head_of(Beginning(path, rows, above, delimiter, quote), told)
    if above and not head.names_from_comment:
        notes.append(f"{counted(len(above), 'line')} of comment passed over.")
    return Layout(encoding, delimiter, head.names, head.first_line, (*notes, *head.notes), quote)


def rows_of(path: Path, layout: Layout, on_comment: Callable[[str], None] = lambda line: None) -> Iterator[Row]:
    """The rows of data that are not blank, in order; comments between them are told to `on_comment` and passed over.

    Raises
    ------
    FileRefused
        The file can't be read to its end, or has a stray quote.
    """
    width = len(layout.names)

    def is_comment(line: str) -> bool:
        if not is_remark(line):
            return False
        row = next(parsed([line], 0, layout.delimiter, layout.quote), None)
        if row is not None and len(row.cells) == width:
            return False
        on_comment(line)
        return True

    lines = Lines(path, layout.encoding, layout.first_line - 1, is_comment)
    reader = csv.reader(
        trimmed(lines, layout.delimiter),
        delimiter=layout.delimiter,
        quotechar=layout.quote,
        skipinitialspace=True,
        strict=True,
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


def _first_row(lines: Sequence[str], first: int) -> int:
    """Place of the first line that is neither blank nor a comment; a semicolon alone is one beside others only."""
    end = first
    while end < len(lines) and (not lines[end].strip("\r\n ") or is_remark(lines[end])):
        end += 1
    passed = range(first, end)
    if all(is_lone_semicolon(lines[place]) or not lines[place].strip() for place in passed):
        return next((place for place in passed if lines[place].strip()), end)
    return end


def _quote(line: str, delimiter: str) -> str:
    """An apostrophe where all names stand between two of them."""
    between = " +" if delimiter == " " else rf" *{re.escape(delimiter)} *"
    return "'" if re.fullmatch(rf" *'[^']*'({between}'[^']*')*({between})?\s*", line) else QUOTE
