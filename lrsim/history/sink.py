"""What a branch keeps of the training that goes by: every row, the figures of its epochs, and states to replay from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lrsim.history.branch import Branch
from lrsim.training.epochs import DENSE_STEPS, EpochFigures, no_spread, spread_of
from lrsim.training.loop import Line, Stretch
from lrsim_core import FloatArray


class BranchSink:
    """Fills a branch.

    Parameters
    ----------
    rows
        Gives rows lo to hi - 1 of the branch, those of its parents included, by replay where need be.
    checkpoint
        Keeps the state at the tip.
    """

    def __init__(self, branch: Branch, rows: Callable[[int, int], FloatArray], checkpoint: Callable[[], None]) -> None:
        self.rows = rows
        self._branch = branch
        self._checkpoint = checkpoint

    def stretch(self, line: Line, most: int, *, figures: bool) -> Stretch:
        """To the next checkpoint or epoch that is wanted, and no further than the block has room."""
        branch, grid, tip = self._branch, line.course.grid, self._branch.tip
        since = tip - branch.fork
        if since and since % branch.interval == 0 and tip not in branch.checkpoints:
            self._checkpoint()
        block, offset, room = branch.recording.room()
        count = min(most, room, branch.interval - since % branch.interval)
        if self._takes_many(line, tip):
            return Stretch(count, block, offset, figures=True)
        due = branch.epochs.next_due(grid.ended(tip))
        if not figures and tip < grid.end_of(due - 1):
            return Stretch(min(count, grid.end_of(due - 1) - tip), block, offset)
        return Stretch(min(count, grid.end_of(due) - tip), block, offset, figures=True)

    def _takes_many(self, line: Line, tip: int) -> bool:
        """Whether figures of all epochs on the way cost less than a call for each one that is wanted."""
        stride = self._branch.epochs.stride
        if not line.problem.records_parameters or (line.problem.validates and stride > 1):
            return False  # how weights are spread is seen at an epoch's end alone; held-out rows take long
        return stride * line.course.grid.size_at(tip) <= DENSE_STEPS

    def take(self, first: int, rates: NDArray[np.float64], rows: FloatArray | None) -> None:
        """Count the rows, which stand in the block already."""
        self._branch.recording.commit(len(rates))

    def take_epochs(self, line: Line, figures: EpochFigures) -> None:
        """Keep what the log wants; the newest epoch has ended at the tip."""
        problem = line.problem
        spread = no_spread if problem.records_parameters else lambda: spread_of(problem, line.state.theta)
        self._branch.epochs.take(line.course.grid, figures, spread)
