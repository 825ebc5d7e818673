"""What the penalties l1 and l2 add to the loss that is trained on, which no loss that is shown has."""

from __future__ import annotations

import numpy as np

from lrsim.common.numbers import Floats
from lrsim.training.engine import Problem
from lrsim_core import FloatArray


def penalties(problem: Problem, theta: FloatArray) -> tuple[Floats, float]:
    """Gradient of the penalties on the weights (biases have none), shape (n_parameters,), and their value."""
    network = problem.network
    pull, value = np.zeros(len(theta)), 0.0
    if not (network.l1 or network.l2):
        return pull, value
    for (weights, _), (into, _) in zip(network.unpack(theta), network.unpack(pull), strict=True):
        W = weights.astype(np.float64)
        into[...] = network.l1 * np.sign(W) + 2 * network.l2 * W
        value += float(network.l1 * np.abs(W).sum() + network.l2 * np.square(W).sum())
    return pull, value
