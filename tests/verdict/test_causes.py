"""Causes that are not the rate: each is named with its cure, and no rate is advised for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_wine

from lrsim.experiment import files as ex
from lrsim.experiment.keys import with_values
from lrsim.experiment.specs import Experiment
from lrsim.runs import run
from lrsim.session.session import Session
from lrsim.training import engine
from lrsim.verdict.finding import Verdict
from lrsim.verdict.wording import words

LINE = np.linspace(-2, 2, 32)[:, None]
DICE = np.random.default_rng(4)
PLANE = DICE.normal(size=(200, 2))


def table(inputs: Any, targets: Any, *layers: tuple[int, str], **tables: dict[str, Any]) -> Experiment:
    """Some rows and a network, with full tables of an experiment on top."""
    classes = layers[-1][1] in ("sigmoid", "softmax") and "loss" not in tables.get("training", {})
    data = {"source": "table", "inputs": np.asarray(inputs).tolist(), "targets": np.asarray(targets).tolist(),
            "task": "classification" if classes else "regression"}  # fmt: skip
    loss = {"sigmoid": "binary_cross_entropy", "softmax": "cross_entropy"}.get(layers[-1][1], "mse")
    training = {"loss": loss if classes else "mse", "batch_size": 8, "epochs": 100, **tables.pop("training", {})}
    model = {"layers": [{"units": units, "activation": name} for units, name in layers], **tables.pop("model", {})}
    return ex.from_dict({"data": data | tables.pop("data", {}), "model": model, "training": training, **tables})


def judged(experiment: Experiment) -> Verdict:
    return run.run(engine.build(experiment)).verdict


def assert_cause(verdict: Verdict, code: str, why: str, cure: str) -> None:
    """A cause that no rate mends."""
    assert verdict.code == code, verdict.text
    assert why in words(verdict.why), verdict.text
    assert cure in verdict.advice, verdict.text
    assert (verdict.suggested_rate, verdict.asks_rate) == (None, False), verdict.text


# --- the network


@pytest.mark.parametrize("rate", [1e-9, 1e-12])
@pytest.mark.parametrize("output", ["sigmoid", "linear"])
def test_parameters_that_have_hardly_moved_ask_for_a_higher_rate(output, rate):
    targets = (PLANE[:, :1] > 0).astype(float) if output == "sigmoid" else PLANE[:, :1] ** 2
    verdict = judged(table(PLANE, targets, (8, "tanh"), (1, output), optimizer={"lr": rate}))
    assert verdict.code == "too_slow", verdict.text
    assert verdict.evidence["moved"] < 1e-5
    assert verdict.asks_rate
    assert verdict.guess > 100 * rate


@pytest.mark.parametrize(
    ("layers", "cure"),
    [([(1, "sigmoid")], "hidden layer"), ([(4, "linear"), (1, "sigmoid")], "an activation that bends")],
)
def test_a_network_that_cannot_bend_is_told_so(layers, cure):
    targets = (PLANE[:, :1] * PLANE[:, 1:] > 0).astype(float)
    verdict = judged(table(PLANE, targets, *layers, optimizer={"lr": 0.01}))
    assert_cause(verdict, "stuck", "no straight line does better than", cure)
    hidden = judged(table(PLANE, targets, (8, "tanh"), (1, "sigmoid"), optimizer={"name": "adam", "lr": 0.05}))
    assert hidden.code != "stuck"
    assert "bend" not in hidden.text


def test_a_single_layer_that_has_reached_its_least_has_converged():
    targets = (PLANE[:, :1] + DICE.normal(size=(200, 1)) > 0).astype(float)
    verdict = judged(table(PLANE, targets, (1, "sigmoid"), optimizer={"lr": 0.1}))
    assert verdict.code == "converged", verdict.text
    assert "is the least this model has" in verdict.text
    assert verdict.evidence["loss"] == pytest.approx(verdict.evidence["least_loss"], rel=0.05)


@pytest.mark.parametrize("name", ["relu", "tanh"])
def test_units_that_start_alike_are_told_of(name):
    targets = (PLANE[:, :1] * PLANE[:, 1:] > 0).astype(float)
    zeros = table(PLANE, targets, (8, name), (1, "sigmoid"), model={"init": "zeros"}, optimizer={"lr": 0.05})
    assert_cause(judged(zeros), "stuck", "All units of layer 1 start with the same weights", "glorot_uniform")
    same = [[[0.5] * 3] * 2, [0.0] * 3, [[0.1]] * 3, [0.0]]
    alike = table(PLANE, targets, (3, name), (1, "sigmoid"), model={"weights": same}, optimizer={"lr": 0.05})
    assert "All units of layer 1 start with the same weights" in judged(alike).text


def dead(rate: float, **model: Any) -> Experiment:
    return table(LINE, np.abs(LINE) + 0.2 * LINE, (8, "relu"), (1, "linear"), training={"epochs": 300},
                 optimizer={"name": "adam", "lr": rate}, model=model)  # fmt: skip


def test_dead_units_are_counted_and_ask_for_a_lower_rate_from_the_start():
    verdict = judged(dead(1.0))
    assert verdict.code == "stuck", verdict.text
    assert "8 of 8 units of layer 1 are dead" in words(verdict.why)
    assert "answers the same to all" in words(verdict.why)
    assert (verdict.evidence["dead_units"], verdict.evidence["of_units"]) == (8, 8)
    assert verdict.asks_rate
    assert verdict.guess < 1.0
    assert judged(dead(0.03)).code == "converged"


def test_units_that_are_dead_from_the_start_are_no_fault_of_the_rate():
    weights = [[[0.1] * 8], [-9.0] * 8, (np.arange(8)[:, None] / 8).tolist(), [0.0]]
    assert_cause(judged(dead(0.01, weights=weights)), "stuck", "8 of 8 units of layer 1 are dead", "training.seed")


def test_saturated_units_are_told_from_dead_ones():
    weights = [[[40.0 + k for k in range(4)]], [0.5, 1.0, 1.5, 2.0], [[0.3], [-0.2], [0.1], [0.4]], [0.0]]
    experiment = table(LINE[::2] * 4 + 1.1, LINE[::2] ** 2, (4, "tanh"), (1, "linear"), model={"weights": weights},
                       optimizer={"lr": 0.05})  # fmt: skip
    assert "4 of 4 units of layer 1 are saturated" in judged(experiment).text


@pytest.mark.parametrize(("activation", "named"), [("tanh", "saturated"), ("sigmoid", "saturated"), ("relu", "dead")])
def test_units_that_features_in_large_units_have_lost_ask_for_scaled_features(activation, named):
    wine = load_wine()
    experiment = table(wine.data, (wine.target[:, None] == 1) * 1.0, (8, activation), (1, "sigmoid"),
                       optimizer={"lr": 0.1}, training={"batch_size": 16, "epochs": 60})  # fmt: skip
    assert_cause(judged(experiment), "stuck", f"8 of 8 units of layer 1 are {named}", 'data.scale = "standard"')
    assert judged(with_values(experiment, [("data.scale", "standard")])).code in ("converging", "converged")


# --- penalties


def test_a_penalty_that_has_drawn_the_weights_to_zero():
    experiment = with_values(ex.load("circle"), [("training.l2", 0.1), ("training.epochs", 100)])
    assert_cause(judged(experiment), "plateaued", "(training.l2 = 0.1) has shrunk the weights to", "Lower training.l2")
    free = judged(with_values(experiment, [("training.l2", 0.0)]))
    assert free.code in ("converging", "converged"), free.text


@pytest.mark.parametrize(("key", "value"), [("l1", 0.8), ("l2", 0.2)])
def test_a_penalty_that_holds_the_weights_is_weighed_against_the_loss(key, value):
    experiment = table(PLANE, 2 * PLANE[:, :1] - PLANE[:, 1:], (1, "linear"), training={key: value, "batch_size": 200},
                       optimizer={"lr": 0.1})  # fmt: skip
    verdict = judged(experiment)
    assert_cause(verdict, "plateaued", f"(training.{key} = {value}) holds the weights", f"Lower training.{key}")
    assert verdict.evidence["penalty_gradient"] == pytest.approx(verdict.evidence["loss_gradient"], rel=0.05)
    assert judged(with_values(experiment, [(f"training.{key}", 1e-6)])).code == "converged"


def test_a_weak_penalty_is_not_blamed():
    """It holds the weights wherever training ends, but the loss is not its doing."""
    noise = PLANE[:, :1] + DICE.normal(size=(200, 1))
    verdict = judged(table(PLANE, noise, (8, "tanh"), (1, "linear"), training={"l2": 1e-5}, optimizer={"lr": 0.02}))
    assert "penalty" not in verdict.text, verdict.text


# --- targets


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("rate", [1e-8, 1e-3, 0.02])
def test_targets_in_large_units_are_to_be_scaled(optimizer, rate):
    prices = 200_000 + 60_000 * PLANE[:, :1] * PLANE[:, 1:]
    verdict = judged(table(PLANE, prices, (16, "relu"), (1, "linear"), optimizer={"name": optimizer, "lr": rate}))
    assert_cause(verdict, str(verdict.code), "The targets are about 2", 'data.scale_target = "standard"')
    assert verdict.code in ("too_slow", "diverged", "stuck", "plateaued", "oscillating")


def test_plain_descent_on_one_linear_layer_is_the_same_in_any_units():
    courses = []
    for scale in (1.0, 1e5):
        experiment = table(PLANE, scale * PLANE[:, :1], (1, "linear"), training={"batch_size": 200}, model={
            "init": "zeros", "dtype": "float64"}, optimizer={"lr": 1e-3})  # fmt: skip
        verdict = judged(experiment)
        assert "scale_target" not in verdict.text
        courses.append((verdict.code, verdict.evidence["error"] / scale))
    assert courses[0] == (courses[1][0], pytest.approx(courses[1][1]))


def test_a_loss_that_is_not_finite_before_the_first_step_is_not_the_rates_doing():
    huge = 6e23 * (1 + PLANE[:, :1] / 10)
    for rate in (1e-3, 1e-6):
        verdict = judged(table(PLANE, huge, (8, "relu"), (1, "linear"), optimizer={"lr": rate}))
        assert_cause(verdict, "diverged", "targets are about 6", "scale_target")
        assert "before the first step" in verdict.text


@pytest.mark.parametrize(
    ("output", "targets", "cure"),
    [("sigmoid", 20 + 5 * PLANE[:, :1], "minmax"), ("tanh", 3 * PLANE[:, :1], "minmax"),
     ("relu", PLANE[:, :1], "linear output"), ("softplus", PLANE[:, :1] - 1, "linear output")],
)  # fmt: skip
def test_targets_beyond_what_the_output_can_be(output, targets, cure):
    experiment = table(PLANE, targets, (8, "tanh"), (1, output), training={"loss": "mse"}, optimizer={"lr": 0.05})
    verdict = judged(experiment)
    assert verdict.code in ("stuck", "plateaued", "too_slow"), verdict.text
    assert_cause(verdict, str(verdict.code), f"are out of reach of {output}", cure)


# --- rows and classes


def test_rows_that_contradict_each_other_leave_a_floor():
    inputs = np.repeat([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], 10, axis=0)
    targets = np.array([([0.0] * 7 + [1.0] * 3) if k % 3 else ([1.0] * 8 + [0.0] * 2) for k in range(4)]).reshape(-1, 1)
    verdict = judged(table(inputs, targets, (8, "tanh"), (1, "sigmoid"), training={"epochs": 400},
                           optimizer={"name": "adam", "lr": 0.02}))  # fmt: skip
    shares = np.array([0.8, 0.3, 0.3, 0.8])
    floor = float(np.mean(-shares * np.log(shares) - (1 - shares) * np.log(1 - shares)))
    assert_cause(verdict, "converged", "40 of 40 training rows have the same inputs", "More features")
    assert verdict.evidence["floor_loss"] == pytest.approx(floor)


def test_held_out_rows_of_classes_that_training_lacks():
    codes = np.repeat([0, 1, 2], 40)
    inputs = np.column_stack([2 * codes, -codes]) + DICE.normal(scale=0.5, size=(120, 2))
    experiment = table(inputs, np.eye(3)[codes], (8, "relu"), (3, "softmax"), optimizer={"name": "adam", "lr": 0.01},
                       data={"test_fraction": 1 / 3, "split": "tail"})  # fmt: skip
    verdict = judged(experiment)
    assert verdict.tone != "good", verdict.text
    assert_cause(verdict, str(verdict.code), "100 % of the held-out rows are of classes", 'data.split = "stratify"')
    stratified = judged(with_values(experiment, [("data.split", "stratify")]))
    assert stratified.tone == "good", stratified.text


def test_held_out_targets_beyond_the_range_of_training():
    inputs = np.linspace(0, 3, 60)[:, None]
    experiment = table(inputs, inputs**2, (8, "tanh"), (1, "linear"), optimizer={"name": "adam", "lr": 0.01},
                       data={"test_fraction": 0.3, "split": "tail"})  # fmt: skip
    verdict = judged(experiment)
    assert_cause(verdict, str(verdict.code), "100 % of the held-out targets lie outside 0 to", 'data.split = "shuffle"')
    assert verdict.tone != "good"


def test_accuracy_is_measured_against_the_most_frequent_class():
    """Features that say nothing of a class that one row in a hundred is of."""
    dice = np.random.default_rng(6)
    inputs, targets = dice.normal(size=(1000, 2)), (np.arange(1000) % 100 == 0).astype(float)[:, None]
    for rate in (0.003, 0.1):
        verdict = judged(table(inputs, targets, (8, "tanh"), (1, "sigmoid"), optimizer={"name": "adam", "lr": rate},
                               training={"batch_size": 32, "epochs": 60}, data={"test_fraction": 0.2}))  # fmt: skip
        assert verdict.code != "converged", verdict.text
        assert "always guessing" in verdict.text or "naming the most frequent class gives" in verdict.text
        if verdict.code == "stuck":
            assert "training rows are of" in verdict.text


def test_a_weak_signal_that_was_learnt_is_not_stuck():
    dice = np.random.default_rng(7)
    inputs = dice.normal(size=(1500, 2))
    targets = (dice.random(1500) < 1 / (1 + np.exp(2.3 - 0.9 * inputs[:, 0] - 0.4 * inputs[:, 1])))[:, None].astype(
        float
    )
    verdict = judged(table(inputs, targets, (8, "relu"), (1, "sigmoid"), optimizer={"name": "adam", "lr": 0.003},
                           training={"batch_size": 32}, data={"test_fraction": 0.2}))  # fmt: skip
    assert verdict.code in ("plateaued", "converged", "converging"), verdict.text
    if verdict.code == "plateaued":
        assert "Rows nearest to each other differ by as much" in verdict.advice


def test_a_level_loss_calls_for_a_model_that_bends_only_where_rows_foretell_each_other_better():
    dice = np.random.default_rng(8)
    inputs = dice.uniform(-3, 3, size=(300, 1))
    for noise, said in ((0.0, "bend further"), (1.0, "differ by as much")):
        targets = np.sin(3 * inputs) + noise * dice.normal(size=(300, 1))
        units, rate = (12, 0.03) if noise else (2, 0.3)
        experiment = table(inputs, targets, (units, "tanh"), (1, "linear"), optimizer={"name": "adam", "lr": rate},
                           training={"batch_size": 300, "epochs": 1000})  # fmt: skip
        verdict = judged(experiment)
        assert verdict.code == "plateaued", verdict.text
        assert said in verdict.advice, verdict.text
        assert verdict.asks_rate


# --- schedules


def test_a_schedule_that_raises_the_rate_is_told_of_with_the_rate_that_the_step_used():
    experiment = table(PLANE, PLANE[:, :1], (1, "linear"), optimizer={"lr": 0.01}, training={"batch_size": 200},
                       schedule={"name": "expression", "expression": "lr0 * 2 ** epoch"})  # fmt: skip
    verdict = judged(experiment)
    used = verdict.evidence["rate_used"]
    assert used > 1e3
    assert np.log2(used / 0.01) == pytest.approx(round(np.log2(used / 0.01)))
    assert_cause(verdict, "diverged", "The schedule has raised the rate to", "schedule")


# --- the same in the window


@pytest.mark.parametrize("units", [8, 40])
@pytest.mark.parametrize("steps", [1200, 1199, 37])
def test_causes_are_the_same_in_the_window_and_headless(units, steps):
    experiment = with_values(dead(1.0), [("model.layers", [{"units": units, "activation": "relu"}, {"units": 1}])])
    session = Session(experiment, trials=0.0)
    session.step(700 if steps == 37 else steps)
    session.settle()
    if steps == 37:  # a place in the past, whose parameters come back by replay
        session.seek(steps)
        session.settle()
    assert session.snapshot().step == steps
    headless = run.run(engine.build(experiment), max_steps=steps).verdict
    assert repr(session.snapshot().verdict) == repr(headless)
