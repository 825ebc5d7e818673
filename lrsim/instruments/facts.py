"""What is known of a run before it starts: curvatures, the loss of guessing, a sample that contradicts the others."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrsim.data.dataset import Dataset
from lrsim.data.losses import LOSSES
from lrsim.experiment.specs import Experiment
from lrsim.instruments.beforehand import beforehand
from lrsim.instruments.fits import bounds_of, least_squares
from lrsim.training.engine import Problem

MOST_SAMPLES = 64  # fits are tried with each sample left out
MOST_INPUTS = 200
"""Features of the largest full batch whose curvature is worked out."""
LARGE_UNITS = 10.0
"""Features whose root mean square is above this are called unscaled."""


def problem_facts(problem: Problem) -> dict[str, Any]:
    """The fields of `verdict.Evidence` that stay the same during a run, to be passed on by keyword."""
    experiment, data = problem.experiment, problem.data
    loss = LOSSES[experiment.training.loss]
    contradicting, least_error = contradiction(experiment, data) or (None, None)
    return {
        "steps_per_epoch": problem.steps_per_epoch,
        "last_weight": problem.last_weight,
        "target_error": experiment.stop.target_error,
        "curvatures": curvatures(experiment, data),
        "contradiction": contradicting,
        "least_error": least_error,
        "planned_epochs": experiment.training.epochs,
        "sample_by_sample": problem.batch_size == 1 and experiment.data.order == "cyclic",
        "chance_loss": loss.chance(data.Y_train, experiment.training.huber_delta),
        "chance_accuracy": chance_accuracy(data.Y_train) if data.task == "classification" else None,
        "least_loss": least_loss(experiment, data),
        "gradient_limit": experiment.training.clip_gradient,
        "unscaled": bool(np.sqrt(_squares(data.X_train).mean() / data.X_train.shape[1]) > LARGE_UNITS),
        "clipped_loss": loss.clips,
        "before": beforehand(problem),
        "fit": bounds_of(problem),
    }


def chance_accuracy(Y: NDArray[Any]) -> float:
    """The accuracy of always naming the most frequent class."""
    if Y.shape[1] == 1:
        share = float(np.mean(np.mean([Y.min(), Y.max()]) < Y))
        return max(share, 1.0 - share)
    return float(np.max(np.mean(Y.max(axis=1, keepdims=True) == Y, axis=0)))


def least_loss(experiment: Experiment, data: Dataset) -> float | None:
    """The lowest squared loss on the training set that a single linear layer can have; None for other models."""
    layers = experiment.model.layers
    linear = len(layers) == 1 and layers[0].activation == "linear" and experiment.training.bias_rule == "delta"
    return least_squares(data, experiment.training.loss) if linear else None


def curvatures(experiment: Experiment, data: Dataset) -> NDArray[np.float64] | None:
    """How strongly one step at rate 1 answers its own error; a rate is stable below 2 / curvature.

    For one linear or clipped unit that plain descent trains: one value a sample where a step takes one sample,
    ``|x|^2 + 1`` (with the bias rule ``as_input``: ``|x|^2 + sum(x)``), and a single value for full batches. The
    clip is left out of account: it hides the gradient of samples above it, but not once they fall below.
    None for other models, optimizers and batches.
    """
    optimizer, samples = experiment.optimizer, len(data.X_train)
    plain = optimizer.name == "sgd" and not optimizer.momentum and not optimizer.decay and not optimizer.multipliers
    squared = LOSSES[experiment.training.loss].squared
    batch = min(experiment.training.batch_size, samples)
    if not (plain and _is_one_unit(experiment) and squared) or 1 < batch < samples:
        return None
    factor = 2.0 * squared
    sums = {"as_input": data.X_train.sum(axis=1, dtype=np.float64), "fixed": np.zeros(samples)}
    bias_moves = sums.get(experiment.training.bias_rule, np.ones(samples))
    if batch == 1:
        return np.asarray(factor * (_squares(data.X_train) + bias_moves))
    if data.X_train.shape[1] > MOST_INPUTS:
        return None
    X = data.X_train.astype(np.float64)
    answer = np.column_stack([X, bias_moves]).T @ np.column_stack([X, np.ones(samples)]) / samples
    return np.array([factor * np.abs(np.linalg.eigvals(answer)).max()])


def _squares(X: NDArray[Any]) -> NDArray[np.float64]:
    """Squared length of each row, shape (n,), without a copy of all rows."""
    squares: NDArray[np.float64] = np.einsum("ij,ij->i", X, X, dtype=np.float64)
    return squares


def contradiction(experiment: Experiment, data: Dataset) -> tuple[int, float] | None:
    """The one sample (from 1) without which a line, clipped or not, fits all others; None where there is none.

    With it comes the mean error that the line fitted to all samples leaves.

    Samples whose target is at the clip's limit only need a line that passes above it.
    """
    if not _is_one_unit(experiment) or data.X_train.shape[1] != 1 or not 3 <= len(data.X_train) <= MOST_SAMPLES:
        return None
    x, y = data.X_train[:, 0].astype(np.float64), data.Y_train[:, 0].astype(np.float64)
    layer = experiment.model.layers[0]
    limit = layer.limit if layer.activation == "clip" else np.inf
    everybody = np.ones(len(x), dtype=bool)
    with_all = _misfit(x, y, limit, everybody)
    if with_all <= 1e-3 * np.ptp(y):
        return None
    without = np.array([_misfit(x, y, limit, everybody & (np.arange(len(x)) != i)) for i in range(len(x))])
    best, second = np.argsort(without)[:2]
    return (int(best) + 1, with_all) if without[best] < 0.05 * with_all < without[second] else None


def _is_one_unit(experiment: Experiment) -> bool:
    layers = experiment.model.layers
    passes = layers[0].activation == "linear" or (layers[0].activation == "clip" and layers[0].straight_through)
    return len(layers) == 1 and layers[0].units == 1 and passes


def _misfit(x: NDArray[np.float64], y: NDArray[np.float64], limit: float, used: NDArray[np.bool_]) -> float:
    """Mean absolute error, over the rows used, of the line fitted to those of them that are below the limit."""
    fitted = used & (y < limit)
    if len(np.unique(x[fitted])) < 2:
        return np.inf
    slope, offset = np.polyfit(x[fitted], y[fitted], 1)
    return float(np.mean(np.abs(np.minimum(slope * x + offset, limit) - y)[used]))
