"""How low a loss can get on a training set: what a single layer leaves, what no function of the inputs gets below."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrsim.common.numbers import Floats
from lrsim.data.dataset import Dataset
from lrsim.data.losses import LOSSES
from lrsim.training.engine import Problem
from lrsim.verdict.beforehand import Bounds

MOST_FITTED = 1_000_000
"""Numbers in the largest training set that is fitted."""
MOST_COMPARED = 100_000
"""Rows that are sorted, to find equal ones."""
MOST_WORK = 10_000_000
"""Multiply-adds of one round of a logistic fit, which is the product of rows and squared parameters."""
ROUNDS = 30
RIDGE = 1e-7
"""Share of a curvature that is added to it: classes that a line tells apart have no best weights, only ever larger."""
NEAREST, MOST_ASKED, MOST_AMONG, FEWEST_FOR_NEIGHBOURS = 20, 1024, 5_000, 100
"""Rows that each one is held against, rows that are so, rows among which these are sought, and rows that it takes."""
DRAWN = 10
"""Neighbours that the shares of all rows stand for: of a rare class hardly one may be among the nearest."""
DONE = 1e-6
"""A round that lowers the loss by less than this share ends the fit."""


def bounds_of(problem: Problem) -> Callable[[], Bounds]:
    """Works them out the first time they are asked for."""
    return cache(lambda: _bounds(problem))


def _bounds(problem: Problem) -> Bounds:
    data = problem.data
    if data.X_train.size > MOST_FITTED:
        return Bounds()
    loss, last = problem.experiment.training.loss, problem.network.layers[-1].activation
    floor, torn = _floor(data, loss) if len(data.X_train) <= MOST_COMPARED else (None, 0)
    line = None
    if problem.experiment.training.bias_rule == "delta":
        if last == "linear" and LOSSES[loss].squared is not None:
            line = least_squares(data, loss)
        elif loss in ("binary_cross_entropy", "cross_entropy"):
            line = logistic(data.X_train, data.Y_train, together=loss == "cross_entropy")
    return Bounds(line, floor, torn, neighbours(data, loss))


def least_squares(data: Dataset, loss: str) -> float | None:
    """The lowest squared loss on the training set that a single linear layer has; None for other losses."""
    factor = LOSSES[loss].squared
    if factor is None or data.X_train.size > MOST_FITTED:
        return None
    inputs = np.column_stack([data.X_train, np.ones(len(data.X_train))]).astype(np.float64)
    targets = data.Y_train.astype(np.float64)
    best = np.linalg.lstsq(inputs, targets, rcond=None)[0]
    return float(factor * np.mean((inputs @ best - targets) ** 2))


# --- cross-entropies


@dataclass(frozen=True)
class _Fit:
    """A single layer as far as it is fitted: weights (d + 1, k), the probabilities (n, k) that it gives, its loss."""

    weights: Floats
    shares: Floats
    loss: float


def logistic(X: NDArray[Any], Y: NDArray[Any], *, together: bool) -> float | None:
    """The lowest cross-entropy that a single layer has; None where it would take long.

    By Newton's method with halved steps (Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 4.4.1).

    Parameters
    ----------
    X, Y
        Shapes (n, d) and (n, k); targets are shares.
    together
        Whether the outputs are those of one softmax, or each has a sigmoid of its own.
    """
    inputs = _standardized(X)
    n, width, k = len(inputs), inputs.shape[1], Y.shape[1]
    if n * (width * k if together else width) ** 2 > MOST_WORK:
        return None
    targets = Y.astype(np.float64)
    if together:
        return _descend(inputs, targets, _softmax)
    return float(np.mean([_descend(inputs, targets[:, [j]], _sigmoid) for j in range(k)]))


def _standardized(X: NDArray[Any]) -> Floats:
    values = X.astype(np.float64)
    spread = values.std(axis=0)
    values = (values - values.mean(axis=0))[:, spread > 0] / spread[spread > 0]
    return np.column_stack([values, np.ones(len(values))])


def _descend(inputs: Floats, targets: Floats, answer: Callable[[Floats, Floats], tuple[Floats, float]]) -> float:
    weights = np.zeros((inputs.shape[1], targets.shape[1]))
    shares, loss = answer(inputs @ weights, targets)
    for _ in range(ROUNDS):
        gradient = inputs.T @ (shares - targets) / len(inputs)
        step = np.linalg.solve(_bend(inputs, shares), gradient.ravel(order="F")).reshape(weights.shape, order="F")
        length = 1.0
        while True:
            moved = weights - length * step
            after, lower = answer(inputs @ moved, targets)
            if lower < loss or length < 1e-3:
                break
            length /= 2
        if not lower < loss * (1.0 - DONE):
            return min(loss, lower)
        weights, shares, loss = moved, after, lower
    return loss


def _bend(inputs: Floats, shares: Floats) -> Floats:
    """Second derivative of the mean loss by the weights, column after column, with a ridge."""
    n, width, k = len(inputs), inputs.shape[1], shares.shape[1]
    found = np.empty((k * width, k * width))
    for i in range(k):
        for j in range(i + 1):
            weight = shares[:, i] * ((i == j) - shares[:, j])
            block = (inputs * weight[:, None]).T @ inputs / n
            found[i * width : (i + 1) * width, j * width : (j + 1) * width] = block
            found[j * width : (j + 1) * width, i * width : (i + 1) * width] = block.T
    ridge = RIDGE * max(float(np.trace(found)) / len(found), RIDGE)
    found[np.diag_indices(len(found))] += ridge
    return found


def _softmax(z: Floats, targets: Floats) -> tuple[Floats, float]:
    top = z.max(axis=1, keepdims=True)
    logs = z - top - np.log(np.exp(z - top).sum(axis=1, keepdims=True))
    return np.exp(logs), float(-np.mean(np.sum(targets * logs, axis=1)))


def _sigmoid(z: Floats, targets: Floats) -> tuple[Floats, float]:
    loss = np.mean(np.maximum(z, 0) - z * targets + np.log1p(np.exp(-np.abs(z))))
    return np.exp(-np.logaddexp(0, -z)), float(loss)


# --- rows that lie close


def neighbours(data: Dataset, loss: str) -> float | None:
    """The loss of answering rows with the mean of the `NEAREST` others, by scaled features, on a sample of the rows.

    None where there are few rows, and for losses of values that are no squares. Shares of classes are drawn towards
    those of all rows.
    """
    facts, n = LOSSES[loss], len(data.X_train)
    known = facts.squared is not None or loss in ("binary_cross_entropy", "cross_entropy")
    if n < FEWEST_FOR_NEIGHBOURS or data.X_train.size > MOST_FITTED or not known:
        return None
    among = slice(None, None, -(-n // MOST_AMONG))
    inputs, targets = _standardized(data.X_train[among])[:, :-1], data.Y_train[among].astype(np.float64)
    asked = np.arange(0, len(inputs), -(-len(inputs) // MOST_ASKED))
    apart = np.square(inputs).sum(axis=1) - 2.0 * inputs[asked] @ inputs.T  # but for a term of each row asked
    apart[np.arange(len(asked)), asked] = np.inf
    nearest = np.argpartition(apart, NEAREST, axis=1)[:, :NEAREST]
    answers, wanted = targets[nearest].mean(axis=1), targets[asked]
    if facts.squared is not None:
        return facts.squared * float(np.mean((answers - wanted) ** 2))
    answers = (NEAREST * answers + DRAWN * targets.mean(axis=0)) / (NEAREST + DRAWN)
    logs = np.log(np.maximum(answers, np.finfo(float).tiny))
    if loss == "cross_entropy":
        return float(-np.mean(np.sum(wanted * logs, axis=1)))
    others = np.log(np.maximum(1.0 - answers, np.finfo(float).tiny))
    return float(-np.mean(wanted * logs + (1.0 - wanted) * others))


# --- rows that contradict each other


def _floor(data: Dataset, loss: str) -> tuple[float | None, int]:
    """The loss of the best answer to each set of rows with the same inputs, and how many rows are torn so."""
    inputs, targets = np.ascontiguousarray(data.X_train), data.Y_train.astype(np.float64)
    whole_rows = inputs.view(np.dtype((np.void, inputs.dtype.itemsize * inputs.shape[1])))[:, 0]
    _, group, sizes = np.unique(whole_rows, return_inverse=True, return_counts=True)
    if len(sizes) == len(inputs):
        return 0.0, 0
    means = np.column_stack([np.bincount(group, column, len(sizes)) / sizes for column in targets.T])
    off = np.abs(targets - means[group]).max(axis=1) > 1e-6 * max(float(np.abs(targets).max()), 1e-300)
    torn = int(np.count_nonzero((np.bincount(group, off) > 0)[group]))
    if torn == 0:
        return 0.0, 0
    facts, weights = LOSSES[loss], sizes / len(inputs)
    if facts.squared is not None:
        return facts.squared * float(np.mean((targets - means[group]) ** 2)), torn
    if loss == "binary_cross_entropy":
        return float(weights @ (_entropies(means) + _entropies(1.0 - means)) / means.shape[1]), torn
    if loss.startswith("cross_entropy"):
        return float(weights @ _entropies(means)), torn
    return None, torn


def _entropies(shares: Floats) -> Floats:
    """Of each row, shape (n,), of shares (n, k)."""
    logs = np.log(np.where(shares > 0, shares, 1.0))
    found: Floats = -np.sum(shares * logs, axis=1)
    return found
