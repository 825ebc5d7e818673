"""How many steps are due, by a clock of our own."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lrsim.common.validation import ExperimentError
from lrsim.experiment.files import load, presets
from lrsim.session import pace as module
from lrsim.session.pace import Pace, proposed_speed
from lrsim.session.session import Session


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


@pytest.mark.parametrize(
    ("steps_per_epoch", "speed"), [(1, 30), (5, 30), (6, 50), (10, 100), (21, 200), (48, 500), (233, 1000)]
)
def test_a_proposed_speed_is_a_round_number_that_follows_the_epochs(steps_per_epoch, speed):
    assert proposed_speed(steps_per_epoch) == speed


@pytest.mark.parametrize("name", [preset.name for preset in presets()])
def test_within_two_seconds_at_the_proposed_speed_something_is_seen_to_happen(clock, name):
    try:
        session = Session(load(name))
    except ExperimentError as error:
        if error.where != "data.path":
            raise
        pytest.skip(str(error))
    start = session.snapshot().theta.astype(float)
    session.play()
    end = clock[0] + 2.0
    while clock[0] < end:
        clock[0] += 0.01
        session.work()
    seen = session.snapshot()
    assert seen.playing or seen.finished is not None
    moved = np.abs(seen.theta.astype(float) - start).max()
    assert seen.diverged_at is not None or moved > 0.2 * np.abs(start).max()


def test_the_speed_follows_the_experiment_until_one_is_chosen():
    session = Session(load("clip250"))
    assert session.snapshot().speed == 50
    session.load(load("circle"))
    session.settle()
    assert session.snapshot().speed == 200
    session.set_speed(70)
    session.load(load("clip250"))
    session.settle()
    assert session.snapshot().speed == 70
