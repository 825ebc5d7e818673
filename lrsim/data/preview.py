"""A first look at a CSV file, and what could be learnt from it, before anybody chooses columns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lrsim.common.validation import blame
from lrsim.data.table.choice import features_of, notes_on_numbers, target_of
from lrsim.data.table.columns import Column
from lrsim.data.table.layout import layout_of
from lrsim.data.table.read import first_rows, read_table
from lrsim.data.table.told import NOTHING, Told

ROWS_JUDGED = 10_000
MOST_CLASSES_GUESSED = 20


@dataclass(frozen=True)
class Preview:
    """The beginning of a file.

    Attributes
    ----------
    names
        All columns that have a name.
    kinds
        ``number``, ``text``, ``empty`` or ``mixed`` for each of them.
    rows
        Cells of the first rows as they stand in the file, in the columns of `names`.
    target, task
        A guess: the last column that can be used and does not only number the rows, and classes where it has few
        different whole numbers or texts.
    features
        A guess: all numbers but the target and those that number the rows or are the same in all of them.
    missing
        Whether a value is missing in any column.
    notes
        Sentences on what was guessed or skipped.
    """

    path: str
    delimiter: str
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    target: str
    task: str
    features: tuple[str, ...]
    missing: bool
    notes: tuple[str, ...] = ()


def preview(path: str, rows: int = 20, told: Told = NOTHING) -> Preview:
    """The first `rows` rows of a CSV file and a guess at the rest from its first ten thousand.

    Raises
    ------
    ExperimentError
        The file can't be used; names it and the line.
    """
    file = Path(path)
    with blame():
        layout = layout_of(file, told)
        table = read_table(file, layout, limit=ROWS_JUDGED, told=told)
        cells = first_rows(file, layout, rows)
    places = [place for place, name in enumerate(layout.names) if name]
    kinds = {name: column.kind for name, column in table.columns.items()}
    target = target_of(table)
    features = features_of(table, target)
    return Preview(
        path=path,
        delimiter=layout.delimiter,
        names=tuple(kinds),
        kinds=tuple(kinds.values()),
        rows=tuple(tuple(row[place] for place in places) for row in cells),
        target=target,
        task="classification" if target and _looks_like_classes(table.columns[target]) else "regression",
        features=features,
        missing=any(column.first_missing for column in table.columns.values()),
        notes=(*table.notes, *notes_on_numbers(table, target, features, "Not proposed", "the inputs")),
    )


def _looks_like_classes(column: Column) -> bool:
    if column.kind == "text":
        return True
    found = np.unique(column.numbers[~column.missing()])
    return len(found) <= MOST_CLASSES_GUESSED and bool((found == np.floor(found)).all())
