"""Time travel: any step can be reached again, bit for bit, whatever was done in between."""

from __future__ import annotations

import math
import time
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrsim.experiment import files
from lrsim.experiment.keys import with_value
from lrsim.experiment.specs import Experiment
from lrsim.session.reader import SessionReader
from lrsim.session.session import Session
from lrsim.training import engine

ENDLESS = {"stop.target_error": 0.0, "training.epochs": 10**9}


def changed(name: str, **values: Any) -> Experiment:
    result = files.load(name)
    for key, value in values.items():
        result = with_value(result, key, value)
    return result


def endless(**values: Any) -> Experiment:
    return changed("clip250", **ENDLESS, **values)


def small_net(**values: Any) -> Experiment:
    """Two layers, batches of 2 of 5 shuffled samples: the last batch of an epoch is smaller."""
    raw = {
        "data": {
            "source": "table",
            "inputs": [[0.1, 0.2], [0.5, -0.3], [-0.4, 0.8], [0.9, 0.1], [-0.7, -0.6]],
            "targets": [[0.3], [0.1], [-0.2], [0.8], [-0.5]],
            "order": "shuffle",
        },
        "model": {"layers": [{"units": 3, "activation": "tanh"}, {"units": 1}], "dtype": "float64"},
        "training": {"loss": "mse", "batch_size": 2, "epochs": 10**6},
        "optimizer": {"lr": 0.05},
    }
    result = files.from_dict(raw)
    for key, value in values.items():
        result = with_value(result, key, value)
    return result


def fresh(setup: Experiment, rates: list[float]) -> engine.State:
    """A run of its own with these rates, nothing recorded."""
    problem = engine.build(setup)
    state = problem.start()
    engine.advance(problem, state, np.array(rates, dtype=np.float64))
    return state


def same(a: np.ndarray, b: np.ndarray) -> bool:
    return a.tobytes() == b.tobytes()


def session_at(setup: Experiment, steps: int, **options: Any) -> Session:
    session = Session(setup, **options)
    session.step(steps)
    session.settle()
    return session


@settings(max_examples=60)
@given(data=st.data())
@pytest.mark.parametrize("setup", [endless(), small_net()], ids=["clip250", "small-net"])
def test_any_step_equals_a_fresh_run(setup: Experiment, data: st.DataObject) -> None:
    rates = st.floats(1e-7, 1e-4) if setup.data.source == "clip250" else st.floats(1e-4, 1.0)
    session = Session(setup)
    used: list[float] = []  # the rates of the branch at hand, step by step
    rate = setup.optimizer.lr
    cursor = 0
    for _ in range(data.draw(st.integers(1, 8))):
        match data.draw(st.sampled_from(["train", "seek", "rate", "reset"])):
            case "train":
                steps = data.draw(st.integers(1, 700))
                session.step(steps)
                cursor += steps
                used += [rate] * (cursor - len(used))
            case "seek":
                cursor = data.draw(st.integers(0, len(used)))
                session.seek(cursor)
            case "rate":
                new = data.draw(rates)
                session.set_rate(new)
                if new != (used[cursor] if cursor < len(used) else rate):
                    used = used[:cursor]
                    rate = new
            case "reset":
                rate = used[cursor] if cursor < len(used) else rate
                session.reset()
                cursor, used = 0, []
        session.settle()
        snapshot = session.snapshot()
        assert snapshot.step == cursor
        if cursor >= len(used):
            assert snapshot.rate == rate
        assert same(snapshot.theta, fresh(setup, used[:cursor]).theta)
        if cursor:
            assert SessionReader(session).rows(snapshot, cursor, cursor)[0].rate == used[cursor - 1]


