"""What a run is advised, from its figures to the sentence: the cause that its data were made to have, and which way.

Each kind of run stands for reports of people whose rate was not to blame, or who were sent the wrong way.
"""

from __future__ import annotations

import math
import re
from typing import Any, NamedTuple

import numpy as np
import pytest

from lrsim.experiment import files
from lrsim.runs.result import Result
from lrsim.runs.run import run
from lrsim.training import engine


def experiment(inputs: Any, targets: Any, layers: list[tuple[int, str]], lr: float, **more: Any) -> dict[str, Any]:
    """A run on a small table; keyword arguments are keys of its parts, such as `training__epochs`."""
    raw: dict[str, dict[str, Any]] = {
        "data": {"source": "table", "inputs": np.asarray(inputs, float).tolist(), "targets": list(targets)},
        "model": {"layers": [{"units": units, "activation": kind} for units, kind in layers]},
        "training": {"epochs": 60, "batch_size": 16},
        "optimizer": {"lr": lr},
    }
    for key, value in more.items():
        part, _, name = key.partition("__")
        raw.setdefault(part, {})[name] = value
    return raw


def advised(raw: dict[str, Any], trials: float = 1.0) -> Result:
    return run(engine.build(files.from_dict(raw)), trials=trials)


# --- tables that have one trouble each


def clouds(count: int, classes: int = 3, width: float = 0.6) -> tuple[list[list[float]], list[int]]:
    """Classes that lie apart."""
    codes = [k % classes for k in range(count)]
    centres = [(2.0 * k, -1.0 * k) for k in range(classes)]
    g = np.random.default_rng(count)
    return [[*(np.array(centres[k]) + width * g.normal(size=2))] for k in codes], codes


def by_chance(count: int, share: float, signal: float, seed: int = 0) -> tuple[list[list[float]], list[int]]:
    """Two classes, the second one of so large a share, of which the inputs say as much as `signal`."""
    g = np.random.default_rng(seed)
    X = g.normal(size=(count, 2))
    offset = math.log(share / (1 - share)) - signal**2 / 2 * (1 - 2 * share)
    codes = (g.random(count) < 1 / (1 + np.exp(-offset - signal * X[:, 0]))).astype(int)
    codes[:2] = 0, 1
    return X.tolist(), codes.tolist()


def curve(scale: float = 1.0, count: int = 64) -> tuple[list[list[float]], list[float]]:
    """A parabola whose values are of any size."""
    x = np.linspace(-1, 1, count)
    return x[:, None].tolist(), (scale * (x**2 + 0.3 * x)).tolist()


def rare_noise(count: int = 600) -> tuple[list[list[float]], list[int]]:
    """One row in a hundred is of another class, and the inputs say nothing of it."""
    return np.random.default_rng(3).normal(size=(count, 2)).tolist(), [int(k % 100 == 7) for k in range(count)]


def arms(count: int) -> tuple[list[list[float]], list[int]]:
    """Two arms of a spiral, one for each class."""
    turn = np.linspace(0.4, 3.0, count // 2)
    arm = np.column_stack([turn * np.cos(3 * turn), turn * np.sin(3 * turn)])
    return np.concatenate([arm, -arm]).tolist(), [k // (count // 2) for k in range(count)]


CLASSES = {"data__task": "classification", "training__loss": "cross_entropy"}
TWO = {"data__task": "classification", "training__loss": "binary_cross_entropy"}
CORNERS = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]] * 8
ODD = [0, 1, 1, 0] * 8
DEAD = [[[1.0, -0.5, 0.3, 2.0, -1.0, 0.7]], [-9.0] * 6, [[1.0], [-0.4], [0.2], [0.8], [-1.2], [0.5]], [0.0]]
SHARP = [[k / 4 - 2] for k in range(17)]


class Kind(NamedTuple):
    """A run and what is right to say of it.

    Attributes
    ----------
    codes
        Verdicts of which one is right.
    way
        Where an advised rate may lie: ``higher`` or ``lower`` than the run's own, where there has to be one; ``none``
        where the rate is not the cause; ``up`` or ``down`` where there may be one; ``any``.
    says
        What the sentence has to hold, as a pattern.
    """

    raw: dict[str, Any]
    codes: tuple[str, ...]
    way: str = "none"
    says: str = ""


