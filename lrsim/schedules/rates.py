"""Learning-rate schedules: pure functions from steps to an array of rates.

A schedule counts steps or epochs from 0 (`schedule.per`); by the epoch, the rate is the same in all its steps. A linear
warm-up goes before any schedule, which then counts from the end of the warm-up.
"""

from __future__ import annotations

import math
import threading
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np

from lrsim.common.epoch_grid import EpochGrid, Steps
from lrsim.common.expression import Compiled, compiled
from lrsim.common.numbers import Floats
from lrsim.common.validation import LARGEST_WHOLE_NUMBER, ExperimentError
from lrsim.schedules.keys import settings
from lrsim.schedules.schedule import Clock, Curve, keywords
from lrsim.schedules.shapes import EXPRESSION, SCHEDULES, WARMUP
from lrsim.schedules.spec import ScheduleSpec

CHECKED_EPOCHS = 1000


def rates(spec: ScheduleSpec, lr: float, start: int, count: int, grid: EpochGrid) -> Floats:
    """Learning rates of steps ``start + 1`` to ``start + count``.

    Parameters
    ----------
    spec
        The schedule. For ``plateau`` it is the warm-up alone: multiply `lr` by the factor of its callback.
    lr
        The base rate, as the experiment or a hand has set it: what a decay starts from, the peak of a cycle.
    start
        Steps done so far.
    count
        How many rates are wanted.
    grid
        The epochs of the training, and its length for what is not set in the schedule.

    Returns
    -------
    ndarray, float64, shape (count,)
        The same for a step however the steps are cut into calls.

    Raises
    ------
    ExperimentError
        An expression has no rate for an epoch, or a length depends on that of the training, which is not known.
    """
    if start >= level_from(spec, grid):
        return level(lr, count)
    return rates_at(spec, lr, np.arange(start, start + count, dtype=np.int64), grid)


def level_from(spec: ScheduleSpec, grid: EpochGrid) -> float:
    """Steps from which a schedule leaves the base rate as it is; inf where it never does."""
    schedule = SCHEDULES[spec.name]
    is_level = schedule.curve is None and schedule is not EXPRESSION
    return _clock(spec, grid).warmup if is_level else math.inf


def level(lr: float, count: int) -> Floats:
    """The same rate `count` times; shared, not to be changed."""
    return _constant(lr, 1 << max(count - 1, 0).bit_length())[:count]


@lru_cache(maxsize=16)
def _constant(lr: float, count: int) -> Floats:
    """The same rate again and again, read-only: long runs ask for it thousands of times."""
    found = np.full(count, lr)
    found.flags.writeable = False
    return found


def rates_at(spec: ScheduleSpec, lr: float, done: Steps, grid: EpochGrid) -> Floats:
    """As `rates`, for any steps: `done` is how many steps lie behind each, int64, shape (n,)."""
    clock = _clock(spec, grid)
    after = np.maximum(done - clock.warmup, 0)
    schedule = SCHEDULES[spec.name]
    if schedule is EXPRESSION:
        found = _expression_rates(settings(spec)["expression"], lr, after, clock)
    elif schedule.curve is not None:
        found = _at_ticks(partial(_bound(schedule.curve, spec, lr, clock), lr=lr), clock.ticks(after))
    else:
        found = np.full(done.shape, lr)
    warming = done < clock.warmup
    if np.any(warming):
        begin = clock.warmup_start
        found = found.copy()
        found[warming] *= begin + (1.0 - begin) * (done[warming] / clock.warmup)
    return found


def as_far_as_known(rates_of: Callable[[int], Floats], count: int) -> Floats:
    """The next rates, up to `count` of them; fewer where an expression has none for an epoch that lies on the way.

    Parameters
    ----------
    rates_of
        Gives the next so many rates or raises ExperimentError.

    Raises
    ------
    ExperimentError
        There is not even a rate for the next step.
    """
    while True:
        try:
            return rates_of(count)
        except ExperimentError:
            if count <= 1:
                raise
            count //= 2


