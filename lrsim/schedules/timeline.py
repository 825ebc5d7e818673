"""The learning rate of every step of a line of training: those that were taken, and those to come as things stand."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from lrsim.common import expression
from lrsim.common.epoch_grid import EpochGrid, Steps
from lrsim.common.numbers import Floats
from lrsim.common.validation import ExperimentError
from lrsim.schedules import rates
from lrsim.schedules.keys import settings
from lrsim.schedules.shapes import EXPRESSION, SCHEDULES
from lrsim.schedules.spec import ScheduleSpec

Mark = tuple[int, float]
"""Steps done, and a number that holds from there on: a base rate, or what the rate is multiplied by."""

FORESEEN = 50_000
"""So many steps ahead are worked out where each rate needs all that come before it, one by one."""


@dataclass(frozen=True)
class RateParts:
    """What the rate of a step is made of: base x schedule x factor.

    Attributes
    ----------
    rate
        Of the step; NaN where an expression has none for it.
    base
        `optimizer.lr` as the experiment or a hand has set it.
    schedule
        What the schedule and its warm-up multiply the base by.
    factor
        What callbacks multiply the rate by.
    """

    rate: float
    base: float
    schedule: float
    factor: float

    @property
    def held(self) -> float:
        """The base that leaves the rate as it is: one that is set takes the place of what callbacks have made of it."""
        return self.base * self.factor

    def with_base(self, base: float) -> RateParts:
        """What another base gives, as far as the schedule goes with it."""
        return RateParts(base * self.schedule, base, self.schedule, 1.0)

    @property
    def is_base(self) -> bool:
        """Whether the step uses the base as it is."""
        return self.schedule == 1.0 and self.factor == 1.0


Section = tuple[int, ScheduleSpec, EpochGrid]
"""Steps done, and the schedule and the epochs as they are from there on."""


@dataclass(frozen=True)
class RateTimeline:
    """The rate of any step: base x schedule x factor. A plain value, equal for the same rates.

    A schedule that is changed on the way holds from there on as though it had been there from the start. Where the
    batch size changes one that counts epochs goes on with these, and one that counts steps with those.

    Attributes
    ----------
    schedule
        Where the rates come from.
    grid
        The epochs of the training, as it was begun.
    bases
        Steps done and `optimizer.lr` from there on, in order; the first at 0.
    factors
        Steps done and what callbacks multiply the rate by from there on, in order; 1 before the first.
    later
        Other schedules or epochs, in order.
    """

    schedule: ScheduleSpec
    grid: EpochGrid
    bases: tuple[Mark, ...]
    factors: tuple[Mark, ...] = ()
    later: tuple[Section, ...] = ()

    def base(self, step: int) -> float:
        """`optimizer.lr` once `step` steps are done."""
        return self.bases[bisect_right(self._base_steps, step) - 1][1]

    def factor(self, step: int) -> float:
        """What callbacks multiply the rate by once `step` steps are done."""
        return float(self._factors[bisect_right(self._factor_steps, step)])

    def base_of(self, step: int) -> float:
        """What hand and callbacks made of the base for step `step`, from 1: its rate before the schedule."""
        return self.base(step - 1) * self.factor(step - 1)

    def schedule_of(self, step: int) -> float:
        """What the schedule multiplies the rate of step `step`, from 1, by; 1 where it has none for it."""
        share = self.parts(step - 1).schedule
        return share if math.isfinite(share) else 1.0

    def rates(self, start: int, count: int) -> Floats:
        """Rates of steps start + 1 to start + count, shape (count,); shared, not to be changed.

        Raises
        ------
        ExperimentError
            An expression has no rate for one of them.
        """
        if start >= self._level_from and not self.factors and self._base_steps[-1] <= start:
            return rates.level(self.bases[-1][1], count)
        edges = [start, *(step for step in self._turns if start < step < start + count), start + count]
        parts = [self._rates_within(a, b - a) for a, b in zip(edges[:-1], edges[1:])]
        found = np.concatenate(parts) if len(parts) > 1 else parts[0]
        if not self.factors:
            return found
        first, last = (bisect_right(self._factor_steps, step) for step in (start, start + count - 1))
        if first == last:
            scaled: Floats = found * self._factors[first]
            return scaled
        return found * self._factors_at(np.arange(start, start + count))

    def known_rates(self, start: int, count: int) -> Floats:
        """The next rates, up to `count` of them; fewer where an expression has none for an epoch on the way.

        Raises
        ------
        ExperimentError
            There is not even a rate for the step after `start`.
        """
        return rates.as_far_as_known(partial(self.rates, start), count)

    def rate(self, step: int) -> float:
        """Of the step that follows `step`; NaN where an expression has none."""
        return float(self.at(np.array([step]))[0])

    def parts(self, step: int) -> RateParts:
        """The rate of the step that follows `step`, and what it is made of."""
        base, factor = self.base(step), self.factor(step)
        scheduled = float(_known(partial(self._scheduled, step, base), np.array([step]))[0])
        return RateParts(scheduled * factor, base, scheduled / base, factor)

    def at(self, done: Steps) -> Floats:
        """Rates of the steps that follow `done` (rising, int64, shape (n,)); NaN where an expression has none."""
        edges = np.searchsorted(done, [*self._turns, np.iinfo(np.int64).max])
        parts, first = [np.empty(0)], 0
        for turn, last in zip((0, *self._turns), edges.tolist()):
            parts.append(_known(partial(self._scheduled, turn, self.base(turn)), done[first:last]))
            first = last
        found = np.concatenate(parts)
        return found * self._factors_at(done) if self.factors else found

    def left(self, step: int) -> float:
        """Rate of step `step` over that of the first at the same base: what schedule and callbacks have left of it.

        1 before the first step, and where the first rate is 0 or one of the two does not exist.
        """
        if step == 0:
            return 1.0
        factor, lr = self.factor(step - 1), self.base(step - 1)
        schedule = self.schedule_at(step - 1)
        if schedule.name == "constant":
            return factor
        first, last = _known(partial(self._scheduled, step - 1, lr), np.array([0, step - 1]))
        share = factor * float(last) / float(first) if first > 0 else math.nan
        return share if math.isfinite(share) else 1.0

    def foreseen(self, tip: int) -> int:
        """How many steps, of which `tip` are done, have rates that are quickly told."""
        _, schedule, grid = self._sections[-1]
        values, total = settings(schedule), grid.total_steps
        assert total is not None
        if SCHEDULES[schedule.name] is EXPRESSION and expression.compiled(values["expression"]).recurrent:
            each = 1 if values["per"] == "step" else grid.size_at(tip)
            return min(total, tip + FORESEEN * each)
        return total

    def schedule_at(self, step: int) -> ScheduleSpec:
        """Of the step that follows `step` steps."""
        return self._section(step)[1]

    def _section(self, step: int) -> Section:
        return self._sections[bisect_right(self._sections, step, key=lambda section: section[0]) - 1]

    @cached_property
    def _sections(self) -> tuple[Section, ...]:
        return ((0, self.schedule, self.grid), *self.later)

    @cached_property
    def _turns(self) -> list[int]:
        """Steps after the first at which base or schedule change, in order."""
        return sorted({*self._base_steps, *(section[0] for section in self.later)} - {0})

    @cached_property
    def _level_from(self) -> float:
        """Steps from which the newest schedule leaves the base as it is."""
        begin, schedule, grid = self._sections[-1]
        return max(begin, rates.level_from(schedule, grid))

    def _rates_within(self, start: int, count: int) -> Floats:
        """As `rates`, without factors, where neither base nor schedule changes."""
        _, schedule, grid = self._section(start)
        return rates.rates(schedule, self.base(start), start, count, grid)

    def _scheduled(self, step: int, lr: float, done: Steps) -> Floats:
        """By schedule and epochs as they are once `step` steps are done."""
        _, schedule, grid = self._section(step)
        return rates.rates_at(schedule, lr, done, grid)

    @cached_property
    def _base_steps(self) -> list[int]:
        return [step for step, _ in self.bases]

    @cached_property
    def _factor_steps(self) -> list[int]:
        return [step for step, _ in self.factors]

    @cached_property
    def _factors(self) -> Floats:
        return np.array([1.0, *(factor for _, factor in self.factors)])

    def _factors_at(self, done: Steps) -> Floats:
        found: Floats = self._factors[np.searchsorted(self._factor_steps, done, side="right")]
        return found


def planned(schedule: ScheduleSpec, batch_size: int, epochs: int, samples: int, lr: float) -> RateTimeline:
    """The rates of a training that was not begun, on so many training rows, from the base rate `lr` on."""
    steps_per_epoch = -(-samples // min(batch_size, samples))
    return RateTimeline(schedule, EpochGrid.uniform(steps_per_epoch, epochs * steps_per_epoch), ((0, lr),))


def _known(rates_of: Callable[[Steps], Floats], done: Steps) -> Floats:
    """The rates, NaN for the steps that have none."""
    if not done.size:
        return np.empty(0)
    try:
        return rates_of(done)
    except ExperimentError:
        if done.size == 1:
            return np.array([np.nan])
        middle = done.size // 2
        return np.concatenate([_known(rates_of, done[:middle]), _known(rates_of, done[middle:])])


def steps_between(first: int, last: int, most: int, also: Sequence[int] = ()) -> Steps:
    """Steps from `first` to `last`, about `most` of them, evenly; and those of `also` that lie there."""
    even = np.linspace(first, last, min(max(most, 2), last - first + 1)) if last > first else np.array([first])
    wanted = np.array([step for step in also if first <= step <= last], dtype=np.int64)
    return np.unique(np.concatenate([np.rint(even).astype(np.int64), wanted]))
