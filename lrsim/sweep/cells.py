"""The cells of a picture of many runs: which runs share one, and what all cells have in common."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from lrsim.common.metrics import held_out
from lrsim.sweep.live import LiveRun
from lrsim.sweep.ranking import all_exploded, exploded
from lrsim.sweep.record import History, Record
from lrsim.sweep.values import Value

FEW_EPOCHS = 20
"""Up to so many epochs, the axis leaves room beside the first and the last."""


class Swept(Protocol):
    """A run of a sweep, finished or not."""

    @property
    def index(self) -> int: ...
    @property
    def values(self) -> tuple[tuple[str, Value], ...]: ...


Run = TypeVar("Run", bound=Swept)


def grouped(runs: Sequence[Run]) -> list[list[Run]]:
    """Runs with the same values, which differ by their seed alone, together; in the order of the grid."""
    cells: dict[str, list[Run]] = {}
    for run in sorted(runs, key=lambda run: run.index):
        cells.setdefault(repr(run.values), []).append(run)
    return list(cells.values())


def rows_and_columns(cells: Sequence[Sequence[Swept]]) -> tuple[int, int] | None:
    """How many values two swept keys take, where the cells are a full grid of more than one of each; else None."""
    values = [cell[0].values for cell in cells]
    if not values or len(values[0]) != 2:
        return None
    first, second = (len({repr(item[place][1]) for item in values}) for place in (0, 1))
    return (first, second) if first > 1 and second > 1 and first * second == len(cells) else None


@dataclass(frozen=True)
class Frame:
    """What all cells share.

    Attributes
    ----------
    losses
        All that the common axis of losses is to show.
    epochs
        The last epoch.
    twin, held_out
        Whether there are accuracies, which have an axis of their own, and figures on held-out rows.
    outside
        Indices of runs whose losses are too large to be in the frame.
    """

    losses: NDArray[np.float64]
    epochs: float
    twin: bool
    held_out: bool
    outside: frozenset[int]

    @property
    def epoch_range(self) -> tuple[float, float]:
        """Both ends of the axis of epochs."""
        last = max(self.epochs, 1.0)
        return (0.0, last) if last > FEW_EPOCHS else (0.5, math.ceil(last) + 0.5)

    def own_losses(self, cell: Sequence[Record]) -> NDArray[np.float64] | None:
        """The losses of a cell all of whose runs are outside, so that it has an axis of its own; else None."""
        return losses_of([record.history for record in cell]) if all_exploded(cell, self.outside) else None


def frame(records: Sequence[Record], live: Sequence[LiveRun] = ()) -> Frame:
    """The frame that shows every run which neither diverged nor exploded, those under way included."""
    outside = frozenset(exploded(records))
    shown = [record for record in records if not record.diverged and record.index not in outside] or records
    going_on = [run.history for run in live]
    everything = [*(record.history for record in records), *going_on]
    epochs = [record.steps / record.steps_per_epoch for record in records]
    epochs += [run.steps / run.share / run.steps_per_epoch for run in live if run.share > 0]
    return Frame(
        losses=losses_of([*(record.history for record in shown), *going_on]),
        epochs=max(epochs, default=1.0),
        twin=any("accuracy" in history for history in everything),
        held_out=any(held_out("loss") in history for history in everything),
        outside=outside,
    )


def losses_of(histories: Sequence[History]) -> NDArray[np.float64]:
    """All losses, on training and on held-out rows."""
    found = [history[name] for history in histories for name in ("loss", held_out("loss")) if name in history]
    return np.concatenate(found) if found else np.empty(0)