@pytest.mark.parametrize("steps", [1, 7, 1000])
def test_slices_do_not_matter(steps: int) -> None:
    setup = small_net()
    whole = fresh(setup, [0.05] * 3000)
    session = Session(setup)
    for _ in range(-(-3000 // steps)):
        session.step(steps)
    session.seek(3000)
    session.settle()
    assert same(session.snapshot().theta, whole.theta)


def test_rows_come_back_by_replay_once_memory_is_short() -> None:
    budget = 16 << 20
    session = session_at(endless(), 2_000_000, memory_budget=budget)
    snapshot = session.snapshot()
    assert snapshot.place.run.history.nbytes <= budget
    assert SessionReader(session).rows(snapshot, 400_000, 400_010) is None
    session.settle()
    rows = SessionReader(session).rows(snapshot, 400_000, 400_010)
    assert rows is not None
    expected = fresh(endless(), [1e-5] * 400_000)
    assert rows[0].step == 400_000
    assert rows[0].parameters == tuple(expected.theta.tolist())
    session.seek(1_234_567)
    session.settle()
    assert same(session.snapshot().theta, fresh(endless(), [1e-5] * 1_234_567).theta)


def test_a_summary_holds_the_extremes_of_every_row() -> None:
    session = session_at(endless(), 300_000, memory_budget=4 << 20)
    snapshot = session.snapshot()
    series = SessionReader(session).series(snapshot, ["W", "error"], 0, 300_000, 500)
    raw = np.empty((4, 300_000))
    problem = engine.build(endless())
    engine.advance(problem, problem.start(), np.full(300_000, 1e-5), record=raw)
    assert not series.exact
    assert np.nanmax(series.high["error"]) == raw[1].max()
    assert np.nanmin(series.low["error"]) == raw[1].min()
    assert series.low["W"][0] == 0.1
    assert series.high["W"][1:].max() == raw[2].max()


def test_a_zoomed_series_is_exact() -> None:
    session = session_at(endless(), 5000)
    series = SessionReader(session).series(session.snapshot(), ["W"], 100, 200, 1000)
    assert series.exact
    assert series.x.tolist() == list(range(100, 201))
    assert series.low["W"][0] == fresh(endless(), [1e-5] * 100).theta[0]


def test_divergence_is_marked_and_training_can_go_on() -> None:
    session = Session(changed("clip250", **{"optimizer.lr": 1.0}))
    session.set_speed(math.inf)
    session.play()
    session.settle()
    snapshot = session.snapshot()
    assert (snapshot.finished, snapshot.not_finite) == ("diverged", "loss")
    assert snapshot.diverged_at == snapshot.step
    assert np.abs(snapshot.theta).min() > 1e141
    session.play()
    session.run_to(1000)
    session.settle()
    later = session.snapshot()
    assert later.diverged_at == snapshot.diverged_at
    assert np.isnan(later.theta).all()
    series = SessionReader(session).series(later, ["W", "b", "error"], 0, later.tip, 400)
    assert series.bad["W"].size > 0
    assert np.isnan(series.low["W"][-1])
    session.seek(snapshot.diverged_at - 1)
    session.settle()
    assert session.snapshot().diverged_at is None


def test_published_run_stops_by_its_own_rule_and_can_be_played_on() -> None:
    session = Session(files.load("clip250"))
    session.set_speed(math.inf)
    session.play()
    session.settle()
    snapshot = session.snapshot()
    assert (snapshot.step, snapshot.finished, snapshot.playing) == (2002, "target_error", False)
    session.play()
    session.settle()
    assert session.snapshot().step > 2002


def test_a_change_in_the_past_keeps_the_old_future() -> None:
    session = session_at(endless(), 100)
    before = session.snapshot()
    session.seek(40)
    session.set_rate(2e-5)
    session.step(5)
    session.settle()
    forked = session.snapshot()
    assert (forked.step, forked.tip, forked.rate_marks) == (45, 45, ((41, 2e-5),))
    session.restore(before.place)
    session.settle()
    again = session.snapshot()
    assert (again.step, again.tip, again.rate) == (100, 100, 1e-5)
    assert same(again.theta, before.theta)


def test_reset_can_be_taken_back() -> None:
    session = session_at(endless(), 50)
    session.set_rate(3e-5)
    session.step(10)
    session.settle()
    before = session.snapshot()
    session.reset()
    session.settle()
    assert (session.snapshot().step, session.snapshot().tip, session.snapshot().rate) == (0, 0, 3e-5)
    session.restore(before.place)
    session.settle()
    assert same(session.snapshot().theta, before.theta)
    assert session.snapshot().rate_marks == before.rate_marks


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf, True, "fast"])
def test_an_impossible_rate_is_refused_in_words(value: Any) -> None:
    session = session_at(endless(), 3)
    session.set_rate(value)
    session.settle()
    snapshot = session.snapshot()
    assert snapshot.rate == 1e-5
    assert snapshot.message is not None
    assert snapshot.message.startswith("optimizer.lr: expected a number > 0, got")


