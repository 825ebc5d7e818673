"""Small networks with data that fits them, for the tests of the kernel."""

from __future__ import annotations

import numpy as np

import lrsim_core
from lrsim_core import Layer, Network

HIDDEN = [name for name in lrsim_core.ACTIVATIONS if name != "softmax"]
NEEDS = {"cross_entropy": "softmax", "cross_entropy_clipped": "softmax", "binary_cross_entropy": "sigmoid"}


def outputs_for(loss):
    """Last activations that a loss takes."""
    return [NEEDS[loss]] if loss in NEEDS else list(lrsim_core.ACTIVATIONS)


PAIRS = [(activation, loss) for loss in lrsim_core.LOSSES for activation in outputs_for(loss)]
"""Every last activation with every loss that takes it."""


def network(hidden="tanh", output="linear", loss="mse", *, sizes=(3, 5, 2), dtype="float64", **given):
    """A network whose clip stands where the data goes over it."""
    names = [hidden] * (len(sizes) - 2) + [output]
    layers = tuple(Layer(units, name, limit=0.4, straight_through=False) for units, name in zip(sizes[1:], names))
    return Network(sizes[0], layers, loss=loss, dtype=dtype, **given)


def start(net, seed=0, scale=0.6):
    return (np.random.default_rng(seed).standard_normal(net.n_parameters) * scale).astype(net.dtype)


def data(net, rows=7, seed=1):
    """Inputs, and targets as the loss wants them."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((rows, net.inputs))
    if net.layers[-1].activation == "softmax":
        Y = np.eye(net.outputs)[rng.integers(0, net.outputs, rows)]
    elif net.loss in ("binary_cross_entropy", "hinge"):
        Y = rng.integers(0, 2, (rows, net.outputs))
    else:
        Y = rng.standard_normal((rows, net.outputs))
    return X.astype(net.dtype), np.ascontiguousarray(Y, dtype=net.dtype)


def pixels(net, rows, seed=1):
    """Inputs that are mostly 0, in patches, some columns of them always; and targets."""
    X, Y = data(net, rows, seed)
    rng = np.random.default_rng(seed)
    for row in X:
        first, length = rng.integers(0, net.inputs), rng.integers(1, max(2, net.inputs // 4))
        keep = np.zeros(net.inputs, bool)
        keep[first : first + length] = True
        row[~keep | (rng.random(net.inputs) < 0.3)] = 0
    X[:, 5 : net.inputs // 3] = 0
    return X, Y


def close(actual, expected, dtype, factor=1.0):
    """Within a few hundred roundings of the expected values' size."""
    expected = np.asarray(expected)
    size = max(1.0, float(np.max(np.abs(expected), initial=0.0)))
    tolerance = {"float32": 2e-5, "float64": 2e-13}[dtype] * factor
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance * size)
