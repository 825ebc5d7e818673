"""The trace of a run: CSV with one row a step, whose numbers read back to the same floats."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec
import numpy as np

from lrsim.common.epoch_grid import EpochGrid
from lrsim.common.numbers import Floats
from lrsim.runs.result import Block
from lrsim.training.engine import Problem

Column = Callable[[int, int], Floats]


class TraceWriter:
    """Turns blocks of rows into CSV as they come, so that a long run never stands in memory.

    Parameters
    ----------
    problem
        What is trained; names the columns.
    write
        Takes text, in order; gets the header at once.
    grid
        Where epochs end; None for those of a run whose batch size stays.
    more
        Columns to add, by name: each gives the values of steps lo + 1 to hi, shape (hi - lo,).
    """

    def __init__(
        self,
        problem: Problem,
        write: Callable[[str], None],
        more: Mapping[str, Column] | None = None,
        grid: EpochGrid | None = None,
    ) -> None:
        self._grid = problem.grid if grid is None else grid
        self._write = write
        self._more = dict(more or {})
        write(",".join(map(_name, ["step", "epoch", "lr", *problem.columns, *self._more])) + "\n")

    def __call__(self, block: Block) -> None:
        """Append the rows of a block; `epoch` counts from 1 like `step`."""
        if not len(block.rates):
            return
        steps = range(block.first_step, block.first_step + len(block.rates))
        epochs = (self._grid.all_ended(np.arange(block.first_step, steps.stop) - 1) + 1).tolist()
        columns: list[Iterable[str]] = [map(str, steps), map(str, epochs), _cells(block.rates.tolist())]
        columns += [_cells(column) for column in block.rows.tolist()]
        lo, hi = block.first_step - 1, block.first_step - 1 + len(block.rates)
        columns += [_cells(values(lo, hi).tolist()) for values in self._more.values()]
        self._write("\n".join(map(",".join, zip(*columns, strict=True))) + "\n")


def _name(text: str) -> str:
    """A column's name as a cell; that of a parameter has a comma in it, as in W1[0,3]."""
    return f'"{text}"' if "," in text else text


def _cells(values: list[float]) -> list[str]:
    """Each number in the fewest digits that read back to it; an array of JSON is the fastest way to these."""
    cells = msgspec.json.encode(values).decode()[1:-1].split(",")
    return [repr(value) if cell == "null" else cell for cell, value in zip(cells, values, strict=True)]
