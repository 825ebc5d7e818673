"""Checks of arguments at the public door: each raises TypeError or ValueError, naming the argument."""

from __future__ import annotations

from typing import Any

import numpy as np

from .network import Network
from .optimizer import Optimizer


def checked(name: str, array: Any, dtype: str, ndim: int, length: int | None = None) -> None:
    """A C-contiguous NumPy array of this dtype and number of dimensions, and of this length where one is given."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"{name}: expected a NumPy array, got {type(array).__name__}")
    if array.dtype != np.dtype(dtype):
        raise TypeError(f"{name}: expected dtype {dtype}, got {array.dtype}")
    if array.ndim != ndim:
        raise ValueError(f"{name}: expected {ndim} dimension{'s' if ndim > 1 else ''}, got shape {array.shape}")
    if not array.flags.c_contiguous or not array.flags.aligned:
        raise ValueError(f"{name}: expected a C-contiguous array")
    if length is not None and array.shape[0] != length:
        raise ValueError(f"{name}: expected {length} values, got {array.shape[0]}")


def checked_theta(network: Network, theta: Any) -> None:
    checked("theta", theta, network.dtype, 1)
    if theta.shape[0] != network.n_parameters:
        raise ValueError(f"theta: expected {network.n_parameters} parameters, got {theta.shape[0]}")


def checked_rows(network: Network, X: Any, Y: Any, names: tuple[str, str] = ("X", "Y")) -> None:
    checked(names[0], X, network.dtype, 2)
    checked(names[1], Y, network.dtype, 2)
    if X.shape[0] == 0:
        raise ValueError(f"{names[0]}: expected at least one row, got none")
    if X.shape[1] != network.inputs:
        raise ValueError(f"{names[0]}: expected {network.inputs} columns, got {X.shape[1]}")
    if Y.shape != (X.shape[0], network.outputs):
        raise ValueError(f"{names[1]}: expected shape {(X.shape[0], network.outputs)}, got {Y.shape}")


def checked_slots(network: Network, optimizer: Optimizer, slots: Any) -> None:
    if slots is None:
        if optimizer.n_slots:
            raise ValueError(f"slots: {optimizer.name} needs {optimizer.n_slots}; make them with Optimizer.new_slots")
        return
    checked("slots", slots, network.dtype, 2)
    if slots.shape != (optimizer.n_slots, network.n_parameters):
        raise ValueError(f"slots: expected shape {(optimizer.n_slots, network.n_parameters)}, got {slots.shape}")


def checked_order(order: Any, samples: int, epochs: int, steps: int) -> None:
    checked("order", order, np.dtype(np.intp).name, 1)
    if order.shape[0] < epochs * samples:
        raise ValueError(f"order: expected {epochs * samples} places for {steps} steps, got {order.shape[0]}")
    if order.size and (order.min() < 0 or order.max() >= samples):
        raise ValueError(f"order: expected samples 0 to {samples - 1}, got {order.min()} to {order.max()}")


def checked_gradients(network: Network, gradients: Any, steps: int) -> None:
    checked("gradients", gradients, network.dtype, 2, steps)
    if gradients.shape[1] != network.n_parameters:
        raise ValueError(f"gradients: expected {network.n_parameters} columns, got {gradients.shape[1]}")


def checked_figures(network: Network, figures: Any, epochs: int) -> None:
    checked("held_out.figures", figures, "float64", 2, len(network.metrics))
    if figures.shape[1] < epochs:
        raise ValueError(f"held_out.figures: expected room for {epochs} epochs, got {figures.shape[1]}")


def checked_record(network: Network, record: Any, record_at: int, steps: int) -> None:
    checked("record", record, network.dtype, 2)
    metrics = len(network.metrics)
    if record.shape[0] not in (metrics, metrics + network.n_parameters):
        raise ValueError(f"record: expected {metrics} or {metrics + network.n_parameters} rows, got {record.shape[0]}")
    if record_at < 0 or record_at + steps > record.shape[1]:
        raise ValueError(f"record: {steps} steps from {record_at} do not fit into {record.shape[1]} columns")
