"""What stands between the cells of a table, told by its first rows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from lrsim.data.table.cells import DELIMITERS, is_number, parsed, usual_width
from lrsim.data.table.columns import MISSING_AMONG_NUMBERS

LINES_LOOKED_AT = 200
TAB, SPACE = "\t", " "


class _Agreement(NamedTuple):
    """How well rows go together with one delimiter; more is better.

    Attributes
    ----------
    fitting
        Share of the rows that have as many cells as most, more than one.
    whole, numbers
        Shares of their cells that are in one piece, and that are numbers or missing.
    """

    fitting: float
    whole: float
    numbers: float


_NONE = _Agreement(0.0, 0.0, 0.0)


def delimiter_of(lines: Sequence[str]) -> str:
    """What most rows agree on; of several, that which leaves numbers between. Spaces only where nothing else does.

    Tabs among spaces, as old programs print tables, are spaces too, where the names say so.
    """
    for some in (DELIMITERS[:-1], DELIMITERS[-1:]):
        found = {delimiter: _agreement(lines, delimiter) for delimiter in some}
        best = max(some, key=lambda delimiter: found[delimiter])
        if any(found[best]):
            return SPACE if best == TAB and _are_columns_of_blanks(lines) else best
    return ","


def _are_columns_of_blanks(lines: Sequence[str]) -> bool:
    """Whether cells between blanks of any kind go together better than between tabs, or alone with the names."""
    if not any(_agreement(lines, SPACE)) or _has_names_below_a_title(lines):
        return False
    (by_space, unnamed), (by_tab, missing) = _below_names(lines, SPACE), _below_names(lines, TAB)
    fits = (0, 1)  # the names of rows may have none
    return unnamed in fits and (by_space > by_tab or (by_space == by_tab and missing not in fits))


def _has_names_below_a_title(lines: Sequence[str]) -> bool:
    """Whether the first line is in one piece between tabs, and the second one names all that the others hold."""
    rows = list(islice(parsed(lines, 0, TAB), LINES_LOOKED_AT))
    if len(rows) < 3 or len(rows[0].cells) != 1:
        return False
    names = rows[1].cells
    return len(names) == usual_width(rows[2:], 1) > 1 and not any(is_number(cell.strip()) for cell in names)


def _below_names(lines: Sequence[str], delimiter: str) -> tuple[float, int]:
    """Share of the rows below the first that have as many cells as most, and how many more than it those have."""
    rows = list(islice(parsed(lines, 0, delimiter), LINES_LOOKED_AT))
    if len(rows) < 2:
        return 0.0, 0
    names, below = len(rows[0].cells), [len(row.cells) for row in rows[1:]]
    width = usual_width(rows[1:], names)
    return below.count(width) / len(below), width - names


def _agreement(lines: Sequence[str], delimiter: str) -> _Agreement:
    rows = list(islice(parsed(lines, 0, delimiter), LINES_LOOKED_AT))
    if len(rows) > 2 and len(lines) == LINES_LOOKED_AT:
        rows.pop()  # it may go on
    width = usual_width(rows[1:] or rows, len(rows[0].cells)) if rows else 0
    if width < 2:
        return _NONE
    fitting = [[cell.strip() for cell in row.cells] for row in rows if len(row.cells) == width]
    cells = [cell for row in fitting for cell in row]
    numbers = [_is_number_or_gap(cell) for cell in cells]
    names = width if len(rows[0].cells) == width and len(fitting) > 1 else 0
    if delimiter == SPACE and 2 * sum(numbers[names:]) <= len(cells) - names:
        return _NONE  # sentences
    whole = [number or not any(other in cell for other in DELIMITERS[:-1]) for cell, number in zip(cells, numbers)]
    return _Agreement(len(fitting) / len(rows), sum(whole) / len(cells), sum(numbers) / len(cells))


def _is_number_or_gap(cell: str) -> bool:
    return cell.lower() in MISSING_AMONG_NUMBERS or is_number(cell)
