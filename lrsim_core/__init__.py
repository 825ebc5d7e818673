"""The numbers of the simulator: a compiled kernel for small dense networks under a small typed door.

Everything here checks its arguments (dtype, shape, contiguity) and raises; nothing here knows files, time or Qt.
`reference.py` is the readable NumPy twin of each kernel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import train as _train
from .checks import (
    checked,
    checked_figures,
    checked_gradients,
    checked_order,
    checked_record,
    checked_rows,
    checked_slots,
    checked_theta,
)
from .memory import forward_bytes, opened_bytes, step_bytes
from .network import ACTIVATIONS, BIAS_RULES, DTYPES, LOSSES, FloatArray, Layer, Network, misplaced, output_needed
from .opened import OpenStep, online_gradients, open_step
from .optimizer import COMMON_KEYS, FLAVORS, OPTIMIZER_KEYS, OPTIMIZERS, Optimizer, default_lr
from .summary import summarize
from .train import simd_level
from .types import Activation, Loss, Status

__all__ = [
    "ACTIVATIONS", "BIAS_RULES", "COMMON_KEYS", "DTYPES", "FLAVORS", "LOSSES", "OPTIMIZERS",
    "OPTIMIZER_KEYS", "Activation", "FloatArray", "HeldOut",
    "Layer", "Loss", "Network", "OpenStep", "Optimizer", "Outcome", "Status", "default_lr", "evaluate",
    "forward_bytes", "hessian_vector_product", "layer_outputs", "loss_and_gradient", "misplaced", "open_step",
    "opened_bytes", "output_needed", "predict", "run_steps", "simd_level", "step_bytes", "summarize",
]  # fmt: skip

PLAIN = Optimizer()


@dataclass(frozen=True)
class HeldOut:
    """Rows that training does not see, and where the network's figures on them go.

    Attributes
    ----------
    X, Y
        As those that are trained on.
    figures
        float64, shape (len(network.metrics), epochs); column k gets the metrics, as `evaluate` has them, after the
        k-th epoch that ends within the steps.
    """

    X: FloatArray
    Y: FloatArray
    figures: NDArray[np.float64]


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
    layer
        Layer (from 0) of that parameter; -1 when there is none.
    """

    steps: int
    status: Status
    bad_step: int
    bad_parameter: int
    layer: int = -1


