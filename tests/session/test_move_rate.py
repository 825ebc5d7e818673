"""A change of the rate is moved to another step, or taken away: the run is what it would have been with it there."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lrsim.experiment import files
from lrsim.experiment.keys import RATE_KEY, with_values
from lrsim.session.edits import EditKind
from lrsim.session.session import Session

BASE = with_values(files.load("circle"), [("data.samples", 40), ("training.epochs", 100), ("stop.target_error", 0.0)])


def trained(changes: dict[int, dict[str, object]], tip: int, **values: object) -> Session:
    """A session whose keys were changed after so many steps each."""
    session = Session(with_values(BASE, list(values.items())), trials=0.0)
    for step, keys in sorted(changes.items()):
        session.step(step - session.snapshot().tip)
        session.settle()
        session.fork(step, keys)
        session.settle()
    session.step(tip - session.snapshot().tip)
    session.settle()
    return session


def bits(session: Session) -> tuple[object, ...]:
    shown = session.snapshot()
    history, branch = shown.place.run.history, shown.place.branch
    rows = history.rows(branch, 0, shown.tip)
    return shown.step, shown.tip, shown.rate_marks, shown.theta.tobytes(), rows.tobytes()


@pytest.mark.parametrize(
    ("step", "to", "expected"),
    [
        (60, 20, {20: {RATE_KEY: 0.5}, 90: {RATE_KEY: 0.02}}),
        (60, 80, {80: {RATE_KEY: 0.5}, 90: {RATE_KEY: 0.02}}),
        (60, 90, {90: {RATE_KEY: 0.5}}),
        (60, None, {90: {RATE_KEY: 0.02}}),
        (90, 10, {10: {RATE_KEY: 0.02}, 60: {RATE_KEY: 0.5}}),
        (90, 150, {60: {RATE_KEY: 0.5}, 150: {RATE_KEY: 0.02}}),
        (90, None, {60: {RATE_KEY: 0.5}}),
        (60, 10**9, {90: {RATE_KEY: 0.02}, 150: {RATE_KEY: 0.5}}),
    ],
)
def test_the_run_is_the_one_with_the_change_there_bit_for_bit(step, to, expected):
    session = trained({60: {RATE_KEY: 0.5}, 90: {RATE_KEY: 0.02}}, 150)
    before = bits(session)
    session.move_rate(step, to)
    session.settle()
    assert bits(session) == bits(trained(expected, 150))
    edit = session.snapshot().done[-1].edit
    assert edit.kind is EditKind.MOVE
    assert edit.moved == (step + 1, None if to is None else min(to, 150) + 1)
    session.undo()
    session.settle()
    assert bits(session) == before


def test_what_else_was_changed_comes_again_parameters_and_optimizer_too():
    others = {50: {"W1[0,0]": 2.0}, 70: {"optimizer.name": "adam", RATE_KEY: 0.01}, 80: {"training.batch_size": 4}}
    session = trained({30: {RATE_KEY: 0.5}, **others}, 120)
    session.move_rate(30, 60)
    session.settle()
    assert bits(session) == bits(trained({**others, 60: {RATE_KEY: 0.5}}, 120))
    session.move_rate(70, 40)  # the rate alone: the optimizer stays where it was changed
    session.settle()
    rest = {50: others[50], 60: {RATE_KEY: 0.5}, 70: {"optimizer.name": "adam"}, 80: others[80]}
    assert bits(session) == bits(trained({40: {RATE_KEY: 0.01}, **rest}, 120))


def test_with_callbacks_the_run_is_that_of_the_change_too():
    plateau = {"schedule": {"name": "plateau", "monitor": "loss", "patience": 1}}
    session = trained({60: {RATE_KEY: 0.5}}, 200, **plateau)
    session.move_rate(60, 110)
    session.settle()
    assert bits(session) == bits(trained({110: {RATE_KEY: 0.5}}, 200, **plateau))


def test_a_run_that_diverges_on_the_way_ends_there_and_undo_leads_back():
    session = trained({60: {RATE_KEY: 1e300}}, 60)
    before = bits(session)
    session.move_rate(60, 5)
    session.settle()
    shown = session.snapshot()
    assert shown.finished == "diverged"
    assert shown.diverged_at is not None
    assert 5 < shown.tip <= 60
    assert not np.isfinite(shown.theta).all()
    session.undo()
    session.settle()
    assert bits(session) == before


@pytest.mark.parametrize("step", [0, 59, 61])
def test_where_no_hand_has_changed_it_nothing_can_be_moved(step):
    session = trained({60: {RATE_KEY: 0.5}}, 100)
    before = bits(session)
    number = session.move_rate(step, 10)
    session.settle()
    assert session.snapshot().refusal(number).why == f"rate: was not changed by hand after step {step}"
    assert bits(session) == before


def test_paused_on_the_way_it_stays_where_it_is_and_goes_on_without_what_was_still_to_come():
    session = trained({10: {RATE_KEY: 0.5}, 90_000: {RATE_KEY: 0.02}}, 100_000)
    session.move_rate(10, 20)
    for _ in range(1000):
        session.work(0.001)
        if 20 <= session.snapshot().tip <= 90_000:
            break
    session.pause()
    session.settle()
    shown = session.snapshot()
    assert 20 <= shown.tip < 90_000
    assert not shown.playing
    session.set_speed(math.inf)
    for _ in range(100_000):
        if session.snapshot().tip >= 91_000:
            break
        if not session.snapshot().playing:  # it has just been paused, or its epochs are over: on past that
            session.play()
        session.work(0.002)
    assert session.snapshot().tip >= 91_000
    assert session.snapshot().rate_marks == ((21, 0.5),)
