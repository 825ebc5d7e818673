"""What a data source is: what its reader is given, and all that the program has to know of it, declared once.

Each source's file declares it, `sources.registry` lists them; choices, caches, descriptions and fields read them there.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec

from lrsim.common.validation import FLAG, TEXT, TEXTS, Rule, choice, matrix, number, whole_number
from lrsim.data.samples import Samples

Matrix = tuple[tuple[float, ...], ...]
Notify = Callable[[str], None]
"""Is told, in a sentence, what a person should know while something takes long."""

MOST_SAMPLES = 10_000_000


def _pairs(value: object) -> Matrix:
    rows = matrix(value)
    if any(len(row) != 2 for row in rows):
        raise ValueError
    return rows


def _sample_count(value: object) -> int:
    count: int = whole_number(1).convert(value)
    if count > MOST_SAMPLES:
        raise ValueError(f"expected at most {MOST_SAMPLES}")
    return count


def _encoding(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError
    try:
        io.TextIOWrapper(io.BytesIO(), encoding=value).close()
    except (LookupError, ValueError):
        raise ValueError from None
    return value


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of the table `data` that a source's reader looks at.

    Attributes
    ----------
    path
        A CSV file, or a folder of MNIST's files; empty for the place where those are usually kept.
    features, target
        Columns of a table: what is given (by default all numbers but the target) and what is to be learnt.
    missing
        What becomes of a row without a value in a column that is used.
    missing_values
        Texts that stand for a missing value, beside the usual ones.
    header
        Whether a table's first row names its columns; None leaves it to the file.
    delimiter, decimal, encoding
        What stands between cells, what before decimals, and how bytes are read as text; None leaves it to the file.
    limit
        Only the first so many rows are read; 0 reads all.
    download
        Whether MNIST may be fetched from OpenML where it is missing.
    samples, noise, seed
        How many points a toy set has, how far they stray, and what draws them.
    inputs, targets, trials
        Rows of the sources that take them from the experiment.
    """

    source: Annotated[str, TEXT]
    path: Annotated[str, TEXT] = ""
    features: Annotated[tuple[str, ...], TEXTS] = ()
    target: Annotated[str, TEXT] = ""
    missing: Annotated[str, choice("refuse", "drop")] = "refuse"
    missing_values: Annotated[tuple[str, ...], TEXTS] = ()
    header: Annotated[bool | None, FLAG] = None
    delimiter: Annotated[str | None, choice(",", ";", "\t", "|", " ")] = None
    decimal: Annotated[str | None, choice(".", ",")] = None
    encoding: Annotated[str | None, Rule("the name of an encoding of text, such as utf-8 or cp1252", _encoding)] = None
    limit: Annotated[int, whole_number(0)] = 0
    download: Annotated[bool, FLAG] = False
    samples: Annotated[int, Rule("a whole number >= 1", _sample_count)] = 200
    noise: Annotated[float, number("a number from 0 to 0.5", lambda value: 0 <= value <= 0.5)] = 0.0
    seed: Annotated[int, whole_number(0)] = 1
    inputs: Annotated[Matrix, Rule("rows of finite numbers, all of one length", matrix)] = ()
    targets: Annotated[Matrix, Rule("rows of finite numbers, all of one length", matrix)] = ()
    trials: Annotated[Matrix, Rule("a list of [input, wanted output]", _pairs)] = ()


def _no_files(request: Request) -> Sequence[Path]:
    return ()


def _nothing_absent(path: str) -> str:
    return ""


@dataclass(frozen=True, kw_only=True)
class Source:
    """One data source.

    Attributes
    ----------
    name
        `data.source`.
    line
        What it holds, in a sentence for people.
    read
        Takes the request and the task, ``regression`` or ``classification``, and returns all rows; raises
        ExperimentError, or FileRefused of the file that `data.path` names.
    keys
        Keys of `data` that are a matter of the source and mean something to this one, to be edited; ``task`` among
        them where either can be asked for.
    task
        What it is made for; None leaves it to the loss.
    example
        The task that it is described with; None where it holds nothing before the experiment says what.
    takes_rows, needs_rows
        Whether `data.inputs` and `data.targets` may, or must, hold its rows.
    files
        The files that it stands on as they are now, for telling whether they have changed.
    absent
        What is missing, and what to do, for a `data.path`; empty when the source can be used.
    fetch
        Brings what is missing where that was asked for; None for a source that never does.
    slow
        Whether reading it takes long enough to be noticed.
    """

    name: str
    line: str
    read: Callable[[Request, str], Samples]
    keys: tuple[str, ...] = ()
    task: str | None = None
    example: str | None = None
    takes_rows: bool = False
    needs_rows: bool = False
    files: Callable[[Request], Sequence[Path]] = _no_files
    absent: Callable[[str], str] = _nothing_absent
    fetch: Callable[[Request, Notify], None] | None = None
    slow: bool = False
