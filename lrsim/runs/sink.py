"""What a headless run keeps of the training that goes by: its newest rows, and figures of its epochs.

Memory does not grow with the steps unless every epoch is asked for. Rows that nobody asked for are not recorded; the
newest ones come back by replay.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lrsim.runs.result import Block
from lrsim.training import loop
from lrsim.training.engine import Problem, State
from lrsim.training.epochs import DENSE_STEPS, EpochFigures, EpochLog, as_figures, no_spread
from lrsim.training.loop import Line, Stretch
from lrsim.verdict.gather import JUDGED_EPOCHS, RECENT_ROWS
from lrsim_core import FloatArray

BLOCK_VALUES = 1 << 19
"""Recorded numbers in one block at most."""
UNRECORDED_STEPS = 1 << 17
"""Steps of one call where no row is recorded; bounds the array of rates."""
CHEAP_NANOSECONDS = 1000
"""A step that takes longer is always recorded: that costs nothing then, and copies of the state may be large."""


class RunSink:
    """Folds rows and figures.

    Parameters
    ----------
    on_block
        Gets every row once, in order; None where nobody wants them.
    every_epoch
        Whether the figures of all epochs are kept, or of up to `JUDGED_EPOCHS` of them.
    """

    def __init__(self, problem: Problem, on_block: Callable[[Block], None] | None, every_epoch: bool) -> None:
        self.log = EpochLog(most=JUDGED_EPOCHS)
        self._problem = problem
        self._on_block = on_block
        self._all = _Figures(problem) if every_epoch else None
        self._records = every_epoch or on_block is not None or problem.step_nanoseconds > CHEAP_NANOSECONDS
        columns, dtype = len(problem.columns), problem.network.dtype
        self._buffer = np.empty((columns, max(1, BLOCK_VALUES // columns)), dtype)
        self._recent: FloatArray = np.empty((columns, 0), dtype)
        self._recent_end = 0  # steps done when its last row was recorded
        self._best: FloatArray | None = None
        self._before: State | None = None  # replay of what is not in `_recent` sets out from here
        self._after: State | None = None

    def stretch(self, line: Line, most: int, *, figures: bool) -> Stretch:
        """All rows where someone wants them, else those of the epochs that the log wants."""
        step, grid = line.state.step, line.course.grid
        room = self._buffer.shape[1]
        if figures or self._records:
            return Stretch(min(most, room), self._buffer, figures=True)
        if self.log.stride * grid.size_at(step) <= DENSE_STEPS:
            return Stretch(min(most, room), self._buffer, figures=True)
        due = self.log.next_due(grid.ended(step))
        if step >= grid.end_of(due - 1):
            return Stretch(min(most, room, grid.end_of(due) - step), self._buffer, figures=True)
        self._keep_state(line.state)
        return Stretch(min(most, UNRECORDED_STEPS, grid.end_of(due - 1) - step))

    def _keep_state(self, state: State) -> None:
        """A state at least `RECENT_ROWS` steps back, not much farther, is at hand from now on."""
        if self._after is None or state.step - self._after.step >= RECENT_ROWS:
            self._before, self._after = self._after, state.copy()

    def rows(self, lo: int, hi: int) -> FloatArray:
        """Never asked for: a run begins with a whole epoch, and so does each stretch whose figures are wanted."""
        raise AssertionError(f"rows {lo} to {hi} were not recorded")

    def take(self, first: int, rates: NDArray[np.float64], rows: FloatArray | None) -> None:
        """Hand rows on and keep the newest."""
        if rows is None:
            return
        if self._on_block:
            self._on_block(Block(first, rates, rows.copy()))
        follows = self._recent_end == first - 1
        kept = [self._recent, rows] if follows and rows.shape[1] < RECENT_ROWS else [rows]
        self._recent = np.concatenate(kept, axis=1)[:, -RECENT_ROWS:]
        self._recent_end = first - 1 + rows.shape[1]

    def take_epochs(self, line: Line, figures: EpochFigures) -> None:
        """Keep what the log wants, all where they are asked for, and the best parameters where they may come back."""
        stop = None if line.controls is None else line.controls.now.early_stop
        if stop is not None and stop.restore_best and stop.improved:
            self._best = line.state.theta.copy()
        if self._all is not None:
            self._all.add(figures)
        self.log.take(line.course.grid, figures, no_spread)

    def figures(self) -> EpochFigures:
        """Of every epoch where these are asked for, else of those in the log."""
        return as_figures(self._problem, self.log.records) if self._all is None else self._all.now()

    def restore_best(self, line: Line) -> int | None:
        """Take back the parameters that early stopping holds for the best; their epoch, None where there are none."""
        if self._best is None or line.controls is None:
            return None
        line.state.theta[:] = self._best
        return line.controls.now.best_epoch

    def recent(self, line: Line) -> NDArray[np.float64]:
        """The newest rows, up to `RECENT_ROWS`, shape (columns, n)."""
        wanted = min(RECENT_ROWS, line.state.step)
        if self._recent_end == line.state.step and self._recent.shape[1] >= wanted:
            return self._recent.astype(np.float64)
        first = line.state.step - wanted
        state = next((s for s in (self._after, self._before) if s is not None and s.step <= first), None)
        state = line.course.start() if state is None else state.copy()
        loop.replay(line.course, state, first)
        rows = np.empty((len(self._buffer), wanted), self._buffer.dtype)
        loop.replay(line.course, state, line.state.step, rows)
        return rows.astype(np.float64)


class _Figures:
    """Figures of all epochs, in arrays that grow."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._count = 0
        self._values = np.empty((len(problem.metrics) * (2 if problem.validates else 1) + 1, 64))

    def add(self, figures: EpochFigures) -> None:
        end = self._count + len(figures.rates)
        if end > self._values.shape[1]:
            larger = np.empty((len(self._values), max(end, 2 * self._values.shape[1])))
            larger[:, : self._count] = self._values[:, : self._count]
            self._values = larger
        rows = [*figures.training.values(), *figures.validation.values(), figures.rates]
        for row, values in zip(self._values, rows, strict=True):
            row[self._count : end] = values
        self._count = end

    def now(self) -> EpochFigures:
        names = self._problem.metrics
        values = self._values[:, : self._count].copy()
        held_out = values[len(names) : -1] if self._problem.validates else ()
        return EpochFigures(
            epochs=np.arange(1, self._count + 1),
            training=dict(zip(names, values)),
            validation=dict(zip(names, held_out)),
            rates=values[-1],
        )
