"""The readable NumPy twin of the kernel: what each step is, one line a formula.

It is the specification, and what the tests compare the compiled code with. Formulas are the textbook ones
(Rumelhart, Hinton and Williams, 1986, for the backward pass).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .network import FloatArray, Layer, Network


def activate(layer: Layer, z: FloatArray) -> FloatArray:
    """f(z), element by element."""
    match layer.activation:
        case "linear":
            return z
        case "clip":
            return np.minimum(z, np.asarray(layer.limit, z.dtype))
        case "relu":
            return np.maximum(z, np.asarray(0, z.dtype))
        case "tanh":
            return np.tanh(z)
        case "sigmoid":
            e = np.exp(-np.abs(z))
            return np.where(z >= 0, 1 / (1 + e), e / (1 + e))
    raise ValueError(f"no activation {layer.activation!r}")


def slope(layer: Layer, a: FloatArray) -> FloatArray:
    """df/dz at the output a = f(z)."""
    one = np.ones_like(a)
    match layer.activation:
        case "linear":
            return one
        case "clip":
            return one if layer.straight_through else np.where(a < layer.limit, one, 0 * one)
        case "relu":
            return np.where(a > 0, one, 0 * one)
        case "tanh":
            return 1 - a * a
        case "sigmoid":
            return a * (1 - a)
    raise ValueError(f"no activation {layer.activation!r}")


def outputs(network: Network, theta: FloatArray, X: FloatArray) -> list[FloatArray]:
    """Outputs of every layer, the inputs first: shapes (n, inputs), (n, units), ..."""
    below = [X]
    for layer, (W, b) in zip(network.layers, network.unpack(theta)):
        below.append(activate(layer, below[-1] @ W + b))
    return below


def loss_and_error(network: Network, prediction: FloatArray, Y: FloatArray) -> tuple[float, float]:
    """Mean loss and mean absolute error over rows and outputs."""
    difference = prediction - Y
    scale = 0.5 if network.loss == "half_mse" else 1.0
    return float(np.mean(scale * difference * difference)), float(np.mean(np.abs(difference)))


def gradient(network: Network, theta: FloatArray, X: FloatArray, Y: FloatArray) -> FloatArray:
    """dL/d(theta), shape (n_parameters,)."""
    layer_outputs = outputs(network, theta, X)
    scale = 1.0 if network.loss == "half_mse" else 2.0
    d = scale * (layer_outputs[-1] - Y)
    if network.clip_gradient > 0:
        d = np.clip(d, -network.clip_gradient, network.clip_gradient)
    d = (d / Y.size).astype(theta.dtype)
    result = np.zeros_like(theta)
    parts = list(zip(network.layers, network.unpack(theta), network.unpack(result), layer_outputs, layer_outputs[1:]))
    for layer, (W, _), (dW, db), x, a in reversed(parts):
        dz = d * slope(layer, a)
        dW[...] = x.T @ dz
        share = x.sum(axis=1, keepdims=True) if network.bias_rule == "as_input" else 1
        db[...] = (share * dz).sum(axis=0)
        d = dz @ W.T
    return result


def batches(samples: int, batch_size: int, order: NDArray[np.intp] | None) -> Iterator[NDArray[np.intp]]:
    """Rows of one batch after the other, epoch after epoch; `order` holds epochs * samples places."""
    epoch = 0
    while order is None or (epoch + 1) * samples <= len(order):
        places = np.arange(samples) if order is None else order[epoch * samples : (epoch + 1) * samples]
        for start in range(0, samples, batch_size):
            yield places[start : start + batch_size]
        epoch += 1


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
) -> tuple[FloatArray, NDArray[np.float64]]:
    """Parameters after len(rates) steps, and a (steps, 2) array of loss and error; `theta` is left alone."""
    theta = theta.copy()
    rows = batches(len(X), batch_size, order)
    for _ in range(first_step % -(-len(X) // batch_size)):
        next(rows)
    record = np.empty((len(rates), 2))
    for k, rate in enumerate(rates):
        batch = next(rows)
        record[k] = loss_and_error(network, outputs(network, theta, X[batch])[-1], Y[batch])
        theta -= theta.dtype.type(rate) * gradient(network, theta, X[batch], Y[batch])
    return theta, record