def momenta(spec: ScheduleSpec, start: int, count: int, grid: EpochGrid) -> Floats | None:
    """Momentum (or beta_1) of steps ``start + 1`` to ``start + count``; None where the schedule leaves it alone.

    Returns
    -------
    ndarray, float64, shape (count,), or None
    """
    curve = SCHEDULES[spec.name].momentum
    if curve is None or not settings(spec)["cycle_momentum"]:
        return None
    clock = _clock(spec, grid)
    ticks = clock.ticks(np.maximum(np.arange(start, start + count, dtype=np.int64) - clock.warmup, 0))
    return _at_ticks(_bound(curve, spec, 1.0, clock), ticks)


def check(spec: ScheduleSpec, lr: float, grid: EpochGrid, epochs: int) -> None:
    """Refuse an expression that has no rate for one of the first epochs (up to `CHECKED_EPOCHS`).

    Raises
    ------
    ExperimentError
        Names the epoch.
    """
    if SCHEDULES[spec.name] is EXPRESSION:
        rates_at(spec, lr, grid.ends(np.arange(min(epochs, CHECKED_EPOCHS), dtype=np.int64)), grid)


def _clock(spec: ScheduleSpec, grid: EpochGrid) -> Clock:
    values = settings(spec)
    if values["warmup_steps"] is not None:
        warmup = values["warmup_steps"]
    elif values["warmup_epochs"] is not None:
        warmup = round(min(grid.step_at(values["warmup_epochs"]), LARGEST_WHOLE_NUMBER))
    elif SCHEDULES[spec.name] is WARMUP:
        if grid.total_steps is None:
            raise ExperimentError("schedule.warmup_steps", "missing, expected it where training has no set length")
        warmup = max(grid.total_steps // 10, 1)
    else:
        warmup = 0
    return Clock(values.get("per") != "epoch", grid, warmup, values["warmup_start"])


def _bound(curve: Curve, spec: ScheduleSpec, lr: float, clock: Clock) -> Curve:
    """The curve with all its keys: as they are set, and what depends on the run filled in."""
    values, names = settings(spec), keywords(curve)
    for key, of_run in SCHEDULES[spec.name].of_run.items():
        if key in names and values[key] is None:
            values[key] = of_run(values, lr, clock)
    return partial(curve, **{name: values[name] for name in names})


def _at_ticks(curve: Callable[[Floats], Floats], ticks: Steps) -> Floats:
    """The curve at each tick, computed once where many steps share one."""
    first, last = (int(ticks.min()), int(ticks.max())) if ticks.size else (0, 0)
    with np.errstate(over="ignore"):
        if last - first >= ticks.size // 2:
            return curve(ticks.astype(np.float64))
        return curve(np.arange(first, last + 1, dtype=np.float64))[ticks - first]


def _expression_rates(text: str, lr: float, done: Steps, clock: Clock) -> Floats:
    expression = compiled(text)
    ticks, place = np.unique(clock.ticks(done), return_inverse=True)
    if expression.recurrent:
        found = _recurrence(text, lr, clock).values(ticks)
    else:
        times = _Times(expression, lr, clock)
        found = np.array([times.rate(tick, lr) for tick in ticks.tolist()], dtype=np.float64)
    return found[place]


@dataclass(frozen=True)
class _Times:
    """When an expression is evaluated: once per tick, a step or an epoch."""

    expression: Compiled
    lr0: float
    clock: Clock

    def rate(self, tick: int, before: float) -> float:
        clock = self.clock
        return self.expression(step=clock.step_of(tick), epoch=clock.epoch_of(tick), lr=before, lr0=self.lr0)


class _Recurrence:
    """The rates of an expression that refers to the rate before, from the start on as far as they were asked for.

    They are kept so that any step can be reached again without starting over; they are the same for every caller.
    """

    def __init__(self, times: _Times) -> None:
        self._times = times
        self._known = array("d")
        self._lock = threading.Lock()

    def values(self, ticks: Steps) -> Floats:
        """Rates at rising ticks."""
        if not ticks.size:
            return np.empty(0)
        with self._lock:
            before = self._known[-1] if self._known else self._times.lr0
            for tick in range(len(self._known), int(ticks[-1]) + 1):
                before = self._times.rate(tick, before)
                self._known.append(before)
            return np.array([self._known[tick] for tick in ticks.tolist()])


@lru_cache(maxsize=16)
def _recurrence(text: str, lr0: float, clock: Clock) -> _Recurrence:
    return _Recurrence(_Times(compiled(text), lr0, clock))
