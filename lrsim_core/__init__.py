"""The numbers of the simulator: a compiled kernel for small dense networks under a small typed door.

Everything here checks its arguments (dtype, shape, contiguity) and raises; nothing here knows files, time or Qt.
`reference.py` is the readable NumPy twin of each kernel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import lrsim_core.summary as _summary
import lrsim_core.train as _train

from .network import ACTIVATIONS, BIAS_RULES, DTYPES, LOSSES, FloatArray, Layer, Network
from .types import Activation, Loss, Status

__all__ = [
    "ACTIVATIONS", "BIAS_RULES", "DTYPES", "LOSSES", "Activation", "FloatArray", "Layer", "Loss", "Network",
    "Outcome", "Status", "loss_and_gradient", "predict", "run_steps", "summarize",
]  # fmt: skip

summarize = _summary.summarize


@dataclass(frozen=True)
class Outcome:
    """What `run_steps` did.

    Attributes
    ----------
    steps
        Steps taken by this call; fewer than asked for when it stopped early.
    status
        Why it ended.
    bad_step
        1-based step within this call whose loss or parameters are the first that are not finite; 0 if none.
    bad_parameter
        Index of the first parameter that is not finite in that step; -1 when it is the loss alone.
    """

    steps: int
    status: Status
    bad_step: int
    bad_parameter: int


def _checked(name: str, array: Any, dtype: str, ndim: int) -> Any:
    if not isinstance(array, np.ndarray):
        raise TypeError(f"{name}: expected a NumPy array, got {type(array).__name__}")
    if array.dtype != np.dtype(dtype):
        raise TypeError(f"{name}: expected dtype {dtype}, got {array.dtype}")
    if array.ndim != ndim:
        raise ValueError(f"{name}: expected {ndim} dimension{'s' if ndim > 1 else ''}, got shape {array.shape}")
    if not array.flags.c_contiguous:
        raise ValueError(f"{name}: expected a C-contiguous array")
    return array


def _check_theta(network: Network, theta: FloatArray) -> None:
    _checked("theta", theta, network.dtype, 1)
    if theta.shape[0] != network.n_parameters:
        raise ValueError(f"theta: expected {network.n_parameters} parameters, got {theta.shape[0]}")


def _check_rows(network: Network, X: FloatArray, Y: FloatArray) -> None:
    _checked("X", X, network.dtype, 2)
    _checked("Y", Y, network.dtype, 2)
    if X.shape[0] == 0:
        raise ValueError("X: expected at least one row, got none")
    if X.shape[1] != network.inputs:
        raise ValueError(f"X: expected {network.inputs} columns, got {X.shape[1]}")
    if Y.shape != (X.shape[0], network.outputs):
        raise ValueError(f"Y: expected shape {(X.shape[0], network.outputs)}, got {Y.shape}")


def run_steps(
    network: Network,
    theta: FloatArray,
    X: FloatArray,
    Y: FloatArray,
    rates: NDArray[np.float64],
    *,
    batch_size: int = 1,
    first_step: int = 0,
    order: NDArray[np.intp] | None = None,
    record: FloatArray | None = None,
    record_at: int = 0,
    target_error: float = 0.0,
    min_steps: int = 0,
    stop_not_finite: bool = True,
    fast_path: bool = True,
) -> Outcome:
    """Train in place by gradient descent, one learning rate a step; the GIL is released.

    Parameters
    ----------
    network
        What is trained.
    theta
        Parameters, shape (n_parameters,), of the network's dtype; changed in place.
    X, Y
        Samples (n, inputs) and targets (n, outputs), C-contiguous, of the network's dtype.
    rates
        Learning rate of each step, float64, shape (steps,); may be empty.
    batch_size
        Rows a step; the last batch of an epoch holds the rows that are left. More than n means n.
    first_step
        Steps done before this call; says where in its epoch the run stands.
    order
        Sample at each place, shape (epochs * n,), beginning with the epoch that `first_step` stands in and
        long enough for all steps; None means 0, 1, ..., n - 1 in each epoch.
    record
        Shape (2, capacity) for loss and error of each step, or (2 + n_parameters, capacity) for the parameters
        after each step too; written from column `record_at` on.
    target_error, min_steps
        Stop after a step whose error is below `target_error` once `min_steps` steps are done.
    stop_not_finite
        Stop after the first step whose loss or parameters are not finite.
    fast_path
        Let the one-input, one-unit model at one sample a step take its own loop.

    Returns
    -------
    Outcome

    Raises
    ------
    TypeError, ValueError
        An argument does not fit; nothing has been changed.
    """
    _check_theta(network, theta)
    _check_rows(network, X, Y)
    _checked("rates", rates, "float64", 1)
    if batch_size < 1:
        raise ValueError(f"batch_size: expected at least 1, got {batch_size}")
    samples, steps = X.shape[0], rates.shape[0]
    batch_size = min(batch_size, samples)
    per_epoch = -(-samples // batch_size)
    place = first_step % per_epoch * batch_size
    if order is not None:
        _checked("order", order, np.dtype(np.intp).name, 1)
        epochs = -(-(first_step % per_epoch + steps) // per_epoch)
        if order.shape[0] < epochs * samples:
            raise ValueError(f"order: expected {epochs * samples} places for {steps} steps, got {order.shape[0]}")
        if order.size and (order.min() < 0 or order.max() >= samples):
            raise ValueError(f"order: expected samples 0 to {samples - 1}, got {order.min()} to {order.max()}")
    if record is not None:
        _checked("record", record, network.dtype, 2)
        if record.shape[0] not in (2, 2 + network.n_parameters):
            raise ValueError(f"record: expected 2 or {2 + network.n_parameters} rows, got {record.shape[0]}")
        if record_at < 0 or record_at + steps > record.shape[1]:
            raise ValueError(f"record: {steps} steps from {record_at} do not fit into {record.shape[1]} columns")
    if steps == 0:
        return Outcome(0, Status.DONE, 0, -1)
    taken, status, bad_step, bad_parameter = _train.run_steps(
        network.plan, theta, X, Y, rates, batch_size, first_step, place, order, record, record_at,
        fast_path and network.is_single and batch_size == 1, target_error, min_steps, stop_not_finite,
    )  # fmt: skip
    return Outcome(taken, Status(status), bad_step, bad_parameter)


def predict(network: Network, theta: FloatArray, X: FloatArray) -> FloatArray:
    """Outputs, shape (n, outputs), of the network at `theta` for X, shape (n, inputs)."""
    _check_theta(network, theta)
    _checked("X", X, network.dtype, 2)
    if X.shape[1] != network.inputs:
        raise ValueError(f"X: expected {network.inputs} columns, got {X.shape[1]}")
    predictions = np.empty((X.shape[0], network.outputs), dtype=network.dtype)
    if X.shape[0]:
        _train.predict(network.plan, theta, X, predictions)
    return predictions


def loss_and_gradient(
    network: Network, theta: FloatArray, X: FloatArray, Y: FloatArray
) -> tuple[float, float, FloatArray]:
    """Loss, mean absolute error and dL/d(theta), shape (n_parameters,), over all rows; changes nothing."""
    _check_theta(network, theta)
    _check_rows(network, X, Y)
    gradient = np.empty(network.n_parameters, dtype=network.dtype)
    loss, error = _train.loss_and_gradient(network.plan, theta, X, Y, gradient)
    return loss, error, gradient
