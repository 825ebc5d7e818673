"""A CSV file as samples: which columns are inputs, which one is the target, and what their texts stand for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lrsim.common.validation import ExperimentError, FileRefused, near
from lrsim.data.pixels import image_named
from lrsim.data.samples import Samples, check_size
from lrsim.data.source import Request, Source
from lrsim.data.table.choice import features_of, notes_on_others
from lrsim.data.table.columns import Column
from lrsim.data.table.layout import layout_of
from lrsim.data.table.read import Table, read_table
from lrsim.data.table.told import Told

MOST_CATEGORIES = 100  # of one input: each takes a column of its own
MOST_CLASSES = 1000
SOME = 50  # names of columns in an error line


def read(spec: Request, task: str) -> Samples:
    """Samples from the file `data.path`.

    Raises
    ------
    ExperimentError, FileRefused
        The path, the target or a feature is missing or unknown, or the file can't be used; names file, line and column.
    """
    if not spec.path:
        raise ExperimentError("data.path", "missing, expected the path of a CSV file")
    return read_columns(Path(spec.path), spec, task, spec.target)


def read_columns(path: Path, spec: Request, task: str, target: str) -> Samples:
    """Samples from `path` with `target` as what is to be learnt, by the other keys of `spec`."""
    told = told_by(spec)
    layout = layout_of(path, told)
    names = [name for name in layout.names if name]
    if not target:
        raise ExperimentError("data.target", f"missing, expected one of {', '.join(names[:SOME])}")
    if target not in names:
        raise ExperimentError("data.target", f"no such column in {path}{near(target, names[:SOME])}", target)
    wanted = [*_asked_for(spec.features, target, names, path), target] if spec.features else None
    table = read_table(path, layout, wanted, spec.limit, told)
    features = spec.features or _by_default(table, target)
    columns = [table.columns[name] for name in (*features, target)]
    for column in columns[:-1]:
        _check(table, column)
    _check_target(table, columns[-1])
    kept, notes = _complete_rows(table, columns, spec.missing)
    others = () if spec.features else notes_on_others(table, target, features)
    notes = [*table.notes, *others, *notes]
    inputs, feature_names = _inputs(columns[:-1], kept)
    values, codes, classes = _targets(table, columns[-1], kept, task)
    return Samples(
        inputs=inputs,
        feature_names=feature_names,
        values=values,
        codes=codes,
        classes=classes,
        target_names=(target,),
        lines=table.lines[kept],
        image=image_named(feature_names),
        notes=tuple(notes),
    )


def _asked_for(features: Sequence[str], target: str, names: list[str], path: Path) -> Sequence[str]:
    for place, feature in enumerate(features):
        where = f"data.features[{place}]"
        if feature not in names:
            raise ExperimentError(where, f"no such column in {path}{near(feature, names[:SOME])}", feature)
        if feature == target:
            raise ExperimentError(where, "is the target, expected another column", feature)
        if feature in features[:place]:
            raise ExperimentError(where, "stands there twice", feature)
    return features


def _by_default(table: Table, target: str) -> tuple[str, ...]:
    found = features_of(table, target)
    if not found:
        why = " ".join(notes_on_others(table, target, ()))
        what = f"missing, {table.path} has no column of numbers beside the target"
        raise ExperimentError("data.features", f"{what}. {why}".rstrip(". "))
    return found


def _check(table: Table, column: Column) -> None:
    """Refuse a feature that holds nothing, or numbers but for a few cells."""
    if column.faulty and column.odd is not None:
        line, what, got, *_ = column.odd
        raise FileRefused(table.path, f"line {line}, column {column.name}: {what}", got)
    _check_target(table, column)


def _check_target(table: Table, column: Column) -> None:
    if column.kind == "empty":
        raise FileRefused(table.path, f"line {table.lines[0]}, column {column.name}: holds no value in any row")


def _complete_rows(table: Table, columns: list[Column], missing: str) -> tuple[NDArray[np.intp], list[str]]:
    """Rows in which no wanted cell is missing, and what was left out."""
    gaps = [column for column in columns if column.first_missing]
    if not gaps:
        return np.arange(len(table.lines)), []
    if missing == "refuse":
        first = min(gaps, key=lambda column: column.first_missing)
        what = 'value missing, fill it in or set data.missing = "drop"'
        raise FileRefused(table.path, f"line {first.first_missing}, column {first.name}: {what}")
    incomplete = np.logical_or.reduce([column.missing() for column in gaps])
    count = int(incomplete.sum())
    if count == len(incomplete):
        raise FileRefused(table.path, "a value is missing in every row, none is left")
    rows = "1 row with a missing value" if count == 1 else f"{count} rows with missing values"
    return np.flatnonzero(~incomplete), [f"{rows} left out."]


def _inputs(columns: list[Column], kept: NDArray[np.intp]) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    check_size(len(kept), sum(map(_width, columns)), np.dtype(np.float64).itemsize)
    parts = [_input(column, kept) for column in columns]
    return np.column_stack([values for values, _ in parts]), tuple(name for _, names in parts for name in names)


def _width(column: Column) -> int:
    """How many inputs a column can become."""
    return len(column.texts) if 2 < len(column.texts) <= MOST_CATEGORIES else 1


def _input(column: Column, kept: NDArray[np.intp]) -> tuple[NDArray[np.float64], list[str]]:
    """Numbers as they are; two texts as 0 and 1; more of them as one column a text."""
    if column.kind == "number":
        return column.numbers[kept], [column.name]
    if len(column.texts) > MOST_CATEGORIES:
        what = f"column {column.name} holds {len(column.texts)} different texts, expected at most {MOST_CATEGORIES}"
        raise ExperimentError("data.features", what)
    codes, texts = _sorted_texts(column, kept)
    if len(texts) <= 2:
        return codes.astype(np.float64), [f"{column.name} = {texts[-1]}"]
    marks = codes[:, None] == np.arange(len(texts))
    return marks.astype(np.float64), [f"{column.name} = {text}" for text in texts]


def _sorted_texts(column: Column, kept: NDArray[np.intp]) -> tuple[NDArray[np.intp], list[str]]:
    """Index of each kept row's text in the sorted list of those that occur."""
    met = column.texts
    used, codes = np.unique(column.codes[kept], return_inverse=True)
    by_name = sorted(range(len(used)), key=lambda place: met[used[place]])
    rank = np.empty(len(used), dtype=np.intp)
    rank[by_name] = np.arange(len(used))
    return rank[codes], [met[used[place]] for place in by_name]


