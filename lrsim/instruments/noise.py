"""How much the gradients of single samples differ: whether a batch's gradient can be trusted."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lrsim.instruments.moment import Moment, unlimited
from lrsim.training import engine

MOST_SAMPLES = 128


@dataclass(frozen=True)
class Noise:
    """Of the gradients of single samples.

    Attributes
    ----------
    ratio
        Sum of the variances of all components over the squared length of their mean.
    test
        sqrt(that sum / (B squared length)) of a batch of B: the norm test wants it below about 1 (Byrd et al., Sample
        Size Selection in Optimization Methods for Machine Learning, 2012).
    samples
        From how many it was taken.
    """

    ratio: float
    test: float
    samples: int


def gradient_noise(moment: Moment) -> Noise:
    """At the parameters before the next step, from training rows that are spread evenly."""
    problem, data = unlimited(moment.problem), moment.problem.data
    rows = range(0, problem.samples, max(-(-problem.samples // MOST_SAMPLES), 1))
    mean, spread = np.zeros(len(moment.state.theta)), 0.0
    with np.errstate(all="ignore"):
        for count, row in enumerate(rows, 1):  # Welford, 1962
            X, Y = (np.ascontiguousarray(array[row : row + 1]) for array in (data.X_train, data.Y_train))
            gradient = engine.loss_and_gradient(problem, moment.state.theta, X, Y)[1].astype(np.float64)
            away = gradient - mean
            mean = mean + away / count
            spread += float(away @ (gradient - mean))
        if len(rows) < 2:
            return Noise(math.nan, math.nan, len(rows))
        ratio = float(np.float64(spread / (len(rows) - 1)) / np.float64(mean @ mean))
        return Noise(ratio, math.sqrt(ratio / problem.batch_size) if ratio >= 0 else math.nan, len(rows))
