"""What can be known of data and network before the first step, for rules that name causes which are not the rate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrsim.data.dataset import Dataset
from lrsim.data.losses import LOSSES
from lrsim.instruments.inside import sample_rows
from lrsim.training import engine
from lrsim.training.engine import Problem
from lrsim.verdict.beforehand import Beforehand, Rarest, Shortage, TargetFacts
from lrsim_core import Layer

NEXT_TO_NONE = 0.1
"""A class whose share in training is below this part of its share of the held-out rows is next to missing there."""
UNBENT = ("linear", "clip")
"""Activations that are a straight line, the clip as long as it passes its slope on."""


def beforehand(problem: Problem) -> Beforehand:
    """What is known of a run before it starts, of cost no more than a pass over a sample of the rows."""
    experiment, data = problem.experiment, problem.data
    layers, loss, training = problem.network.layers, LOSSES[experiment.training.loss], experiment.training
    classes = data.task == "classification"
    guess = loss.guess(data.Y_train, training.huber_delta)
    plain = experiment.optimizer.name == "sgd"
    return Beforehand(
        samples=problem.samples,
        fitted=problem.network.inputs * (max(problem.network.outputs - 1, 1) if classes else problem.network.outputs),
        targets=None if classes else _targets(problem),
        shortage=_shortage(data) if classes else None,
        rarest=_rarest(data) if classes else None,
        hidden=len(layers) - 1,
        bends=any(_bends(layer) for layer in layers[:-1]),
        last=layers[-1].activation,
        alike=_alike(problem),
        start_loss=_start_loss(problem),
        val_chance_loss=loss.of_guess(guess, data.Y_test, training.huber_delta) if problem.validates else None,
        val_chance_accuracy=_val_chance_accuracy(data) if classes and problem.validates else None,
        l1=training.l1,
        l2=training.l2,
        weight_decay=problem.optimizer.weight_decay,
        momentum=problem.optimizer.momentum if plain else 0.0,
    )


def _bends(layer: Layer) -> bool:
    return layer.activation not in UNBENT or (layer.activation == "clip" and not layer.straight_through)


def _start_loss(problem: Problem) -> float:
    rows = sample_rows(problem)
    X, Y = (np.ascontiguousarray(array[rows]) for array in (problem.data.X_train, problem.data.Y_train))
    return engine.evaluate(problem, problem.theta, X, Y)["loss"]


def _targets(problem: Problem) -> TargetFacts:
    Y, held_out = problem.data.Y_train.astype(np.float64), problem.data.Y_test
    layers, experiment = problem.network.layers, problem.experiment
    low, high = _reach(layers[-1])
    edges = Y.min(axis=0), Y.max(axis=0)
    squared = LOSSES[experiment.training.loss].squared is not None
    linear = len(layers) == 1 and not _bends(layers[0])
    with np.errstate(over="ignore"):
        size, spread = np.sqrt(np.mean(Y**2, axis=0)).max(), Y.std(axis=0).max()
    return TargetFacts(
        low=float(edges[0].min()),
        high=float(edges[1].max()),
        size=float(size),
        spread=float(spread),
        out_of_reach=float(np.mean((low > Y) | (high < Y))),
        reach=(low, high),
        beyond=float(np.mean((held_out < edges[0]) | (held_out > edges[1]))) if len(held_out) else 0.0,
        matters=not (linear and squared and experiment.optimizer.name == "sgd"),
    )


def _reach(layer: Layer) -> tuple[float, float]:
    """Between which numbers an activation's outputs lie."""
    match layer.activation:
        case "relu" | "softplus":
            return 0.0, np.inf
        case "sigmoid" | "softmax":
            return 0.0, 1.0
        case "tanh":
            return -1.0, 1.0
        case "elu":
            return -layer.slope_below, np.inf
        case "clip":
            return -np.inf, layer.limit
        case "gelu":
            return -0.17, np.inf  # its minimum, -0.16997
    return -np.inf, np.inf


def _val_chance_accuracy(data: Dataset) -> float:
    """Share of the held-out rows that are of the most frequent class of training."""
    frequent = int(np.argmax(_counts(data, data.Y_train)))
    return float(np.mean(data.class_of(data.Y_test) == frequent))


def _counts(data: Dataset, Y: NDArray[np.floating]) -> NDArray[np.intp]:
    return np.bincount(data.class_of(Y), minlength=len(data.classes))


def _rarest(data: Dataset) -> Rarest:
    counts = _counts(data, data.Y_train)
    place = int(np.argmin(counts))
    return Rarest(data.classes[place], int(counts[place]))


def _shortage(data: Dataset) -> Shortage | None:
    """Classes of held-out rows that are next to missing in training; None where there is none."""
    if not len(data.Y_test):
        return None
    trained, held_out = _counts(data, data.Y_train), _counts(data, data.Y_test)
    shares = held_out / held_out.sum()
    short = (trained / trained.sum() < NEXT_TO_NONE * shares) & (held_out > 0)
    if not short.any():
        return None
    worst = int(np.argmax(np.where(short, held_out, -1)))
    return Shortage(data.classes[worst], float(shares[short].sum()), int(trained[worst]))


def _alike(problem: Problem) -> int:
    """The first hidden layer whose units start with the same weights into them and out of them; 0 where none does."""
    parameters = problem.network.unpack(problem.theta)
    for k, ((into, bias), (out, _)) in enumerate(zip(parameters, parameters[1:])):
        same = into.shape[1] > 1 and (into == into[:, :1]).all() and (bias == bias[0]).all()
        if same and (out == out[:1]).all():
            return k + 1
        if into.shape[1] == 1 and not (into.any() or out.any()):
            return k + 1
    return 0
