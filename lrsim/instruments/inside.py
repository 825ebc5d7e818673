"""What a network shows at some parameters: dead and saturated units, how far it moved, what penalties pull at.

Worked out on a sample of the training rows, so that it takes some milliseconds whatever is trained.
"""

from __future__ import annotations

import numpy as np

from lrsim.common.numbers import Floats
from lrsim.instruments.penalties import penalties
from lrsim.training import engine
from lrsim.training.engine import Problem
from lrsim.verdict.inside import Inside, LayerUnits
from lrsim_core import FloatArray, Layer

MOST_WORK = 20_000_000
"""Multiply-adds of one pass over the sample."""
MOST_ROWS, FEWEST_ROWS = 512, 8
NEAR = 0.01
"""Share of the range of an activation from its limit within which a unit is called saturated."""
LEAST_START = 0.05
"""Start weights smaller than this do not make a small way a long one."""


def sample_rows(problem: Problem) -> slice:
    """Training rows spread over all, as many as `MOST_WORK` allows."""
    wanted = min(max(MOST_WORK // problem.n_parameters, FEWEST_ROWS), MOST_ROWS)
    return slice(None, None, max(-(-problem.samples // wanted), 1))


def look(problem: Problem, theta: FloatArray) -> Inside | None:
    """What the network shows at these parameters, shape (n_parameters,); None where they are not all finite."""
    if not np.isfinite(theta).all():
        return None
    rows = sample_rows(problem)
    X, Y = (np.ascontiguousarray(array[rows]) for array in (problem.data.X_train, problem.data.Y_train))
    with np.errstate(all="ignore"):
        loss, gradient = engine.loss_and_gradient(problem, theta, X, Y)
        pull, penalty = penalties(problem, theta)
        whole = gradient.astype(np.float64)
        outputs = engine.layer_outputs(problem, theta, X)
        slope, held = _norm(whole - pull), _norm(whole)
        return Inside(
            layers=_layers(problem, outputs, X),
            moved=_size(theta - problem.theta) / max(_size(problem.theta), LEAST_START),
            shrunk=_shrunk(problem, theta),
            slope=slope,
            pull=_norm(pull),
            held=held / max(slope + _norm(pull), np.finfo(float).tiny),
            penalty=penalty,
            loss=loss,
            answers=_answers(outputs[-1], Y),
        )


def _size(values: FloatArray) -> float:
    return float(np.sqrt(np.mean(np.square(values, dtype=np.float64))))


def _norm(values: Floats) -> float:
    return float(np.sqrt(np.sum(np.square(values))))


def _shrunk(problem: Problem, theta: FloatArray) -> float:
    """Root mean square of all weights, the biases aside, over that of the start."""
    now, start = (
        sum(float(np.square(W, dtype=np.float64).sum()) for W, _ in problem.network.unpack(parameters))
        for parameters in (theta, problem.theta)
    )
    return float(np.sqrt(now / start)) if start else 1.0


def _answers(outputs: FloatArray, Y: FloatArray) -> float:
    spread = Y.std(axis=0, dtype=np.float64).max()
    return float(outputs.std(axis=0, dtype=np.float64).max() / spread) if spread else 1.0


def _layers(problem: Problem, outputs: list[FloatArray], X: FloatArray) -> tuple[LayerUnits, ...]:
    layers, last = problem.network.layers, len(outputs) - 1
    counts = [_atlimits_of(layer, values) for layer, values in zip(layers, outputs, strict=True)]
    at_start = [0] * len(layers)
    if any(2 * dead >= layer.units for layer, (dead, _) in zip(layers, counts)):
        first = engine.layer_outputs(problem, problem.theta, X)
        at_start = [_atlimits_of(layer, values)[0] for layer, values in zip(layers, first, strict=True)]
    return tuple(
        LayerUnits(k + 1, layer.units, layer.activation, dead, saturated, at_start[k], k == last)
        for k, (layer, (dead, saturated)) in enumerate(zip(layers, counts))
        if limits_of(layer) != ()
    )


def limits_of(layer: Layer) -> tuple[float, ...]:
    """What the outputs of a unit never leave, where there is no slope."""
    match layer.activation:
        case "relu":
            return (0.0,)
        case "clip":
            return () if layer.straight_through else (layer.limit,)
        case "sigmoid":
            return (0.0, 1.0)
        case "tanh":
            return (-1.0, 1.0)
        case "elu":
            return (-layer.slope_below,) if layer.slope_below else (0.0,)
    return ()


def _atlimits_of(layer: Layer, outputs: FloatArray) -> tuple[int, int]:
    """How many units are at a limit for all rows, and how many nearly so; `outputs` has the shape (n, units)."""
    limits = limits_of(layer)
    if not limits or not len(outputs):
        return 0, 0
    if len(limits) == 1 and layer.activation != "elu":
        return int(np.count_nonzero((outputs == limits[0]).all(axis=0))), 0
    near = NEAR * (limits[1] - limits[0] if len(limits) == 2 else abs(limits[0]))
    close = np.logical_or.reduce([np.abs(outputs - limit) <= near for limit in limits])
    return 0, int(np.count_nonzero(close.all(axis=0)))
