"""What stands at the head of a table: titles, the names of columns, units below them; or no names at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, pairwise
from pathlib import Path
from typing import NamedTuple

from lrsim.common.validation import FileRefused
from lrsim.data.table.cells import QUOTE, Row, is_number, parsed, usual_width
from lrsim.data.table.columns import MISSING, gap_test
from lrsim.data.table.told import Told
from lrsim.data.table.words import counted, named

MOST_COLUMNS = 10_000
MOST_TITLES = 20
MOST_UNITS = 2
FEWEST_MEASURED = 2
"""Columns of numbers, with so many of them each, that tell words below the names from a row of data."""

ORANGE_TYPES = {"c", "d", "s", "t", "continuous", "discrete", "string", "time"}
ORANGE_FLAGS = {"", "class", "meta", "ignore", "i"}
"""What stands in the second and third line of a table of Orange's."""


class Head(NamedTuple):
    """What the first rows say.

    Attributes
    ----------
    names
        Of all columns, empty where one has none.
    first_line
        Line that the first row of data may begin on.
    notes
        Sentences on what was guessed or passed over.
    names_from_comment
        Whether the names stand in a comment.
    """

    names: tuple[str, ...]
    first_line: int
    notes: tuple[str, ...] = ()
    names_from_comment: bool = False


@dataclass(frozen=True)
class Beginning:
    """The first rows of a file, and the comments above them without their mark."""

    path: Path
    rows: list[Row]
    comments: Sequence[str]
    delimiter: str
    quote: str = QUOTE


def head_of(beginning: Beginning, told: Told) -> Head:
    """Tell the names of the columns and where the rows of data begin.

    Raises
    ------
    FileRefused
        There are too many columns, or none has a name, or what stands there looks like data.
    """
    rows, path = beginning.rows, beginning.path
    width = usual_width(rows[1:] or rows, len(rows[0].cells))
    _check_width(path, rows[0].line, width)
    titles = _of_other_width(rows) if told.header is False else _titles(rows, width)
    notes = [f"{counted(titles, 'line')} above the table passed over."] if titles else []
    if told.header is False:
        names = tuple(f"c{place + 1}" for place in range(len(rows[titles].cells)))
        return Head(names, rows[titles].line, tuple(notes))
    row, below = rows[titles], rows[titles + 1 :]
    names = tuple(cell.strip() for cell in row.cells)
    _check_width(path, row.line, len(names))
    if told.header is None and _is_data(names, below):
        if above := _names_in_comment(beginning, len(names)):
            above, noted = _told_apart(above)
            return Head(above, row.line, (*notes, *noted), True)
        _refuse_data(path, row.line, names)
    names, noted = _one_a_column(names, below, width)
    notes += noted
    names, noted = _told_apart(names)
    notes += noted
    if not any(names):
        raise FileRefused(path, f"line {row.line}: expected column names, got none")
    if told.header is None and (numbers := [name for name in names if is_number(name)]):
        way_out = "data.header = false takes it for data"
        notes.append(f"Line {row.line} is taken for column names, such as {numbers[0]}; {way_out}.")
    units = _units(below, width, told) if told.header is None else 0
    if units:
        words = f"{counted(units, 'line')} of words below the names passed over, such as units or types"
        notes.append(f"{words}; data.header = true takes {'it' if units == 1 else 'them'} for data.")
    next_line = below[units].line if len(below) > units else row.line + 1
    return Head(names, next_line, tuple(notes))


def _check_width(path: Path, line: int, width: int) -> None:
    if width > MOST_COLUMNS:
        raise FileRefused(path, f"line {line}: expected at most {MOST_COLUMNS} columns, got {width}")


def _titles(rows: Sequence[Row], width: int) -> int:
    """How many rows stand above the names: such as fill few cells, while a later one fills all with words."""
    filled = max(len(_filled(row)) for row in rows if len(row.cells) == width)
    if filled < 2:
        return 0
    for place, row in enumerate(rows[: MOST_TITLES + 1]):
        cells = _filled(row)
        words = all(cells[1:] or cells) and not any(map(is_number, cells))  # rows may have names without one above
        if words and len(cells) >= filled:
            return place
        if 2 * sum(map(bool, cells)) > filled:
            names_of_rows = len(cells) == filled - 1 and all(len(other.cells) == width for other in rows[place + 1 :])
            return place if words and names_of_rows else 0
    return 0


def _of_other_width(rows: Sequence[Row]) -> int:
    """How many rows stand above a table without names: a few of another width than all that follow."""
    widths = [len(row.cells) for row in rows]
    above = next((place for place, width in enumerate(widths) if width == widths[-1]), 0)
    return above if above <= MOST_TITLES and 2 * above < len(rows) and set(widths[above:]) == {widths[-1]} else 0


def _filled(row: Row) -> list[str]:
    """Its cells without those at the end that hold nothing."""
    cells = [cell.strip() for cell in row.cells]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _is_data(names: Sequence[str], below: Sequence[Row]) -> bool:
    """Whether a first row looks like the rows below it: numbers among it, and nowhere a word above numbers."""
    filled = [name for name in names if name]
    numbers = [name for name in filled if is_number(name)]
    if not numbers or _stands_beside_a_corner(names, below):
        return False
    if len(numbers) == len(filled):
        return True
    for place, name in enumerate(names):
        column = [row.cells[place].strip() for row in below if len(row.cells) == len(names)]
        values = [cell for cell in column if cell.lower() not in MISSING]
        if name and not is_number(name) and name.lower() not in MISSING and values and all(map(is_number, values)):
            return False
    return not _counts_up(numbers)