def run_steps(
    network: Network,
    theta: FloatArray,
    X: FloatArray,
    Y: FloatArray,
    rates: NDArray[np.float64],
    *,
    optimizer: Optimizer | None = None,
    slots: FloatArray | None = None,
    multipliers: NDArray[np.float64] | None = None,
    momenta: NDArray[np.float64] | None = None,
    batch_size: int = 1,
    first_step: int = 0,
    into_epoch: int | None = None,
    updates: int | None = None,
    order: NDArray[np.intp] | None = None,
    record: FloatArray | None = None,
    record_at: int = 0,
    gradients: FloatArray | None = None,
    target_error: float = 0.0,
    min_steps: int = 0,
    stop_not_finite: bool = True,
    held_out: HeldOut | None = None,
    fast_path: bool = True,
) -> Outcome:
    """Train in place, one learning rate a step; the GIL is released.

    (theta, slots, first_step) are the whole state, besides `into_epoch` and `updates` where batch size or optimizer
    were other ones before: any slicing of the steps into calls gives the same bits.
    Numbers below the smallest normal one count as 0, as in TensorFlow; a single unit with one sample a step and plain
    gradient descent (`Network.is_online`) keeps them.

    Parameters
    ----------
    network
        What is trained.
    theta
        Parameters, shape (n_parameters,), of the network's dtype; changed in place.
    X, Y
        Samples (n, inputs) and targets (n, outputs), C-contiguous, of the network's dtype. Targets of a softmax
        are one-hot rows.
    rates
        Learning rate of each step, float64, shape (steps,); may be empty.
    optimizer
        None means plain gradient descent.
    slots
        The optimizer's memory, shape (n_slots, n_parameters), from `Optimizer.new_slots`; changed in place.
        May be None where n_slots is 0.
    multipliers
        Factor on the rate of each layer, float64, shape (layers,).
    momenta
        Momentum (of Adam and its kin: beta_1) of each step, float64, shape (steps,), each in [0, 1).
    batch_size
        Rows a step; the last batch of an epoch holds the rows that are left. More than n means n.
    first_step
        Steps done before this call.
    into_epoch
        How many of them belong to the epoch at hand; None: as though all epochs had been of this batch size.
    updates
        How many of them this optimizer took, which is the t of Adam and its kin; None: all.
    order
        Sample at each place, shape (epochs * n,), beginning with the epoch at hand and
        long enough for all steps; None means 0, 1, ..., n - 1 in each epoch.
    record, record_at
        Shape (len(network.metrics), capacity) for the metrics of each step, before its update, or
        (len(network.metrics) + n_parameters, capacity) for the parameters after it too; written from column
        `record_at` on.
    gradients
        Shape (steps, n_parameters), for the derivative of the mean loss and the penalties that each step follows, as
        `OpenStep.gradient`; rows of steps that are not taken stay as they are.
    target_error, min_steps
        Stop after a step whose error is below `target_error` once `min_steps` steps are done.
    stop_not_finite
        Stop after the first step whose loss or parameters are not finite.
    held_out
        Rows to be evaluated at the end of each epoch.
    fast_path
        Let the one-unit model at one sample a step take its own loop, whose products and sums round one by one.

    Returns
    -------
    Outcome

    Raises
    ------
    TypeError, ValueError
        An argument does not fit; nothing has been changed.
    """
    optimizer = optimizer or PLAIN
    checked_theta(network, theta)
    checked_rows(network, X, Y)
    checked("rates", rates, "float64", 1)
    checked_slots(network, optimizer, slots)
    samples, steps = X.shape[0], rates.shape[0]
    if batch_size < 1:
        raise ValueError(f"batch_size: expected at least 1, got {batch_size}")
    if first_step < 0:
        raise ValueError(f"first_step: expected at least 0, got {first_step}")
    batch_size = min(batch_size, samples)
    per_epoch = -(-samples // batch_size)
    into_epoch = first_step % per_epoch if into_epoch is None else into_epoch
    updates = first_step if updates is None else updates
    if not 0 <= into_epoch < per_epoch:
        raise ValueError(f"into_epoch: expected 0 to {per_epoch - 1}, got {into_epoch}")
    if not 0 <= updates <= first_step:
        raise ValueError(f"updates: expected 0 to {first_step}, got {updates}")
    place = into_epoch * batch_size
    if order is not None:
        epochs = -(-(into_epoch + steps) // per_epoch)
        checked_order(order, samples, epochs, steps)
    if record is not None:
        checked_record(network, record, record_at, steps)
    if gradients is not None:
        checked_gradients(network, gradients, steps)
    if multipliers is not None:
        checked("multipliers", multipliers, "float64", 1, len(network.layers))
    if momenta is not None:
        checked("momenta", momenta, "float64", 1, steps)
        if not optimizer.has_momentum:
            raise ValueError(f"momenta: {optimizer.name} has no momentum here, so none to stand in for")
        if steps and not (momenta.min() >= 0 and momenta.max() < 1):
            raise ValueError("momenta: expected numbers >= 0 and < 1")
    if held_out is not None:
        checked_rows(network, held_out.X, held_out.Y, ("held_out.X", "held_out.Y"))
        checked_figures(network, held_out.figures, (into_epoch + steps) // per_epoch)
    if steps == 0:
        return Outcome(0, Status.DONE, 0, -1)
    online = (
        fast_path and batch_size == 1 and network.is_online and optimizer.is_plain and multipliers is None
    )  # fmt: skip
    kept = np.empty((steps, 3), network.dtype) if online and gradients is not None else gradients
    taken, status, bad_step, bad_parameter = _train.run_steps(
        network.plan, optimizer.plan, theta, slots, X, Y, rates, momenta, multipliers, batch_size, first_step,
        updates, place, order, record, record_at, online, target_error, min_steps, stop_not_finite, kept,
        *((None, None, None) if held_out is None else (held_out.X, held_out.Y, held_out.figures)),
    )  # fmt: skip
    if kept is not None and gradients is not None and kept is not gradients:
        places = np.arange(place, place + taken)
        rows = places % samples if order is None else order[places]
        gradients[:taken] = online_gradients(network, X[rows], kept[:taken, 2:])
    layer = network.layer_of(bad_parameter) if bad_parameter >= 0 else -1
    return Outcome(taken, Status(status), bad_step, bad_parameter, layer)


def _check_inputs(network: Network, X: FloatArray) -> None:
    checked("X", X, network.dtype, 2)
    if X.shape[1] != network.inputs:
        raise ValueError(f"X: expected {network.inputs} columns, got {X.shape[1]}")


def _layer_outputs(network: Network, theta: FloatArray, X: FloatArray, wanted: range) -> list[FloatArray | None]:
    checked_theta(network, theta)
    _check_inputs(network, X)
    units = [layer.units for layer in network.layers]
    outputs = [np.empty((X.shape[0], n), dtype=network.dtype) if k in wanted else None for k, n in enumerate(units)]
    if X.shape[0]:
        _train.layer_outputs(network.plan, theta, X, outputs)
    return outputs


def predict(network: Network, theta: FloatArray, X: FloatArray) -> FloatArray:
    """Outputs, shape (n, outputs), of the network at `theta` for X, shape (n, inputs)."""
    last = len(network.layers) - 1
    prediction = _layer_outputs(network, theta, X, range(last, last + 1))[-1]
    assert prediction is not None
    return prediction


def layer_outputs(network: Network, theta: FloatArray, X: FloatArray) -> list[FloatArray]:
    """Outputs, shape (n, units), of every layer (of a softmax: probabilities) for X, shape (n, inputs)."""
    outputs = _layer_outputs(network, theta, X, range(len(network.layers)))
    return [array for array in outputs if array is not None]


def loss_and_gradient(
    network: Network, theta: FloatArray, X: FloatArray, Y: FloatArray
) -> tuple[float, float, FloatArray]:
    """Loss (without penalties), mean absolute error and dL/d(theta) (with them), shape (n_parameters,), of all rows."""
    checked_theta(network, theta)
    checked_rows(network, X, Y)
    gradient = np.empty(network.n_parameters, dtype=network.dtype)
    loss, error, _ = _train.evaluate(network.plan, theta, X, Y, gradient)
    return loss, error, gradient


def evaluate(network: Network, theta: FloatArray, X: FloatArray, Y: FloatArray) -> dict[str, float]:
    """`network.metrics` over all rows: mean loss (without penalties), mean absolute error, accuracy."""
    checked_theta(network, theta)
    checked_rows(network, X, Y)
    return dict(zip(network.metrics, _train.evaluate(network.plan, theta, X, Y, None)))


def hessian_vector_product(
    network: Network, theta: FloatArray, X: FloatArray, Y: FloatArray, v: FloatArray
) -> FloatArray:
    """Derivative of `loss_and_gradient`'s gradient along v: shape (n_parameters,), exact (Pearlmutter, 1994).

    At a kink of an activation or a loss the side that the gradient takes counts.
    """
    checked_theta(network, theta)
    checked_rows(network, X, Y)
    checked("v", v, network.dtype, 1, network.n_parameters)
    product = np.empty_like(theta)
    _train.hessian_vector_product(network.plan, theta, X, Y, network.movable(v), product)
    return product
