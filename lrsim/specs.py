"""The tables of an experiment as frozen structs: every key, what it accepts and its default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from lrsim.validation import (
    FINITE,
    FLAG,
    FRACTION,
    NOT_NEGATIVE,
    POSITIVE,
    SHARE,
    TEXT,
    TEXTS,
    UP_TO_1,
    Rule,
    choice,
    matrix,
    number,
    vector,
    whole_number,
)  # fmt: skip
from lrsim_core import ACTIVATIONS, BIAS_RULES, DTYPES, FLAVORS, LOSSES, OPTIMIZERS

Matrix = tuple[tuple[float, ...], ...]

MONITOR = choice("loss", "error", "accuracy", "val_loss", "val_error", "val_accuracy")


def _pairs(value: object) -> Matrix:
    rows = matrix(value)
    if any(len(row) != 2 for row in rows):
        raise ValueError
    return rows


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


def _milestones(value: object) -> tuple[float, ...]:
    marks = vector(value)
    if any(not low < high for low, high in zip((0.0, *marks), marks)):
        raise ValueError
    return marks


def _multipliers(value: object) -> tuple[float, ...]:
    factors = vector(value)
    if any(factor < 0 for factor in factors):
        raise ValueError
    return factors


SOURCES = (
    "csv", "mnist", "digits", "clip250", "bmi", "circle", "xor", "gauss", "spiral", "plane", "table",
)  # fmt: skip
MOST_SAMPLES = 10_000_000


def _sample_count(value: object) -> int:
    count: int = whole_number(1).convert(value)
    if count > MOST_SAMPLES:
        raise ValueError(f"expected at most {MOST_SAMPLES}")
    return count


class DataSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where samples come from and in which order they are met.

    Attributes
    ----------
    path
        A CSV file, or a folder of MNIST's files; empty for the place where those are usually kept.
    features, target
        Columns of a table: what is given (by default all numbers but the target) and what is to be learnt.
    inputs, targets, trials
        Rows of the sources clip250 and table.
    samples, noise, seed
        How many points a toy set has, how far they stray, and what draws them.
    missing
        What becomes of a row without a value in a column that is used.
    limit
        Only the first so many rows are read; 0 reads all.
    download
        Whether MNIST may be fetched from OpenML where it is missing.
    task
        None leaves it to the source and the loss.
    """

    source: Annotated[str, choice(*SOURCES)]
    path: Annotated[str, TEXT] = ""
    features: Annotated[tuple[str, ...], TEXTS] = ()
    target: Annotated[str, TEXT] = ""
    missing: Annotated[str, choice("refuse", "drop")] = "refuse"
    limit: Annotated[int, whole_number(0)] = 0
    download: Annotated[bool, FLAG] = False
    samples: Annotated[int, Rule("a whole number >= 1", _sample_count)] = 200
    noise: Annotated[float, number("a number from 0 to 0.5", lambda value: 0 <= value <= 0.5)] = 0.0
    seed: Annotated[int, whole_number(0)] = 1
    inputs: Annotated[Matrix, Rule("rows of finite numbers, all of one length", matrix)] = ()
    targets: Annotated[Matrix, Rule("rows of finite numbers, all of one length", matrix)] = ()
    trials: Annotated[Matrix, Rule("a list of [input, wanted output]", _pairs)] = ()
    task: Annotated[str | None, choice("regression", "classification")] = None
    test_fraction: Annotated[float, SHARE] = 0.0
    split: Annotated[str, choice("shuffle", "stratify", "tail")] = "shuffle"
    split_seed: Annotated[int, whole_number(0)] = 42
    scale: Annotated[str, choice("none", "standard", "minmax")] = "none"
    order: Annotated[str, choice("cyclic", "shuffle")] = "cyclic"


class LayerSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One dense layer; `limit` and `straight_through` matter to ``clip``, `alpha` to ``leaky_relu`` and ``elu``."""

    units: Annotated[int, whole_number(1)]
    activation: Annotated[str, choice(*ACTIVATIONS)] = "linear"
    limit: Annotated[float, FINITE] = 250.0
    straight_through: Annotated[bool, FLAG] = True
    alpha: Annotated[float | None, NOT_NEGATIVE] = None


class ModelSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The network and the parameters that it starts with."""

    layers: tuple[LayerSpec, ...]
    init: Annotated[
        str,
        choice("glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal",
               "normal", "uniform", "zeros"),
    ] = "glorot_uniform"  # fmt: skip
    init_std: Annotated[float, POSITIVE] = 0.05
    weights: Annotated[tuple[Any, ...], Rule("[[W rows], [b], ...] of finite numbers, layer by layer", _weights)] = ()
    dtype: Annotated[str, choice(*DTYPES)] = "float32"


class TrainingSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
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


class OptimizerSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
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


class ScheduleSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the rate changes by itself; None is the default of the schedule, see `lrsim.schedule_keys`."""

    name: Annotated[
        str,
        choice("constant", "step", "exponential", "inverse_time", "polynomial", "cosine", "cosine_restarts", "cyclic",
               "one_cycle", "warmup", "expression", "plateau"),
    ] = "constant"  # fmt: skip
    expression: Annotated[str, TEXT] = ""
    per: Annotated[str | None, choice("step", "epoch")] = None
    every: Annotated[float | None, POSITIVE] = None
    milestones: Annotated[tuple[float, ...], Rule("a list of rising numbers > 0", _milestones)] = ()
    factor: Annotated[float | None, POSITIVE] = None
    decay_rate: Annotated[float | None, POSITIVE] = None
    staircase: Annotated[bool | None, FLAG] = None
    length: Annotated[float | None, POSITIVE] = None
    end_lr: Annotated[float | None, NOT_NEGATIVE] = None
    power: Annotated[float | None, POSITIVE] = None
    cycle: Annotated[bool | None, FLAG] = None
    alpha: Annotated[float | None, UP_TO_1] = None
    t_mul: Annotated[float | None, number("a number from 1 to 1000", lambda value: 1 <= value <= 1000)] = None
    m_mul: Annotated[float | None, FRACTION] = None
    policy: Annotated[str | None, choice("triangular", "triangular2", "exp_range")] = None
    base_lr: Annotated[float | None, NOT_NEGATIVE] = None
    step_size_up: Annotated[float | None, POSITIVE] = None
    step_size_down: Annotated[float | None, POSITIVE] = None
    gamma: Annotated[float | None, FRACTION] = None
    pct_start: Annotated[float | None, UP_TO_1] = None
    anneal: Annotated[str | None, choice("cos", "linear")] = None
    three_phase: Annotated[bool | None, FLAG] = None
    div_factor: Annotated[float | None, POSITIVE] = None
    final_div_factor: Annotated[float | None, POSITIVE] = None
    cycle_momentum: Annotated[bool | None, FLAG] = None
    base_momentum: Annotated[float | None, SHARE] = None
    max_momentum: Annotated[float | None, SHARE] = None
    monitor: Annotated[str | None, MONITOR] = None
    mode: Annotated[str | None, choice("auto", "min", "max")] = None
    patience: Annotated[int | None, whole_number(0)] = None
    min_delta: Annotated[float | None, NOT_NEGATIVE] = None
    threshold_mode: Annotated[str | None, choice("abs", "rel")] = None
    cooldown: Annotated[int | None, whole_number(0)] = None
    min_lr: Annotated[float | None, NOT_NEGATIVE] = None
    warmup_steps: Annotated[int | None, whole_number(0)] = None
    warmup_epochs: Annotated[float | None, NOT_NEGATIVE] = None
    warmup_start: Annotated[float | None, UP_TO_1] = None


class EarlyStopping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Stop once the monitored figure has not improved for `patience` epochs."""

    monitor: Annotated[str, MONITOR] = "val_loss"
    mode: Annotated[str, choice("auto", "min", "max")] = "auto"
    min_delta: Annotated[float, NOT_NEGATIVE] = 0.0
    patience: Annotated[int, whole_number(0)] = 0
    start_from_epoch: Annotated[int, whole_number(0)] = 0
    restore_best: Annotated[bool, FLAG] = False


class StopSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
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


class SweepSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The grid that a sweep of this experiment runs unless it is given another: values by dotted key, and seeds."""

    over: Annotated[dict[str, tuple[Any, ...]], Rule("lists of values by dotted key", _grid)] = msgspec.field(
        default_factory=dict
    )
    seeds: Annotated[int, whole_number(1)] = 1


class Experiment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
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
