"""How many steps are due, by a clock of our own."""

from __future__ import annotations

import math

import pytest

from lrsim.session import pace as module
from lrsim.session.pace import Pace


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(module.time, "perf_counter", lambda: now[0])
    return now


def at_speed(speed: float) -> Pace:
    """One that has learnt that many steps fit into a slice."""
    pace = Pace(speed)
    for _ in range(10):
        pace.learn(1_000_000, 0.01, 0.01)
    pace.begin()
    return pace


def test_as_many_steps_as_the_speed_says(clock):
    pace, taken = at_speed(60), 0
    for _ in range(100):
        clock[0] += 0.01
        taken += pace.due(False)
    assert taken in (59, 60)


def test_a_slow_run_is_one_step_at_a_time(clock):
    pace, due = at_speed(2), []
    for _ in range(8):
        clock[0] += 0.25
        due.append(pace.due(False))
    assert due == [0, 1, 0, 1, 0, 1, 0, 1]


def test_the_delay_is_the_time_to_the_next_step(clock):
    pace = at_speed(4)
    assert pace.delay(False) == 0.25
    clock[0] += 0.125
    assert pace.due(False) == 0
    assert pace.delay(False) == 0.125
    assert pace.delay(True) == 0
    assert at_speed(math.inf).delay(False) == 0


def test_what_could_not_be_taken_in_time_is_forgiven(clock):
    pace = at_speed(1000)
    pace.relearn()  # now one step is a slice
    clock[0] += 60
    assert pace.due(False) == 1
    pace.learn(1, 1e-6, 0.5)
    for _ in range(8):
        pace.learn(1_000_000, 0.01, 0.01)
    assert pace.due(False) == 100, "a tenth of a second is owed, not a minute"
    assert pace.due(False) == 0


def test_time_before_the_start_does_not_count(clock):
    pace = at_speed(100)
    clock[0] += 50
    pace.begin()
    assert pace.due(False) == 0
    assert pace.delay(False) == 0.01


@pytest.mark.parametrize("unlimited", [False, True])
def test_without_a_limit_a_whole_slice_is_due(clock, unlimited):
    pace = Pace(3.0 if unlimited else math.inf)
    pace.begin()
    assert pace.due(unlimited) == 1
    pace.learn(1, 0.001, 0.016)
    assert pace.due(unlimited) == 4, "it grows by four at most"
    pace.learn(4, 0.004, 0.016)
    assert pace.due(unlimited) == 16
    pace.learn(16, 0.016, 0.016)
    assert pace.due(unlimited) == 16
    pace.learn(16, 1.6, 0.016)
    assert pace.due(unlimited) == 1, "never less than a step"


def test_a_call_that_took_no_time_is_no_harm():
    pace = Pace(math.inf)
    pace.learn(1, 0.0, 0.01)
    assert pace.due(True) == 4


def test_another_model_is_learnt_anew():
    pace = at_speed(math.inf)
    assert pace.due(False) > 1000
    pace.relearn()
    assert pace.due(False) == 1
