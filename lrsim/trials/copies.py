"""A copy of a run that is trained with another rate, a block at a time, and the figures of the epochs that matter."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lrsim.common.numbers import Floats
from lrsim.common.validation import ExperimentError
from lrsim.experiment.keys import MULTIPLIERS_KEY, RATE_KEY, with_values
from lrsim.schedules.callback_log import Controls
from lrsim.training import engine, loop
from lrsim.training.course import Course
from lrsim.training.engine import Problem, Stops
from lrsim.training.epochs import EpochFigures
from lrsim.training.loop import Line, Stretch
from lrsim.trials.ends import end_window, mean_of
from lrsim.trials.subject import Subject, counts_held_out
from lrsim.verdict.tried import FROM_HERE, FROM_START, Candidate
from lrsim_core import FloatArray, Status

FALLING = "cosine"
"""The schedule of a rate that falls to zero over the whole training."""
BLOCK_VALUES = 1 << 17
"""Recorded numbers in one block at most."""
UNRECORDED_STEPS = 1 << 17


class Copy:
    """A run with another rate.

    Parameters
    ----------
    candidate
        Its rate, and where it sets out from.
    subject
        The run that it is a copy of.
    wanted
        Epochs (from 1, rising) whose figures are kept.

    Raises
    ------
    ExperimentError
        The run can't have this rate.

    Attributes
    ----------
    over
        Whether a stop rule has ended it.
    steps
        That it has taken.
    """

    def __init__(self, candidate: Candidate, subject: Subject, wanted: Sequence[int]) -> None:
        self.candidate = candidate
        self.over, self.steps = False, 0
        self._subject = subject
        self._line = (
            _from_start(candidate, subject) if candidate.start == FROM_START else _from_here(candidate, subject)
        )
        self._sink = _Sink(self._line.problem, wanted, subject.rows)
        stop = self._line.problem.experiment.stop
        self._stops = Stops(stop.target_error, stop.min_steps, not_finite=True)

    @property
    def step_nanoseconds(self) -> float:
        """What a step takes, see `Problem.step_nanoseconds`."""
        return self._line.problem.step_nanoseconds

    @property
    def epochs(self) -> int:
        """Whole epochs done, those before it set out included."""
        return self._line.course.grid.ended(self._line.state.step)

    def reaches(self, epoch: int) -> bool:
        """Whether it has come so far, or will never."""
        return self.over or self.epochs >= epoch

    def go_on(self, epoch: int, steps: int) -> None:
        """Train for so many steps, at most up to the end of `epoch`."""
        begin = self._line.state.step
        goal = min(begin + steps, self._line.course.grid.end_of(epoch))
        try:
            status = loop.advance(self._line, self._sink, goal - begin, self._stops, early_stop=True)
            self.over = status != Status.DONE or self._line.stops_early
        except ExperimentError:  # there is no rate for the next step
            self.over = True
        self.steps += self._line.state.step - begin

    def window(self, epoch: int) -> Floats:
        """Its figures over the end window at `epoch`, or where it ended before; infinite where it diverged."""
        if self._line.first_bad is not None:
            return np.array([np.inf])
        wanted = end_window(min(epoch, max(self.epochs, 1)), self._subject.every)
        known = [self._sink.figures.get(item, math.nan) for item in wanted]
        if not np.isnan(known).any():
            return np.array(known)
        problem, data = self._line.problem, self._line.problem.data
        rows = (data.X_test, data.Y_test) if counts_held_out(problem) else (data.X_train, data.Y_train)
        return np.array([engine.evaluate(problem, self._line.state.theta, *rows)["loss"]])

    def figure(self, epoch: int) -> float:
        """The mean of these."""
        return mean_of(self.window(epoch))


def _from_start(candidate: Candidate, subject: Subject) -> Line:
    changes: list[tuple[str, object]] = [(RATE_KEY, candidate.rate)]
    if candidate.falling:
        changes.append(("schedule.name", FALLING))
    problem = replace(subject.problem, experiment=with_values(subject.problem.experiment, changes), later_grid=None)
    course, step = Course(problem), subject.line.state.step
    course = course.with_value(0, MULTIPLIERS_KEY, subject.line.course.multipliers(step))
    control = problem.first_control()
    return Line(problem, course, problem.start(), None if control is None else Controls(control))


def _from_here(candidate: Candidate, subject: Subject) -> Line:
    line = subject.line
    course = line.course
    if candidate.rate != subject.rate(FROM_HERE):
        course = course.with_value(line.state.step, RATE_KEY, candidate.rate)
    controls = None if line.controls is None else Controls(line.controls.now)
    return Line(line.problem, course, line.state.copy(), controls)


class _Sink:
    """Keeps the figure that matters of the epochs that are wanted; where nothing else needs them, no rows of others.

    Attributes
    ----------
    figures
        By epoch, from 1.
    """

    def __init__(self, problem: Problem, wanted: Sequence[int], rows: FloatArray) -> None:
        self.figures: dict[int, float] = {}
        self._problem = problem
        self._wanted = wanted
        self._rows = rows
        columns = len(problem.columns)
        self._buffer = np.empty((columns, max(1, BLOCK_VALUES // columns)), problem.network.dtype)

    def stretch(self, line: Line, most: int, *, figures: bool) -> Stretch:
        """Rows of the epochs that are wanted; steps alone up to these."""
        step, grid = line.state.step, line.course.grid
        room = self._buffer.shape[1]
        if figures:
            return Stretch(min(most, room), self._buffer, figures=True)
        epoch = grid.ended(step) + 1
        place = bisect_left(self._wanted, epoch)
        if place == len(self._wanted):
            return Stretch(min(most, UNRECORDED_STEPS))
        first = last = self._wanted[place]
        if step < grid.end_of(first - 1):
            return Stretch(min(most, UNRECORDED_STEPS, grid.end_of(first - 1) - step))
        while place + 1 < len(self._wanted) and self._wanted[place + 1] == last + 1:
            place, last = place + 1, last + 1
        return Stretch(min(most, room, grid.end_of(last) - step), self._buffer, figures=True)

    def rows(self, lo: int, hi: int) -> FloatArray:
        """Those of the epoch in which the run stands; all other epochs are recorded from their first step on."""
        assert hi - lo == self._rows.shape[1], "only the rows before a copy set out are asked for"
        return self._rows

    def take(self, first: int, rates: NDArray[np.float64], rows: FloatArray | None) -> None:
        """Rows are not kept."""

    def take_epochs(self, line: Line, figures: EpochFigures) -> None:
        """Keep the figure that matters of each."""
        split = figures.validation if counts_held_out(self._problem) else figures.training
        self.figures.update(zip(figures.epochs.tolist(), split["loss"].tolist()))
