"""What is done to a training on its way: values that are changed by hand, and what callbacks make of the rate."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby, pairwise

from lrsim.common.epoch_grid import EpochGrid
from lrsim.experiment.keys import (
    FORK_KEYS,
    LIVE_KEYS,
    MULTIPLIERS_KEY,
    RATE_KEY,
    SCHEDULE,
    as_plain,
    is_parameter,
    value_at,
    with_values,
)
from lrsim.experiment.specs import Experiment
from lrsim.schedules.timeline import Mark, RateTimeline
from lrsim.training import changes
from lrsim.training.changes import Value
from lrsim.training.engine import Problem, State

Turn = tuple[int, Problem]
"""Steps done, and the problem as it is in effect from there on."""


@dataclass(frozen=True)
class Event:
    """A change by hand: once `step` steps are done, `key` has `value`; `note` says how it came about."""

    step: int
    key: str
    value: Value
    note: str = ""


@dataclass(frozen=True, eq=False)
class Course:
    """The values of all that may change over the steps of one line of training; a change makes another course.

    Attributes
    ----------
    problem
        As the run began.
    events
        Changes of any key, in the order of their steps; at most one a key and step.
    factors
        Steps done and what the rate is multiplied by from there on: a callback's doing, or 1 again once the rate was
        set by hand.
    """

    problem: Problem
    events: tuple[Event, ...] = ()
    factors: tuple[Mark, ...] = ()
    _known: dict[object, Problem] = field(default_factory=dict, repr=False)  # shared by the courses of a problem

    @property
    def total_steps(self) -> int:
        """Steps of the whole training, as its batches are planned by now."""
        return self._turns[-1][1].total_steps

    def event(self, key: str, step: int) -> Event | None:
        """The change of `key` that is in effect once `step` steps are done."""
        events = self._by_key.get(key, ())
        place = bisect_right(events, step, key=lambda event: event.step)
        return events[place - 1] if place else None

    def value(self, key: str, step: int) -> Value:
        """`key` once `step` steps are done, as it was set last; None for a parameter that never was."""
        event = self.event(key, step)
        if event is not None and not _makes_another_problem(key):
            return event.value
        return None if is_parameter(key) else value_at(self.problem_at(step).experiment, key)

    def multipliers(self, step: int) -> tuple[float, ...]:
        """`optimizer.multipliers` once `step` steps are done; empty for 1 in all layers."""
        found = self.value(MULTIPLIERS_KEY, step)
        assert isinstance(found, tuple)
        return found

    def problem_at(self, step: int) -> Problem:
        """What is trained once `step` steps are done: with all changes but those of rate, multipliers and parameters,
        which are told apart from it."""
        turns = self._turns
        return turns[bisect_right(turns, step, key=lambda turn: turn[0]) - 1][1] if len(turns) > 1 else turns[0][1]

    def problem_of(self, step: int) -> Problem:
        """What step `step` was trained on; the first one to come for 0."""
        return self.problem_at(max(step - 1, 0))

    def experiment_at(self, step: int) -> Experiment:
        """What the run has become once `step` steps are done, all changes but those of parameters included."""
        live = {key: self.value(key, step) for key in LIVE_KEYS}
        plain = ((key, as_plain(value)) for key, value in live.items())
        return with_values(self.problem_at(step).experiment, plain)

    def changed_keys(self, step: int) -> dict[str, Value]:
        """Keys that have other values once `step` steps are done than the run began with, and those of rate and
        multipliers in any case."""
        here, begun = self.problem_at(step).experiment, self.problem.experiment
        return {
            key: self.value(key, step)
            for key in FORK_KEYS
            if key in LIVE_KEYS or value_at(here, key) != value_at(begun, key)
        }

    def changes_at(self, step: int) -> dict[str, Value]:
        """What was changed once exactly `step` steps were done."""
        return {event.key: event.value for event in self.events if event.step == step}

    @cached_property
    def timeline(self) -> RateTimeline:
        """The rate of every step."""
        problem = self.problem
        bases: dict[int, float] = {0: problem.experiment.optimizer.lr}
        for event in self._by_key.get(RATE_KEY, ()):
            assert isinstance(event.value, float)
            bases[event.step] = event.value
        first = self._turns[0][1]
        marks = tuple(sorted(bases.items()))
        later = tuple(
            (step, now.experiment.schedule, now.grid)
            for (_, before), (step, now) in pairwise(self._turns)
            if now.experiment.schedule != before.experiment.schedule or now.grid != before.grid
        )
        return RateTimeline(first.experiment.schedule, first.grid, marks, self.factors, later)

    @property
    def grid(self) -> EpochGrid:
        """Where epochs begin and end."""
        return self._turns[-1][1].grid

    def rate_was_set(self, first: int, last: int) -> bool:
        """Whether the rate was set by hand once `first` to `last` steps were done."""
        event = self.event(RATE_KEY, last)
        return event is not None and event.step >= first

    def changed_at(self, step: int) -> int:
        """Steps that were done when anything of step `step` was changed by hand; 0 where nothing ever was."""
        held = {id(event): begin for begin, event in self._held}
        begins = (held.get(id(event), event.step) for event in self.events)
        return max((begin for begin in begins if begin < step), default=0)

    @property
    def has_other_changes(self) -> bool:
        """Whether anything was changed besides rate and multipliers."""
        return any(event.key not in LIVE_KEYS for event in self.events)

    @cached_property
    def edits(self) -> frozenset[int]:
        """Steps that were done when parameters were set by hand."""
        return frozenset(event.step for event in self.events if is_parameter(event.key))

    def holds_from(self, key: str, step: int) -> int:
        """Steps that are done when a change of `key` after `step` steps begins to hold: a batch size waits for the next
        epoch."""
        return self.grid.next_begin(step) if key == changes.BATCH_SIZE else step

    def next_turn(self, step: int) -> float:
        """Where the problem becomes another one after `step` steps; inf where it stays."""
        return next((turn for turn, _ in self._turns if turn > step), math.inf)

    def turns(self, start: int, stop: int) -> Iterator[int]:
        """Steps between the two at which anything but the rate changes."""
        by_hand = {event.step for event in self.events if event.key != RATE_KEY}
        yield from sorted(step for step in by_hand | {step for step, _ in self._turns} if start < step < stop)

    def start(self) -> State:
        """A fresh state at step 0, with what was changed there."""
        state = self.problem.start()
        self.enter(state)
        return state

    def enter(self, state: State) -> None:
        """Do to a state what the changes at its step do: they may set parameters, or give the optimizer other memory.

        Once is enough, and twice does no harm.
        """
        before = self.problem if state.step == 0 else self.problem_at(state.step - 1)
        now = self.problem_at(state.step)
        changes.take_over(state, before, now)
        changes.set_parameters(now.network, state.theta, self.changes_at(state.step))

    def with_values(self, step: int, values: Mapping[str, Value], note: str = "") -> Course:
        """The course with keys changed after its newest step, `step`; a second change there replaces the first.

        A rate takes the place of all that callbacks have made of the one before; so does another schedule.
        """
        course, others = self, {key: value for key, value in values.items() if _makes_another_problem(key)}
        if others:
            course = course._with_problem(step, others, note)
        for key, value in values.items():
            if key not in others:
                course = course._with(step, key, value, note)
        if any(key.startswith(SCHEDULE) for key in others) and course.timeline.factor(step) != 1.0:
            course = replace(course, factors=(*course.factors, (step, 1.0)))
        return course

    def with_value(self, step: int, key: str, value: Value, note: str = "") -> Course:
        """The course with one key changed."""
        return self.with_values(step, {key: value}, note)

    def _with_problem(self, step: int, values: Mapping[str, Value], note: str) -> Course:
        """With keys that make the problem another one, all at once: each need not fit without the others."""
        here = [event for event in self.events if event.step == step and _makes_another_problem(event.key)]
        bare = replace(self, events=tuple(event for event in self.events if event not in here))
        wanted = {event.key: event for event in here} | {key: Event(step, key, values[key], note) for key in values}
        kept = [
            event for event in wanted.values() if bare.value(event.key, bare.holds_from(event.key, step)) != event.value
        ]
        course = replace(bare, events=(*bare.events, *kept))
        course.problem_at(step)  # refuses what does not fit together
        return course

    def without(self, step: int, key: str) -> Course:
        """The course without the change of `key` that was made once `step` steps were done."""
        events = tuple(event for event in self.events if (event.step, event.key) != (step, key))
        factors = self.factors if key != RATE_KEY else tuple(mark for mark in self.factors if mark != (step, 1.0))
        return replace(self, events=events, factors=factors)

    def _with(self, step: int, key: str, value: Value, note: str) -> Course:
        bare = self.without(step, key)
        events, factors = bare.events, bare.factors
        reduced = key == RATE_KEY and bare.timeline.factor(step) != 1.0
        if reduced or is_parameter(key) or bare.value(key, step) != value:
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

    @cached_property
    def _turns(self) -> tuple[Turn, ...]:
        """Where the problem becomes another one, the first at 0."""
        found: list[Turn] = [(0, self.problem)]
        for step, group in groupby(self._held, key=lambda held: held[0]):
            now = self._variant(found[-1][1], {event.key: event.value for _, event in group}, step)
            if step == 0:
                found.clear()
            found.append((step, now))
        return tuple(found)

    @cached_property
    def _held(self) -> list[tuple[int, Event]]:
        """The changes that make another problem, each with the steps that are done when it begins to hold, in order."""
        grid, found = self.problem.grid, []
        for event in self.events:
            if not _makes_another_problem(event.key):
                continue
            begin = event.step
            if event.key == changes.BATCH_SIZE:
                begin = grid.next_begin(begin)
                grid = changes.with_batch_size(self.problem, grid, begin, event.value)
            found.append((begin, event))
        return sorted(found, key=lambda held: held[0])

    def _variant(self, before: Problem, values: Mapping[str, Value], step: int) -> Problem:
        key = (id(before), tuple(values.items()), step if changes.BATCH_SIZE in values else 0)
        found = self._known.get(key)
        if found is None:
            plain = {key: as_plain(value) for key, value in values.items()}
            found = self._known[key] = changes.changed(before, plain, step)
        return found


def _makes_another_problem(key: str) -> bool:
    """Whether a change of `key` makes the problem another one; the others have their own say in each step."""
    return key not in LIVE_KEYS and not is_parameter(key)
