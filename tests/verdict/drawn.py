"""Small tables drawn from formulas, and experiments on them that are written in one line of a table of runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrsim.experiment import files as ex
from lrsim.experiment.keys import with_values
from lrsim.experiment.specs import Experiment

Table = tuple[NDArray[np.float64], NDArray[np.float64]]
Draw = Callable[[np.random.Generator, int, float], Table]
DIGITS = 6
"""After the point, so that every machine draws the same numbers."""


def _line(rng: np.random.Generator, rows: int, noise: float) -> Table:
    x = rng.uniform(-1, 1, (rows, 1))
    return x, 2 * x + 1 + noise * rng.normal(size=(rows, 1))


def _wave(rng: np.random.Generator, rows: int, noise: float) -> Table:
    x = rng.uniform(-3, 3, (rows, 1))
    return x, np.sin(2 * x) + noise * rng.normal(size=(rows, 1))


def _hills(rng: np.random.Generator, rows: int, noise: float) -> Table:
    x = rng.normal(size=(rows, 2))
    return x, np.sin(2 * x[:, :1]) + x[:, 1:] ** 2 + noise * rng.normal(size=(rows, 1))


def _units(rng: np.random.Generator, rows: int, noise: float) -> Table:
    """Features of very different size, as tables have them."""
    x = rng.normal(size=(rows, 3)) * [0.01, 1.0, 40.0] + [0.0, 0.0, 120.0]
    return x, x @ np.array([[100.0], [1.0], [0.02]]) + noise * rng.normal(size=(rows, 1))


def _many(rng: np.random.Generator, rows: int, noise: float) -> Table:
    """More features than tell anything."""
    x = rng.normal(size=(rows, 12))
    return x, x[:, :1] - 0.5 * x[:, 1:2] + noise * rng.normal(size=(rows, 1))


def _rare(rng: np.random.Generator, rows: int, noise: float) -> Table:
    """One class in eight rows, told by two features; more noise hides it."""
    x = rng.normal(size=(rows, 3))
    height = x[:, 0] + 0.7 * x[:, 1] + noise * rng.normal(size=rows)
    return x, (height > np.quantile(height, 7 / 8)).astype(float)[:, None]


def _coins(rng: np.random.Generator, rows: int, noise: float) -> Table:
    """Classes that have nothing to do with the features."""
    return rng.normal(size=(rows, 4)), rng.integers(0, 2, (rows, 1)).astype(float)


def _three(rng: np.random.Generator, rows: int, noise: float) -> Table:
    classes = np.arange(rows) % 3
    middles = np.array([[0.0, 1.5], [1.5, -1.0], [-1.5, -1.0]])
    return middles[classes] + (0.3 + noise) * rng.normal(size=(rows, 2)), classes.astype(float)[:, None]


DRAWS: dict[str, Draw] = {
    "line": _line, "wave": _wave, "hills": _hills, "units": _units, "many": _many, "rare": _rare, "coins": _coins,
    "three": _three,
}  # fmt: skip
CLASSES = {"rare": 2, "coins": 2, "three": 3}
"""How many the tables of classes have."""


def drawn(name: str, rows: int, noise: float, seed: int) -> dict[str, Any]:
    """The table `data` of an experiment on one of `DRAWS`."""
    inputs, targets = DRAWS[name](np.random.default_rng(seed), rows, noise)
    return {
        "source": "table",
        "inputs": inputs.round(DIGITS).tolist(),
        "targets": targets.round(DIGITS).tolist(),
        "task": "classification" if name in CLASSES else "regression",
    }


def experiment_of(run: dict[str, Any]) -> Experiment:
    """A run of the table: `draw`, or `source`, with `rows`, `noise` and `seed`; `layers` as units and activation.

    The last layer and the loss suit the data. `set` has all other settings by their keys.
    """
    rows, noise, seed = run["rows"], run.get("noise", 0.0), run.get("seed", 1)
    if "draw" in run:
        data = drawn(run["draw"], rows, noise, seed)
        classes = CLASSES.get(run["draw"], 0)
    else:
        data = {"source": run["source"], "samples": rows, "noise": noise, "seed": seed, "task": "classification"}
        classes = 2
    last, loss = {0: ((1, "linear"), "mse"), 2: ((1, "sigmoid"), "binary_cross_entropy")}.get(
        classes, ((classes, "softmax"), "cross_entropy")
    )
    layers = [{"units": units, "activation": bend} for units, bend in [*run.get("layers", ()), last]]
    plain = ex.from_dict({"data": data, "model": {"layers": layers}, "training": {"loss": loss}})
    return with_values(plain, list(run["set"].items()))
