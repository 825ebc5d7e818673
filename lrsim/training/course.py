"""What is done to a training on its way: values that are changed by hand, and what callbacks make of the rate."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from lrsim.experiment.keys import MULTIPLIERS_KEY, RATE_KEY, value_at
from lrsim.schedules.timeline import Mark, RateTimeline
from lrsim.training.engine import Problem

Value = object
"""Of a live key: whatever its field in the experiment holds."""


@dataclass(frozen=True)
class Event:
    """A change by hand: once `step` steps are done, `key` has `value`; `note` says how it came about."""

    step: int
    key: str
    value: Value
    note: str = ""


@dataclass(frozen=True, eq=False)
class Course:
    """The values of live keys over the steps of one line of training; a change makes another course.

    Attributes
    ----------
    events
        Changes of any key, in the order of their steps; at most one a key and step.
    factors
        Steps done and what the rate is multiplied by from there on: a callback's doing, or 1 again once the rate was
        set by hand.
    """

    problem: Problem
    events: tuple[Event, ...] = ()
    factors: tuple[Mark, ...] = ()

    def event(self, key: str, step: int) -> Event | None:
        """The change of `key` that is in effect once `step` steps are done."""
        events = self._by_key.get(key, ())
        place = bisect_right(events, step, key=lambda event: event.step)
        return events[place - 1] if place else None

    def value(self, key: str, step: int) -> Value:
        """`key` once `step` steps are done."""
        event = self.event(key, step)
        return value_at(self.problem.experiment, key) if event is None else event.value

    def multipliers(self, step: int) -> tuple[float, ...]:
        """`optimizer.multipliers` once `step` steps are done; empty for 1 in all layers."""
        found = self.value(MULTIPLIERS_KEY, step)
        assert isinstance(found, tuple)
        return found

    @cached_property
    def timeline(self) -> RateTimeline:
        """The rate of every step."""
        problem = self.problem
        bases: dict[int, float] = {0: problem.experiment.optimizer.lr}
        for event in self._by_key.get(RATE_KEY, ()):
            assert isinstance(event.value, float)
            bases[event.step] = event.value
        schedule = problem.experiment.schedule
        marks = tuple(sorted(bases.items()))
        return RateTimeline(schedule, problem.steps_per_epoch, problem.total_steps, marks, self.factors)

    def rate_was_set(self, first: int, last: int) -> bool:
        """Whether the rate was set by hand once `first` to `last` steps were done."""
        event = self.event(RATE_KEY, last)
        return event is not None and event.step >= first

    def changed_at(self, step: int) -> int:
        """Steps that were done when the rate of step `step` was set by hand; 0 where it never was."""
        events = [self.event(key, step - 1) for key in (RATE_KEY, MULTIPLIERS_KEY)]
        return max((event.step for event in events if event is not None), default=0)

    def turns(self, start: int, stop: int) -> Iterator[int]:
        """Steps between the two at which anything but the rate changes."""
        yield from sorted({e.step for e in self.events if e.key != RATE_KEY and start < e.step < stop})

    def with_value(self, step: int, key: str, value: Value, note: str = "") -> Course:
        """The course with `key` changed after its newest step, `step`; a second change there replaces the first.

        A rate takes the place of all that callbacks have made of the one before.
        """
        events = tuple(event for event in self.events if (event.step, event.key) != (step, key))
        factors = self.factors if key != RATE_KEY else tuple(mark for mark in self.factors if mark != (step, 1.0))
        bare = replace(self, events=events, factors=factors)
        reduced = key == RATE_KEY and bare.timeline.factor(step) != 1.0
        if reduced or bare.value(key, step) != value:
            events = (*events, Event(step, key, value, note))
        return replace(bare, events=events, factors=(*factors, (step, 1.0)) if reduced else factors)

    def with_factor(self, step: int, factor: float) -> Course:
        """The course once a callback has made the rate `factor` times its base, from `step` steps done on."""
        if factor == self.timeline.factor(step):
            return self
        return replace(self, factors=(*self.factors, (step, factor)))

    def up_to(self, step: int) -> Course:
        """What of it holds once `step` steps are done: where another line begins."""
        events = tuple(event for event in self.events if event.step <= step)
        return replace(self, events=events, factors=tuple(mark for mark in self.factors if mark[0] <= step))

    @cached_property
    def _by_key(self) -> dict[str, tuple[Event, ...]]:
        found: dict[str, tuple[Event, ...]] = {}
        for event in self.events:
            found[event.key] = (*found.get(event.key, ()), event)
        return found
