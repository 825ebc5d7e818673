"""The one training loop: blocks of steps, ends of epochs, callbacks, the first bad value, and stop rules.

A `Line` is what training moves on. What becomes of the rows and figures that go by is up to a `Sink`: the window keeps
them, a headless run folds them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lrsim.experiment.keys import SCHEDULE
from lrsim.schedules.callback_log import Control, Controls
from lrsim.training import engine
from lrsim.training.changes import Value
from lrsim.training.course import Course
from lrsim.training.engine import NO_STOPS, Outcome, Problem, State, Status, Stops
from lrsim.training.epochs import EpochFigures, EpochMeans, by_name
from lrsim_core import FloatArray

REPLAY_CHUNK = 1 << 16
"""Steps a kernel call during replay; bounds the array of rates."""


@dataclass
class Line:
    """One line of training as it stands at its tip.

    Attributes
    ----------
    controls
        The callbacks; None for a run without.
    first_bad
        Step and name (a parameter or ``loss``) of the first value that was not finite; None if there is none.
    """

    problem: Problem
    course: Course
    state: State
    controls: Controls | None = None
    first_bad: tuple[int, str] | None = None
    _means: EpochMeans | None = field(default=None, init=False, repr=False)
    _means_at: int = field(default=-1, init=False, repr=False)

    def change(self, values: Mapping[str, Value]) -> None:
        """Change keys, or parameters, from the next step on.

        Raises
        ------
        ExperimentError
            They do not fit together; nothing is changed.
        """
        step = self.state.step
        course = self.course.with_values(step, values)
        now = None if self.controls is None else self.controls.now
        then = control_after(now, course.problem_at(step), values)
        if then is not now:
            self.controls = None if then is None else Controls(then)
        self.course = course
        course.enter(self.state)

    def add_rows(self, rows: FloatArray, rows_before: Callable[[int, int], FloatArray]) -> NDArray[np.float64]:
        """Means of the epochs that become whole with the rows that lead to the tip, shape (metrics, epochs).

        Parameters
        ----------
        rows_before
            Gives rows lo to hi - 1 of this line or of what came before it.
        """
        step, grid = self.state.step - rows.shape[1], self.course.grid
        size = grid.size_at(step)
        if self._means is None or self._means_at != step or self._means.size != size:
            problem = self.course.problem_at(step)
            self._means = EpochMeans(len(problem.metrics), size, problem.last_weight)
            if grid.begin_of(step) < step:
                self._means.add(rows_before(grid.begin_of(step), step))
        self._means_at = self.state.step
        return self._means.add(rows)

    @property
    def control(self) -> Control | None:
        """The callbacks as they stand at the tip; None for a run without."""
        if self.controls is None:
            return None
        step = self.state.step
        rate_set = self.course.rate_was_set(self.course.grid.begin_of(step), step)
        return self.controls.now.with_rate_set() if rate_set else self.controls.now

    @property
    def stops_early(self) -> bool:
        """Whether early stopping ends training at the tip."""
        at_end = self.course.grid.place(self.state.step)[1] == 0
        return at_end and self.controls is not None and self.controls.now.stops


def control_after(control: Control | None, problem: Problem, values: Collection[str]) -> Control | None:
    """The callbacks once keys were changed that made `problem` of what there was: another schedule begins anew with
    its own, early stopping goes on."""
    if not any(key.startswith(SCHEDULE) for key in values):
        return control
    first = problem.first_control()
    plateau, stopping = None if first is None else first.plateau, None if control is None else control.early_stop
    return None if plateau is None and stopping is None else Control(plateau, stopping)


@dataclass(frozen=True)
class Stretch:
    """Steps to take in one go, and what is wanted of them.

    Attributes
    ----------
    steps
        How many at most; some rule may end them earlier.
    record, record_at
        Where rows of `Problem.columns` go: shape (columns, capacity), from column `record_at` on; None leaves them out.
    figures
        Whether the figures of the epochs that end on the way are wanted; rows are recorded then.
    """

    steps: int
    record: FloatArray | None = None
    record_at: int = 0
    figures: bool = False


class Sink(Protocol):
    """What becomes of the rows and figures that go by."""

    def stretch(self, line: Line, most: int, *, figures: bool) -> Stretch:
        """The next steps, at most so many; `figures` asks for rows and figures, where callbacks need them."""

    def rows(self, lo: int, hi: int) -> FloatArray:
        """Rows lo to hi - 1 (row k is step k + 1) of the epoch at the tip, where it began before the line did."""

    def take(self, first: int, rates: NDArray[np.float64], rows: FloatArray | None) -> None:
        """So many steps from `first` (from 1) on were taken; `rows` is None where none were recorded."""

    def take_epochs(self, line: Line, figures: EpochFigures) -> None:
        """Epochs have ended, the last one at the tip or before it; the callbacks have looked at it."""


def advance(line: Line, sink: Sink, steps: int, stops: Stops = NO_STOPS, *, early_stop: bool = False) -> Status:
    """Train on at the tip until so many steps are done or a rule ends it.

    Parameters
    ----------
    early_stop
        End where early stopping says so; `Line.stops_early` tells that it has.

    Raises
    ------
    ExperimentError
        There is no rate for the next step; the steps before it are taken.
    """
    goal = line.state.step + steps
    while line.state.step < goal:
        end = min(goal, line.course.next_turn(line.state.step))
        status = _take_stretch(line, sink, int(end) - line.state.step, stops)
        if status != Status.DONE or (early_stop and line.stops_early):
            return status
    return Status.DONE


def _take_stretch(line: Line, sink: Sink, most: int, stops: Stops) -> Status:
    begin, grid = line.state.step, line.course.grid
    size, (_, into) = grid.size_at(begin), grid.place(begin)
    if line.controls is not None:  # which look at each epoch before the next one begins
        most = min(most, size - into)
    stretch = sink.stretch(line, most, figures=line.controls is not None)
    problem = line.course.problem_at(begin)
    rates = line.course.timeline.known_rates(begin, min(stretch.steps, most))
    ends = (into + len(rates)) // size if stretch.figures and problem.validates else 0
    held_out = np.empty((len(problem.metrics), ends)) if ends else None
    outcome = engine.advance(
        problem, line.state, rates, multipliers=line.course.multipliers(begin), record=stretch.record,
        record_at=stretch.record_at, stops=stops, held_out=held_out,
    )  # fmt: skip
    rates, rows = rates[: outcome.steps], None
    if stretch.record is not None:
        rows = stretch.record[:, stretch.record_at : stretch.record_at + outcome.steps]
    _note_bad(line, outcome)
    sink.take(begin + 1, rates, rows)
    if stretch.figures and rows is not None:
        _end_epochs(line, sink, begin, rates, line.add_rows(rows, sink.rows), held_out)
    return outcome.status


def _note_bad(line: Line, outcome: Outcome) -> None:
    if outcome.bad_step and line.first_bad is None:
        step = line.state.step - outcome.steps + outcome.bad_step
        line.first_bad = (step, engine.not_finite_name(line.problem, outcome))


def _end_epochs(
    line: Line,
    sink: Sink,
    begin: int,
    rates: NDArray[np.float64],
    means: NDArray[np.float64],
    held_out: NDArray[np.float64] | None,
) -> None:
    """Hand on the figures of the epochs that have ended, and let the callbacks decide on the newest."""
    count = means.shape[1]
    if not count:
        return
    problem, grid, size = line.problem, line.course.grid, line.course.grid.size_at(begin)
    first = grid.ended(begin) + 1
    figures = EpochFigures(
        epochs=np.arange(first, first + count),
        training=dict(zip(problem.metrics, means)),
        validation={} if held_out is None else dict(zip(problem.metrics, held_out[:, :count])),
        rates=rates[grid.end_of(first) - begin - 1 :: size][:count],
    )
    if line.controls is not None:
        metrics = by_name(figures.training, figures.validation)
        _control(line, line.controls, {name: float(values[-1]) for name, values in metrics.items()})
    sink.take_epochs(line, figures)


def _control(line: Line, controls: Controls, metrics: dict[str, float]) -> None:
    tip = line.state.step
    rate_set = line.course.rate_was_set(line.course.grid.begin_of(tip - 1), tip - 1)
    factor = controls.add(metrics, line.course.timeline.base(tip - 1), rate_set).factor
    line.course = line.course.with_factor(tip, factor)


def replay(
    course: Course, state: State, until: int, record: FloatArray | None = None, gradients: FloatArray | None = None
) -> None:
    """Take a state to a later step of its course, as it was taken there the first time, bit for bit.

    Parameters
    ----------
    record
        Where the rows go, shape (columns, until - state.step); None leaves them out.
    gradients
        Where the gradients go, shape (until - state.step, n_parameters).
    """
    begin = state.step
    for turn in [*course.turns(begin, until), until]:
        problem, multipliers = course.problem_at(state.step), course.multipliers(state.step)
        while state.step < turn:
            count, done = min(turn - state.step, REPLAY_CHUNK), state.step - begin
            engine.advance(
                problem, state, course.timeline.rates(state.step, count), multipliers=multipliers, record=record,
                record_at=done, gradients=None if gradients is None else gradients[done : done + count],
            )  # fmt: skip
        if turn < until:
            course.enter(state)
