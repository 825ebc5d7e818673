"""Evaluate losses and activations of Keras and PyTorch at a few points; values and slopes go to functions.json.

Run by hand, in an environment with NumPy, PyTorch and Keras on TensorFlow (none of them is needed by the tests):

    python tests/golden/record_functions.py

All in float64. ``activations``: f(x) and df/dx at each of ``points``. ``losses``: each case has rows of ``inputs``
(the last layer's values; for softmax and sigmoid those before it) with their ``targets``; ``values`` holds the loss
of each row alone and ``gradients`` its derivative with respect to that row's inputs. ``penalties``: value and
gradient of l1 and l2 over ``weights``.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="0")

import keras
import numpy as np
import tensorflow as tf
import torch

keras.config.set_floatx("float64")  # before any loss is made: it keeps the dtype of its birth

POINTS = [-1000.0, -100.0, -30.0, -8.0, -3.0, -1.0, -0.5, -1e-3, -1e-9,
          1e-9, 1e-3, 0.5, 1.0, 3.0, 8.0, 30.0, 100.0, 1000.0]  # fmt: skip

TORCH_ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "relu": torch.relu,
    "leaky_relu-0.125": lambda x: torch.nn.functional.leaky_relu(x, 0.125),
    "elu-1": torch.nn.functional.elu,
    "elu-0.75": lambda x: torch.nn.functional.elu(x, 0.75),
    # Above its threshold PyTorch's softplus is the identity; 40 moves that to where float64 cannot tell.
    "softplus": lambda x: torch.nn.functional.softplus(x, threshold=40),
    "gelu": torch.nn.functional.gelu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
}
KERAS_ACTIVATIONS: dict[str, Callable[[tf.Tensor], tf.Tensor]] = {
    "relu": keras.activations.relu,
    "leaky_relu-0.125": lambda x: keras.activations.leaky_relu(x, negative_slope=0.125),
    "elu-1": keras.activations.elu,
    "elu-0.75": lambda x: keras.activations.elu(x, alpha=0.75),
    "softplus": keras.activations.softplus,
    "gelu": keras.activations.gelu,
    "tanh": keras.activations.tanh,
    "sigmoid": keras.activations.sigmoid,
}

VALUES = [[0.3, -0.2], [1.5, 0.25], [-40.0, 40.0], [1e-4, -1e-4], [1000.0, -1000.0]]
TARGETS = [[0.1, 0.2], [-0.5, 0.2], [1.0, -1.0], [0.0, 0.0], [0.0, 0.0]]
LOGITS = [[0.3, -0.2, 0.1], [5.0, -5.0, 0.0], [40.0, 0.0, -40.0], [-40.0, 0.0, 40.0], [1000.0, 0.0, -1000.0],
          [20.0, 4.5, 0.0]]  # fmt: skip
ONE_HOT = [[0, 1, 0], [1, 0, 0], [1, 0, 0], [1, 0, 0], [0, 0, 1], [0, 1, 0]]
SIGMOID_INPUTS = [[0.3, -0.2], [5.0, -5.0], [40.0, 40.0], [1000.0, -1000.0], [-1000.0, 1000.0]]
BITS = [[0, 1], [1, 0], [0, 1], [1, 0], [1, 0]]


def clipped_cross_entropy(target: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Keras' loss of probabilities. A plain TensorFlow softmax: Keras' own would hand the logits over."""
    return keras.losses.CategoricalCrossentropy(from_logits=False)(target, tf.nn.softmax(logits))


