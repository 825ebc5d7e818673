"""The tables of an experiment as frozen structs: every key, what it accepts and its default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from lrsim.common.validation import (
    FINITE,
    FLAG,
    NOT_NEGATIVE,
    POSITIVE,
    SHARE,
    TEXT,
    Rule,
    choice,
    matrix,
    vector,
    whole_number,  # fmt: skip
)
from lrsim.data.spec import DataSpec
from lrsim.schedules.spec import EarlyStopping, ScheduleSpec
from lrsim_core import ACTIVATIONS, BIAS_RULES, DTYPES, FLAVORS, LOSSES, OPTIMIZERS


def _depth(value: object) -> int:
    depth = 0
    while isinstance(value, list | tuple) and value:
        value, depth = value[0], depth + 1
    return depth


def _weights(value: object) -> tuple[Any, ...]:
    """``[[W rows], [b], ...]``, also when each layer's pair stands in a list of its own."""
    if not isinstance(value, list | tuple):
        raise ValueError
    if _depth(value) == 4:
        if any(not isinstance(layer, list | tuple) or len(layer) != 2 for layer in value):
            raise ValueError
        value = [array for layer in value for array in layer]
    if len(value) % 2:
        raise ValueError
    return tuple(vector(array) if place % 2 else matrix(array) for place, array in enumerate(value))


def _multipliers(value: object) -> tuple[float, ...]:
    factors = vector(value)
    if any(factor < 0 for factor in factors):
        raise ValueError
    return factors


class LayerSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One dense layer; `limit` and `straight_through` matter to ``clip``, `alpha` to ``leaky_relu`` and ``elu``."""

    units: Annotated[int, whole_number(1)]
    activation: Annotated[str, choice(*ACTIVATIONS)] = "linear"
    limit: Annotated[float, FINITE] = 250.0
    straight_through: Annotated[bool, FLAG] = True
    alpha: Annotated[float | None, NOT_NEGATIVE] = None


class ModelSpec(msgspec.Struct, frozen=True, kw_only=True):
    """The network and the parameters that it starts with."""

    layers: tuple[LayerSpec, ...]
    init: Annotated[
        str,
        choice("glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal",
               "torch_uniform", "normal", "uniform", "zeros"),
    ] = "glorot_uniform"  # fmt: skip
    init_std: Annotated[float, POSITIVE] = 0.05
    weights: Annotated[tuple[Any, ...], Rule("[[W rows], [b], ...] of finite numbers, layer by layer", _weights)] = ()
    dtype: Annotated[str, choice(*DTYPES)] = "float32"


class TrainingSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What is minimised, in what portions and for how long."""

    loss: Annotated[str, choice(*LOSSES)] = "mse"
    batch_size: Annotated[int, whole_number(1)] = 32
    epochs: Annotated[int, whole_number(1)] = 100
    seed: Annotated[int, whole_number(0)] = 1
    l1: Annotated[float, NOT_NEGATIVE] = 0.0
    l2: Annotated[float, NOT_NEGATIVE] = 0.0
    clip_gradient: Annotated[float, NOT_NEGATIVE] = 0.0
    bias_rule: Annotated[str, choice(*BIAS_RULES)] = "delta"
    huber_delta: Annotated[float, POSITIVE] = 1.0


class OptimizerSpec(msgspec.Struct, frozen=True, kw_only=True):
    """How a gradient becomes a step; None is the flavor's default.

    `multipliers` are factors on the rate, one for each layer; none means 1 for all.
    """

    name: Annotated[str, choice(*OPTIMIZERS)] = "sgd"
    lr: Annotated[float, POSITIVE] = 0.01
    multipliers: Annotated[tuple[float, ...], Rule("a list of numbers >= 0, one for each layer", _multipliers)] = ()
    flavor: Annotated[str, choice(*FLAVORS)] = "keras"
    momentum: Annotated[float | None, SHARE] = None
    beta_1: Annotated[float | None, SHARE] = None
    beta_2: Annotated[float | None, SHARE] = None
    rho: Annotated[float | None, SHARE] = None
    epsilon: Annotated[float | None, POSITIVE] = None
    nesterov: Annotated[bool | None, FLAG] = None
    decay: Annotated[float | None, NOT_NEGATIVE] = None
    weight_decay: Annotated[float | None, NOT_NEGATIVE] = None
    momentum_decay: Annotated[float | None, NOT_NEGATIVE] = None
    initial_accumulator: Annotated[float | None, NOT_NEGATIVE] = None


class StopSpec(msgspec.Struct, frozen=True, kw_only=True):
    """When training ends before its last epoch."""

    target_error: Annotated[float, NOT_NEGATIVE] = 0.0
    min_steps: Annotated[int, whole_number(0)] = 0
    divergence: Annotated[bool, FLAG] = True
    early_stopping: EarlyStopping | None = None


def _grid(value: object) -> dict[str, tuple[Any, ...]]:
    if not isinstance(value, Mapping):
        raise ValueError
    grid = {}
    for key, values in value.items():
        if not isinstance(key, str) or not isinstance(values, list | tuple) or not values:
            raise ValueError
        grid[key] = tuple(values)
    return grid


class SweepSpec(msgspec.Struct, frozen=True, kw_only=True):
    """The grid that a sweep of this experiment runs unless it is given another: values by dotted key, and seeds."""

    over: Annotated[dict[str, tuple[Any, ...]], Rule("lists of values by dotted key", _grid)] = msgspec.field(
        default_factory=dict
    )
    seeds: Annotated[int, whole_number(1)] = 1


class Experiment(msgspec.Struct, frozen=True, kw_only=True):
    """A complete experiment.

    Attributes
    ----------
    name
        Title; empty for none.
    description
        What to look for.
    claim
        What its source says of it, in our words, to be held against the verdict; empty for none.
    source
        Where the experiment comes from.
    """

    name: Annotated[str, TEXT] = ""
    description: Annotated[str, TEXT] = ""
    claim: Annotated[str, TEXT] = ""
    source: Annotated[str, TEXT] = ""
    data: DataSpec
    model: ModelSpec
    training: TrainingSpec = TrainingSpec()
    optimizer: OptimizerSpec = OptimizerSpec()
    schedule: ScheduleSpec = ScheduleSpec()
    stop: StopSpec = StopSpec()
    sweep: SweepSpec = SweepSpec()
