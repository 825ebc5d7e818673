"""The data sources by name, in the order in which they are offered, and how their rows are had."""

from __future__ import annotations

import os

from lrsim.common.validation import ExperimentError, blame
from lrsim.data.samples import Samples
from lrsim.data.source import Notify, Request, Source
from lrsim.data.sources import bmi, csv_file, digits, mnist, rows, toy

SOURCES: dict[str, Source] = {
    source.name: source
    for source in (
        csv_file.CSV, mnist.MNIST, digits.DIGITS, rows.CLIP250, bmi.BMI, *toy.TOYS, rows.TABLE,
    )
}  # fmt: skip

Stamp = tuple[tuple[str, int, int], ...]


def unheard(text: str) -> None:
    """For notices that nobody wants to have."""


def source_of(name: str) -> Source:
    """The source of this name; ExperimentError where there is none."""
    found = SOURCES.get(name)
    if found is None:
        raise ExperimentError("data.source", f"expected one of {', '.join(SOURCES)}", name)
    return found


def read(request: Request, task: str, on_notice: Notify = unheard) -> Samples:
    """All rows that are asked for, for a ``regression`` or a ``classification``; fetched first where that is allowed.

    Raises
    ------
    ExperimentError
        They can't be had; names the key and, for a file, the line and column.
    """
    source = source_of(request.source)
    with blame("data.path"):
        if source.fetch is not None:
            source.fetch(request, on_notice)
        return source.read(request, task).head(request.limit)


def stamp(request: Request) -> Stamp | None:
    """What tells two states of the source's files apart, nothing where there are none; None if that can't be told."""
    try:
        paths = source_of(request.source).files(request)
        return tuple((str(path), state.st_mtime_ns, state.st_size) for path in paths for state in [os.stat(path)])
    except (OSError, ValueError):
        return None
