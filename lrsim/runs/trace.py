"""The trace of a run: CSV with one row a step, whose numbers read back to the same floats."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from lrsim.runs.result import Block
from lrsim.training.engine import Problem


class TraceWriter:
    """Turns blocks of rows into CSV as they come, so that a long run never stands in memory.

    Parameters
    ----------
    problem
        What is trained; names the columns.
    write
        Takes text, in order; gets the header at once.
    """

    def __init__(self, problem: Problem, write: Callable[[str], None]) -> None:
        self._steps_per_epoch = problem.steps_per_epoch
        self._write = write
        write(",".join(["step", "epoch", "lr", *problem.columns]) + "\n")

    def __call__(self, block: Block) -> None:
        """Append the rows of a block; `epoch` counts from 1 like `step`."""
        if not len(block.rates):
            return
        steps = range(block.first_step, block.first_step + len(block.rates))
        epochs = ((step - 1) // self._steps_per_epoch + 1 for step in steps)
        columns: list[Iterable[str]] = [map(str, steps), map(str, epochs), _cells(block.rates.tolist())]
        columns += [_cells(column) for column in block.rows.tolist()]
        self._write("\n".join(map(",".join, zip(*columns, strict=True))) + "\n")


def _cells(values: list[float]) -> list[str]:
    """Each number in the fewest digits that read back to it; an array of JSON is the fastest way to these."""
    cells = msgspec.json.encode(values).decode()[1:-1].split(",")
    return [repr(value) if cell == "null" else cell for cell, value in zip(cells, values, strict=True)]
