"""Lines of text as rows of cells: what is a comment, what is a cell's worth, and which cells stand together."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lrsim.data.table.written_numbers import read

DELIMITERS = (",", ";", "\t", "|", " ")
QUOTE = '"'
_SPREADSHEET_ERROR = re.compile(r"#(N/A|NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!)")


class Row(NamedTuple):
    """Cells and the line that they begin on."""

    line: int
    cells: list[str]


def parsed(lines: Sequence[str], first: int, delimiter: str, quote: str = QUOTE) -> Iterator[Row]:
    """Rows among lines, from place `first` on, that are not blank; one that a stray quote makes endless is the last."""
    number = first

    def counted() -> Iterator[str]:
        nonlocal number
        for line in lines[first:]:
            number += 1
            yield line

    reader = csv.reader(trimmed(counted(), delimiter), delimiter=delimiter, quotechar=quote, skipinitialspace=True)
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


def trimmed(lines: Iterator[str], delimiter: str) -> Iterator[str]:
    """Lines as the csv module can take them: where spaces tell cells apart, one row may have more of them."""
    return (line.strip().replace("\t", " ") + "\n" for line in lines) if delimiter == " " else lines


def usual_width(rows: Sequence[Row], of_first: int) -> int:
    """How many cells most rows have; `of_first` of several numbers that are met as often, else the largest."""
    counts = Counter(len(row.cells) for row in rows)
    most = max(counts.values())
    tied = [width for width, count in counts.items() if count == most]
    return of_first if of_first in tied else max(tied)


def is_number(cell: str) -> bool:
    """Whether a cell without spaces around it can be read as a number."""
    written = read(cell)
    return written.point is not None or written.comma is not None


def is_remark(line: str) -> bool:
    """Whether a line begins as a comment does, and not with what a spreadsheet writes for an error.

    A semicolon, with a space behind, begins one where no other stands in the line to tell cells apart.
    """
    with_semicolon = line.startswith("; ") or is_lone_semicolon(line)
    return (line.startswith("#") and not _SPREADSHEET_ERROR.match(line)) or (with_semicolon and line.count(";") == 1)


def is_lone_semicolon(line: str) -> bool:
    """Whether it is a comment without words, or a row of two empty cells."""
    return line.strip() == ";"
