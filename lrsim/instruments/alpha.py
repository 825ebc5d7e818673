"""How far a step goes on the parabola along it: -1 stays at the start, 0 reaches the floor, 1 the other side."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lrsim.common.numbers import Floats
from lrsim.instruments.moment import Moment, unlimited
from lrsim.instruments.penalties import penalties
from lrsim.training import engine
from lrsim.training.engine import Problem
from lrsim_core import FloatArray

MOST_SAMPLES = 64
"""Of a batch, from which variances are taken."""


@dataclass(frozen=True)
class Ends:
    """A loss along a step, whose length counts as 1: at its start and its end.

    Attributes
    ----------
    losses, slopes
        Two each; a slope is the gradient times the step.
    loss_variances, slope_variances
        Between the samples of the batch; None for batches of one.
    """

    losses: tuple[float, float]
    slopes: tuple[float, float]
    loss_variances: tuple[float, float] | None = None
    slope_variances: tuple[float, float] | None = None


@dataclass(frozen=True)
class Parabola:
    """offset + slope t + bend t^2."""

    offset: float
    slope: float
    bend: float

    @property
    def alpha(self) -> float:
        """Of the step from t = 0 to 1; -1 where the parabola opens downwards: it is still going down."""
        if math.isnan(self.bend) or math.isnan(self.slope):
            return math.nan
        if self.bend <= 0:
            return -1.0
        with np.errstate(all="ignore"):
            return float(np.float64(-2.0 * self.bend) / np.float64(self.slope)) - 1.0


def fit(ends: Ends) -> Parabola:
    """The parabola through both losses and slopes, by least squares.

    Each is weighted by its variance, as far as there is one (Schneider, Dangel, Hennig, Cockpit, 2021,
    arXiv:2102.06604; `quantities/alpha.py` of cockpit 1.0).
    """
    known = np.array([*ends.losses, *ends.slopes])
    if not np.isfinite(known).all():
        return Parabola(math.nan, math.nan, math.nan)
    weights = 1.0 / np.sqrt([*_weighed(ends.loss_variances), *_weighed(ends.slope_variances)])
    if not (np.isfinite(weights) & (weights > 0)).all():  # a variance has run over
        weights = np.ones(4)
    weights /= weights.max()
    rows = np.array([[1.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 0.0], [0.0, 1.0, 2.0]])
    size = float(np.abs(known).max()) or 1.0  # lest squares run over
    found = np.linalg.lstsq(rows * weights[:, None], known / size * weights, rcond=None)[0] * size
    return Parabola(*map(float, found))


def _weighed(variances: tuple[float, float] | None) -> tuple[float, float]:
    """Without a variance of 0, which would take all the weight."""
    if variances is None:
        return 1.0, 1.0
    least = min((each for each in variances if each > 0), default=1.0)
    return variances[0] or least, variances[1] or least


def ends_of(moment: Moment) -> Ends:
    """The loss of the next step's batch, as it is trained on, at both ends of that step."""
    problem, (X, Y), step = unlimited(moment.problem), moment.batch, moment.step
    begun, ended = moment.state.theta, moment.after
    with np.errstate(all="ignore"):
        losses, slopes = zip(*(_whole(problem, theta, X, Y, step) for theta in (begun, ended)), strict=True)
        if len(X) == 1:
            return Ends(losses, slopes)
        spread = [_variances(problem, theta, X[:MOST_SAMPLES], Y[:MOST_SAMPLES], step) for theta in (begun, ended)]
    return Ends(losses, slopes, (spread[0][0], spread[1][0]), (spread[0][1], spread[1][1]))


def _whole(problem: Problem, theta: FloatArray, X: FloatArray, Y: FloatArray, step: Floats) -> tuple[float, float]:
    loss, gradient = engine.loss_and_gradient(problem, theta, X, Y)
    return loss + penalties(problem, theta)[1], float(gradient.astype(np.float64) @ step)


def _variances(problem: Problem, theta: FloatArray, X: FloatArray, Y: FloatArray, step: Floats) -> tuple[float, float]:
    each = np.array([_whole(problem, theta, X[k : k + 1], Y[k : k + 1], step) for k in range(len(X))])
    losses, slopes = each.var(axis=0, ddof=1)
    return float(losses), float(slopes)


def alpha(moment: Moment) -> float:
    """Of the next step."""
    return fit(ends_of(moment)).alpha
