"""The learning rate of every step of a line of training: those that were taken, and those to come as things stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from lrsim.common import expression
from lrsim.common.numbers import Floats
from lrsim.common.validation import ExperimentError
from lrsim.schedules import rates
from lrsim.schedules.callback_log import Mark
from lrsim.schedules.keys import settings
from lrsim.schedules.schedule import Steps
from lrsim.schedules.shapes import EXPRESSION, SCHEDULES
from lrsim.schedules.spec import ScheduleSpec

FORESEEN = 50_000
"""So many steps ahead are worked out where each rate needs all that come before it, one by one."""


@dataclass(frozen=True)
class RateLine:
    """A schedule with the changes of its base rate: a plain value, equal for the same rates.

    Attributes
    ----------
    schedule
        Where the rates come from.
    steps_per_epoch, total_steps
        Of the training.
    bases
        Steps done and `optimizer.lr` from there on, in order; the first at 0.
    factors
        Steps done and what a callback multiplies the rate by from there on.
    """

    schedule: ScheduleSpec
    steps_per_epoch: int
    total_steps: int
    bases: tuple[Mark, ...]
    factors: tuple[Mark, ...] = ()

    def at(self, done: Steps) -> Floats:
        """Rates of the steps that follow `done` (rising, int64, shape (n,)); NaN where an expression has none."""
        starts = [step for step, _ in self.bases]
        edges = np.searchsorted(done, [*starts[1:], np.iinfo(np.int64).max])
        parts, first = [np.empty(0)], 0
        for (_, lr), last in zip(self.bases, edges.tolist()):
            parts.append(_known(partial(self._scheduled, lr), done[first:last]))
            first = last
        found = np.concatenate(parts)
        if not self.factors:
            return found
        values = np.array([1.0, *(factor for _, factor in self.factors)])
        scaled: Floats = found * values[np.searchsorted([step for step, _ in self.factors], done, side="right")]
        return scaled

    def _scheduled(self, lr: float, done: Steps) -> Floats:
        return rates.rates_at(self.schedule, lr, done, self.steps_per_epoch, self.total_steps)

    def foreseen(self, tip: int) -> int:
        """How many steps, of which `tip` are done, have rates that are quickly told."""
        values = settings(self.schedule)
        if SCHEDULES[self.schedule.name] is EXPRESSION and expression.compiled(values["expression"]).recurrent:
            each = 1 if values["per"] == "step" else self.steps_per_epoch
            return min(self.total_steps, tip + FORESEEN * each)
        return self.total_steps


def planned(schedule: ScheduleSpec, batch_size: int, epochs: int, samples: int, lr: float) -> RateLine:
    """The rates of a training that was not begun, on so many training rows, from the base rate `lr` on."""
    steps_per_epoch = -(-samples // min(batch_size, samples))
    return RateLine(schedule, steps_per_epoch, epochs * steps_per_epoch, ((0, lr),))


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