def kinds() -> dict[str, Kind]:
    soft, hidden = (3, "softmax"), (12, "relu")
    return {
        "steps too short for classes": Kind(
            experiment(*clouds(66), [hidden, soft], 1e-4, **CLASSES), ("too_slow",), "higher"),
        "steps that move nothing, classes": Kind(
            experiment(*clouds(66), [hidden, soft], 1e-9, **CLASSES), ("too_slow", "stuck"), "higher"),
        "steps that move nothing, values": Kind(
            experiment(*curve(), [(16, "tanh"), (1, "linear")], 1e-8, optimizer__name="adam"),
            ("too_slow", "stuck"), "higher"),
        "one unit for a question that no line answers": Kind(
            experiment(CORNERS, ODD, [(1, "sigmoid")], 0.05, **TWO), ("stuck",), "none", "hidden layer"),
        "all weights zero": Kind(
            experiment(*clouds(66), [hidden, soft], 0.01, model__init="zeros", **CLASSES), ("stuck", "plateaued"),
            "none", "start"),
        "weak signal, at the least that the model has": Kind(
            experiment(*by_chance(800, 0.15, 0.8), [(1, "sigmoid")], 0.5, training__epochs=80, **TWO),
            ("plateaued", "converged"), "none"),
        "a frequent class and nothing to learn": Kind(
            experiment(*rare_noise(), [hidden, (1, "sigmoid")], 0.001, optimizer__name="adam", **TWO),
            ("stuck", "plateaued", "too_slow"), "any"),
        "the same at far too high a rate": Kind(
            experiment(*rare_noise(), [hidden, (1, "sigmoid")], 3.0, optimizer__name="adam", data__test_fraction=0.25,
                       **TWO), ("stuck", "plateaued", "overfitting", "oscillating"), "down"),
        "all units dead": Kind(
            experiment(SHARP, [abs(x) for x, in SHARP], [(6, "relu"), (1, "linear")], 1.0, optimizer__name="adam",
                       training__epochs=150), ("stuck",), "lower", "dead"),
        "units that were dead from the start": Kind(
            experiment(*curve(), [(6, "relu"), (1, "linear")], 0.1, model__weights=DEAD), ("stuck",), "none",
            "from the start"),
        "units that a high rate has saturated": Kind(
            experiment(*arms(120), [(16, "tanh"), (16, "tanh"), (1, "sigmoid")], 0.3, optimizer__name="adam",
                       training__epochs=80, training__batch_size=10, **TWO), ("stuck", "plateaued"), "lower",
            "saturated"),
        "whole batches at the edge of what the curvature allows": Kind(
            experiment(*curve(), [(24, "tanh"), (1, "linear")], 0.5, training__batch_size=64, training__epochs=400),
            ("plateaued", "oscillating"), "lower"),
        "targets in large units": Kind(
            experiment(*curve(1e8), [(12, "tanh"), (1, "linear")], 0.001, optimizer__name="adam"),
            ("stuck", "plateaued", "too_slow"), "none", "scale_target"),
        "targets whose squares overflow": Kind(
            experiment(*curve(6e23), [(12, "tanh"), (1, "linear")], 0.001), ("diverged",), "none",
            "before the first step.*scale_target"),
        "targets that make plain descent diverge": Kind(
            experiment(*curve(2e5), [(12, "relu"), (1, "linear")], 0.01), ("diverged",), "none", "scale_target"),
        "targets that the output can't reach": Kind(
            experiment(*curve(20.0), [(12, "tanh"), (1, "sigmoid")], 0.01, optimizer__name="adam",
                       training__epochs=200), ("stuck", "plateaued", "too_slow", "oscillating"), "none", "sigmoid"),
        "a penalty that holds the weights": Kind(
            experiment(*clouds(90, 2), [hidden, (1, "sigmoid")], 0.05, training__l2=1.0, **TWO),
            ("plateaued", "stuck"), "none", "training.l2"),
        "held-out rows of a class that training lacks": Kind(
            experiment(*(sorted(part, key=lambda row: row) for part in ([[k / 30, 1.0] for k in range(90)],
                                                                         [k // 30 for k in range(90)])),
                       [hidden, soft], 0.05, data__test_fraction=0.33, data__split="tail", training__epochs=150,
                       **CLASSES), ("overfitting", "converged", "converging", "plateaued", "too_slow"), "none",
            "stratify"),
        "a schedule that doubles the rate": Kind(
            experiment(*curve(), [(1, "linear")], 0.05, schedule__name="expression",
                       schedule__expression="lr0 * 2 ** epoch"), ("diverged",), "none", "schedule"),
    }  # fmt: skip


KINDS = kinds()


def lies_right(way: str, rate: float | None, own: float) -> bool:
    if rate is None:
        return way not in ("higher", "lower")
    return {"higher": rate > own, "up": rate >= own, "lower": rate < own, "down": rate <= own, "any": True}.get(
        way, False
    )


@pytest.mark.parametrize("name", KINDS)
def test_the_cause_is_named_and_the_direction_is_right(name):
    kind = KINDS[name]
    verdict = advised(kind.raw).verdict
    assert verdict.code in kind.codes, verdict.text
    assert lies_right(kind.way, verdict.suggested_rate, kind.raw["optimizer"]["lr"]), verdict.text
    assert re.search(kind.says, verdict.text, re.DOTALL), verdict.text


@pytest.mark.parametrize("sizes", [(16, 11), (32, 33)])
@pytest.mark.parametrize("rate", [1e-4, 1e-3])
def test_a_short_last_batch_turns_no_advice_round(sizes, rate):
    found = [advised(experiment(*clouds(66), [(12, "relu"), (3, "softmax")], rate, training__batch_size=size,
                                data__order="shuffle", **CLASSES)).verdict for size in sizes]  # fmt: skip
    assert found[0].code == found[1].code
    signs = [None if v.suggested_rate is None else v.suggested_rate > rate for v in found]
    assert signs[0] == signs[1]


PATHS = {
    "prices": (experiment(*curve(300.0), [(12, "relu"), (1, "linear")], 1.0, training__epochs=40), (1e-6, 1e-4, 0.1)),
    "weak signal": (experiment(*by_chance(500, 0.13, 0.8), [(8, "relu"), (1, "sigmoid")], 1.0, data__order="shuffle",
                               training__epochs=30, data__test_fraction=0.2, **TWO), (1e-4, 1e-2, 1.0)),
    "clouds": (experiment(*clouds(66, width=1.5), [(12, "relu"), (3, "softmax")], 1.0, optimizer__name="adam",
                          data__order="shuffle", training__epochs=30, **CLASSES), (1e-5, 1e-3, 1.0)),
}  # fmt: skip


@pytest.mark.parametrize(("name", "rate"), [(name, rate) for name, (_, rates) in PATHS.items() for rate in rates])
def test_advice_that_is_followed_comes_to_an_end_and_makes_nothing_worse(name, rate):
    raw, _ = PATHS[name]
    met, figures = [], []
    while rate is not None and len(met) < 6:
        assert rate not in met, f"{met} and then {rate} again"
        met.append(rate)
        result = advised(raw | {"optimizer": raw["optimizer"] | {"lr": rate}})
        figures.append(result.final["loss" if result.final["val_loss"] is None else "val_loss"])
        rate = result.verdict.suggested_rate
    assert rate is None, f"{met} and then {rate}"
    assert all(not b > 1.02 * a for a, b in zip(figures, figures[1:]) if math.isfinite(a)), (met, figures)


def test_an_error_that_does_not_fall_has_no_half_life():
    """The clipped perceptron on its way past the contradicting sample."""
    verdict = run(engine.build(files.load("clip250")), max_steps=60).verdict
    assert verdict.text.startswith("Too slow: the mean error of an epoch is 10.08 and does not fall")