# Name, library, settings, loss(target, input), inputs, targets.
LOSSES: tuple[tuple[str, str, dict[str, float], Any, Any, Any], ...] = (
    ("mse", "keras", {}, keras.losses.MeanSquaredError(), VALUES, TARGETS),
    ("mse", "torch", {}, lambda y, p: torch.nn.functional.mse_loss(p, y), VALUES, TARGETS),
    ("mae", "keras", {}, keras.losses.MeanAbsoluteError(), VALUES, TARGETS),
    ("mae", "torch", {}, lambda y, p: torch.nn.functional.l1_loss(p, y), VALUES, TARGETS),
    ("huber", "keras", {"huber_delta": 1.0}, keras.losses.Huber(), VALUES, TARGETS),
    ("huber", "keras", {"huber_delta": 0.5}, keras.losses.Huber(delta=0.5), VALUES, TARGETS),
    ("huber", "torch", {"huber_delta": 0.5}, lambda y, p: torch.nn.functional.huber_loss(p, y, delta=0.5),
     VALUES, TARGETS),
    ("cross_entropy", "keras", {}, keras.losses.CategoricalCrossentropy(from_logits=True), LOGITS, ONE_HOT),
    ("cross_entropy", "torch", {}, lambda y, p: torch.nn.functional.cross_entropy(p, y), LOGITS, ONE_HOT),
    ("cross_entropy_clipped", "keras", {}, clipped_cross_entropy, LOGITS, ONE_HOT),
    ("binary_cross_entropy", "keras", {}, keras.losses.BinaryCrossentropy(from_logits=True), SIGMOID_INPUTS, BITS),
    ("binary_cross_entropy", "torch", {},
     lambda y, p: torch.nn.functional.binary_cross_entropy_with_logits(p, y), SIGMOID_INPUTS, BITS),
    ("hinge", "keras", {}, keras.losses.Hinge(), SIGMOID_INPUTS, BITS),
)  # fmt: skip

WEIGHTS = [[0.5, -0.25, 3.0], [-1e-3, 20.0, 1.0]]


def torch_slope(f: Callable[[torch.Tensor], torch.Tensor], x: Any) -> tuple[list[Any], Any]:
    """f(x) and the gradient of its sum, as lists."""
    x = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    y = f(x)
    y.sum().backward()
    return y.detach().tolist(), x.grad.tolist()


def keras_slope(f: Callable[[tf.Tensor], tf.Tensor], x: Any) -> tuple[list[Any], Any]:
    """f(x) and the gradient of its sum, as lists."""
    x = tf.constant(x, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    return y.numpy().tolist(), tape.gradient(y, x).numpy().tolist()


def activations() -> list[dict[str, Any]]:
    found = []
    for library, table, slope in (("keras", KERAS_ACTIVATIONS, keras_slope), ("torch", TORCH_ACTIVATIONS, torch_slope)):
        for key, f in table.items():
            name, _, alpha = key.partition("-")
            values, slopes = slope(f, POINTS)
            found.append({"library": library, "activation": name, "alpha": float(alpha) if alpha else None,
                          "values": values, "slopes": slopes})  # fmt: skip
    return found


def losses() -> list[dict[str, Any]]:
    found = []
    for name, library, settings, loss, inputs, targets in LOSSES:
        values, gradients = [], []
        for row, target in zip(inputs, targets):
            if library == "keras":
                y = tf.constant([target], tf.float64)
                value, gradient = keras_slope(lambda p, y=y, loss=loss: loss(y, p), [row])
            else:
                y = torch.tensor([target], dtype=torch.float64)
                value, gradient = torch_slope(lambda p, y=y, loss=loss: loss(y, p), [row])
            values.append(value)
            gradients.append(gradient[0])
        found.append({"loss": name, "library": library, **settings, "inputs": inputs, "targets": targets,
                      "values": values, "gradients": gradients})  # fmt: skip
    return found


def penalties() -> list[dict[str, Any]]:
    found = []
    for l1, l2 in ((2**-7, 0.0), (0.0, 2**-6), (2**-7, 2**-6)):
        value, gradient = keras_slope(keras.regularizers.L1L2(l1=l1, l2=l2), WEIGHTS)
        found.append({"l1": l1, "l2": l2, "weights": WEIGHTS, "value": value, "gradient": gradient})
    return found


def main() -> None:
    versions = {"keras": keras.__version__, "tensorflow": tf.__version__, "torch": torch.__version__,
                "numpy": np.__version__, "python": platform.python_version()}  # fmt: skip
    sections = {"activations": activations(), "losses": losses(), "penalties": penalties()}

    def text(value: Any) -> str:
        return json.dumps(value, separators=(",", ":"), allow_nan=False)

    parts = [f'"versions":{text(versions)}', f'"points":{text(POINTS)}']
    parts += [f'"{name}":[\n' + ",\n".join(map(text, cases)) + "]" for name, cases in sections.items()]
    Path(__file__).with_name("functions.json").write_text("{" + ",\n".join(parts) + "}\n")


if __name__ == "__main__":
    main()
