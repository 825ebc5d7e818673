"""The loss along one update: what the gradient promised, what was found, and where other rates would have landed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrsim.common.numbers import Floats, length
from lrsim.instruments.alpha import Parabola, ends_of, fit
from lrsim.instruments.moment import Moment
from lrsim.instruments.surface import TrueLoss
from lrsim.training import engine
from lrsim_core import FloatArray

FIRST, LAST = -1.0, 3.0
"""How far it is looked along the update, in lengths of it."""
POINTS = 121
MOST_WORK = 1_000_000_000
"""Multiply-adds of the whole curve."""
MOST_ROWS, FEWEST_ROWS = 2048, 128
ALIKE = 1e-3
"""Two updates that differ by this share of their length are called proportional."""


@dataclass(frozen=True, eq=False)
class Along:
    """The loss that is trained on, penalties included, on the line through both ends of an update.

    Attributes
    ----------
    at
        Places on it in lengths of the update, shape (n,): 0 its start, 1 its end.
    batch, training
        Mean loss there of the batch that the update was computed on, and of the training rows, shape (n,).
    batch_rows, rows, sampled
        How many rows these are, and whether the latter are but some of the training rows.
    slope
        Of the batch's loss at the start, by its gradient.
    parabola
        Through losses and slopes at both ends, by least squares; not finite where one of them is not.
    rate
        That the update was taken with.
    proportional
        Whether another rate would have gone along this very line, as far as it is larger.
    """

    at: Floats
    batch: Floats
    training: Floats
    batch_rows: int
    rows: int
    sampled: bool
    slope: float
    parabola: Parabola
    rate: float
    proportional: bool

    def tangent(self, at: Floats) -> Floats:
        """What the gradient promises, shape of `at`."""
        with np.errstate(all="ignore"):
            return self.start + self.slope * at

    def fitted(self, at: Floats) -> Floats:
        """The parabola, shape of `at`."""
        with np.errstate(all="ignore"):
            return self.parabola.offset + at * (self.parabola.slope + self.parabola.bend * at)

    @property
    def start(self) -> float:
        """The batch's loss before the update."""
        return float(self.batch[self._begin])

    @property
    def training_start(self) -> float:
        """The training rows' loss before the update."""
        return float(self.training[self._begin])

    @property
    def _begin(self) -> int:
        return int(np.abs(self.at).argmin())

    @property
    def floor(self) -> float | None:
        """Where the parabola is lowest, in lengths of the update; None where it has no floor."""
        if not self.parabola.bend > 0:
            return None
        found = -self.parabola.slope / (2 * self.parabola.bend)
        return found if np.isfinite(found) else None


def along(moment: Moment, points: int = POINTS) -> Along:
    """The line of the step that follows a moment."""
    problem = moment.problem
    at = np.linspace(FIRST, LAST, points)
    ends = ends_of(moment)
    whole = TrueLoss(problem, _rows(moment))
    batch = TrueLoss(problem, problem.batch(moment.state.step + 1))
    found = np.empty((2, points))
    for place in range(points):  # one by one, for a large model's parameters are not held so many times
        with np.errstate(all="ignore"):
            theta = moment.state.theta + at[place : place + 1, None] * moment.step
        found[:, place] = batch(theta)[0], whole(theta)[0]
    return Along(
        at, found[0], found[1], batch.samples, whole.samples, whole.is_sampled,
        ends.slopes[0], fit(ends), moment.rate, _is_proportional(moment),
    )  # fmt: skip


def _rows(moment: Moment) -> slice:
    """Training rows for the second curve: all, or some spread evenly where all would take long."""
    problem = moment.problem
    wanted = min(max(MOST_WORK // (POINTS * problem.n_parameters), FEWEST_ROWS), MOST_ROWS)
    return slice(None, None, max(-(-problem.samples // wanted), 1))


def _is_proportional(moment: Moment) -> bool:
    """Whether half the rate makes half the step: momentum that a rate is a part of, for one, does not."""
    half = _step(moment, moment.rate / 2)
    with np.errstate(all="ignore"):
        return bool(length(half - moment.step / 2) <= ALIKE * length(moment.step))


def _step(moment: Moment, rate: float) -> FloatArray:
    state = moment.state.copy()
    with np.errstate(all="ignore"):
        engine.advance(moment.problem, state, np.array([rate]), multipliers=moment.multipliers)
        return state.theta.astype(np.float64) - moment.state.theta
