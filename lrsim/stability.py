"""What can be known of a run before it starts: curvatures of the loss, and a sample that contradicts the others."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrsim.datasets import Dataset
from lrsim.specs import Experiment

MOST_SAMPLES = 64  # fits are tried with each sample left out


def problem_facts(experiment: Experiment, data: Dataset) -> dict[str, Any]:
    """The fields of `verdict.Evidence` that stay the same during a run, to be passed on by keyword."""
    samples = len(data.X_train)
    batch = min(experiment.training.batch_size, samples)
    return {
        "steps_per_epoch": -(-samples // batch),
        "target_error": experiment.stop.target_error,
        "curvatures": curvatures(experiment, data),
        "contradiction": contradiction(experiment, data),
        "sample_by_sample": batch == 1 and experiment.data.order == "cyclic",
    }


def curvatures(experiment: Experiment, data: Dataset) -> NDArray[np.float64] | None:
    """How strongly one step at rate 1 answers its own error; a rate is stable below 2 / curvature.

    For one input and one linear or clipped unit: one value a sample where a step takes one sample,
    ``x^2 + 1`` (with the bias rule ``as_input``: ``x^2 + x``), and a single value for full batches. The clip
    is left out of account: it hides the gradient of samples above it, but not once they fall below.
    None for other models and batches.
    """
    if not _is_line(experiment, data):
        return None
    x = data.X_train[:, 0].astype(np.float64)
    factor = {"half_mse": 1.0, "mse": 2.0}.get(experiment.training.loss)
    batch = min(experiment.training.batch_size, len(x))
    if factor is None or (batch > 1 and batch < len(x)):
        return None
    bias_moves = x if experiment.training.bias_rule == "as_input" else np.ones_like(x)
    if batch == 1:
        return np.asarray(factor * (x * x + bias_moves))
    answer = np.array([[np.mean(x * x), np.mean(x)], [np.mean(bias_moves * x), np.mean(bias_moves)]])
    return np.array([factor * np.abs(np.linalg.eigvals(answer)).max()])


def contradiction(experiment: Experiment, data: Dataset) -> int | None:
    """The one sample (from 1) without which a line, clipped or not, fits all others; None where there is none.

    Samples whose target is at the clip's limit only need a line that passes above it.
    """
    if not _is_line(experiment, data) or not 3 <= len(data.X_train) <= MOST_SAMPLES:
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
    return int(best) + 1 if without[best] < 0.05 * with_all < without[second] else None


def _is_line(experiment: Experiment, data: Dataset) -> bool:
    layers = experiment.model.layers
    return (
        len(layers) == 1
        and layers[0].units == 1
        and data.X_train.shape[1] == 1
        and (layers[0].activation == "linear" or (layers[0].activation == "clip" and layers[0].straight_through))
    )


def _misfit(x: NDArray[np.float64], y: NDArray[np.float64], limit: float, used: NDArray[np.bool_]) -> float:
    """Mean absolute error, over the rows used, of the line fitted to those of them that are below the limit."""
    fitted = used & (y < limit)
    if len(np.unique(x[fitted])) < 2:
        return np.inf
    slope, offset = np.polyfit(x[fitted], y[fitted], 1)
    return float(np.mean(np.abs(np.minimum(slope * x + offset, limit) - y)[used]))
