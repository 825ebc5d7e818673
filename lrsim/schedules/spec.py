"""The tables of an experiment on what moves the rate and ends training by itself: the schedule and early stopping."""

from __future__ import annotations

from typing import Annotated

import msgspec

from lrsim.common.metrics import METRIC_NAMES, held_out
from lrsim.common.validation import (
    FLAG,
    FRACTION,
    NOT_NEGATIVE,
    POSITIVE,
    SHARE,
    TEXT,
    UP_TO_1,
    Rule,
    choice,
    number,
    vector,
    whole_number,  # fmt: skip
)
from lrsim.schedules.shapes import CONSTANT, SCHEDULES

MONITOR = choice(*METRIC_NAMES)


def _milestones(value: object) -> tuple[float, ...]:
    marks = vector(value)
    if any(not low < high for low, high in zip((0.0, *marks), marks)):
        raise ValueError
    return marks


class ScheduleSpec(msgspec.Struct, frozen=True, kw_only=True):
    """How the rate changes by itself; None is the default of the schedule, see `keys.used`."""

    name: Annotated[
        str,
        choice(*SCHEDULES),
    ] = CONSTANT.name
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


class EarlyStopping(msgspec.Struct, frozen=True, kw_only=True):
    """Stop once the monitored figure has not improved for `patience` epochs."""

    monitor: Annotated[str, MONITOR] = held_out("loss")
    mode: Annotated[str, choice("auto", "min", "max")] = "auto"
    min_delta: Annotated[float, NOT_NEGATIVE] = 0.0
    patience: Annotated[int, whole_number(0)] = 0
    start_from_epoch: Annotated[int, whole_number(0)] = 0
    restore_best: Annotated[bool, FLAG] = False
