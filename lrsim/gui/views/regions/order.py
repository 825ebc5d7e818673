"""A grid that takes long to evaluate: ordered beside the window, coarse at first, finer at rest."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QObject

from lrsim.common.numbers import Floats
from lrsim.data.dataset import Dataset
from lrsim.gui.bridge.evaluator import Evaluator, rows_within
from lrsim.gui.views.regions.surface import COARSE, FINE, Window, grid_points
from lrsim.session.reader import SessionReader
from lrsim.session.snapshot import Snapshot

MOVING = 500_000_000
"""Multiplications for a picture of a run that goes on."""
RESTING = 2_500_000_000
"""Of the finest picture of one that stands still: a second or two; the outputs of a wide layer take as long again."""
COARSEST = 8


def size_within(snapshot: Snapshot, multiplications: int, most: int) -> int:
    """Points in each direction that so many multiplications are enough for."""
    return min(max(math.isqrt(rows_within(snapshot, multiplications)), COARSEST), most)


class GridOrder(QObject):
    """Asks for the grids of one picture.

    Parameters
    ----------
    show
        Gets the window and the outputs at its points, shape (points, outputs).
    fail
        Gets a sentence where there was no memory for it.
    """

    def __init__(
        self, evaluator: Evaluator, reader: SessionReader, show: Callable[[Window, Floats], None],
        fail: Callable[[str], None], parent: QObject,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._evaluator = evaluator
        self._reader = reader
        self._show = show
        self._fail = fail
        self._newest, self._run = 0, -1

    @property
    def open(self) -> bool:
        """Whether a picture is still to come."""
        return self._evaluator.is_asked_by(self)

    def place(self, data: Dataset, snapshot: Snapshot, window: Window) -> None:
        """Order a grid over a window; where the run stands still a finer one follows."""
        self._newest, self._run = self._newest + 1, snapshot.run
        self._ask(data, snapshot, window, size_within(snapshot, MOVING, COARSE))

    def _ask(self, data: Dataset, snapshot: Snapshot, window: Window, size: int) -> None:
        number = self._newest

        def work() -> Floats:
            inputs = data.inputs_for(grid_points(window, size))
            return data.answers(self._evaluator.outputs(self._reader, snapshot, inputs))

        def done(outputs: Floats) -> None:
            if snapshot.run != self._run:
                return
            self._show(window, outputs)
            finest = size_within(snapshot, RESTING, FINE)
            if number == self._newest and not snapshot.playing and size < finest:
                self._ask(data, snapshot, window, finest)

        def failed(why: str) -> None:
            if snapshot.run == self._run:
                self._fail(why)

        self._evaluator.ask(self, work, done, failed)