def _targets(
    table: Table, column: Column, kept: NDArray[np.intp], task: str
) -> tuple[NDArray[np.float64] | None, NDArray[np.intp] | None, tuple[str, ...]]:
    """Values of a regression, or codes and names of classes."""
    if task == "regression":
        if column.odd is not None:
            line, what, got, *_ = column.odd
            raise FileRefused(table.path, f"line {line}, column {column.name}: {what}", got)
        if column.kind == "text":
            what = f'column {column.name} holds texts, expected numbers for a regression or data.task "classification"'
            raise ExperimentError("data.target", what)
        return column.numbers[kept][:, None], None, ()
    if column.kind in ("text", "mixed"):
        codes, texts = _sorted_texts(column, kept)
        classes = tuple(texts)
    else:
        labels, inverse = np.unique(column.numbers[kept], return_inverse=True)
        codes, classes = inverse.astype(np.intp), tuple(f"{label:.15g}" for label in labels[: MOST_CLASSES + 1])
    if len(classes) > MOST_CLASSES:
        what = f"column {column.name} holds more than {MOST_CLASSES} classes, expected fewer or a regression"
        raise ExperimentError("data.target", what)
    return None, codes, classes


def told_by(spec: Request) -> Told:
    """What the experiment says of the table's layout."""
    return Told(spec.header, spec.delimiter or "", spec.decimal or "", spec.encoding or "", spec.missing_values)


def _files(spec: Request) -> list[Path]:
    return [Path(spec.path)]


CSV = Source(
    name="csv",
    line='A file of your own: set data.path to it and data.target to the column to learn; "lrsim data FILE" lists '
    "its columns.",
    read=read,
    keys=(
        "path",
        "features",
        "target",
        "basis",
        "missing",
        "missing_values",
        "limit",
        "task",
        "header",
        "delimiter",
        "decimal",
        "encoding",
    ),
    files=_files,
)
