"""A first look at a CSV file, and what could be learnt from it, before anybody chooses columns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lrsim.common.validation import blame
from lrsim.data.csv_table import Column, first_rows, read_header, read_table

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
        A guess: the last column that can be used, and classes where it has few different whole numbers or texts.
    features
        A guess: all numbers but the target.
    missing
        Whether a value is missing in any column.
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


def preview(path: str, rows: int = 20) -> Preview:
    """The first `rows` rows of a CSV file and a guess at the rest from its first ten thousand.

    Raises
    ------
    ExperimentError
        The file can't be used; names it and the line.
    """
    file = Path(path)
    with blame():
        header = read_header(file)
        table = read_table(file, header, limit=ROWS_JUDGED)
        cells = first_rows(file, header, rows)
    places = [place for place, name in enumerate(header.names) if name]
    kinds = {name: "mixed" if column.problem else column.kind for name, column in table.columns.items()}
    usable = [name for name, kind in kinds.items() if kind in ("number", "text")]
    target = usable[-1] if usable else ""
    return Preview(
        path=path,
        delimiter=header.delimiter,
        names=tuple(kinds),
        kinds=tuple(kinds.values()),
        rows=tuple(tuple(row[place] for place in places) for row in cells),
        target=target,
        task="classification" if target and _looks_like_classes(table.columns[target]) else "regression",
        features=tuple(name for name, kind in kinds.items() if kind == "number" and name != target),
        missing=any(column.first_missing for column in table.columns.values()),
    )


def _looks_like_classes(column: Column) -> bool:
    if column.kind == "text":
        return True
    found = np.unique(column.values()[~column.missing()])
    return len(found) <= MOST_CLASSES_GUESSED and bool((found == np.floor(found)).all())
