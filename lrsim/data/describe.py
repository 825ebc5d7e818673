"""What a data source holds, or what to do when it is not there: for people, and as plain values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lrsim.common.numbers import count, short
from lrsim.common.validation import ExperimentError, blame, near
from lrsim.data.samples import Samples
from lrsim.data.source import Request, Source
from lrsim.data.sources import mnist
from lrsim.data.sources.registry import SOURCES
from lrsim.data.table.columns import Column
from lrsim.data.table.layout import layout_of
from lrsim.data.table.read import Table, read_table
from lrsim.data.table.words import named

MOST_COLUMNS_SHOWN = 40
MOST_VALUES_SHOWN = 8
LARGE = 1000.0
"""Numbers from this on are in units too large for usual rates."""


@dataclass(frozen=True)
class Feature:
    """One column: `low` to `high` for numbers (None where there are none), what else it holds for few and for texts.

    `values` are the different texts, the most frequent first, or a small set of whole numbers, each with its count.
    """

    name: str
    low: float | None = None
    high: float | None = None
    values: tuple[tuple[str, int], ...] = ()
    missing: int = 0
    problem: str = ""


@dataclass(frozen=True)
class Description:
    """A source in figures.

    Attributes
    ----------
    target_range
        Lowest and highest target, where it is a number.
    absent
        What is missing and where to put it; empty when the source can be used.
    """

    name: str
    line: str
    rows: int = 0
    features: tuple[Feature, ...] = ()
    target: str = ""
    target_range: tuple[float, float] | None = None
    classes: tuple[tuple[str, int], ...] = ()
    notes: tuple[str, ...] = ()
    absent: str = ""

    def text(self) -> str:
        """Several lines for a terminal."""
        return "\n".join(_lines(self)) + "\n"


def describe(source: str) -> Description:
    """What the source of this name holds, or the CSV file or folder of MNIST files at this path.

    Raises
    ------
    ExperimentError
        There is no such source or path, or what is there can't be used.
    """
    if source in SOURCES:
        return _held(SOURCES[source], "")
    path = Path(source)
    try:
        if source and path.is_dir():
            return _held(mnist.MNIST, source)
        known = bool(source) and (path.exists() or bool(path.suffix))
    except (OSError, ValueError):
        known = False
    if not known:
        raise ExperimentError(source or '""', "no such source or file" + near(source, list(SOURCES)))
    return _csv(path)


def _held(source: Source, path: str) -> Description:
    if source.example is None:
        return Description(source.name, source.line)
    if absent := source.absent(path):
        return Description(source.name, source.line, absent=absent)
    with blame():
        return _of_samples(source, source.read(Request(source=source.name, path=path), source.example))


def _of_samples(source: Source, samples: Samples) -> Description:
    lows, highs = samples.inputs.min(axis=0) / samples.divisor, samples.inputs.max(axis=0) / samples.divisor
    if samples.image is None:
        features = tuple(map(Feature, samples.feature_names, lows.tolist(), highs.tolist()))
    else:
        pixels = f"{samples.image[0]} x {samples.image[1]} pixels"
        features = (Feature(pixels, float(lows.min()), float(highs.max())),)
    values = samples.values
    counts = [] if samples.codes is None else np.bincount(samples.codes, minlength=len(samples.classes)).tolist()
    return Description(
        source.name,
        source.line,
        rows=len(samples.inputs),
        features=features,
        target=samples.target_names[0],
        target_range=None if values is None else (float(values.min()), float(values.max())),
        classes=tuple(zip(samples.classes, counts)),
        notes=samples.notes,
    )


def _csv(path: Path) -> Description:
    with blame():
        table = read_table(path, layout_of(path))
    notes = list(table.notes)
    if _gaps(table):
        notes.append("Empty cells, NA, N/A, NaN, null, ? and, among numbers, None, - and . count as missing.")
    if large := [name for name, column in table.columns.items() if _is_large(column)]:
        notes.append(
            f"Large numbers: {named(large)}; data.scale brings inputs, data.scale_target the target to the size of 1."
        )
    return Description(
        path.name,
        "A CSV file.",
        rows=len(table.lines),
        features=tuple(_feature(column) for column in table.columns.values()),
        notes=tuple(notes),
    )


def _gaps(table: Table) -> bool:
    return any(column.first_missing for column in table.columns.values())


def _is_large(column: Column) -> bool:
    found = column.numbers[~column.missing()] if column.kind == "number" else np.empty(0)
    return bool(len(found) and np.abs(found).max() >= LARGE)


def _feature(column: Column) -> Feature:
    if column.faulty and column.odd is not None:
        line, what, got, *_ = column.odd
        return Feature(column.name, problem=f'line {line}: {what}, got "{short_text(got)}"')
    missing = int(column.missing().sum())
    if column.kind in ("text", "mixed"):
        codes = column.codes
        counts = np.bincount(codes[codes >= 0], minlength=len(column.texts)).tolist()
        ranked = sorted(zip(column.texts, counts), key=lambda item: (-item[1], item[0]))
        return Feature(column.name, values=tuple(ranked), missing=missing)
    if column.kind == "empty":
        return Feature(column.name, missing=missing)
    found = column.numbers[~column.missing()]
    return Feature(column.name, float(found.min()), float(found.max()), _few_whole_numbers(found), missing)


def _few_whole_numbers(found: NDArray[np.float64]) -> tuple[tuple[str, int], ...]:
    numbers, counts = np.unique(found, return_counts=True)
    if len(numbers) > MOST_VALUES_SHOWN or (numbers != np.floor(numbers)).any():
        return ()
    return tuple((f"{number:.15g}", int(rows)) for number, rows in zip(numbers, counts))


def short_text(text: str) -> str:
    """A cell's text on one line, cut where it is long."""
    shown = "".join(c if c.isprintable() else "?" for c in text)
    return shown if len(shown) <= 40 else shown[:37] + "..."


