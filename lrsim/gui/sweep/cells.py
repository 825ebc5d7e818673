"""How the charts of small multiples are laid out and scaled: as many columns as suit the room, one frame for all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF

from lrsim.gui.chart.scales import Scale, ScaleKind, empty, fit
from lrsim.sweep.axes import wants_log
from lrsim.sweep.live import LiveRun
from lrsim.sweep.plan import RunSpec
from lrsim.sweep.ranking import all_exploded, exploded
from lrsim.sweep.record import Record

GOOD_SHAPE = 1.7
"""Width over height that a chart should have."""
ACCURACY = Scale(ScaleKind.LINEAR, 0.0, 1.03)


@dataclass(frozen=True)
class Cell:
    """The runs of one combination of values, which differ by their seed alone."""

    specs: tuple[RunSpec, ...]


def cells_of(runs: Sequence[RunSpec]) -> list[Cell]:
    """Runs with the same values together, in the order of the grid."""
    found: dict[str, list[RunSpec]] = {}
    for spec in runs:
        found.setdefault(repr(spec.values), []).append(spec)
    return [Cell(tuple(specs)) for specs in found.values()]


def columns_for(cells: Sequence[Cell], width: float, height: float, least: tuple[float, float]) -> int:
    """Columns that give charts of a good shape with few gaps; two keys with few values are rows and columns."""
    count = len(cells)
    most = max(1, int(width // least[0]))
    second = _second_key(cells)
    if 1 < second <= most:
        return second

    def cost(columns: int) -> float:
        rows = -(-count // columns)
        cell_height = max(height / rows, least[1])
        shape = abs(math.log(width / columns / cell_height / GOOD_SHAPE))
        return shape + (rows * columns - count) / count

    return min(range(1, min(most, count) + 1), key=cost)


def _second_key(cells: Sequence[Cell]) -> int:
    """Values of the second of two keys, where they make a full grid of few columns; else 0."""
    values = [cell.specs[0].values for cell in cells]
    if not values or len(values[0]) != 2:
        return 0
    first, second = (len({repr(item[place][1]) for item in values}) for place in (0, 1))
    return second if first > 1 and second <= 5 and first * second == len(cells) else 0


@dataclass(frozen=True)
class Frame:
    """What all charts share: the loss axis, the last epoch, and which runs are too large to be in the frame."""

    loss: Scale
    epochs: float
    twin: bool
    held_out: bool
    outside: frozenset[int]


def frame_of(records: Sequence[Record], live: Sequence[LiveRun] = ()) -> Frame:
    """The frame that shows every run which neither diverged nor exploded, those under way included."""
    outside = frozenset(exploded(records))
    shown = [record for record in records if not record.diverged and record.index not in outside] or records
    histories = [*(record.history for record in shown), *(run.history for run in live)]
    found = [history[name] for history in histories for name in ("loss", "val_loss") if name in history]
    losses = np.concatenate(found) if found else np.empty(0)
    epochs = [record.steps / record.steps_per_epoch for record in records]
    epochs += [run.steps / run.share / run.steps_per_epoch for run in live if run.share > 0]
    return Frame(
        loss=_loss_scale(losses),
        epochs=max(epochs, default=1.0),
        twin=any("accuracy" in history for history in histories),
        held_out=any("val_loss" in history for history in histories),
        outside=outside,
    )


def _loss_scale(losses: np.ndarray) -> Scale:
    finite = losses[np.isfinite(losses)]
    if not finite.size:
        return empty(ScaleKind.LINEAR)
    low, high = float(finite.min()), float(finite.max())
    if wants_log(losses):
        return fit(ScaleKind.LOG, low, high)
    return fit(ScaleKind.LINEAR, min(low, 0.0) if low < 0.5 * high else low, high)


def own_scale(records: Sequence[Record], frame: Frame) -> Scale | None:
    """The loss axis of a cell all of whose runs left the common frame, which would leave it empty; else None."""
    if not all_exploded(records, frame.outside):
        return None
    found = [record.history[name] for record in records for name in ("loss", "val_loss") if name in record.history]
    return _loss_scale(np.concatenate(found)) if found else None


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
        return place % self.columns == 0

    def is_right(self, place: int) -> bool:
        return place % self.columns == self.columns - 1 or place == len(self.outer) - 1

    def is_lowest(self, place: int) -> bool:
        return place + self.columns >= len(self.outer)
