"""Rates are tried beside a session's run: when they are, what becomes of them, and that the run stays as it is."""

from __future__ import annotations

import time

import numpy as np
import pytest

from lrsim.common.validation import ExperimentError
from lrsim.experiment import files
from lrsim.experiment.keys import with_values
from lrsim.runs.run import run
from lrsim.session.session import Session
from lrsim.training import engine

TOO_LOW = [("optimizer.lr", 1e-5), ("training.epochs", 30), ("data.samples", 120)]


def slow(**more: object) -> Session:
    """A run whose rate is far too low, at its end."""
    session = Session(with_values(files.load("circle"), [*TOO_LOW, *more.items()]))
    session.run_to(session.snapshot().place.run.problem.total_steps)
    session.settle()
    return session


def advised(session: Session) -> tuple[str, object]:
    session.settle(advised=True)
    verdict = session.snapshot().verdict
    return verdict.text, verdict.tried


@pytest.mark.parametrize(
    ("preset", "changes"),
    [
        ("circle", TOO_LOW),
        ("clip250", [("optimizer.lr", 1.0), ("training.epochs", 40)]),
        ("plane", [("optimizer.lr", 1e-5), ("training.epochs", 40), ("schedule.name", "plateau"),
                   ("schedule.monitor", "loss"), ("schedule.patience", 2)]),
        ("gauss", [("optimizer.lr", 3e-4), ("training.epochs", 20), ("data.order", "shuffle"),
                   ("training.batch_size", 32)]),
    ],
)  # fmt: skip
def test_a_run_gets_the_same_advice_as_without_a_window(preset, changes):
    experiment = with_values(files.load(preset), changes)
    result = run(engine.build(experiment), trials=1.0)
    session = Session(experiment)
    session.play()
    session.set_speed(float("inf"))
    text, tried = advised(session)
    assert session.snapshot().finished == result.stop_reason
    assert tried == result.verdict.tried
    assert text == result.verdict.text


def test_nothing_is_advised_before_it_was_tried():
    session = slow()
    before = session.snapshot().verdict
    assert before.code == "too_slow"
    text, tried = advised(session)
    assert tried.done
    assert session.snapshot().verdict.suggested_rate == tried.best.rate > 1e-5
    assert "Try " in text


def test_the_run_stays_as_it_is():
    session = slow()
    before = session.snapshot()
    advised(session)
    after = session.snapshot()
    assert (after.place, after.tip, after.lr, after.done) == (before.place, before.tip, before.lr, before.done)
    assert np.array_equal(after.theta, before.theta)
    assert len(before.place.run.history.branches) == 1


def test_nothing_is_tried_where_the_rate_is_not_in_question():
    session = Session(files.load("clip250"))
    session.step(3)
    session.settle(advised=True)
    assert session.snapshot().verdict.tried is None


def test_what_was_tried_lapses_with_the_place_and_is_tried_anew():
    session = slow()
    _, first = advised(session)
    session.step_back(40)
    session.settle()
    assert session.snapshot().verdict.tried is None
    _, second = advised(session)
    assert second.done
    assert second != first


def test_a_rate_that_won_is_taken_on_a_new_branch_and_taken_back():
    session = slow()
    _, tried = advised(session)
    before = session.snapshot()
    session.fork(0, {"optimizer.lr": tried.best.rate})
    session.settle()
    forked = session.snapshot()
    assert (forked.step, forked.tip, forked.lr) == (0, 0, tried.best.rate)
    session.run_to(before.tip)
    session.settle()
    assert session.snapshot().verdict.code != "too_slow"
    session.undo()
    session.settle()
    back = session.snapshot()
    assert (back.place.branch, back.step, back.tip, back.lr) == (before.place.branch, before.step, before.tip, 1e-5)
    session.redo()
    session.settle()
    assert (session.snapshot().tip, session.snapshot().lr) == (before.tip, tried.best.rate)


def test_a_rate_that_was_used_from_the_start_already_is_not_advised_again():
    session = slow()
    _, tried = advised(session)
    session.fork(0, {"optimizer.lr": 2e-5})
    session.run_to(session.snapshot().place.run.problem.total_steps)
    session.settle()
    _, again = advised(session)
    assert again.best is None or again.best.rate != 1e-5
    session.fork(0, {"optimizer.lr": tried.best.rate})
    session.run_to(session.snapshot().place.run.problem.total_steps)
    session.settle()
    _, last = advised(session)
    assert last is None or last.best is None or last.best.rate not in (1e-5, 2e-5)


@pytest.mark.parametrize("values", [{"optimizer.lr": -1.0}, {"training.batch_size": 0}, {"optimizer.lr": float("nan")}])
def test_a_fork_that_does_not_fit_is_refused_and_nothing_is_lost(values):
    session = slow()
    before = session.snapshot()
    command = session.fork(3, values)
    session.settle()
    after = session.snapshot()
    assert isinstance(after.refusal(command).error, ExperimentError)
    assert (after.place, after.tip, after.done) == (before.place, before.tip, before.done)


def test_a_fork_beyond_what_was_trained_begins_at_the_newest_step():
    session = slow()
    session.fork(10**9, {"optimizer.lr": 0.1})
    session.settle()
    after = session.snapshot()
    assert after.step == after.tip == after.place.run.problem.total_steps
    assert after.place.branch.fork == after.tip


def test_playing_at_a_speed_leaves_time_to_try_and_at_full_speed_none():
    session = Session(with_values(files.load("circle"), [*TOO_LOW, ("training.epochs", 100_000)]))
    session.run_to(300)
    session.settle()
    session.set_speed(1.0)
    session.play()
    end = time.monotonic() + 60
    while (session.snapshot().verdict.tried is None or not session.snapshot().verdict.tried.trials) and (
        time.monotonic() < end
    ):
        time.sleep(min(session.work() or 0.0, 0.05))
    assert session.snapshot().verdict.tried.trials
    session.pause()
    session.settle()
    session.set_speed(float("inf"))
    session.play()
    for _ in range(200):
        session.work()
    assert session.snapshot().playing
    tried = session.snapshot().verdict.tried
    assert tried is None or not tried.done
