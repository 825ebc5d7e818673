"""Range test and rates for each layer in use: the run stays as it is, a rate for each layer trains as it says."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lrsim.common.validation import ExperimentError
from lrsim.experiment import files as ex
from lrsim.experiment.keys import MULTIPLIERS_KEY, with_values
from lrsim.experiment.specs import Experiment
from lrsim.instruments.layer_rates import LayerTrial
from lrsim.instruments.range_test import RangeTrial
from lrsim.runs import run
from lrsim.runs.result import Change
from lrsim.session.commands import SetLive
from lrsim.session.reader import SessionReader
from lrsim.session.session import Session
from lrsim.training import engine


def net(**changes: Any) -> Experiment:
    raw = {
        "data": {"source": "plane", "samples": 60, "noise": 0.1, "test_fraction": 0.2, "order": "shuffle"},
        "model": {"layers": [{"units": 6, "activation": "tanh"}, {"units": 1}], "dtype": "float64"},
        "training": {"batch_size": 7, "epochs": 30},
        "optimizer": {"lr": 0.05},
    }
    return with_values(ex.from_dict(raw), [(key.replace("__", "."), value) for key, value in changes.items()])


def line(**changes: Any) -> Experiment:
    return net(model__layers=[{"units": 1}], **changes)


def at(experiment: Experiment, step: int) -> Session:
    session = Session(experiment)
    session.step(step)
    session.settle()
    return session


# --- range test


def test_the_run_is_bit_for_bit_as_it_was_before():
    untouched = at(net(), 40)
    session = at(net(), 23)
    before = session.snapshot()
    session.find_rates(1e-6, 100.0, 80)
    session.settle()
    after = session.snapshot()
    assert after.theta.tobytes() == before.theta.tobytes()
    assert (after.step, after.tip, after.rate, after.place) == (before.step, before.tip, before.rate, before.place)
    session.step(17)
    session.settle()
    assert session.snapshot().theta.tobytes() == untouched.snapshot().theta.tobytes()
    rows = SessionReader(untouched).rows(untouched.snapshot(), 1, 40)
    assert SessionReader(session).rows(session.snapshot(), 1, 40) == rows


def test_it_begins_where_the_cursor_stands():
    session = at(net(), 23)
    session.seek(11)
    session.find_rates(1e-4, 1.0, 50)
    session.settle()
    found = session.snapshot().range_test
    assert (found.step, session.snapshot().busy) == (11, None)
    problem = SessionReader(session).problem
    state = problem.start()
    engine.advance(problem, state, np.full(11, 0.05))
    data = problem.data
    for rate, loss in zip(found.test.rates[:20], found.test.losses[:20]):
        assert loss == engine.evaluate(problem, state.theta, data.X_train, data.Y_train)["loss"]
        engine.advance(problem, state, np.array([rate]))
    assert found.test.suggestions


def test_large_sets_take_the_loss_of_each_batch(monkeypatch):
    monkeypatch.setattr("lrsim.instruments.range_test.MEASURED_WHOLE", 10)
    problem = engine.build(net())
    trial = RangeTrial(problem, problem.start(), (), 1e-3, 1.0, 12)
    trial.work(math.inf)
    found = trial.result().test
    record = np.empty((len(problem.columns), 12))
    engine.advance(problem, problem.start(), found.rates, record=record)
    assert found.losses.tobytes() == record[0].tobytes()


def test_the_worker_stays_responsive_and_can_cancel():
    session = Session(net())
    session.find_rates(1e-9, 1e-8, 100_000)
    assert session.work() == 0.0
    snapshot = session.snapshot()
    assert (snapshot.busy, snapshot.range_test.test.stop_reason) == ("range_test", "running")
    assert 0 < len(snapshot.range_test.test.rates) < 100_000
    session.step(3)
    session.work()
    assert session.snapshot().step == 3
    session.cancel()
    session.settle()
    snapshot = session.snapshot()
    assert (snapshot.busy, snapshot.range_test.test.stop_reason) == (None, "cancelled")
    assert len(snapshot.range_test.test.rates) < 100_000


def test_another_experiment_ends_the_test_of_the_first():
    session = Session(net())
    session.find_rates(1e-9, 1e-8, 100_000)
    session.work()
    session.load(line())
    session.settle()
    assert (session.snapshot().busy, session.snapshot().range_test) == (None, None)


@pytest.mark.parametrize("bounds", [(0.0, 1.0, 10), (1.0, 1.0, 10), (1.0, math.inf, 10), (1.0, 2.0, 1), ("a", 2, 3)])
def test_bounds_that_make_no_sense_are_refused_in_words(bounds):
    session = Session(net())
    session.find_rates(*bounds)
    session.settle()
    assert session.snapshot().message.startswith("range test: ")
    assert session.snapshot().range_test is None


# --- a rate for each layer


def test_tuning_applies_as_a_change_that_can_be_taken_back():
    session = at(net(), 9)
    before = session.snapshot()
    session.auto_tune()
    session.settle()
    tuned = session.snapshot()
    assert (tuned.step, tuned.tip, len(tuned.multipliers)) == (9, 9, 2)
    assert tuned.multipliers != before.multipliers
    assert "probe steps over the training set lowered the loss" in tuned.tuning
    session.step(5)
    session.settle()
    assert session.snapshot().tuning == tuned.tuning
    assert session.snapshot().rate_marks == ((10, tuned.rate),)
    session.seek(4)
    session.settle()
    assert session.snapshot().tuning is None
    session.restore(before.place)
    session.settle()
    again = session.snapshot()
    assert (again.tip, again.rate, again.multipliers, again.tuning) == (9, 0.05, (), None)


def test_tuning_looks_at_the_training_set_alone():
    problem = engine.build(net())
    spoilt = replace(problem.data, X_test=problem.data.X_test * 1e6, Y_test=problem.data.Y_test - 1e6)
    other = replace(problem, data=spoilt)
    found = []
    for each in (problem, other):
        trial = LayerTrial(each, each.theta)
        trial.work(math.inf)
        found.append(trial.result().rates.tolist())
    assert found[0] == found[1]


def test_large_models_are_tuned_on_a_part_of_the_rows(monkeypatch):
    monkeypatch.setattr("lrsim.instruments.layer_rates.TUNED_ON", 1)
    monkeypatch.setattr("lrsim.instruments.layer_rates.FEWEST_ROWS", 20)
    problem = engine.build(net())
    trial = LayerTrial(problem, problem.theta)
    trial.work(math.inf)
    assert trial.rows == 20
    assert trial.text(trial.result()).endswith("Measured on 20 of the 48 training rows.")


def test_a_tuning_that_the_run_has_left_behind_is_dropped():
    session = at(net(), 9)
    session.auto_tune()
    session.step(1)
    session.settle()
    snapshot = session.snapshot()
    assert (snapshot.step, snapshot.rate, snapshot.multipliers) == (10, 0.05, ())
    assert "moved on" in snapshot.message


def test_where_nothing_can_be_tuned_it_says_so():
    flat = net(data__source="table", data__inputs=[[1.0], [2.0]], data__targets=[[0.0], [0.0]], model__init="zeros",
                data__test_fraction=0.0, data__task="regression")  # fmt: skip
    session = at(flat, 2)
    session.auto_tune()
    session.settle()
    assert session.snapshot().message.startswith("The layers' rates stay as they are")
    assert session.snapshot().rate == 0.05


def test_multipliers_hold_from_their_step_on_through_time_travel_and_forks():
    session = at(net(), 20)
    session.send(SetLive(MULTIPLIERS_KEY, (0.5, 0.0)))
    session.step(15)
    session.settle()
    tip = session.snapshot()
    assert tip.multipliers == (0.5, 0.0)
    problem = engine.build(net())
    state = problem.start()
    engine.advance(problem, state, np.full(20, 0.05))
    middle = state.theta.copy()
    engine.advance(problem, state, np.full(15, 0.05), multipliers=(0.5, 0.0))
    assert tip.theta.tobytes() == state.theta.tobytes()
    frozen = problem.network.unpack(state.theta)[1][0]
    assert frozen.tobytes() == problem.network.unpack(middle)[1][0].tobytes()
    changes = [Change(20, "optimizer.multipliers", [0.5, 0.0])]
    assert run.run(problem, max_steps=35, changes=changes).theta.tobytes() == tip.theta.tobytes()
    session.seek(27)
    session.set_rate(0.01)
    session.step(8)
    session.settle()
    expected = run.run(problem, max_steps=35, changes=[*changes, Change(27, "optimizer.lr", 0.01)])
    assert session.snapshot().theta.tobytes() == expected.theta.tobytes()
    session.reset()
    session.settle()
    assert (session.snapshot().rate, session.snapshot().multipliers) == (0.01, (0.5, 0.0))


def test_rates_for_each_layer_lower_the_loss():
    session = at(net(), 5)
    session.auto_tune()
    session.settle()
    tuned = session.snapshot()
    assert len(tuned.multipliers) == 2
    assert math.prod(tuned.multipliers) == pytest.approx(1.0)
    session.step(21)
    session.settle()
    data = SessionReader(session).problem.data
    losses = [
        engine.evaluate(SessionReader(session).problem, theta, data.X_train, data.Y_train)["loss"]
        for theta in (tuned.theta, session.snapshot().theta)
    ]
    assert losses[1] < losses[0]


@pytest.mark.parametrize("value", [[1.0], [1.0, 2.0, 3.0], [-1.0, 1.0], [math.nan, 1.0], "fast"])
def test_impossible_multipliers_are_refused(value):
    with pytest.raises(ExperimentError, match=r"^optimizer\.multipliers: expected"):
        net(optimizer__multipliers=value)
    with pytest.raises(ExperimentError, match=r"^optimizer\.multipliers: expected"):
        run.checked_changes(engine.build(net()), [Change(3, "optimizer.multipliers", value)])
    session = Session(net())
    session.send(SetLive(MULTIPLIERS_KEY, value))
    session.settle()
    assert session.snapshot().message.startswith("optimizer.multipliers: expected")


def test_multipliers_are_part_of_the_experiment():
    assert net(optimizer__multipliers=[1, 0.1]).optimizer.multipliers == (1.0, 0.1)
    assert net().optimizer.multipliers == ()
    assert ex.from_dict(ex.to_dict(net(optimizer__multipliers=[1, 0.1]))) == net(optimizer__multipliers=[1, 0.1])