def _counts_up(numbers: Sequence[str]) -> bool:
    """Whether they are three or more whole numbers in equal steps, as years above a table are."""
    whole = [int(number) for number in numbers if number.isascii() and number.isdigit()]
    steps = {later - earlier for earlier, later in pairwise(whole)}
    return len(whole) == len(numbers) > 2 and len(steps) == 1 and min(steps) > 0


def _stands_beside_a_corner(names: Sequence[str], below: Sequence[Row]) -> bool:
    """Whether values of one thing go across and names or values of another down, as in a table of counts.

    Its first cell is empty, and what follows and what stands below it is all different: in order, or texts.
    """
    down = [row.cells[0].strip() for row in below if len(row.cells) == len(names)]
    return not names[0] and len(names) > 2 and len(down) > 1 and _in_order(names[1:]) and _in_order(down)


def _in_order(cells: Sequence[str]) -> bool:
    if not all(cells) or len(set(cells)) < len(cells):
        return False
    if not any(map(is_number, cells)):
        return True
    if not all(map(_is_plain, cells)):
        return False
    steps = [float(later) - float(earlier) for earlier, later in pairwise(cells)]
    return all(step > 0 for step in steps) or all(step < 0 for step in steps)


def _is_plain(cell: str) -> bool:
    try:
        return cell.isascii() and bool(abs(float(cell)) < float("inf"))
    except ValueError:
        return False


def _names_in_comment(beginning: Beginning, width: int) -> tuple[str, ...]:
    """Names that stand in the last comment above a table without others, as numpy.savetxt writes them."""
    if not beginning.comments:
        return ()
    row = next(parsed([beginning.comments[-1]], 0, beginning.delimiter, beginning.quote), None)
    names = () if row is None else tuple(cell.strip() for cell in row.cells)
    return names if len(names) == width and all(names) and not any(map(is_number, names)) else ()


def _refuse_data(path: Path, line: int, names: Sequence[str]) -> None:
    way_out = "set data.header = false where no row names them"
    if all(not name or is_number(name) for name in names):
        raise FileRefused(path, f"line {line}: expected column names, got numbers; {way_out}")
    number = next(name for name in names if is_number(name))
    what = f"line {line}: expected column names, got what looks like a row of data; {way_out}, or true where this does"
    raise FileRefused(path, what, number)


def _one_a_column(names: tuple[str, ...], below: Sequence[Row], width: int) -> tuple[tuple[str, ...], list[str]]:
    """The names, with an empty one where a column has none or without one that no column has; and a note on that."""
    if not below or any(len(row.cells) != width for row in below):
        return names, []
    if len(names) == width - 1 and not any(row.cells[-1].strip() for row in below):
        return (*names, ""), ["Rows have one cell more than there are names, an empty one at their end."]
    if len(names) == width - 1 and len(below) > 1:
        return ("", *names), ["The first column has no name: it is taken for the names of rows."]
    if len(names) == width + 1 and not names[-1]:
        return names[:-1], []  # the header does
    return names, []


def _told_apart(names: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """The names, with a number behind those that stand there already; and a note on it."""
    taken, again, found = set(names), [], []
    numbers: dict[str, Iterator[int]] = {}
    for name in names:
        if name and name in numbers:
            unlike = next(other for times in numbers[name] if (other := f"{name} ({times})") not in taken)
            again.append(unlike)
        else:
            numbers[name], unlike = count(2), name
        found.append(unlike)
    notes = [f"Columns of the same name are told apart by a number: {named(again)}."] if again else []
    return tuple(found), notes


def _units(below: Sequence[Row], width: int, told: Told) -> int:
    """How many rows below the names hold words where all later rows hold numbers: units, types, longer names."""
    is_gap = gap_test(frozenset(told.missing))
    rows = [[cell.strip() for cell in row.cells] for row in below if len(row.cells) == width]
    if len(rows) > 2 and ORANGE_TYPES.issuperset(rows[0]) and ORANGE_FLAGS.issuperset(rows[1]) and any(rows[1]):
        return 2
    passed = 0
    while passed < min(MOST_UNITS, len(rows)) and _is_of_words(rows[passed], rows[passed + 1 :], is_gap):
        passed += 1
    return passed


def _is_of_words(row: Sequence[str], below: Sequence[Sequence[str]], is_gap: Callable[[str], bool]) -> bool:
    """Whether a row has words, and nowhere a number, in the columns that are of numbers below it."""
    filled = [place for place, cell in enumerate(row) if not is_gap(cell)]
    words = {place for place in filled if not is_number(row[place])}
    if not words or any(_is_measured(below, place, is_gap) for place in filled if place not in words):
        return False
    measured = sum(_is_measured(below, place, is_gap) for place in range(len(row)))
    return measured >= FEWEST_MEASURED and any(_is_measured(below, place, is_gap) for place in words)


def _is_measured(rows: Sequence[Sequence[str]], place: int, is_gap: Callable[[str], bool]) -> bool:
    """Whether all cells of a column are numbers, at least two, or missing."""
    values = [row[place] for row in rows if not is_gap(row[place])]
    return len(values) >= FEWEST_MEASURED and all(map(is_number, values))
