"""Train two small networks with every optimizer of Keras and PyTorch and write what came out to optimizers.json.

Run by hand, in an environment with NumPy, PyTorch and Keras on TensorFlow (none of them is needed by the tests):

    python tests/golden/record_optimizers.py

`optimizers.json` holds everything needed to repeat each case: start weights, data, batch size, rates, settings.

- ``versions``: the libraries that were run.
- ``defaults``: per flavor and optimizer, the library's own defaults under the names of the experiment file.
- ``networks``: layers, loss, start weights ``[W1, b1, ...]`` with W (inputs, units), data X, Y and batch size;
  batches are cyclic and the last of an epoch is partial.
- ``cases``: ``rates`` are ``[first step, rate]`` pairs, each in force until the next; ``parameters`` holds the
  flat vector (W1, b1, W2, ... row by row) after the named steps; ``losses`` the loss of the same steps' batches
  before the update, without the penalty of l1 and l2.

Old Keras' ``decay`` has no live library for most optimizers: its rate lr / (1 + decay * updates) is computed here
and handed to the library step by step. PyTorch's Adagrad has it as ``lr_decay``, and that is used.
"""

from __future__ import annotations

import inspect
import json
import os
import platform
from itertools import pairwise
from pathlib import Path
from typing import Any

os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="0")

import keras
import numpy as np
import tensorflow as tf
import torch

STEPS = 50
KEPT = (1, 2, 20, 21, 50)
DIGITS = {"float32": 9, "float64": 13}  # significant: exact in float32, a thousandth of what the tests allow in float64
# The same case in float32 and float64 may differ by this much: more would mean that rounding is amplified
# and that the case says nothing about the formula.
WELL_CONDITIONED = 1e-5

# Our name of a setting -> the library's.
TORCH_NAMES = {"epsilon": "eps", "initial_accumulator": "initial_accumulator_value"}
KERAS_NAMES = {"initial_accumulator": "initial_accumulator_value"}
TORCH_CLASSES = {
    "sgd": torch.optim.SGD, "adagrad": torch.optim.Adagrad, "adadelta": torch.optim.Adadelta,
    "rmsprop": torch.optim.RMSprop, "adam": torch.optim.Adam, "adamax": torch.optim.Adamax,
    "adamw": torch.optim.AdamW, "nadam": torch.optim.NAdam,
}  # fmt: skip
KERAS_CLASSES = {
    "sgd": keras.optimizers.SGD, "adagrad": keras.optimizers.Adagrad, "adadelta": keras.optimizers.Adadelta,
    "rmsprop": keras.optimizers.RMSprop, "adam": keras.optimizers.Adam, "adamax": keras.optimizers.Adamax,
    "adamw": keras.optimizers.AdamW, "nadam": keras.optimizers.Nadam,
}  # fmt: skip
SETTINGS = {
    "sgd": ("momentum", "nesterov"),
    "adagrad": ("epsilon", "initial_accumulator"),
    "adadelta": ("rho", "epsilon"),
    "rmsprop": ("rho", "momentum", "epsilon"),
    "adam": ("beta_1", "beta_2", "epsilon"),
    "adamax": ("beta_1", "beta_2", "epsilon"),
    "adamw": ("beta_1", "beta_2", "epsilon", "weight_decay"),
    "nadam": ("beta_1", "beta_2", "epsilon", "momentum_decay"),
}


def defaults() -> dict[str, dict[str, dict[str, Any]]]:
    """Each library's defaults, read from the signatures of its optimizers."""
    found: dict[str, dict[str, dict[str, Any]]] = {"keras": {}, "torch": {}}
    for name, settings in SETTINGS.items():
        keras_signature = inspect.signature(KERAS_CLASSES[name]).parameters
        torch_signature = inspect.signature(TORCH_CLASSES[name]).parameters
        betas = torch_signature["betas"].default if "betas" in torch_signature else (None, None)
        torch_names = {**TORCH_NAMES, "rho": "alpha" if name == "rmsprop" else "rho"}
        found["keras"][name] = {"lr": keras_signature["learning_rate"].default} | {
            key: keras_signature[KERAS_NAMES.get(key, key)].default for key in settings if key != "momentum_decay"
        }
        found["torch"][name] = {"lr": torch_signature["lr"].default} | {
            key: betas[key == "beta_2"]
            if key.startswith("beta_")
            else torch_signature[torch_names.get(key, key)].default
            for key in settings
        }
    return found


