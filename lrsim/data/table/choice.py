"""Which columns of a table are learnt from where nobody says, and what there is to say of the others."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from lrsim.data.pixels import image_named
from lrsim.data.table.columns import Column
from lrsim.data.table.read import Table
from lrsim.data.table.words import named

FEWEST_COUNTED = 20
"""Rows that tell a column that counts them from one that happens to."""
MOST_MENTIONED = 3
"""Columns with another whole number in each row; more of them are measured, such as counts of something."""
_ID = re.compile(
    r"(^|[^a-z])(id|ids|index|idx|row|rows|no|nr|number|key|code|serial|case|record|obs|observation)$"
    r"|^(row.?names?|row.?num(ber)?s?|unnamed.*|s.?no|[pu]id|uuid|)$"
    r"|^(id|index|idx|row)[^a-z]"
)


def features_of(table: Table, target: str) -> tuple[str, ...]:
    """All columns of numbers but the target, without those that number the rows or are the same in all of them.

    Where none would be left, those stay. So do all pixels of an image: one that is always dark is still a place in it.
    """
    numbers = [name for name, column in table.columns.items() if column.kind == "number" and name != target]
    measured = [name for name in numbers if not _numbers_rows(table.columns[name])]
    if image_named(measured) is not None:
        return tuple(measured)
    telling = tuple(name for name in numbers if not _says_nothing(table.columns[name]))
    return telling or tuple(numbers)


def target_of(table: Table) -> str:
    """The last column that can be learnt and says something, else the last that can be; empty where none can."""
    usable = [name for name, column in table.columns.items() if column.kind in ("number", "text")]
    telling = [name for name in usable if table.columns[name].kind == "text" or not _says_nothing(table.columns[name])]
    return (telling or usable or [""])[-1]


def notes_on_others(table: Table, target: str, features: tuple[str, ...]) -> Iterator[str]:
    """A word on columns that nobody chose to leave out."""
    others = [column for name, column in table.columns.items() if name != target and name not in features]
    for kind, words in (("text", "they hold no numbers"), ("empty", "they hold no value")):
        if found := [column.name for column in others if column.kind == kind]:
            yield f"Not used, since {words}: {named(found)}."
    for column in others:
        if column.odd is not None:
            odd = column.odd
            yield f'Not used: {column.name}, line {odd.line}: {odd.what}, got "{odd.got}".'
    yield from notes_on_numbers(table, target, features)
    if "" in table.layout.names:
        yield "Columns without a name are not used."


def notes_on_numbers(
    table: Table, target: str, features: tuple[str, ...], left_out: str = "Not used", inputs: str = "data.features"
) -> Iterator[str]:
    """A word on columns of numbers that say nothing, or may be no more than the number of a row.

    Parameters
    ----------
    left_out, inputs
        How it is put that a column is not among the inputs, and what these are called.
    """
    numbers = [column for column in table.columns.values() if column.kind == "number" and column.name != target]
    others = [column for column in numbers if column.name not in features]
    if counting := [column.name for column in others if not _constant(column)]:
        yield _sentence(f"{left_out}, since they only number the rows: {named(counting)}")
    if constant := [column.name for column in others if _constant(column)]:
        yield _sentence(f"{left_out}, since they are the same in all rows: {named(constant)}")
    if len(features) < 2:  # there is no other to learn from
        return
    different = [column for column in numbers if column.name in features and _may_number_rows(column)]
    for name in [column.name for column in different if _counts(column)]:
        yield f"{name} counts the rows; where it is no more than their number, leave it out of {inputs}."
    found = [column.name for column in different if not _counts(column)]
    if 0 < len(found) <= MOST_MENTIONED:
        subject, them = ("it only names", "it") if len(found) == 1 else ("they only name", "them")
        what = f"where {subject} the row, leave {them} out of {inputs}"
        yield f"In each row another whole number: {named(found)}; {what}."


def _sentence(text: str) -> str:
    """With one full stop, where the last word is a name that has its own."""
    return text if text.endswith(".") else f"{text}."


def _says_nothing(column: Column) -> bool:
    return _constant(column) or _numbers_rows(column)


def _constant(column: Column) -> bool:
    found = column.numbers[~np.isnan(column.numbers)]
    return len(column.numbers) > 1 and bool((found == found[0]).all())


def _numbers_rows(column: Column) -> bool:
    """Whether it holds another whole number in each row, and is called what numbers of rows are called."""
    return _called_id(column.name) and _all_different(column)


def _may_number_rows(column: Column) -> bool:
    """Whether it holds another whole number in each of many rows, by a name that does not say what that is."""
    return len(column.numbers) >= FEWEST_COUNTED and _all_different(column)


def _all_different(column: Column) -> bool:
    found = column.numbers[~np.isnan(column.numbers)]
    whole = len(found) > 1 and np.array_equal(found, np.floor(found))
    return whole and len(np.unique(found)) == len(found)


def _counts(column: Column) -> bool:
    """Whether whole numbers that are all different are those of the rows, in any order."""
    return bool((np.diff(np.sort(column.numbers)) == 1).all())


def _called_id(name: str) -> bool:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return _ID.search(re.sub(r"[\W_]+$", "", words)) is not None