def _lines(found: Description) -> Iterator[str]:
    yield f"{found.name}: {found.line}"
    if found.absent:
        yield f"Not there yet. {found.absent[0].upper()}{found.absent[1:]}."
        return
    if not found.rows:
        return
    yield f"Rows: {count(found.rows)}"
    yield "Columns:" if not found.target else "Inputs:"
    shown = found.features[:MOST_COLUMNS_SHOWN]
    width = max(len(short_text(feature.name)) for feature in shown)
    for feature in shown:
        yield f"  {short_text(feature.name):{width}}  {_facts(feature)}"
    if len(found.features) > len(shown):
        yield f"  and {count(len(found.features) - len(shown))} more"
    if found.classes:
        yield f"Target: {found.target}, {len(found.classes)} classes"
        width = max(len(short_text(name)) for name, _ in found.classes)
        for name, rows in found.classes[:MOST_COLUMNS_SHOWN]:
            yield f"  {short_text(name):{width}}  {count(rows)} {'row' if rows == 1 else 'rows'}"
    elif found.target:
        between = "" if found.target_range is None else f", {' to '.join(map(short, found.target_range))}"
        yield f"Target: {found.target}, a number{between}"
    yield from found.notes


def _facts(feature: Feature) -> str:
    if feature.problem:
        return f"can't be used, {feature.problem}"
    missing = f", {count(feature.missing)} missing" if feature.missing else ""
    values = ", ".join(f"{short_text(text)} ({count(rows)})" for text, rows in feature.values[:MOST_VALUES_SHOWN])
    if feature.low is not None and feature.high is not None:
        return f"{short(feature.low)} to {short(feature.high)}{': ' if values else ''}{values}{missing}"
    if not values:
        return "no value in any row"
    more = len(feature.values) - MOST_VALUES_SHOWN
    return values + (f" and {count(more)} more texts" if more > 0 else "") + missing
