"""Tables of every kind that people keep, drawn at random and written to a file, with what should be read from it."""

from __future__ import annotations

import csv
import gzip
import io
import math
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import strategies as st

from lrsim.common.validation import FileRefused
from lrsim.data.table.layout import layout_of
from lrsim.data.table.read import Table, read_table
from lrsim.data.table.told import Told

WORDS = ("red", "blue", "Ulm", "old town", "x-1", "Größe", "naïve", 'say "a"', "a;b", "a,b", "a|b", "two\nlines")
NAMES = ("height", "weight", "Köln", "price in €", "a,b", "x", "y", "n", "group")
MISSING = ("", "NA", "N/A", "#N/A", "?", "null", "nan")
AMONG_NUMBERS = (*MISSING, ".", "-", "None")
UNITS = ("m", "kg", "s", "km/h", "°C")


@dataclass
class Drawn:
    """A table, how it is written, and what has to be told of it.

    Attributes
    ----------
    columns
        By name; floats (NaN where missing) or texts (None where missing).
    """

    columns: dict[str, list[float] | list[str | None]]
    content: bytes
    told: Told
    dress: dict[str, object] = field(default_factory=dict)


def _number(draw: st.DrawFn, decimal: str, style: str) -> tuple[float, str]:
    if style == "plain":
        value = draw(st.integers(-999, 999) | st.decimals(-999, 999, places=draw(st.integers(1, 2))).map(float))
        return float(value), repr(value).replace(".", decimal)
    if style == "percent":
        value = draw(st.integers(0, 1000)) / 10
        return value, f"{value}%".replace(".", decimal)
    value = draw(st.integers(0, 2_000_000))
    apart = f"{value:,}" if decimal == "." else f"{value:,}".replace(",", ".")
    return float(value), f"${apart}" if style == "currency" else apart


@st.composite
def tables(draw: st.DrawFn) -> Drawn:
    """A table in some dress."""
    rows = draw(st.integers(2, 12))
    delimiter = draw(st.sampled_from(",;\t|"))
    decimal = draw(st.sampled_from(".," if delimiter != "," else "."))
    names = draw(st.lists(st.sampled_from(NAMES), min_size=2, max_size=5, unique=True))
    cells: list[list[str]] = []
    columns: dict[str, list[float] | list[str | None]] = {}
    for name in names:
        style = draw(st.sampled_from(["plain", "plain", "plain", "text", "thousands", "percent", "currency"]))
        pairs: list[tuple[object, str]] = []
        for _ in range(rows):
            if draw(st.integers(0, 9)) == 0:
                gap = draw(st.sampled_from(MISSING if style == "text" else AMONG_NUMBERS))
                pairs.append((None if style == "text" else math.nan, gap))
            elif style == "text":
                word = draw(st.sampled_from(WORDS))
                pairs.append((word, word))
            else:
                pairs.append(_number(draw, decimal, style))
        columns[name] = [value for value, _ in pairs]  # type: ignore[assignment]
        cells.append([text for _, text in pairs])
    header = draw(st.booleans())
    measured = [values for values in columns.values() if sum(isinstance(v, float) and v == v for v in values) > 1]
    below = (
        [draw(st.sampled_from(UNITS)) for _ in names] if header and len(measured) > 1 and draw(st.booleans()) else []
    )
    beside = draw(st.sampled_from(["", "", "names of rows", "delimiter at the end"])) if header else ""
    encoding = draw(st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    ending = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    quoting = csv.QUOTE_ALL if ending == "\r" else draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    above = draw(st.sampled_from(["", "", "", "title", "comment", "sep"]))
    text = io.StringIO(newline="")
    if above == "title" and header:
        text.write("Report of the year" + ending + ending)
    if above == "comment":
        text.write("# made by a tool, on a day" + ending)
    if above == "sep":
        text.write(f"sep={delimiter}" + ending)
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=ending)
    lines = [names, *([below] if below else []), *map(list, zip(*cells, strict=True))] if header else zip(*cells)
    for number, line in enumerate(lines):
        if beside == "names of rows" and number:
            line = [f"row {number}", *line]
        writer.writerow([*line, ""] if beside == "delimiter at the end" else line)
    if not header:
        columns = {f"c{place + 1}": values for place, values in enumerate(columns.values())}
    told = Told(
        header=None if header else False,
        decimal=draw(st.sampled_from(["", decimal])),
        delimiter=draw(st.sampled_from(["", delimiter])),
        encoding=encoding if encoding == "cp1252" and draw(st.booleans()) else "",
    )
    dress = {"delimiter": delimiter, "decimal": decimal, "encoding": encoding, "above": above, "ending": ending,
             "below": below, "beside": beside}  # fmt: skip
    content = text.getvalue().encode(encoding, errors="replace")
    return Drawn(columns, gzip.compress(content, mtime=0) if draw(st.integers(0, 9)) == 0 else content, told, dress)


def read_back(path: Path, drawn: Drawn) -> Table | FileRefused:
    """What is made of it, or the refusal."""
    path.write_bytes(drawn.content)
    try:
        return read_table(path, layout_of(path, drawn.told), told=drawn.told)
    except FileRefused as refused:
        return refused


def mistakes(drawn: Drawn, table: Table) -> list[str]:
    """Whatever was read otherwise than it was written, and was not said to be a guess; empty when all is right."""
    alike = list(table.columns) == list(drawn.columns)
    if len(table.columns) != len(drawn.columns) or not (alike or _guessed_letters(table)):
        return [f"columns {list(table.columns)} for {list(drawn.columns)}"]
    found = []
    for column, values in zip(table.columns.values(), drawn.columns.values(), strict=True):
        said = any(column.name in note and "can mean two numbers" in note for note in table.notes)
        if not said and not _alike(column, values, table):
            found.append(f"{column.name}: {column.kind} for {values}")
    return found


def _guessed_letters(table: Table) -> bool:
    return any("which is a guess" in note for note in table.notes)


def _alike(column, values: list, table: Table) -> bool:
    gaps = [value is None or value != value for value in values]
    if column.missing().tolist() != gaps:
        return False
    if all(gaps):
        return column.kind == "empty"
    if any(isinstance(value, str) for value in values):
        if column.kind != "text":
            return False
        texts = [column.texts[code] for code in column.codes if code >= 0]
        wanted = [value.replace("\r\n", "\n") for value in values if value is not None]
        return _guessed_letters(table) or [" ".join(text.split()) for text in texts] == [
            " ".join(w.split()) for w in wanted
        ]
    if column.kind != "number":
        return False
    return all(gap or number == value for gap, number, value in zip(gaps, column.numbers, values, strict=True))
