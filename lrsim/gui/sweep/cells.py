"""How the charts of small multiples are laid out and scaled: as many columns as suit the room, one frame for all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF

from lrsim.common.numbers import Floats
from lrsim.gui.chart.scales import Scale, ScaleKind, empty, fit
from lrsim.sweep.axes import wants_log
from lrsim.sweep.cells import grouped, rows_and_columns
from lrsim.sweep.plan import RunSpec

GOOD_SHAPE = 1.7
"""Width over height that a chart should have."""
MOST_COLUMNS = 5
"""Two keys are rows and columns where the second has no more values."""
ACCURACY = Scale(ScaleKind.LINEAR, 0.0, 1.03)


@dataclass(frozen=True)
class Cell:
    """The runs of one combination of values, which differ by their seed alone."""

    specs: tuple[RunSpec, ...]


def cells_of(runs: Sequence[RunSpec]) -> list[Cell]:
    """Runs with the same values together, in the order of the grid."""
    return [Cell(tuple(specs)) for specs in grouped(runs)]


def columns_for(cells: Sequence[Cell], width: float, height: float, least: tuple[float, float]) -> int:
    """Columns that give charts of a good shape with few gaps; two keys with few values are rows and columns."""
    count = len(cells)
    most = max(1, int(width // least[0]))
    full = rows_and_columns([cell.specs for cell in cells])
    if full is not None and full[1] <= min(MOST_COLUMNS, most):
        return full[1]

    def cost(columns: int) -> float:
        rows = -(-count // columns)
        cell_height = max(height / rows, least[1])
        shape = abs(math.log(width / columns / cell_height / GOOD_SHAPE))
        return shape + (rows * columns - count) / count

    return min(range(1, min(most, count) + 1), key=cost)


def loss_scale(losses: Floats) -> Scale:
    """The axis that shows these losses."""
    finite = losses[np.isfinite(losses)]
    if not finite.size:
        return empty(ScaleKind.LINEAR)
    low, high = float(finite.min()), float(finite.max())
    if wants_log(losses):
        return fit(ScaleKind.LOG, low, high)
    return fit(ScaleKind.LINEAR, min(low, 0.0) if low < 0.5 * high else low, high)


@dataclass(frozen=True)
class Grid:
    """Where the charts are: `outer` with titles and labels, `plots` the areas of the curves."""

    columns: int
    outer: tuple[QRectF, ...]
    plots: tuple[QRectF, ...]

    def at(self, x: float, y: float) -> int | None:
        """The chart at a pixel."""
        for place, box in enumerate(self.outer):
            if box.contains(x, y):
                return place
        return None

    def is_left(self, place: int) -> bool:
        """Whether a chart stands at the left end of its row."""
        return place % self.columns == 0

    def is_right(self, place: int) -> bool:
        """Whether a chart stands at the right end of its row."""
        return place % self.columns == self.columns - 1 or place == len(self.outer) - 1

    def is_lowest(self, place: int) -> bool:
        """Whether no chart stands below."""
        return place + self.columns >= len(self.outer)
