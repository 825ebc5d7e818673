"""The rates of a whole line of training, beside those that the steps used."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrsim.experiment.files import load
from lrsim.experiment.keys import with_values
from lrsim.schedules.timeline import steps_between
from lrsim.session.reader import SessionReader
from lrsim.session.session import Session

SCHEDULES = ["constant", "step", "exponential", "cosine", "one_cycle", "cyclic", "plateau", "warmup", "expression"]


def session_with(**values: object) -> Session:
    plain = {key.replace("__", "."): value for key, value in values.items()}
    return Session(with_values(load("spiral"), {"training.epochs": 20, **plain}.items()))


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_line_says_what_the_steps_used(name):
    session = session_with(schedule__name=name, optimizer__lr=0.3)
    if name == "plateau":
        session = session_with(schedule__name=name, schedule__patience=1, optimizer__lr=0.3)
    session.run_to(90)
    session.settle()
    session.set_rate(0.05)
    session.run_to(200)
    session.settle()
    snapshot = session.snapshot()
    used = [row.rate for row in SessionReader(session).rows(snapshot, 1, 200)]
    assert SessionReader(session).rate_line(snapshot).at(np.arange(200)).tolist() == pytest.approx(used, rel=1e-12)


def test_what_is_foreseen_is_what_comes_when_nothing_is_changed():
    session = session_with(schedule__name="cosine")
    session.run_to(100)
    session.settle()
    foreseen = SessionReader(session).rate_line(session.snapshot()).at(np.arange(300))
    session.run_to(300)
    session.settle()
    used = [row.rate for row in SessionReader(session).rows(session.snapshot(), 1, 300)]
    assert foreseen.tolist() == pytest.approx(used, rel=1e-12)


def test_it_is_the_same_value_as_long_as_no_rate_changes():
    session = session_with(schedule__name="cosine")
    before = SessionReader(session).rate_line(session.snapshot())
    session.run_to(50)
    session.settle()
    assert SessionReader(session).rate_line(session.snapshot()) == before
    session.set_rate(0.5)
    session.settle()
    assert SessionReader(session).rate_line(session.snapshot()) != before


def test_an_expression_without_a_rate_is_not_a_number_there():
    session = session_with(schedule__name="expression", schedule__expression="lr0 if epoch < 2000 else 0")
    line = SessionReader(session).rate_line(session.snapshot())
    epoch = SessionReader(session).problem.steps_per_epoch
    rates = line.at(np.array([0, 1999 * epoch, 2000 * epoch, 2001 * epoch]))
    assert np.isfinite(rates).tolist() == [True, True, False, False]


def test_long_recurrences_are_foreseen_only_so_far():
    session = session_with(schedule__name="expression", schedule__per="step", schedule__expression="lr * 0.9999",
                           training__epochs=100_000)  # fmt: skip
    line = SessionReader(session).rate_line(session.snapshot())
    assert line.foreseen(10) < line.grid.total_steps
    assert math.isfinite(line.at(np.array([line.foreseen(10) - 1]))[0])


@given(
    st.integers(0, 1000), st.integers(0, 100_000), st.integers(1, 500), st.lists(st.integers(0, 101_000), max_size=5)
)
@settings(max_examples=60)
def test_steps_between_rise_stay_inside_and_hold_what_was_asked_for(first, length, most, also):
    last = first + length
    steps = steps_between(first, last, most, also)
    assert steps[0] == first
    assert steps[-1] == last
    assert np.all(np.diff(steps) > 0)
    assert {step for step in also if first <= step <= last} <= set(steps.tolist())
    assert len(steps) <= max(most, 2) + len(also)