def test_loading_a_broken_experiment_leaves_everything_as_it_is() -> None:
    session = session_at(endless(), 30)
    before = session.snapshot()
    session.load(_unbuildable())
    session.settle()
    after = session.snapshot()
    assert (after.run, after.step) == (before.run, before.step)
    assert after.message


def _unbuildable() -> Experiment:
    """Passes the checks of single keys and fails when it is built."""
    good = files.load("clip250")
    return msgspec.structs.replace(good, data=msgspec.structs.replace(good.data, targets=((1.0,), (2.0,))))


def test_loading_another_experiment_and_back() -> None:
    session = session_at(endless(), 30)
    before = session.snapshot()
    session.load(small_net())
    session.step(4)
    session.settle()
    other = session.snapshot()
    assert other.run != before.run
    assert other.theta.shape == (13,)
    session.restore(before.place)
    session.settle()
    assert same(session.snapshot().theta, before.theta)
    session.step(1)
    session.settle()
    assert same(session.snapshot().theta, fresh(endless(), [1e-5] * 31).theta)


def test_epoch_steps_go_to_boundaries() -> None:
    session = session_at(endless(), 8)
    for n, expected in ((1, 12), (1, 18), (-1, 12), (-1, 6), (-1, 0), (-1, 0)):
        session.step_epochs(n)
        session.settle()
        assert session.snapshot().step == expected


def test_run_to_trains_as_far_as_needed() -> None:
    session = Session(endless())
    session.run_to(123_456)
    session.settle()
    assert session.snapshot().step == 123_456
    session.run_to(1000)
    session.settle()
    assert (session.snapshot().step, session.snapshot().tip) == (1000, 123_456)


def test_speed_is_kept() -> None:
    session = Session(endless())
    session.set_speed(200.0)
    session.play()
    start = time.perf_counter()
    while time.perf_counter() - start < 0.5:
        delay = session.work()
        assert delay is not None
        time.sleep(min(delay, 0.01))
    assert 1 <= session.snapshot().step <= 110


def test_the_table_shows_what_each_step_saw() -> None:
    session = session_at(changed("clip250"), 3)
    rows = SessionReader(session).rows(session.snapshot(), 1, 3)
    assert rows is not None
    assert [row.sample for row in rows] == [0, 1, 2]
    assert [(row.input, row.target) for row in rows] == [((60.0,), (60.0,)), ((40.0,), (40.0,)), ((100.0,), (150.0,))]
    assert rows[0].prediction == (0.05 + 0.1 * 60,)
    assert rows[2].error == pytest.approx(135.281867668, abs=1e-12)
    assert [row.rate for row in rows] == [1e-5] * 3
    wide = session_at(small_net(), 3)
    row = (SessionReader(wide).rows(wide.snapshot(), 3, 3) or [])[0]
    assert (row.sample, row.input, row.prediction) == (None, None, None)
    assert row.parameters == tuple(wide.snapshot().theta.tolist())


def test_explained_numbers_are_those_of_the_step() -> None:
    session = session_at(changed("clip250"), 3)
    lines = {line.title: line for line in SessionReader(session).explain(session.snapshot())}
    assert "150 - 14.72 = 135.3" in lines["Error"].text
    rate = [part.text for part in lines["New W"].parts if part.role == "rate"]
    assert rate == ["1e-05"]
    assert lines["New W"].text.endswith("0.2815")
    start = Session(changed("clip250"))
    assert SessionReader(start).explain(start.snapshot())[0].title == "Step 1, yet to be taken"
