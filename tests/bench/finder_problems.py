"""The 25 problems of the finder's bench: presets, toy sets and generated tables under all kinds of optimizers.

Each lists what it is made of as dotted keys; tables are drawn from a generator with a seed of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrsim.experiment import files
from lrsim.experiment.specs import Experiment

Table = tuple[NDArray[np.float64], NDArray[np.float64]]

DENSE = {"order": "shuffle", "test_fraction": 0.25}
CLASSES = {"loss": "binary_cross_entropy", "batch_size": 16}


def sine(draw: np.random.Generator) -> Table:
    """One wave and a half of a sine with noise."""
    x = draw.uniform(-1, 1, (200, 1))
    return x, np.sin(5 * x) + 0.05 * draw.normal(size=x.shape)


def friedman(draw: np.random.Generator) -> Table:
    """Friedman's first function of five features out of eight; targets about 3 to 28."""
    x = draw.uniform(0, 1, (400, 8))
    y = 10 * np.sin(np.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4]
    return x, (y + draw.normal(size=400))[:, None]


def raw_columns(draw: np.random.Generator) -> Table:
    """A line through columns of very different units."""
    x = draw.normal(size=(300, 4)) * [1.0, 30.0, 5.0, 100.0] + [0.0, 60.0, 2.0, 170.0]
    return x, (x @ [2.0, 0.1, -0.5, 0.03] + draw.normal(size=300))[:, None]


def collinear(draw: np.random.Generator) -> Table:
    """Least squares on twelve columns that nearly repeat each other."""
    shared = draw.normal(size=(150, 3))
    x = np.repeat(shared, 4, axis=1) + 0.15 * draw.normal(size=(150, 12))
    return x, (x @ draw.normal(size=12) + 0.1 * draw.normal(size=150))[:, None]


def overlapping(draw: np.random.Generator) -> Table:
    """Three classes that overlap, in four features."""
    labels = draw.integers(0, 3, 450)
    centres = np.array([[0, 0, 0, 0], [1.5, 0.5, 0, 1], [0, 1.5, 1, -1]], dtype=float)
    return centres[labels] + draw.normal(size=(450, 4)), labels[:, None].astype(float)


def moons(draw: np.random.Generator) -> Table:
    """Two half moons that reach into each other."""
    angle, upper = draw.uniform(0, np.pi, 300), np.arange(300) % 2
    x = np.where(upper, np.cos(angle), 1 - np.cos(angle))
    y = np.where(upper, np.sin(angle), 0.5 - np.sin(angle))
    return np.stack([x, y], axis=1) + 0.25 * draw.normal(size=(300, 2)), upper[:, None].astype(float)


def outliers(draw: np.random.Generator) -> Table:
    """A curve over two features, one target in twelve far off."""
    x = draw.normal(size=(360, 2))
    y = x[:, 0] ** 2 - x[:, 1] + 0.1 * draw.normal(size=360)
    return x, (y + np.where(draw.uniform(size=360) < 1 / 12, 8.0, 0.0))[:, None]


def two_targets(draw: np.random.Generator) -> Table:
    """Two targets at once, over three features."""
    x = draw.normal(size=(240, 3))
    y = np.stack([np.tanh(x @ [1.0, -1.0, 0.5]), np.cos(x[:, 0]) * x[:, 2]], axis=1)
    return x, y + 0.05 * draw.normal(size=y.shape)


def four_points(draw: np.random.Generator) -> Table:
    """The four rows of exclusive or."""
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
    return x, np.array([[0.0], [1.0], [1.0], [0.0]])


def table(make: Callable[[np.random.Generator], Table], seed: int, **keys: Any) -> dict[str, Any]:
    """A data section with the rows of a generated table."""
    x, y = make(np.random.default_rng(seed))
    return {"source": "table", "inputs": x.tolist(), "targets": y.tolist(), **DENSE, **keys}


def layers(activation: str, *units: int, last: str = "linear") -> dict[str, Any]:
    """A model section: hidden layers of one activation, then the output."""
    *hidden, outputs = units
    return {"layers": [*({"units": n, "activation": activation} for n in hidden),
                       {"units": outputs, "activation": last}]}  # fmt: skip


