"""ReduceLROnPlateau and EarlyStopping decide as those of Keras and PyTorch do, NaN included."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrsim.common.validation import ExperimentError
from lrsim.experiment import files as ex
from lrsim.experiment.keys import with_value, with_values
from lrsim.schedules.callbacks import EarlyStop, Plateau, early_stop, plateau

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "schedules.json").read_text())
METRICS = {name: [float(value) for value in values] for name, values in GOLDEN["metrics"].items()}
ALL = ("loss", "error", "accuracy", "val_loss", "val_error", "val_accuracy")
OURS = {"threshold": "min_delta"}


def start_of(experiment, metrics=ALL):
    return plateau(experiment.schedule, experiment.optimizer.flavor, metrics)


def named(case):
    return f"{case.get('library', 'keras')}-{case['metric']}-{case['settings']}"


def same(a, b):
    return a == b or (math.isnan(a) and math.isnan(b))


@pytest.mark.parametrize("case", GOLDEN["plateau"], ids=named)
def test_plateau_is_that_of_the_libraries(case):
    keys = {"name": "plateau", "mode": case["mode"]}
    keys |= {OURS.get(key, key): value for key, value in case["settings"].items()}
    changes = [(f"schedule.{key}", value) for key, value in keys.items()]
    changes += [("optimizer.flavor", case["library"]), ("optimizer.lr", case["lr"])]
    state = start_of(with_values(ex.load("clip250"), changes))
    before = case["lr"]
    for epoch, metric in enumerate(METRICS[case["metric"]]):
        state = state.update(metric, case["lr"])
        rate = float(case["rates"][epoch])
        assert case["lr"] * state.factor == pytest.approx(rate, rel=1e-12), epoch
        assert (epoch + 1 in state.reduced_at) == (rate != before), epoch
        assert (state.wait, state.cooling) == (case["wait"][epoch], case["cooldown"][epoch]), epoch
        before = rate
    assert state.epoch == len(case["rates"])
    assert same(state.best, float(case["best"]))


@pytest.mark.parametrize("case", GOLDEN["early_stopping"], ids=named)
def test_early_stopping_is_that_of_keras(case):
    changes = [("stop.early_stopping.mode", case["mode"]), ("stop.early_stopping.restore_best", True)]
    changes += [(f"stop.early_stopping.{key}", value) for key, value in case["settings"].items()]
    state = early_stop(with_values(ex.load("clip250"), changes).stop.early_stopping, ALL)
    kept = 0
    for epoch, metric in enumerate(METRICS[case["metric"]]):
        state = state.update(metric)
        assert state.wait == case["wait"][epoch]
        kept = state.epoch if state.improved else kept
        if state.stopped_at:
            break
    assert state.stopped_at == (0 if case["stopped"] is None else case["stopped"] + 1)
    assert state.best_epoch == kept == case["restored"] + 1
    assert case["best_epoch"] == case["restored"]
    assert same(state.best, float(case["best"]))


def test_flavors_part_by_one_epoch():
    keras, torch = (Plateau(patience=3, flavor=flavor, relative=flavor == "torch") for flavor in ("keras", "torch"))
    for _ in range(6):
        keras, torch = keras.update(1.0, 0.1), torch.update(1.0, 0.1)
    assert (keras.reduced_at, torch.reduced_at) == ((4,), (5,))


def test_states_are_values_that_can_be_gone_back_to():
    first = Plateau(patience=1, reduction=0.5).update(1.0, 0.1)
    second = first.update(2.0, 0.1)
    assert (first.factor, second.factor) == (1.0, 0.5)
    assert first.update(2.0, 0.1) == second
    stop = EarlyStop(patience=1).update(1.0)
    assert stop.update(2.0).stopped_at == 2
    assert stop.update(0.5).stopped_at == stop.stopped_at == 0
    with pytest.raises(AttributeError):
        stop.wait = 3


def test_the_threshold_is_what_has_to_be_passed():
    assert Plateau().threshold is None
    assert Plateau(best=2.0, min_delta=0.1).threshold == pytest.approx(1.9)
    assert Plateau(best=2.0, min_delta=0.1, relative=True).threshold == pytest.approx(1.8)
    assert Plateau(best=2.0, min_delta=0.1, mode="max").threshold == pytest.approx(2.1)
    assert EarlyStop(best=2.0, min_delta=0.1).threshold == pytest.approx(1.9)
    assert EarlyStop().threshold is None


def test_a_rate_changed_by_hand_is_reduced_from_there():
    state = Plateau(patience=1, reduction=0.1, min_lr=0.005).update(1.0, 0.1).update(1.0, 0.1)
    assert state.factor == pytest.approx(0.1)
    state = state.update(1.0, 0.2)
    assert 0.2 * state.factor == pytest.approx(0.005)
    assert state.update(1.0, 0.2).reduced_at == (2, 3)


def test_the_monitor_is_chosen_and_checked():
    experiment = with_value(ex.load("clip250"), "schedule.name", "plateau")
    assert start_of(experiment).monitor == "val_loss"
    assert start_of(experiment, ("loss", "error")).monitor == "loss"
    accuracy = with_value(experiment, "schedule.monitor", "accuracy")
    assert start_of(accuracy).mode == "max"
    with pytest.raises(ExperimentError, match=r'schedule\.monitor: expected one of loss, error, .* "accuracy"'):
        start_of(accuracy, ("loss", "error"))
    stopping = with_value(experiment, "stop.early_stopping.patience", 3)
    with pytest.raises(ExperimentError, match=r"stop\.early_stopping\.monitor: expected one of loss, error"):
        early_stop(stopping.stop.early_stopping, ("loss", "error"))
    assert start_of(ex.load("clip250")) is None
    assert early_stop(None, ALL) is None


@given(st.lists(st.floats(), max_size=40), st.sampled_from(["keras", "torch"]), st.sampled_from(["min", "max"]),
       st.booleans(), st.integers(0, 3), st.integers(0, 3))  # fmt: skip
def test_any_metrics_leave_a_usable_state(metrics, flavor, mode, relative, patience, cooldown):
    state = Plateau(mode=mode, flavor=flavor, relative=relative, patience=patience, cooldown=cooldown, reduction=0.5,
                    min_lr=0.01)  # fmt: skip
    stop = EarlyStop(mode=mode, patience=patience)
    for metric in metrics:
        state, stop = state.update(metric, 0.1), stop.update(metric)
        assert 0.01 * (1 - 1e-12) <= 0.1 * state.factor <= 0.1
        assert 0 <= state.cooling <= cooldown
        assert 0 <= stop.wait <= stop.epoch
    assert state.epoch == stop.epoch == len(metrics)
    assert len(state.reduced_at) <= 4
