"""The schedules: the curve of each, a formula from elapsed time to rates, and its declaration.

In all curves `t` is an array of float64: what has passed since the schedule began, in steps or in epochs; the other
durations are in the same unit. `lr` is the rate of the optimizer. An array of the shape of `t` comes back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lrsim.common import expression
from lrsim.common.numbers import Floats
from lrsim.common.validation import ExperimentError
from lrsim.schedules.schedule import Clock, Schedule


def step(t: Floats, lr: float, *, every: float, milestones: tuple[float, ...], factor: float) -> Floats:
    """Multiplied by `factor` each time another `every` has passed, or at each of the `milestones` if there are any."""
    times = np.searchsorted(np.array(milestones), t, side="right") if milestones else np.floor(t / every)
    return lr * np.power(factor, times.astype(np.float64))


def exponential(t: Floats, lr: float, *, decay_rate: float, every: float, staircase: bool) -> Floats:
    """``lr * decay_rate ** (t / every)``; a staircase rounds the exponent down."""
    return lr * np.power(decay_rate, _periods(t, every, staircase))


def inverse_time(t: Floats, lr: float, *, decay_rate: float, every: float, staircase: bool) -> Floats:
    """``lr / (1 + decay_rate * t / every)``; a staircase rounds ``t / every`` down."""
    return lr / (1.0 + decay_rate * _periods(t, every, staircase))


def polynomial(t: Floats, lr: float, *, length: float, end_lr: float, power: float, cycle: bool) -> Floats:
    """From `lr` to `end_lr` along a power; a cycle starts again, over the next whole multiple of `length`."""
    if cycle:
        length_now = length * np.maximum(np.ceil(t / length), 1.0)
    else:
        length_now = np.full(t.shape, length)
    return (lr - end_lr) * np.power(1.0 - np.minimum(t, length_now) / length_now, power) + end_lr


def cosine(t: Floats, lr: float, *, length: float, alpha: float) -> Floats:
    """Half a cosine from `lr` down to ``alpha * lr``, which is then kept."""
    return lr * ((1.0 - alpha) * _half_cosine(np.minimum(t, length) / length) + alpha)


def cosine_restarts(t: Floats, lr: float, *, length: float, t_mul: float, m_mul: float, alpha: float) -> Floats:
    """Cosines one after the other, each `t_mul` times as long and starting `m_mul` times as high as the one before."""
    place = t / length
    if t_mul == 1.0:
        restarts = np.floor(place)
        begins, size = restarts, np.ones(t.shape)
    else:
        restarts = _restarts(place, t_mul)
        begins, size = _begin(restarts, t_mul), np.power(t_mul, restarts)
    height = np.power(m_mul, restarts) * _half_cosine((place - begins) / size)
    return lr * ((1.0 - alpha) * height + alpha)


def _restarts(place: Floats, t_mul: float) -> Floats:
    """How many restarts lie behind `place`; the logarithm may be off by one where a restart is just due."""
    count = np.floor(np.log(1.0 + place * (t_mul - 1.0)) / np.log(t_mul))
    count = np.where(_begin(count, t_mul) > place, count - 1.0, count)
    due: Floats = np.where(_begin(count + 1.0, t_mul) <= place, count + 1.0, count)
    return due


def _begin(restart: Floats, t_mul: float) -> Floats:
    """Sum of a geometric series: where a restart takes place, in units of the first length."""
    begin: Floats = (np.power(t_mul, restart) - 1.0) / (t_mul - 1.0)
    return begin


def cyclic(
    t: Floats, lr: float, *, base_lr: float, policy: str, step_size_up: float, step_size_down: float, gamma: float
) -> Floats:
    """Straight up from `base_lr` to `lr` and down again, over and over.

    ``triangular2`` halves the height with each cycle, ``exp_range`` multiplies it by ``gamma ** t``.
    """
    return base_lr + (lr - base_lr) * _cycle_height(t, policy, step_size_up, step_size_down, gamma)


def cyclic_momentum(
    t: Floats, *, policy: str, step_size_up: float, step_size_down: float, gamma: float,
    base_momentum: float, max_momentum: float,
) -> Floats:  # fmt: skip
    """The momentum that goes with `cyclic`: lowest where the rate is highest."""
    height = _cycle_height(t, policy, step_size_up, step_size_down, gamma)
    return float(max_momentum) - (float(max_momentum) - float(base_momentum)) * height


def _cycle_height(t: Floats, policy: str, step_size_up: float, step_size_down: float, gamma: float) -> Floats:
    """Height of `cyclic` between 0 and 1."""
    whole = step_size_up + step_size_down
    with np.errstate(over="ignore", invalid="ignore"):
        cycle = np.floor(t / whole)
        place = np.where(cycle > 0, t - cycle * whole, t)
        rising = np.where(place <= step_size_up, place / step_size_up, (whole - place) / step_size_down)
    height: Floats = np.clip(
        np.nan_to_num(rising), 0.0, 1.0
    )  # of cycles shorter than a step nothing is left but rounding
    if policy == "triangular2":
        return height * np.power(0.5, cycle)
    return height * np.power(gamma, t) if policy == "exp_range" else height


def one_cycle(
    t: Floats, lr: float, *, length: float, pct_start: float, anneal: str, three_phase: bool,
    div_factor: float, final_div_factor: float,
) -> Floats:  # fmt: skip
    """From ``lr / div_factor`` up to `lr`, its peak, and down to ``lr / div_factor / final_div_factor``.

    The peak is at ``pct_start * length - 1``; with three phases the way down first mirrors the way up.
    """
    start = lr / div_factor
    corners = [start, lr, start, start / final_div_factor] if three_phase else [start, lr, start / final_div_factor]
    return _through(t, corners, _phase_ends(length, pct_start, three_phase), anneal)


def one_cycle_momentum(
    t: Floats, *, length: float, pct_start: float, anneal: str, three_phase: bool,
    base_momentum: float, max_momentum: float,
) -> Floats:  # fmt: skip
    """The momentum that goes with `one_cycle`: lowest where the rate is highest."""
    high, low = max_momentum, base_momentum
    corners = [high, low, high, high] if three_phase else [high, low, high]
    return _through(t, corners, _phase_ends(length, pct_start, three_phase), anneal)


def _phase_ends(length: float, pct_start: float, three_phase: bool) -> list[float]:
    peak = pct_start * length - 1.0
    return [peak, 2.0 * pct_start * length - 2.0, length - 1.0] if three_phase else [peak, length - 1.0]


def _through(t: Floats, corners: list[float], ends: list[float], anneal: str) -> Floats:
    """From corner to corner, reached at the `ends` of the phases; the last value is kept."""
    here = np.minimum(t, ends[-1])
    values = [
        _between((here - begin) / (end - begin) if end != begin else np.ones(t.shape), first, last, anneal)
        for begin, end, first, last in zip([0.0, *ends], ends, corners, corners[1:])
    ]
    return np.select([here <= end for end in ends[:-1]], values[:-1], values[-1])


def _between(share: Floats, first: float, last: float, anneal: str) -> Floats:
    if anneal == "linear":
        return (last - first) * share + first
    return last + (first - last) * _half_cosine(share)


def _half_cosine(share: Floats) -> Floats:
    return 0.5 * (1.0 + np.cos(np.pi * share))


def _periods(t: Floats, every: float, staircase: bool) -> Floats:
    return np.floor(t / every) if staircase else t / every


def _epoch(values: Mapping[str, Any], lr: float, clock: Clock) -> float:
    return clock.ticks_per_epoch


def _whole(values: Mapping[str, Any], lr: float, clock: Clock) -> float:
    return clock.length


def _of_three_periods(values: Mapping[str, Any], lr: float, clock: Clock) -> float:
    t_mul = float(values["t_mul"])
    return clock.length / (1.0 + t_mul + t_mul**2)


def _to_a_hundredth(values: Mapping[str, Any], lr: float, clock: Clock) -> float:
    """Down to a hundredth at the end of training; where it is not used, its value does not matter."""
    return 0.01 ** (1.0 / clock.length) if values["policy"] == "exp_range" else 1.0


def _check_step(given: Mapping[str, Any], lr: float) -> None:
    if "milestones" in given and "every" in given:
        raise ExperimentError("schedule.milestones", "expected either milestones or every, not both")


def _check_expression(given: Mapping[str, Any], lr: float) -> None:
    if "expression" in given:
        expression.compiled(given["expression"])(step=0, epoch=0, lr=lr, lr0=lr)


def _check_plateau(given: Mapping[str, Any], lr: float) -> None:
    if given.get("factor", 0.0) >= 1:
        expected = "expected a number > 0 and < 1 for the schedule plateau"
        raise ExperimentError("schedule.factor", expected, given["factor"])


WARMUP_KEYS: dict[str, Any] = {"warmup_steps": None, "warmup_epochs": None, "warmup_start": 0.1}
"""The keys that every schedule takes besides its own."""

CONSTANT = Schedule(name="constant")
WARMUP = Schedule(name="warmup")
EXPRESSION = Schedule(
    name="expression", keys={"per": "epoch", "expression": "lr0 * 0.95 ** epoch"}, check=_check_expression
)
"""Its rates are worked out from the text."""
PLATEAU = Schedule(
    name="plateau",
    keys={"monitor": None, "mode": "auto", "factor": 0.1, "patience": 10, "min_delta": 1e-4, "threshold_mode": None,
          "cooldown": 0, "min_lr": 0.0},
    check=_check_plateau,
)  # fmt: skip
"""Its callback multiplies the rate, see `callbacks`."""

SCHEDULES: dict[str, Schedule] = {
    schedule.name: schedule
    for schedule in (
        CONSTANT,
        Schedule(
            name="step",
            keys={"per": "epoch", "every": 10.0, "milestones": (), "factor": 0.5},
            curve=step,
            check=_check_step,
        ),
        Schedule(
            name="exponential",
            keys={"per": "step", "decay_rate": 0.96, "every": None, "staircase": False},
            curve=exponential,
            of_run={"every": _epoch},
        ),
        Schedule(
            name="inverse_time",
            keys={"per": "step", "decay_rate": 0.1, "every": None, "staircase": False},
            curve=inverse_time,
            of_run={"every": _epoch},
        ),
        Schedule(
            name="polynomial",
            keys={"per": "step", "length": None, "end_lr": None, "power": 1.0, "cycle": False},
            curve=polynomial,
            of_run={"length": _whole, "end_lr": lambda values, lr, clock: lr / 100.0},
        ),
        Schedule(
            name="cosine",
            keys={"per": "step", "length": None, "alpha": 0.0},
            curve=cosine,
            of_run={"length": _whole},
        ),
        Schedule(
            name="cosine_restarts",
            keys={"per": "step", "length": None, "t_mul": 2.0, "m_mul": 1.0, "alpha": 0.0},
            curve=cosine_restarts,
            of_run={"length": _of_three_periods},
        ),
        Schedule(
            name="cyclic",
            keys={"per": "step", "policy": "triangular", "base_lr": None, "step_size_up": None, "step_size_down": None,
                  "gamma": None, "cycle_momentum": False, "base_momentum": 0.8, "max_momentum": 0.9},
            curve=cyclic,
            momentum=cyclic_momentum,
            of_run={
                "base_lr": lambda values, lr, clock: lr / 10.0,
                "step_size_up": lambda values, lr, clock: clock.length / 10.0,
                "step_size_down": lambda values, lr, clock: float(values["step_size_up"]),
                "gamma": _to_a_hundredth,
            },
        ),
        Schedule(
            name="one_cycle",
            keys={"per": "step", "length": None, "pct_start": 0.3, "anneal": "cos", "three_phase": False,
                  "div_factor": 25.0, "final_div_factor": 1e4, "cycle_momentum": True, "base_momentum": 0.85,
                  "max_momentum": 0.95},
            curve=one_cycle,
            momentum=one_cycle_momentum,
            of_run={"length": _whole},
        ),
        WARMUP,
        EXPRESSION,
        PLATEAU,
    )
}  # fmt: skip
"""All schedules by name, in the order in which they are offered."""
