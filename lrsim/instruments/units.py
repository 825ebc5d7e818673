"""Units that no longer take part: dead ones, and saturated ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrsim.instruments.inside import limits_of
from lrsim.instruments.moment import Moment
from lrsim.training import engine
from lrsim_core import FloatArray, Layer

BEYOND = 0.97
"""Share of the range beyond which an output counts as saturated."""
ROWS = 0.95
"""Share of the rows for which a saturated unit is there."""


@dataclass(frozen=True, eq=False)
class Idle:
    """Which units of a layer are dead or saturated, shape (units,) each."""

    dead: NDArray[np.bool_]
    saturated: NDArray[np.bool_]


def idle_units(moment: Moment) -> tuple[Idle, ...]:
    """Of each layer, at `Moment.rows`.

    Dead: without a slope for every row (ReLU and its kin at its limit). Saturated: an output of sigmoid or tanh beyond
    0.97 of its range to either side, for 95 % of the rows.
    """
    with np.errstate(all="ignore"):
        outputs = engine.layer_outputs(moment.problem, moment.state.theta, moment.sample[0])
    return tuple(idle_of(layer, values) for layer, values in zip(moment.problem.network.layers, outputs, strict=True))


def idle_of(layer: Layer, outputs: FloatArray) -> Idle:
    """Of a layer whose outputs for some rows are these, shape (n, units)."""
    none = np.zeros(layer.units, np.bool_)
    limits = limits_of(layer)
    if not limits:
        return Idle(none, none)
    if len(limits) == 1 and layer.activation != "elu":
        return Idle((outputs == limits[0]).all(axis=0), none)
    if len(limits) == 1:
        near = outputs <= limits[0] + (1.0 - BEYOND) * abs(limits[0])
    else:
        middle, half = sum(limits) / 2, (limits[1] - limits[0]) / 2
        near = np.abs(outputs - middle) >= BEYOND * half
    return Idle(none, near.mean(axis=0) >= ROWS)


def dead_units(moment: Moment) -> float:
    """How many there are in all layers."""
    return float(sum(int(layer.dead.sum()) for layer in idle_units(moment)))


def saturated_units(moment: Moment) -> float:
    """How many there are in all layers."""
    return float(sum(int(layer.saturated.sum()) for layer in idle_units(moment)))
