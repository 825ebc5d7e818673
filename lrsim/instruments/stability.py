"""Whether the rate of the next step is stable: its product with the sharpness against the limit of the optimizer."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lrsim.common.numbers import Floats
from lrsim.instruments.moment import Moment, moment_at
from lrsim.instruments.spectrum import Extremes, extremes
from lrsim.training import engine
from lrsim.training.course import Course
from lrsim.training.engine import State
from lrsim.verdict.edge import Edge
from lrsim_core import FloatArray, Optimizer

MOST_WORK = 5_000_000
"""Parameters times rows of a sharpness that is worked out for a verdict."""


@dataclass(frozen=True, eq=False)
class Stability:
    """What curvature says about a rate.

    Attributes
    ----------
    curvature
        Ends of the spectrum of the Hessian, scaled as the optimizer scales its gradient.
    rate
        That the next step uses.
    limit
        Rate times largest curvature above which a quadratic of these curvatures diverges.
    is_approximate
        Whether the curvature is that of more or other samples than the batch of a step has.
    """

    curvature: Extremes
    rate: float
    limit: float
    is_approximate: bool

    @property
    def product(self) -> float:
        """Rate times largest curvature."""
        return self.rate * self.curvature.largest

    @property
    def largest_rate(self) -> float:
        """The largest stable rate; inf where nothing bends upwards."""
        largest = self.curvature.largest
        if math.isnan(largest):
            return math.nan
        return self.limit / largest if largest > 0 else math.inf


def sharpness(moment: Moment, start: Floats | None = None) -> Extremes:
    """Ends of the spectrum of the Hessian of the training loss, penalties included, on `Moment.rows`."""
    return _spectrum(moment, np.ones(len(moment.state.theta)), start)


def stability(moment: Moment, start: Floats | None = None) -> Stability:
    """The rate of the next step against the limit of the optimizer.

    Of an adaptive optimizer the Hessian is scaled by what it divides the gradient by (Cohen et al., Adaptive Gradient
    Methods at the Edge of Stability, 2022, arXiv:2207.14484); before its first update there is nothing to scale by,
    and all is NaN.
    """
    optimizer, scale = moment.problem.optimizer, scaling(moment)
    curvature = _spectrum(moment, scale * moment.factors, start)
    rate = moment.rate / (1.0 + optimizer.decay * moment.state.updates)
    few = moment.problem.batch_size < moment.problem.samples
    return Stability(curvature, rate, limit_of(optimizer, moment.momentum), few or moment.is_sampled)


def edge_at(course: Course, step: int, theta: FloatArray) -> Edge | None:
    """Rate times sharpness of a full batch at the parameters after a step, shape (n_parameters,), and its limit.

    None of large models, of batches, and of optimizers whose memory scales the gradient.
    """
    problem = course.problem_of(step)
    few = problem.batch_size < problem.samples
    if few or problem.optimizer.name != "sgd" or len(theta) * problem.samples > MOST_WORK:
        return None
    found = stability(moment_at(course, State(theta, problem.optimizer.new_slots(problem.network), step)))
    return Edge(found.product, found.limit) if math.isfinite(found.product) else None


def limit_of(optimizer: Optimizer, momentum: float) -> float:
    """Rate times largest (scaled) curvature up to which a quadratic converges.

    Gradient descent 2; heavy ball 2 (1 + mu); Nesterov 2 (1 + mu) / (1 + 2 mu); an average of gradients divides the
    rate by 1 / (1 - beta_1) beside (Cohen et al., Gradient Descent on Neural Networks Typically Occurs at the Edge of
    Stability, 2021, arXiv:2103.00065, appendix B).
    """
    looks_ahead = optimizer.name == "nadam" or (optimizer.name == "sgd" and optimizer.nesterov)
    limit = 2.0 * (1.0 + momentum) / (1.0 + 2.0 * momentum if looks_ahead else 1.0)
    return limit / (1.0 - momentum) if optimizer.averages_gradients else limit


def scaling(moment: Moment) -> Floats:
    """What the optimizer multiplies each component of the gradient by, besides the rate, shape (n_parameters,).

    As its memory stands before the next step; NaN before the first update of one that starts from an empty memory.
    """
    optimizer, updates = moment.problem.optimizer, moment.state.updates
    slots = moment.state.slots.astype(np.float64)
    if optimizer.name == "sgd":
        return np.ones(len(moment.state.theta))
    if not updates and not optimizer.initial_accumulator:
        return np.full(len(moment.state.theta), np.nan)
    epsilon = optimizer.epsilon
    begun = 1.0 - optimizer.beta_1**updates if optimizer.averages_gradients else 1.0
    with np.errstate(all="ignore"):
        match optimizer.name:
            case "adadelta":
                return _root(slots[1] + epsilon) / _root(slots[0] + epsilon)
            case "adagrad" | "rmsprop" if optimizer.flavor == "keras":
                return 1.0 / _root(slots[0] + epsilon)
            case "adagrad" | "rmsprop":
                return 1.0 / (_root(slots[0]) + epsilon)
            case "adamax":
                found: Floats = 1.0 / (begun * (slots[1] + (epsilon if optimizer.flavor == "keras" else 0.0)))
                return found
        corrected = 1.0 - optimizer.beta_2**updates
        if optimizer.flavor == "keras" and optimizer.name != "nadam":
            return math.sqrt(corrected) / (begun * (_root(slots[1]) + epsilon))
        return 1.0 / (begun * (_root(slots[1] / corrected) + epsilon))


def _root(values: Floats) -> Floats:
    found: Floats = np.sqrt(values)
    return found


def _spectrum(moment: Moment, scale: Floats, start: Floats | None) -> Extremes:
    """Of the Hessian between the roots of the scale, which has the eigenvalues of scale times Hessian."""
    theta, (X, Y), problem = moment.state.theta, moment.sample, moment.problem
    n = len(theta)
    if not (moment.is_finite and np.isfinite(scale).all()):
        return Extremes(math.nan, math.nan, np.zeros(n), 0, False)
    root = _root(np.abs(scale))

    def product(v: Floats) -> Floats:
        with np.errstate(all="ignore"):
            along = (root * v).astype(theta.dtype)
            found: Floats = root * engine.hessian_vector_product(problem, theta, X, Y, along).astype(np.float64)
        return found

    return extremes(product, n, start)
