"""A race between runs: where each stands at a common step, and who leads."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtGui import QColor

from lrsim.common.numbers import Floats
from lrsim.gui.chart.strokes import MARKERS
from lrsim.gui.look.theme import Theme
from lrsim.sweep.record import Record

METRIC = "loss"


@dataclass(frozen=True, eq=False)
class Runner:
    """A run as a line: steps at the end of each epoch and the training loss there, and how it is told apart."""

    record: Record
    steps: Floats
    losses: Floats
    number: int

    @property
    def marker(self) -> str:
        """The mark at the head of its curve."""
        return MARKERS[(self.number // 4) % len(MARKERS)]

    def color(self, theme: Theme) -> QColor:
        """The colour of its curve."""
        return QColor(theme.series[self.number % len(theme.series)])

    def at(self, step: int) -> float:
        """The loss of the last epoch that had ended by a step; NaN before the first."""
        place = int(np.searchsorted(self.steps, step, side="right")) - 1
        return float(self.losses[place]) if place >= 0 else math.nan

    def fell_by(self, step: int) -> bool:
        """Whether it had diverged by a step."""
        return self.record.diverged_at is not None and self.record.diverged_at <= step


def runners_of(records: Sequence[Record]) -> list[Runner]:
    """Finished runs in the order of the grid."""
    found = []
    for number, record in enumerate(records):
        losses = record.history.get(METRIC, np.empty(0))
        steps = np.arange(1, len(losses) + 1, dtype=np.float64) * record.steps_per_epoch
        found.append(Runner(record, steps, losses, number))
    return found


def standings(runners: Sequence[Runner], step: int) -> list[Runner]:
    """The runs at a step, the lowest loss first; those that diverged by then last."""

    def place(runner: Runner) -> tuple[bool, float, int]:
        loss = runner.at(step)
        return runner.fell_by(step), math.inf if math.isnan(loss) else loss, runner.number

    return sorted(runners, key=place)
