"""The data sources by name."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from lrsim.common.validation import ExperimentError
from lrsim.data.samples import Samples
from lrsim.data.sources import bmi, csv_file, digits, mnist, rows, toy
from lrsim.data.spec import DataSpec

Reader = Callable[[DataSpec, str], Samples]

READERS: dict[str, Reader] = {
    "csv": csv_file.read,
    "mnist": mnist.read,
    "digits": digits.read,
    "clip250": rows.read_clip250,
    "bmi": bmi.read,
    **dict.fromkeys(toy.TOYS, toy.read),
    "table": rows.read_table,
}
"""Each takes the experiment's data table and the task, and returns all rows or raises ExperimentError."""


def read(spec: DataSpec, task: str) -> Samples:
    """All rows that `spec` names, for a ``regression`` or a ``classification``."""
    reader = READERS.get(spec.source)
    if reader is None:
        raise ExperimentError("data.source", f"expected one of {', '.join(READERS)}", spec.source)
    return reader(spec, task).head(spec.limit)


def stamp(spec: DataSpec) -> tuple[tuple[str, int, int], ...] | None:
    """What tells two states of the source's files apart; None for a source that has none and costs little to read."""
    if spec.source == "mnist":
        paths = mnist.files(spec.path)
    elif spec.source == "csv" or (spec.source == "bmi" and spec.path):
        paths = [Path(spec.path)]
    else:
        return None
    try:
        return tuple((str(path), state.st_mtime_ns, state.st_size) for path in paths for state in [os.stat(path)])
    except (OSError, ValueError):
        return None
