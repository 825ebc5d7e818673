"""One step, opened: every array between the batch and the new parameters, the same bits as the closed step's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import train as _train
from .checks import checked, checked_order, checked_rows, checked_slots, checked_theta
from .network import FloatArray, Network
from .optimizer import Optimizer


@dataclass(frozen=True)
class OpenStep:
    """All of one step. Arrays are copies: nothing of the caller's has been changed.

    Iterating gives the stages in the order of the arithmetic, each a name and its value: ``inputs``, ``targets``, for
    each layer k (from 1) ``z{k}`` and ``output{k}``, ``loss``, from the last layer down ``dz{k}``, ``dW{k}`` and
    ``db{k}``, then ``gradient``, ``update``, ``theta``.

    Attributes
    ----------
    rows
        Samples of the batch, shape (n,).
    inputs, targets
        (n, inputs) and (n, outputs).
    z, outputs
        Of each layer, (n, units): before and after its activation.
    loss, error, accuracy
        Means over the batch, without penalties; accuracy None where the network has none.
    dz
        Of each layer, (n, units): derivative of the mean loss by z.
    dW, db
        Of each layer, (inputs, units) and (units,): views of `gradient`.
    gradient
        Derivative of the mean loss and the penalties by each parameter, (n_parameters,).
    update
        theta_after - theta_before.
    theta_before, theta_after
        (n_parameters,).
    slots_before, slots_after
        (n_slots, n_parameters).
    """

    rows: NDArray[np.intp]
    inputs: FloatArray
    targets: FloatArray
    z: tuple[FloatArray, ...]
    outputs: tuple[FloatArray, ...]
    loss: float
    error: float
    accuracy: float | None
    dz: tuple[FloatArray, ...]
    dW: tuple[FloatArray, ...]
    db: tuple[FloatArray, ...]
    gradient: FloatArray
    update: FloatArray
    theta_before: FloatArray
    theta_after: FloatArray
    slots_before: FloatArray
    slots_after: FloatArray

    @property
    def predictions(self) -> FloatArray:
        """Outputs of the last layer."""
        return self.outputs[-1]

    def __iter__(self) -> Iterator[tuple[str, FloatArray | float]]:
        yield "inputs", self.inputs
        yield "targets", self.targets
        for k, (z, output) in enumerate(zip(self.z, self.outputs), start=1):
            yield f"z{k}", z
            yield f"output{k}", output
        yield "loss", self.loss
        for k in range(len(self.z), 0, -1):
            yield f"dz{k}", self.dz[k - 1]
            yield f"dW{k}", self.dW[k - 1]
            yield f"db{k}", self.db[k - 1]
        yield "gradient", self.gradient
        yield "update", self.update
        yield "theta", self.theta_after


def open_step(
    network: Network,
    theta: FloatArray,
    X: FloatArray,
    Y: FloatArray,
    rate: float,
    *,
    optimizer: Optimizer | None = None,
    slots: FloatArray | None = None,
    multipliers: NDArray[np.float64] | None = None,
    momentum: float | None = None,
    step: int = 0,
    into_epoch: int | None = None,
    updates: int | None = None,
    batch_size: int = 1,
    order: NDArray[np.intp] | None = None,
    fast_path: bool = True,
) -> OpenStep:
    """The step that `run_steps` would take next from here, with all that is worked out on the way.

    Parameters
    ----------
    network, theta, X, Y, optimizer, slots, multipliers, into_epoch, updates, batch_size, fast_path
        As for `run_steps`; nothing is changed.
    rate
        Learning rate of the step.
    momentum
        In place of the optimizer's own (of Adam and its kin: of beta_1).
    step
        Steps done before this one.
    order
        Sample at each place, at least (n,): the epoch at hand.

    Raises
    ------
    TypeError, ValueError
        An argument does not fit.
    """
    optimizer = optimizer or Optimizer()
    checked_theta(network, theta)
    checked_rows(network, X, Y)
    checked_slots(network, optimizer, slots)
    if multipliers is not None:
        checked("multipliers", multipliers, "float64", 1, len(network.layers))
    if batch_size < 1:
        raise ValueError(f"batch_size: expected at least 1, got {batch_size}")
    if step < 0:
        raise ValueError(f"step: expected at least 0, got {step}")
    if momentum is not None and not (optimizer.has_momentum and 0 <= momentum < 1):
        raise ValueError(f"momentum: expected a number >= 0 and < 1 for an optimizer that has one, got {momentum}")
    if order is not None:
        checked_order(order, X.shape[0], 1, 1)
    rows = _batch(X.shape[0], batch_size, step if into_epoch is None else into_epoch, order)
    inputs, targets, after = X[rows], Y[rows], theta.copy()
    slots_after = np.empty((0, theta.shape[0]), theta.dtype) if slots is None else slots.copy()
    rates = np.array([rate], dtype=np.float64)
    online = fast_path and min(batch_size, X.shape[0]) == 1 and network.is_online and optimizer.is_plain
    record = np.empty((3, 1), dtype=network.dtype)
    if online and multipliers is None:
        z, outputs, dz, gradient = _online(network, optimizer, after, inputs, targets, rates, record)
    else:
        z, outputs, dz = (
            [np.empty((len(rows), layer.units), dtype=network.dtype) for layer in network.layers] for _ in range(3)
        )
        gradient = np.empty_like(theta)
        momenta = None if momentum is None else np.array([momentum], dtype=np.float64)
        _train.open_step(
            network.plan, optimizer.plan, after, slots_after, inputs, targets, rates, momenta, multipliers,
            step if updates is None else updates, record, z, outputs, dz, gradient,
        )  # fmt: skip
    parts = network.unpack(gradient)
    with np.errstate(over="ignore", invalid="ignore"):
        update = after - theta
    return OpenStep(
        rows=rows,
        inputs=inputs,
        targets=targets,
        z=tuple(z),
        outputs=tuple(outputs),
        loss=float(record[0, 0]),
        error=float(record[1, 0]),
        accuracy=float(record[2, 0]) if "accuracy" in network.metrics else None,
        dz=tuple(dz),
        dW=tuple(dW for dW, _ in parts),
        db=tuple(db for _, db in parts),
        gradient=gradient,
        update=update,
        theta_before=theta.copy(),
        theta_after=after,
        slots_before=slots_after[:0] if slots is None else slots.copy(),
        slots_after=slots_after,
    )


def _batch(samples: int, batch_size: int, step: int, order: NDArray[np.intp] | None) -> NDArray[np.intp]:
    batch_size = min(batch_size, samples)
    first = step % -(-samples // batch_size) * batch_size
    places = np.arange(first, min(first + batch_size, samples))
    return places if order is None else order[places]


def _online(
    network: Network,
    optimizer: Optimizer,
    theta: FloatArray,
    inputs: FloatArray,
    targets: FloatArray,
    rates: NDArray[np.float64],
    record: FloatArray,
) -> tuple[list[FloatArray], list[FloatArray], list[FloatArray], FloatArray]:
    trace = np.empty(3, dtype=network.dtype)
    _train.open_online(network.plan, optimizer.plan, theta, inputs, targets, rates, record, trace)
    z, output, dz = (value.reshape(1, 1).copy() for value in trace)
    return [z], [output], [dz], online_gradients(network, inputs, dz)[0]


def online_gradients(network: Network, inputs: FloatArray, dz: FloatArray) -> FloatArray:
    """Of one unit on one sample each, shape (n, n_parameters), from inputs of shape (n, inputs) and dL/dz, (n, 1)."""
    ones = np.ones((len(inputs), 1), dtype=network.dtype)
    share = inputs.sum(axis=1, keepdims=True) if network.bias_rule == "as_input" else ones
    with np.errstate(over="ignore", invalid="ignore"):  # as in the closed step, which tells it in its row
        return np.concatenate([inputs * dz, share * dz], axis=1)
