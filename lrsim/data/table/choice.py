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
_ID = re.compile(
    r"(^|[^a-z])(id|ids|index|idx|row|rows|no|nr|number|key|case|obs|observation)$"
    r"|^(row.?names?|row.?num(ber)?s?|unnamed.*|#)$"
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
    counting = [column.name for column in others if column.kind == "number" and not _constant(column)]
    if counting:
        yield f"Not used, since they only number the rows: {named(counting)}."
    if constant := [column.name for column in others if column.kind == "number" and _constant(column)]:
        yield f"Not used, since they are the same in all rows: {named(constant)}."
    for name in features:
        column = table.columns[name]
        if column.kind == "number" and _counts(column):
            yield f"{name} counts the rows; where it is no more than their number, leave it out of data.features."
    if "" in table.layout.names:
        yield "Columns without a name are not used."


def _says_nothing(column: Column) -> bool:
    return _constant(column) or _numbers_rows(column)


def _constant(column: Column) -> bool:
    found = column.numbers[~np.isnan(column.numbers)]
    return len(column.numbers) > 1 and bool((found == found[0]).all())


def _numbers_rows(column: Column) -> bool:
    """Whether it holds another whole number in each row, and is called what numbers of rows are called."""
    values = column.numbers
    whole = len(values) > 1 and np.array_equal(values, np.floor(values))
    return whole and _called_id(column.name) and len(np.unique(values)) == len(values)


def _counts(column: Column) -> bool:
    """Whether it counts the rows, by a name that does not say so."""
    return len(column.numbers) >= FEWEST_COUNTED and bool((np.diff(column.numbers) == 1).all())


def _called_id(name: str) -> bool:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return _ID.search(words) is not None
