"""Callbacks in a run: the same in the window and headless, and the same again after time travel."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrsim.common.validation import ExperimentError
from lrsim.experiment import files as ex
from lrsim.experiment.keys import with_values
from lrsim.experiment.specs import Experiment
from lrsim.runs import run
from lrsim.runs.result import Block, Change, Result
from lrsim.schedules import callback_log
from lrsim.schedules.callback_log import Control, ControlLog
from lrsim.session.reader import SessionReader
from lrsim.session.session import Session
from lrsim.training import engine

X = [[0.15 * k - 1.0] for k in range(14)]
NOISE = [0.3, -0.4, 0.1, 0.5, -0.2, -0.5, 0.4, 0.0, -0.3, 0.2, 0.5, -0.1, -0.4, 0.3]
SIZE = 4
"""Steps of an epoch: 10 rows in batches of 3."""


def noisy_line(**changes: Any) -> Experiment:
    raw = {
        "data": {
            "source": "table", "inputs": X, "targets": [[2 * x[0] + e] for x, e in zip(X, NOISE)],
            "test_fraction": 0.3, "order": "shuffle",
        },
        "model": {"layers": [{"units": 3, "activation": "tanh"}, {"units": 1}], "dtype": "float64"},
        "training": {"loss": "mse", "batch_size": 3, "epochs": 40},
        "optimizer": {"lr": 0.3},
    }  # fmt: skip
    return with_values(ex.from_dict(raw), [(key.replace("__", "."), value) for key, value in changes.items()])


def reducing(**changes: Any) -> Experiment:
    keys = {"schedule__name": "plateau", "schedule__factor": 0.5, "schedule__patience": 2, "schedule__min_lr": 1e-3}
    return noisy_line(**keys | changes)


def stopping(**changes: Any) -> Experiment:
    return noisy_line(**{"stop__early_stopping__patience": 3, "training__epochs": 400} | changes)


def played(experiment: Experiment) -> Session:
    session = Session(experiment)
    session.set_speed(math.inf)
    session.play()
    session.settle()
    return session


def headless(experiment: Experiment, steps: int, changes: list[tuple[int, float]]) -> tuple[Result, list[float]]:
    """A run of its own, and its rates."""
    blocks: list[Block] = []
    result = run.run(
        engine.build(experiment),
        max_steps=steps,
        changes=[Change(step, "optimizer.lr", rate) for step, rate in changes],
        on_block=blocks.append,
    )
    return result, np.concatenate([np.empty(0), *(block.rates for block in blocks)]).tolist()


# --- plateau


@pytest.mark.parametrize("monitor", ["loss", "val_loss", "error", "val_error"])
@pytest.mark.parametrize("flavor", ["keras", "torch"])
def test_the_window_reduces_as_a_headless_run_does(monitor, flavor):
    experiment = reducing(schedule__monitor=monitor, optimizer__flavor=flavor)
    session = played(experiment)
    snapshot = session.snapshot()
    result, rates = headless(experiment, snapshot.tip, [])
    assert len(snapshot.reductions) >= 2
    assert snapshot.theta.tobytes() == result.theta.tobytes()
    rows = SessionReader(session).rows(snapshot, 1, snapshot.tip)
    assert [row.rate for row in rows] == rates
    changes = [(step, rate) for step, (before, rate) in enumerate(zip(rates, rates[1:]), start=2) if rate != before]
    seen = [mark for mark in snapshot.reductions if mark[0] <= snapshot.tip]
    assert seen == changes
    assert snapshot.rate_marks == snapshot.reductions
    assert snapshot.control.plateau.reduced_at == tuple(step // SIZE for step, _ in snapshot.reductions)


@settings(max_examples=40)
@given(data=st.data())
def test_any_step_is_that_of_a_run_of_its_own_whatever_was_done_before(data):
    experiment = reducing()
    session = Session(experiment)
    changes: dict[int, float] = {}
    cursor = tip = 0
    for _ in range(data.draw(st.integers(1, 8))):
        match data.draw(st.sampled_from(["train", "seek", "rate"])):
            case "train":
                steps = data.draw(st.integers(1, 60))
                session.step(steps)
                cursor += steps
                tip = max(tip, cursor)
            case "seek":
                cursor = data.draw(st.one_of(st.integers(0, tip), st.integers(0, tip // SIZE).map(lambda k: k * SIZE)))
                session.seek(cursor)
            case "rate":
                rate = data.draw(st.sampled_from([0.3, 0.2, 0.1, 0.05]))
                session.set_rate(rate)
                session.settle()
                if session.snapshot().tip < tip or cursor == tip:
                    changes = {step: value for step, value in changes.items() if step < cursor} | {cursor: rate}
                    tip = cursor
        session.settle()
        snapshot = session.snapshot()
        assert (snapshot.step, snapshot.tip) == (cursor, tip)
        expected, rates = headless(experiment, cursor, list(changes.items()))
        assert snapshot.theta.tobytes() == expected.theta.tobytes()
        assert [row.rate for row in SessionReader(session).rows(snapshot, 1, cursor)] == rates
        if cursor not in changes:
            assert snapshot.control == expected.control
        assert snapshot.rate == snapshot.control.factor * changes.get(
            max([step for step in changes if step <= cursor], default=0), 0.3
        )


def test_a_rate_set_by_hand_takes_the_place_of_the_reductions():
    session = played(reducing())
    first = session.snapshot().reductions[0][0]
    session.seek(first)
    session.settle()
    assert session.snapshot().rate == 0.15
    session.set_rate(0.3)
    session.settle()
    snapshot = session.snapshot()
    assert (snapshot.rate, snapshot.control.factor) == (0.3, 1.0)
    assert snapshot.rate_marks[-1] == (first + 1, 0.3)
    assert snapshot.reductions == ((first, 0.15),)
    session.set_rate(0.2)
    session.set_rate(0.3)
    session.settle()
    assert session.snapshot().rate == 0.3
    session.step(1)
    session.settle()
    assert SessionReader(session).rows(session.snapshot(), first + 1, first + 1)[0].rate == 0.3


def test_the_state_of_the_callbacks_can_be_seen_at_any_step():
    session = played(reducing(stop__early_stopping__patience=300))
    metrics = SessionReader(session).epochs(session.snapshot()).validation["loss"]
    state = SessionReader(session).problem.first_control()
    assert session.snapshot().control is not None
    for epoch in range(1, 41):
        state = state.after_epoch({"val_loss": metrics[epoch - 1]}, 0.3)
        for step in (epoch * SIZE, epoch * SIZE + 3):
            if step <= session.snapshot().tip:
                session.seek(step)
                session.settle()
                assert session.snapshot().control == state
    session.seek(2)
    session.settle()
    assert session.snapshot().control == SessionReader(session).problem.first_control()
    assert Session(noisy_line()).snapshot().control is None


def test_every_epoch_counts_though_the_log_is_thinned(monkeypatch):
    monkeypatch.setattr("lrsim.training.epochs.MOST_RECORDS", 8)
    experiment = reducing(training__epochs=100)
    session = played(experiment)
    assert len(SessionReader(session).epochs(session.snapshot()).steps) <= 8
    assert session.snapshot().control.plateau.epoch == 100
    assert session.snapshot().theta.tobytes() == headless(experiment, 400, [])[0].theta.tobytes()


def test_a_log_gives_back_every_control(monkeypatch):
    monkeypatch.setattr(callback_log, "KEPT_EVERY", 16)
    rng = np.random.default_rng(1)
    first = Control(callback_log.callbacks.Plateau(monitor="loss", patience=2, reduction=0.9))
    log, all_of_them = ControlLog(first, 7), [first]
    for k in range(3 * 16 + 5):
        all_of_them.append(log.add({"loss": rng.normal(), "val_loss": 0.0}, 0.1 + k % 3, k % 20 == 9))
    assert [log.at(7 + k) for k in range(len(all_of_them))] == all_of_them
    assert any(state.factor < 1 for state in all_of_them)


def test_nan_does_not_end_a_run_with_callbacks():
    experiment = reducing(optimizer__lr=1e12, stop__divergence=False)
    session = played(experiment)
    assert session.snapshot().finished == "epochs"
    assert session.snapshot().control.plateau.epoch == 40


# --- early stopping


def test_early_stopping_ends_at_the_same_step_everywhere():
    experiment = stopping()
    result = run.run(engine.build(experiment))
    snapshot = played(experiment).snapshot()
    assert result.stop_reason == snapshot.finished == "early_stopping"
    assert result.steps == snapshot.step == snapshot.tip < 1600
    assert result.steps == SIZE * result.control.early_stop.stopped_at
    assert snapshot.theta.tobytes() == result.theta.tobytes()
    assert snapshot.control == result.control
    best = int(np.argmin(result.history["val_loss"])) + 1
    assert result.control.early_stop.best_epoch == best == result.epochs - 3
    assert snapshot.message.startswith("Ended by early stopping, val_loss has not improved for 3 epochs since its best")


def test_the_best_parameters_come_back():
    experiment = stopping(stop__early_stopping__restore_best=True)
    result = run.run(engine.build(experiment))
    best = result.restored_epoch
    assert best == result.epochs - 3
    assert result.final["val_loss"] == result.history["val_loss"][best - 1] == min(result.history["val_loss"])
    session = played(experiment)
    snapshot = session.snapshot()
    assert (snapshot.step, snapshot.tip) == (SIZE * best, SIZE * result.epochs)
    assert snapshot.theta.tobytes() == result.theta.tobytes()
    assert f"those of epoch {best} (step {SIZE * best})" in snapshot.message
    assert snapshot.finished == "early_stopping"
    session.play()
    session.settle()
    later = session.snapshot()
    assert later.finished == "epochs"
    assert later.tip == 1600


def test_the_best_parameters_come_back_from_a_run_that_was_not_stopped():
    experiment = stopping(
        stop__early_stopping__restore_best=True, stop__early_stopping__patience=1000, training__epochs=60
    )
    result = run.run(engine.build(experiment))
    best = int(np.argmin(result.history["val_loss"])) + 1
    assert (result.stop_reason, result.restored_epoch, result.epochs) == ("epochs", best, 60)
    assert best < 60
    snapshot = played(experiment).snapshot()
    assert (snapshot.step, snapshot.tip) == (SIZE * best, 240)
    assert snapshot.theta.tobytes() == result.theta.tobytes()
    other = run.run(engine.build(noisy_line(training__epochs=60)))
    assert (other.restored_epoch, other.control) == (None, None)


@pytest.mark.parametrize(
    ("ends", "reason"),
    [({"schedule__name": "expression", "schedule__expression": "lr if epoch < 3 else 1e200"}, "diverged"),
     ({"stop__target_error": 0.3, "stop__min_steps": SIZE * 4 + 1}, "target_error")],
)  # fmt: skip
def test_the_best_parameters_come_back_whatever_ended_the_run(ends, reason):
    experiment = stopping(stop__early_stopping__restore_best=True, stop__early_stopping__patience=1000, **ends)
    result = run.run(engine.build(experiment))
    best = int(np.nanargmin(result.history["val_loss"])) + 1
    assert (result.stop_reason, result.restored_epoch) == (reason, best)
    assert result.final["val_loss"] == result.history["val_loss"][best - 1]
    snapshot = played(experiment).snapshot()
    assert (snapshot.step, snapshot.tip) == (SIZE * best, result.steps)
    assert snapshot.theta.tobytes() == result.theta.tobytes()
    assert snapshot.finished == reason
    assert f"those of epoch {best} (step {SIZE * best})" in snapshot.message


def test_nothing_comes_back_from_a_first_epoch_that_was_not_whole():
    experiment = stopping(stop__early_stopping__restore_best=True, optimizer__lr=1e200)
    result = run.run(engine.build(experiment))
    assert (result.stop_reason, result.restored_epoch) == ("diverged", None)
    snapshot = played(experiment).snapshot()
    assert (snapshot.finished, snapshot.step) == ("diverged", result.steps)


def test_a_branch_before_the_stop_can_stop_again():
    session = played(stopping())
    stopped = session.snapshot().step
    session.seek(SIZE * 2 + 1)
    session.set_rate(0.05)
    session.settle()
    assert session.snapshot().control.early_stop.epoch == 2
    session.play()
    session.settle()
    snapshot = session.snapshot()
    assert snapshot.finished == "early_stopping"
    expected = run.run(engine.build(stopping()), changes=[Change(SIZE * 2 + 1, "optimizer.lr", 0.05)])
    assert (snapshot.step, snapshot.control) == (expected.steps, expected.control)
    assert snapshot.theta.tobytes() == expected.theta.tobytes()
    assert snapshot.step != stopped


def test_a_figure_that_the_run_does_not_have_is_refused_before_it_begins():
    for changes in ({"data__test_fraction": 0.0}, {"stop__early_stopping__monitor": "val_accuracy"}):
        with pytest.raises(ExperimentError, match=r"^stop\.early_stopping\.monitor: expected one of loss, error"):
            engine.build(stopping(**changes))


# --- rates that an expression does not have

ENDING = {"schedule__name": "expression", "training__epochs": 1100,
          "schedule__expression": "0.01 if epoch < 1050 else 1 / 0"}  # fmt: skip


def test_a_run_goes_as_far_as_there_are_rates():
    result = run.run(engine.build(noisy_line(**ENDING)))
    assert (result.steps, result.stop_reason) == (1050 * SIZE, "interrupted")
    assert str(result.error).startswith("schedule.expression: ")
    assert result.as_dict()["error"] == str(result.error)
    session = played(noisy_line(**ENDING))
    snapshot = session.snapshot()
    assert (snapshot.step, snapshot.playing, snapshot.finished) == (1050 * SIZE, False, None)
    assert snapshot.message == str(result.error)
    assert snapshot.theta.tobytes() == result.theta.tobytes()
    assert math.isnan(snapshot.rate)
    session.step(5)
    session.settle()
    assert session.snapshot().step == 1050 * SIZE
    session.run_to(10**6)
    session.settle()
    assert (session.snapshot().step, session.snapshot().playing) == (1050 * SIZE, False)


def test_a_rate_for_which_the_expression_fails_is_refused():
    session = Session(noisy_line(schedule__name="expression", schedule__expression="0.1 / (lr0 - 0.5) ** 2"))
    session.set_rate(0.5)
    session.settle()
    assert session.snapshot().message.startswith("schedule.expression: ")
    assert session.snapshot().rate_marks == ()
