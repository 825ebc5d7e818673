"""How much parameters move: in a step, and since the start; whole and layer by layer."""

from __future__ import annotations

import math

import numpy as np

from lrsim.instruments.moment import Moment
from lrsim.training.engine import Problem
from lrsim_core import FloatArray


def update_ratio(moment: Moment) -> float:
    """Length of the next step over that of the parameters."""
    return _ratio(moment.step, moment.state.theta)


def layer_update_ratios(moment: Moment) -> tuple[float, ...]:
    """Of the weights of each layer, the biases aside."""
    network = moment.problem.network
    both = zip(network.unpack(moment.step), network.unpack(moment.state.theta), strict=True)
    return tuple(_ratio(step, weights) for (step, _), (weights, _) in both)


def _ratio(step: FloatArray, parameters: FloatArray) -> float:
    with np.errstate(all="ignore"):
        return float(np.float64(length(step)) / np.float64(length(parameters)))


def flips(moment: Moment) -> float:
    """Share of the parameters whose next update has the other sign than their last one; NaN where there was none."""
    if moment.previous is None:
        return math.nan
    with np.errstate(all="ignore"):
        last = moment.state.theta.astype(np.float64) - moment.previous
        return float(np.mean(np.sign(moment.step) * np.sign(last) < 0))


def distance(problem: Problem, theta: FloatArray) -> float:
    """From the start of the run."""
    return length(theta.astype(np.float64) - problem.theta)


def layer_distances(problem: Problem, theta: FloatArray) -> tuple[float, ...]:
    """From the start, of each layer's weights and biases."""
    moved = theta.astype(np.float64) - problem.theta
    return tuple(math.hypot(length(W), length(b)) for W, b in problem.network.unpack(moved))


def length(values: FloatArray) -> float:
    """Euclidean length of all values together, without running over on the way."""
    flat = values.astype(np.float64).ravel()
    largest = float(np.abs(flat).max(initial=0.0))
    if not largest or not math.isfinite(largest):
        return largest
    return largest * float(np.sqrt(np.sum(np.square(flat / largest))))
