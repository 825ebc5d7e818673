"""The table `data` of an experiment: where samples come from and in which order they are met."""

from __future__ import annotations

from typing import Annotated

import msgspec

from lrsim.common.validation import (
    FLAG,
    SHARE,
    TEXT,
    TEXTS,
    Rule,
    choice,
    matrix,
    number,
    whole_number,  # fmt: skip
)

Matrix = tuple[tuple[float, ...], ...]


def _pairs(value: object) -> Matrix:
    rows = matrix(value)
    if any(len(row) != 2 for row in rows):
        raise ValueError
    return rows


SOURCES = (
    "csv", "mnist", "digits", "clip250", "bmi", "circle", "xor", "gauss", "spiral", "plane", "table",
)  # fmt: skip

MOST_SAMPLES = 10_000_000


def _sample_count(value: object) -> int:
    count: int = whole_number(1).convert(value)
    if count > MOST_SAMPLES:
        raise ValueError(f"expected at most {MOST_SAMPLES}")
    return count


class DataSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where samples come from and in which order they are met.

    Attributes
    ----------
    path
        A CSV file, or a folder of MNIST's files; empty for the place where those are usually kept.
    features, target
        Columns of a table: what is given (by default all numbers but the target) and what is to be learnt.
    inputs, targets, trials
        Rows of the sources clip250 and table.
    samples, noise, seed
        How many points a toy set has, how far they stray, and what draws them.
    missing
        What becomes of a row without a value in a column that is used.
    limit
        Only the first so many rows are read; 0 reads all.
    download
        Whether MNIST may be fetched from OpenML where it is missing.
    task
        None leaves it to the source and the loss.
    """

    source: Annotated[str, choice(*SOURCES)]
    path: Annotated[str, TEXT] = ""
    features: Annotated[tuple[str, ...], TEXTS] = ()
    target: Annotated[str, TEXT] = ""
    missing: Annotated[str, choice("refuse", "drop")] = "refuse"
    limit: Annotated[int, whole_number(0)] = 0
    download: Annotated[bool, FLAG] = False
    samples: Annotated[int, Rule("a whole number >= 1", _sample_count)] = 200
    noise: Annotated[float, number("a number from 0 to 0.5", lambda value: 0 <= value <= 0.5)] = 0.0
    seed: Annotated[int, whole_number(0)] = 1
    inputs: Annotated[Matrix, Rule("rows of finite numbers, all of one length", matrix)] = ()
    targets: Annotated[Matrix, Rule("rows of finite numbers, all of one length", matrix)] = ()
    trials: Annotated[Matrix, Rule("a list of [input, wanted output]", _pairs)] = ()
    task: Annotated[str | None, choice("regression", "classification")] = None
    test_fraction: Annotated[float, SHARE] = 0.0
    split: Annotated[str, choice("shuffle", "stratify", "tail")] = "shuffle"
    split_seed: Annotated[int, whole_number(0)] = 42
    scale: Annotated[str, choice("none", "standard", "minmax")] = "none"
    order: Annotated[str, choice("cyclic", "shuffle")] = "cyclic"