DEFAULTS = defaults()

# Optimizer, base rate, settings that are not the default.
OPTIMIZERS: tuple[tuple[str, float, dict[str, Any]], ...] = (
    ("sgd", 0.1, {}),
    ("sgd", 0.05, {"momentum": 0.9}),
    ("sgd", 0.05, {"momentum": 0.8, "nesterov": True}),
    ("sgd", 0.05, {"momentum": 0.9, "decay": 0.05}),
    ("adagrad", 0.1, {}),
    ("adagrad", 0.1, {"epsilon": 1e-3, "initial_accumulator": 0.5}),
    ("adagrad", 0.1, {"decay": 0.05}),
    ("adadelta", 1.0, {}),
    ("adadelta", 2.0, {"rho": 0.8, "epsilon": 1e-4}),
    ("rmsprop", 0.01, {}),
    ("rmsprop", 0.01, {"rho": 0.8, "epsilon": 1e-3}),
    ("rmsprop", 0.002, {"momentum": 0.9}),
    ("adam", 0.02, {}),
    ("adam", 0.02, {"beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-3}),
    ("adam", 0.02, {"decay": 0.1}),
    ("adamax", 0.02, {}),
    ("adamax", 0.02, {"beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-3}),
    ("adamw", 0.02, {}),
    ("adamw", 0.02, {"beta_1": 0.8, "weight_decay": 0.5}),
    ("nadam", 0.02, {}),
    ("nadam", 0.02, {"beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-3}),
)


def network(seed: int, widths: list[int], activations: list[dict[str, Any]], loss: str) -> dict[str, Any]:
    """Start weights and data, short decimals so that the file is exact and easy to read."""
    generator = np.random.default_rng(seed)
    weights: list[Any] = []
    for inputs, units in pairwise(widths):
        weights += [generator.normal(0, 0.6, (inputs, units)).round(2).tolist(),
                    generator.normal(0, 0.2, units).round(2).tolist()]  # fmt: skip
    rows = 11
    X = generator.normal(0, 1, (rows, widths[0])).round(2)
    outputs = widths[-1]
    if loss in ("cross_entropy", "cross_entropy_clipped"):
        Y = np.eye(outputs)[generator.integers(0, outputs, rows)]
    elif loss in ("binary_cross_entropy", "hinge"):
        Y = generator.integers(0, 2, (rows, outputs)).astype(float)
    else:
        Y = generator.normal(0, 1, (rows, outputs)).round(2)
    layers = [{"units": units, **activation} for units, activation in zip(widths[1:], activations)]
    return {"inputs": widths[0], "layers": layers, "loss": loss, "batch_size": 4, "weights": weights,
            "X": X.tolist(), "Y": Y.tolist()}  # fmt: skip


def act(name: str, **more: float) -> dict[str, Any]:
    return {"activation": name, **more}


# The alphas, and the penalties below, are exact in float32: TensorFlow keeps such constants in float32.
NETWORKS = {
    "tanh-mse": network(1, [3, 5, 2], [act("tanh"), act("linear")], "mse"),
    "relu-softmax": network(2, [3, 5, 3], [act("relu"), act("softmax")], "cross_entropy"),
    "elu-huber": {**network(3, [3, 4, 2], [act("elu", alpha=0.75), act("linear")], "huber"), "huber_delta": 0.5},
    "leaky-mae": network(4, [3, 4, 2], [act("leaky_relu", alpha=0.125), act("linear")], "mae"),
    "gelu-bce": network(5, [3, 4, 2], [act("gelu"), act("sigmoid")], "binary_cross_entropy"),
    "softplus-hinge": network(6, [3, 4, 2], [act("softplus"), act("linear")], "hinge"),
    "sigmoid-clipped": network(7, [3, 4, 4], [act("sigmoid"), act("softmax")], "cross_entropy_clipped"),
}


def rates_of(case: dict[str, Any]) -> np.ndarray:
    """Rate of each step as the library shall use it: steps of the rate and old Keras' decay."""
    rates = np.empty(STEPS)
    for first, rate in case["rates"]:
        rates[first - 1 :] = rate
    if case["library"] == "torch" and case["optimizer"]["name"] == "adagrad":
        return rates  # has lr_decay of its own
    return rates / (1 + case["optimizer"].get("decay", 0.0) * np.arange(STEPS))


def batches(net: dict[str, Any]) -> list[slice]:
    rows, size = len(net["X"]), net["batch_size"]
    starts = [start for _ in range(STEPS) for start in range(0, rows, size)]
    return [slice(start, min(start + size, rows)) for start in starts[:STEPS]]


def renamed(case: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    given = {key: value for key, value in case["optimizer"].items() if key not in ("name", "decay")}
    return {names.get(key, key): value for key, value in given.items()}


def torch_activation(layer: dict[str, Any], z: torch.Tensor) -> torch.Tensor:
    functional = torch.nn.functional
    match layer["activation"]:
        case "linear":
            return z
        case "leaky_relu":
            return functional.leaky_relu(z, layer["alpha"])
        case "elu":
            return functional.elu(z, layer["alpha"])
        case name:
            return getattr(functional, name)(z)


def torch_loss(net: dict[str, Any], last: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    functional = torch.nn.functional
    match net["loss"]:
        case "mse":
            return functional.mse_loss(last, target)
        case "mae":
            return functional.l1_loss(last, target)
        case "huber":
            return functional.huber_loss(last, target, delta=net["huber_delta"])
        case "cross_entropy":
            return functional.cross_entropy(last, target)
        case "binary_cross_entropy":
            return functional.binary_cross_entropy_with_logits(last, target)
    raise ValueError(f"PyTorch has no {net['loss']}")


def train_torch(case: dict[str, Any], dtype: str) -> tuple[list[np.ndarray], list[float]]:
    """Parameters after each step and loss of each step."""
    net = NETWORKS[case["network"]]
    real = getattr(torch, dtype)
    weights = [torch.tensor(w, dtype=real, requires_grad=True) for w in net["weights"]]
    X, Y = torch.tensor(net["X"], dtype=real), torch.tensor(net["Y"], dtype=real)
    given = renamed(case, TORCH_NAMES)
    if "rho" in given and case["optimizer"]["name"] == "rmsprop":
        given["alpha"] = given.pop("rho")
    if "beta_1" in given or "beta_2" in given:
        given["betas"] = (given.pop("beta_1", 0.9), given.pop("beta_2", 0.999))
    if case["optimizer"]["name"] == "adagrad":
        given["lr_decay"] = case["optimizer"].get("decay", 0.0)
    multipliers = case.get("multipliers", [1.0] * len(net["layers"]))
    groups = [{"params": weights[2 * k : 2 * k + 2]} for k in range(len(multipliers))]
    optimizer = TORCH_CLASSES[case["optimizer"]["name"]](groups, lr=1.0, **given)
    parameters, losses = [], []
    for step, (rate, rows) in enumerate(zip(rates_of(case), batches(net))):
        for group, multiplier in zip(optimizer.param_groups, multipliers):
            group["lr"] = float(rate * multiplier)
            if "momenta" in case and "betas" in group:
                group["betas"] = (case["momenta"][step], group["betas"][1])
            elif "momenta" in case:
                group["momentum"] = case["momenta"][step]
        below = X[rows]
        for k, layer in enumerate(net["layers"]):
            below = below @ weights[2 * k] + weights[2 * k + 1]
            if k < len(net["layers"]) - 1:
                below = torch_activation(layer, below)
        loss = torch_loss(net, below, Y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        parameters.append(np.concatenate([w.detach().numpy().ravel() for w in weights]))
    return parameters, losses


def keras_activation(layer: dict[str, Any]) -> Any:
    activation = getattr(keras.activations, layer["activation"])
    match layer["activation"]:
        case "leaky_relu":
            return lambda z: activation(z, negative_slope=layer["alpha"])
        case "elu":
            return lambda z: activation(z, alpha=layer["alpha"])
    return activation


def clipped_cross_entropy(target: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Keras' loss of probabilities. A plain TensorFlow softmax: Keras' own would hand the logits over."""
    return keras.losses.CategoricalCrossentropy(from_logits=False)(target, tf.nn.softmax(logits))


def keras_loss(net: dict[str, Any]) -> Any:
    """Loss of the last layer's values before its softmax or sigmoid."""
    match net["loss"]:
        case "mse":
            return keras.losses.MeanSquaredError()
        case "mae":
            return keras.losses.MeanAbsoluteError()
        case "huber":
            return keras.losses.Huber(delta=net["huber_delta"])
        case "cross_entropy":
            return keras.losses.CategoricalCrossentropy(from_logits=True)
        case "binary_cross_entropy":
            return keras.losses.BinaryCrossentropy(from_logits=True)
        case "hinge":
            return keras.losses.Hinge()
        case "cross_entropy_clipped":
            return clipped_cross_entropy
    raise ValueError(f"Keras has no {net['loss']}")


def keras_optimizer(case: dict[str, Any], dtype: str) -> Any:
    """The optimizer with every setting in the dtype of the run: Keras takes a plain float through float32."""
    name = case["optimizer"]["name"]
    settings = {KERAS_NAMES.get(key, key): value for key, value in DEFAULTS["keras"][name].items() if key != "lr"}
    settings |= renamed(case, KERAS_NAMES)
    real = np.float64 if dtype == "float64" else float
    typed = {key: real(value) if isinstance(value, float) else value for key, value in settings.items()}
    return KERAS_CLASSES[name](learning_rate=1.0, **typed)


def train_keras(case: dict[str, Any], dtype: str) -> tuple[list[np.ndarray], list[float]]:
    """Parameters after each step and loss of each step."""
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    net = NETWORKS[case["network"]]
    penalty = keras.regularizers.L1L2(l1=case.get("l1", 0.0), l2=case.get("l2", 0.0))
    activations = [keras_activation(layer) for layer in net["layers"][:-1]] + [None]
    model = keras.Sequential([keras.Input((net["inputs"],))] + [
        keras.layers.Dense(layer["units"], activation=activation, kernel_regularizer=penalty)
        for layer, activation in zip(net["layers"], activations)
    ])  # fmt: skip
    model.set_weights([np.array(w, dtype) for w in net["weights"]])
    optimizer = keras_optimizer(case, dtype)
    X, Y = np.array(net["X"], dtype), np.array(net["Y"], dtype)
    loss_of = keras_loss(net)
    parameters, losses = [], []
    for step, (rate, rows) in enumerate(zip(rates_of(case), batches(net))):
        optimizer.learning_rate = float(rate)
        if "momenta" in case:
            name = "momentum" if hasattr(optimizer, "momentum") else "beta_1"
            setattr(optimizer, name, np.float64(case["momenta"][step]))
        with tf.GradientTape() as tape:
            loss = loss_of(Y[rows], model(X[rows]))
            whole = loss + sum(model.losses)
        optimizer.apply(tape.gradient(whole, model.trainable_variables), model.trainable_variables)
        losses.append(float(loss))
        parameters.append(np.concatenate([w.ravel() for w in model.get_weights()]))
    return parameters, losses


TRAIN = {"torch": train_torch, "keras": train_keras}


def name_of(optimizer: dict[str, Any]) -> str:
    given = [f"{key}={value:g}" if not isinstance(value, bool) else key for key, value in optimizer.items()
             if key != "name"]  # fmt: skip
    return "-".join([optimizer["name"], *given])


def cases() -> list[dict[str, Any]]:
    """Every case, without its results."""
    found: list[dict[str, Any]] = []

    def add(library: str, net: str, dtype: str, rate: float, optimizer: dict[str, Any], note: str = "", **more: Any):
        found.append({
            "id": "-".join(part for part in (library, name_of(optimizer), note, net, dtype) if part),
            "library": library, "network": net, "dtype": dtype, "optimizer": optimizer,
            "rates": [[1, rate], [21, rate / 5], [36, rate]], **more,
        })  # fmt: skip

    for library in ("keras", "torch"):
        for name, rate, given in OPTIMIZERS:
            for net, dtype in (("tanh-mse", "float64"), ("relu-softmax", "float32")):
                add(library, net, dtype, rate, {"name": name, **given})
        add(library, "relu-softmax", "float64", 0.02, {"name": "adam"})
        add(library, "tanh-mse", "float32", 0.05, {"name": "sgd", "momentum": 0.9})
        rising = np.concatenate([np.linspace(0.95, 0.8, 25), np.linspace(0.8, 0.95, 25)]).round(4).tolist()
        add(library, "tanh-mse", "float64", 0.02, {"name": "sgd", "momentum": 0.9}, "momenta", momenta=rising)
        add(library, "tanh-mse", "float64", 0.02, {"name": "adam"}, "momenta", momenta=rising)
        for net in ("elu-huber", "leaky-mae", "gelu-bce"):
            # TensorFlow's gelu divides by a square root of 2 that is exact in float32 only.
            exact = not (library == "keras" and net == "gelu-bce")
            add(library, net, "float64" if exact else "float32", 0.1, {"name": "sgd"})
    add("torch", "tanh-mse", "float64", 0.02, {"name": "nadam", "momentum_decay": 0.05})
    for name, rate in (("sgd", 0.1), ("adam", 0.02), ("adamw", 0.02)):
        add("torch", "tanh-mse", "float64", rate, {"name": name}, "multipliers", multipliers=[0.25, 2.0])
    for net in ("softplus-hinge", "sigmoid-clipped"):
        add("keras", net, "float64", 0.1, {"name": "sgd"})
    add("keras", "tanh-mse", "float64", 0.1, {"name": "sgd"}, "penalty", l1=2**-8, l2=2**-6)
    add("keras", "relu-softmax", "float64", 0.02, {"name": "adam"}, "penalty", l1=2**-8, l2=2**-6)
    return found


def rounded(values: Any, digits: int) -> list[float]:
    return [float(f"{value:.{digits}g}") for value in values]


def record(case: dict[str, Any]) -> dict[str, Any]:
    """The case with its results; a case that float32 cannot follow is refused."""
    ours, other = case["dtype"], "float32" if case["dtype"] == "float64" else "float64"
    train = TRAIN[case["library"]]
    (parameters, losses), (check, _) = train(case, ours), train(case, other)
    drift = np.abs(parameters[-1] - check[-1]).max() / np.abs(check[-1]).max()
    if not drift < WELL_CONDITIONED:
        raise RuntimeError(f"{case['id']}: float32 and float64 are {drift:.1e} apart, choose other settings")
    return {
        **case,
        "parameters": {str(step): rounded(parameters[step - 1], DIGITS[ours]) for step in KEPT},
        "losses": dict(zip(map(str, KEPT), rounded([losses[step - 1] for step in KEPT], DIGITS[ours]))),
    }


def main() -> None:
    versions = {"keras": keras.__version__, "tensorflow": tf.__version__, "torch": torch.__version__,
                "numpy": np.__version__, "python": platform.python_version()}  # fmt: skip
    recorded = [record(case) for case in cases()]

    def lines(items: list[str]) -> str:
        return ",\n".join(items)

    def text(value: Any) -> str:
        return json.dumps(value, separators=(",", ":"), allow_nan=False)

    Path(__file__).with_name("optimizers.json").write_text(
        f'{{"versions":{text(versions)},\n"defaults":{text(DEFAULTS)},\n"networks":{{\n'
        + lines([f'"{name}":{text(net)}' for name, net in NETWORKS.items()])
        + '},\n"cases":[\n' + lines([text(case) for case in recorded]) + "]}\n"
    )  # fmt: skip


if __name__ == "__main__":
    main()