def preset(name: str, **sections: Mapping[str, Any]) -> Experiment:
    """A preset with some keys of its sections changed, and without what its own sweep asks for."""
    raw = files.to_dict(files.load(name))
    raw.pop("sweep", None)
    for section, keys in sections.items():
        raw[section] = {**raw[section], **keys}
    return files.from_dict(raw)


def own(data: Mapping[str, Any], model: Mapping[str, Any], training: Mapping[str, Any], **optimizer: Any) -> Experiment:
    """An experiment from its sections."""
    return files.from_dict({"data": data, "model": model, "training": training, "optimizer": optimizer})


def _presets() -> dict[str, Experiment]:
    found = {
        name: preset(name)
        for name in (
            "plane", "xor", "circle", "digits-adam", "bmi-linear-scaled", "bmi-mlp", "bmi-momentum",
            "rule-halving", "adaptive-four", "clip250-corrected",
        )
    }  # fmt: skip
    found["spiral"] = preset("spiral", training={"epochs": 400})
    found["spiral rmsprop"] = preset("spiral", training={"epochs": 400}, optimizer={"name": "rmsprop"})
    found["circle adadelta"] = preset("circle", optimizer={"name": "adadelta"})
    found["digits sgd"] = preset("digits-adam", optimizer={"name": "sgd"}, training={"epochs": 80})
    return found


def _own(seed: int) -> dict[str, Experiment]:
    spiral = {"source": "spiral", "samples": 300, "noise": 0.05, **DENSE}
    digits = {"source": "digits", "scale": "minmax", "limit": 600, **DENSE}
    entropy, squares = {"loss": "cross_entropy", "batch_size": 32}, {"loss": "mse", "batch_size": 32}
    deep = layers("tanh", 12, 12, 12, 12, 12, 1, last="sigmoid")
    return {
        "deep tanh adagrad": own(spiral, deep, {**CLASSES, "epochs": 200}, name="adagrad"),
        "deep tanh sgd": own(spiral, deep, {**CLASSES, "epochs": 200}, name="sgd"),
        "digits momentum": own(digits, layers("relu", 32, 10, last="softmax"), {**entropy, "epochs": 60},
                               name="sgd", momentum=0.9),
        "sine adam": own(table(sine, seed), layers("tanh", 16, 16, 1), {**squares, "epochs": 300}, name="adam"),
        "friedman momentum": own(table(friedman, seed, scale="standard"), layers("relu", 24, 1),
                                 {**squares, "epochs": 100}, name="sgd", momentum=0.9),
        "raw columns sgd": own(table(raw_columns, seed), layers("linear", 1), {**squares, "epochs": 100}, name="sgd"),
        "collinear full batch": own(table(collinear, seed, test_fraction=0.0), layers("linear", 1),
                                    {**squares, "batch_size": 150, "epochs": 400}, name="sgd"),
        "overlapping nadam": own(table(overlapping, seed, task="classification"),
                                 layers("tanh", 10, 3, last="softmax"), {**entropy, "epochs": 80}, name="nadam"),
        "moons hinge": own(table(moons, seed, task="classification"), layers("relu", 16, 1),
                           {"loss": "hinge", "batch_size": 10, "epochs": 100}, name="sgd"),
        "outliers huber rmsprop": own(table(outliers, seed), layers("tanh", 12, 1),
                                      {"loss": "huber", "batch_size": 24, "epochs": 120}, name="rmsprop"),
        "four points": own(table(four_points, seed, test_fraction=0.0, task="classification", order="cyclic"),
                           layers("tanh", 3, 1, last="sigmoid"),
                           {"loss": "binary_cross_entropy", "batch_size": 1, "epochs": 500}, name="sgd"),
    }  # fmt: skip


def problems(seed: int = 0) -> dict[str, Experiment]:
    """All problems by their names; another seed draws other tables."""
    return {**_presets(), **_own(seed)}
