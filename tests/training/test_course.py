"""The changes of live keys along a line of training, and the rates that follow from them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lrsim.experiment.files import load
from lrsim.experiment.keys import MULTIPLIERS_KEY, RATE_KEY
from lrsim.training import engine
from lrsim.training.course import Course

PROBLEM = engine.build(load("rule-halving"))


def test_without_changes_every_key_has_the_value_of_the_experiment():
    course = Course(PROBLEM)
    for step in (0, 1, 10**9):
        assert course.value(RATE_KEY, step) == PROBLEM.experiment.optimizer.lr
        assert course.value("training.l2", step) == PROBLEM.experiment.training.l2
        assert course.multipliers(step) == ()


def test_an_event_of_any_key_is_carried_and_is_no_rate():
    course = Course(PROBLEM).with_value(5, "training.l2", 0.25).with_value(7, RATE_KEY, 0.125)
    assert [course.value("training.l2", step) for step in (4, 5, 9)] == [0.0, 0.25, 0.25]
    assert course.timeline.base(6) == PROBLEM.experiment.optimizer.lr
    assert course.timeline.base(7) == 0.125
    assert list(course.turns(0, 100)) == [5]


def test_a_second_change_at_a_step_replaces_the_first_and_going_back_leaves_nothing():
    begin = Course(PROBLEM)
    lr = PROBLEM.experiment.optimizer.lr
    changed = begin.with_value(3, RATE_KEY, 1.0).with_value(3, RATE_KEY, 2.0)
    assert [(event.step, event.value) for event in changed.events] == [(3, 2.0)]
    assert changed.with_value(3, RATE_KEY, lr).events == ()
    assert begin.events == ()


def test_a_rate_set_by_hand_ends_what_callbacks_have_made_of_it():
    course = Course(PROBLEM).with_factor(10, 0.5)
    again = course.with_value(12, RATE_KEY, PROBLEM.experiment.optimizer.lr)
    assert [again.timeline.factor(step) for step in (9, 10, 11, 12)] == [1.0, 0.5, 0.5, 1.0]
    assert len(again.events) == 1, "the same rate, set anew, counts where it was reduced"
    layers = course.with_value(12, MULTIPLIERS_KEY, (0.5,))
    assert layers.timeline.factor(12) == 0.5


@given(
    bases=st.lists(st.tuples(st.integers(0, 300), st.floats(1e-6, 1.0)), max_size=4),
    marks=st.lists(st.tuples(st.integers(1, 300), st.sampled_from([0.5, 0.1, 0.7])), max_size=4),
    start=st.integers(0, 300),
    count=st.integers(1, 300),
)
def test_rates_are_the_same_however_they_are_asked_for(bases, marks, start, count):
    course = Course(PROBLEM)
    for step, value in sorted(bases):
        course = course.with_value(step, RATE_KEY, value)
    for step, factor in sorted(marks):
        course = course.with_factor(step, factor)
    timeline = course.timeline
    found = timeline.rates(start, count)
    assert found.shape == (count,)
    assert found.tolist() == [float(timeline.rates(start + k, 1)[0]) for k in range(count)]
    assert found.tolist() == timeline.at(np.arange(start, start + count)).tolist()
    assert found.tolist() == [
        float(engine.rates(PROBLEM, timeline.base(k), k, 1)[0]) * timeline.factor(k)
        for k in range(start, start + count)
    ]


def test_a_fork_inherits_what_held_by_then():
    course = Course(PROBLEM).with_value(2, RATE_KEY, 0.5).with_factor(6, 0.1).with_value(8, RATE_KEY, 0.25)
    early = course.up_to(6)
    assert [event.step for event in early.events] == [2]
    assert early.factors == ((6, 0.1),)
    assert course.up_to(5).factors == ()
    assert course.up_to(8).timeline == course.timeline
