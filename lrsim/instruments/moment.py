"""A copied state with all that its next step will use: what instruments measure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lrsim.common.numbers import Floats
from lrsim.training import engine
from lrsim.training.course import Course
from lrsim.training.engine import Problem, State
from lrsim_core import FloatArray

MOST_ROWS, FEWEST_ROWS = 2048, 256
"""Of a training set, at which curvature is measured."""
MOST_WORK = 200_000_000
"""Parameters times rows of one product with the Hessian, where that leaves the fewest rows."""


@dataclass(frozen=True, eq=False)
class Moment:
    """A state before a step, and that step's rate.

    Attributes
    ----------
    problem
        As it is in effect at the step.
    state
        Never changed.
    rate
        Of the next step; NaN where there is none.
    multipliers
        Factor on the rate of each layer; empty for 1 in all.
    previous
        Parameters before the step that led to the state, shape (n_parameters,); None at the start.
    """

    problem: Problem
    state: State
    rate: float
    multipliers: tuple[float, ...] = ()
    previous: FloatArray | None = None

    @property
    def is_finite(self) -> bool:
        """Whether all its parameters are."""
        return bool(np.isfinite(self.state.theta).all())

    @cached_property
    def rows(self) -> slice:
        """Training rows at which curvature is measured: all, or some that are spread evenly."""
        most = min(max(MOST_WORK // self.problem.n_parameters, FEWEST_ROWS), MOST_ROWS)
        return slice(None, None, max(-(-self.problem.samples // most), 1))

    @property
    def is_sampled(self) -> bool:
        """Whether these are not all rows."""
        return int(self.rows.step) > 1

    @cached_property
    def sample(self) -> tuple[FloatArray, FloatArray]:
        """Inputs (n, inputs) and targets (n, outputs) of these rows."""
        return self._part(self.rows)

    @cached_property
    def batch(self) -> tuple[FloatArray, FloatArray]:
        """Inputs and targets of the samples that the next step is computed on."""
        return self._part(self.problem.batch(self.state.step + 1))

    def _part(self, rows: slice | NDArray[np.intp]) -> tuple[FloatArray, FloatArray]:
        data = self.problem.data
        return np.ascontiguousarray(data.X_train[rows]), np.ascontiguousarray(data.Y_train[rows])

    @cached_property
    def gradient(self) -> Floats:
        """Of the next step's batch, as training follows it, shape (n_parameters,)."""
        with np.errstate(all="ignore"):
            found: Floats = engine.loss_and_gradient(self.problem, self.state.theta, *self.batch)[1].astype(np.float64)
        return found

    @cached_property
    def after(self) -> FloatArray:
        """Parameters after the next step, shape (n_parameters,)."""
        state = self.state.copy()
        with np.errstate(all="ignore"):
            engine.advance(self.problem, state, np.array([self.rate]), multipliers=self.multipliers)
        return state.theta

    @cached_property
    def step(self) -> Floats:
        """What the next step adds to the parameters, shape (n_parameters,)."""
        with np.errstate(all="ignore"):
            moved: Floats = self.after.astype(np.float64) - self.state.theta
        return moved

    @cached_property
    def momentum(self) -> float:
        """That the next step uses: of SGD and RMSprop its momentum, of Adam and its kin beta_1."""
        moved = engine.momentum(self.problem, self.state)
        if moved is not None:
            return moved
        optimizer = self.problem.optimizer
        return optimizer.beta_1 if optimizer.averages_gradients else optimizer.momentum

    @cached_property
    def factors(self) -> Floats:
        """Factor on the rate of each parameter, shape (n_parameters,)."""
        network = self.problem.network
        sizes = [(inputs + 1) * units for inputs, units in network.shapes]
        return np.repeat(np.array(self.multipliers or [1.0] * len(sizes)), sizes)


def moment_at(course: Course, state: State, previous: FloatArray | None = None) -> Moment:
    """The moment of a state on a line of training; the state is taken as it is, not copied."""
    step = state.step
    rate = course.timeline.parts(step).rate
    return Moment(course.problem_at(step), state, rate, course.multipliers(step), previous)


def unlimited(problem: Problem) -> Problem:
    """The same without a limit on gradients: whose gradient is that of the loss."""
    if not problem.network.clip_gradient:
        return problem
    return replace(problem, network=replace(problem.network, clip_gradient=0.0))
