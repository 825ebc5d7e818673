"""Verdicts from curves over epochs: held-out figures and accuracies, as the articles read them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrsim.experiment import files as ex
from lrsim.experiment.keys import with_value, with_values
from lrsim.instruments.facts import chance_accuracy, least_loss, problem_facts
from lrsim.runs import run
from lrsim.runs.result import Result
from lrsim.session.session import Session
from lrsim.training import engine
from lrsim.verdict.evidence import Evidence
from lrsim.verdict.gather import gather
from lrsim.verdict.measures import fall_of, noise_of, turn_of
from lrsim.verdict.rules import judge

TEN_CLASSES = {"chance_loss": float(np.log(10)), "chance_accuracy": 0.11}
SIZE = 20


def classified(
    losses: Any, accuracies: Any, val_losses: Any = None, rate: float = 0.1, rate_left: float = 1.0, **facts: Any
) -> Evidence:
    """A run of a classifier whose steps within an epoch all have the epoch's figures."""
    losses, accuracies = np.asarray(losses, dtype=float), np.asarray(accuracies, dtype=float)
    held_out = {} if val_losses is None else {"loss": np.asarray(val_losses), "accuracy": accuracies - 0.02}
    errors = 0.2 * (1 - accuracies)
    return gather(
        {"steps_per_epoch": SIZE} | TEN_CLASSES | facts, steps=SIZE * len(losses), rate_of=lambda _: rate,
        rate_left=rate_left, metrics=("loss", "error"), recent=np.repeat([losses, errors], SIZE, axis=1),
        epochs=np.arange(1, len(losses) + 1), training={"loss": losses, "error": errors, "accuracy": accuracies},
        held_out=held_out, finished="epochs",
    )  # fmt: skip


def learnt(epochs: int, pace: float, floor: float = 0.0, noise: float = 0.0, power: float = 1.0):
    """Losses that fall from ln 10 as a power of time, and accuracies to go with them; reproducible noise."""
    t = np.arange(1, epochs + 1) * pace
    losses = (2.3 - floor) / (1 + t) ** power + floor
    losses = losses * np.exp(noise * np.random.default_rng(epochs).normal(size=epochs))
    return losses, np.clip(1 - losses / 3.4, 0.1, 1.0)


def turning(losses, at: float, rise: float, lowest: float = 0.07, noise: float = 0.0):
    """Held-out losses that follow the training down to `lowest` at epoch `at` and then rise by `rise` an epoch."""
    epochs = np.arange(1, len(losses) + 1)
    course = lowest + 0.6 * np.exp(-9 * epochs / at) + rise * np.maximum(epochs - at, 0)
    return course * np.exp(noise * np.random.default_rng(7).normal(size=len(losses)))


def article_2() -> list[tuple[str, float, Evidence, str, tuple[float, float] | None]]:
    """Name, rate, curves of that shape, verdict and between which epochs the held-out loss turns."""
    cases = []
    stuck = 12.8 + 0.05 * np.random.default_rng(1).normal(size=150)
    cases.append(("0.1", 0.1, classified(stuck, np.full(150, 0.205) + 0.004 * np.sin(np.arange(150)), stuck,
                  clipped_loss=True), "stuck", None))  # fmt: skip
    for name, rate, pace, at, rise, noise, bounds in (
        ("0.01", 0.01, 8.0, 3, 0.004, 0.08, (1, 8)),
        ("0.001", 0.001, 3.0, 15, 0.0008, 0.02, (10, 20)),
        ("0.0005", 0.0005, 2.0, 12, 0.0006, 0.01, (8, 17)),
        ("0.00025", 0.00025, 1.0, 20, 0.0004, 0.01, (14, 27)),
        ("0.0001", 0.0001, 0.5, 60, 0.0003, 0.005, (45, 75)),
    ):
        losses, accuracies = learnt(150, pace, noise=noise / 2, power=1.5)
        held_out = turning(losses, at, rise, noise=noise)
        cases.append((name, rate, classified(losses, accuracies, held_out, rate), "overfitting", bounds))
    losses, accuracies = learnt(150, 0.25, power=0.6)
    cases.append(("0.00001", 0.00001, classified(losses, accuracies, losses + 0.02, 0.00001), "too_slow", None))
    return cases


@pytest.mark.parametrize(
    ("name", "rate", "evidence", "code", "bounds"), article_2(), ids=[case[0] for case in article_2()]
)
def test_the_readings_of_article_2(name, rate, evidence, code, bounds):
    verdict = judge(evidence)
    assert verdict.code == code, verdict.text
    if bounds:
        turned = verdict.evidence["turned_at_epoch"]
        assert bounds[0] <= turned <= bounds[1], verdict.text
        assert f"after epoch {turned}" in verdict.text
        assert f"Stop at epoch {turned} (early stopping)" in verdict.advice
    if code == "stuck":
        assert "cross_entropy does not clip" in verdict.advice
        assert "never above 20.9 %" in verdict.text
    if code == "too_slow":
        assert verdict.guess == pytest.approx(0.0001)


def creeping():
    """Losses and accuracies that are small, and smoothly and slowly become smaller."""
    losses = 0.3 * 2.0 ** (-np.arange(150) / 80)
    return losses, 1 - losses / 4, losses + 0.03


def wild():
    """A loss that hardly ever is high, but now and then goes up to the manifold within an epoch."""
    losses = np.full(60, 0.05)
    losses[18::9], losses[19::9] = 0.6, 0.25  # the last epochs happen to be calm
    return losses, 1 - losses / 5


def shapes() -> list[tuple[str, Evidence, str]]:
    random = np.random.default_rng(3)
    dead = np.full(30, 2.302)
    jumps = 1.2 * np.exp(0.5 * random.normal(size=40))
    level, level_accuracy = learnt(60, 2.0, floor=0.6, noise=0.01, power=2.0)
    done, done_accuracy = learnt(60, 3.0, power=2.0)
    slow, slow_accuracy = learnt(40, 0.001)
    young, young_accuracy = learnt(8, 0.5)
    swing = 1.0 + 0.2 * (-1.0) ** np.arange(40)
    crawling = 2.3 - 1e-4 * np.arange(40)
    too_sure = 2.6 + 0.05 * np.random.default_rng(3).normal(size=40)
    calmed = np.concatenate([np.tile([1.0, 2.2], 15), np.geomspace(1.0, 0.01, 15), np.full(15, 0.01)])
    calmed_accuracy = np.concatenate([np.full(30, 0.5), np.linspace(0.6, 1.0, 15), np.ones(15)])
    return [
        ("dead units", classified(dead, np.full(30, 0.11)), "stuck"),
        ("dead units, noisy", classified(dead + 0.002 * random.normal(size=30), np.full(30, 0.11)), "stuck"),
        ("barely moving", classified(crawling, np.full(40, 0.12)), "too_slow"),
        ("slow", classified(slow, slow_accuracy), "too_slow"),
        ("slow, held out", classified(slow, slow_accuracy, slow + 0.01), "too_slow"),
        ("small but creeping", classified(*creeping()), "too_slow"),
        ("wild though accurate on average", classified(*wild()), "oscillating"),
        ("on its way", classified(young, young_accuracy), "converging"),
        ("on its way, held out", classified(young, young_accuracy, young + 0.05), "converging"),
        ("level", classified(level, level_accuracy), "plateaued"),
        ("level, held out", classified(level, level_accuracy, level + 0.1), "plateaued"),
        ("jumping", classified(jumps, np.full(40, 0.6)), "oscillating"),
        ("to and fro", classified(swing, np.full(40, 0.7)), "oscillating"),
        ("learnt by heart", classified(done, np.ones(60)), "converged"),
        ("right but not yet sure", classified(np.linspace(2.3, 1.1, 60), np.ones(60)), "converging"),
        ("right but too sure of some", classified(too_sure, np.full(40, 0.9)), "plateaued"),
        ("right but for some that are sure and wrong", classified(2 * too_sure, np.full(40, 0.99)), "plateaued"),
        ("wild until of late", classified(calmed, calmed_accuracy), "converged"),
        ("learnt, held out level", classified(done, done_accuracy, 0.1 + done / 100), "converged"),
        ("learnt, held out falling", classified(done, done_accuracy, 3 * done), "converging"),
    ]


@pytest.mark.parametrize(("name", "evidence", "code"), shapes(), ids=[case[0] for case in shapes()])
def test_shapes_that_leave_no_doubt(name, evidence, code):
    verdict = judge(evidence)
    assert verdict.code == code, verdict.text
    assert verdict.text.endswith(verdict.advice)


def test_worse_than_guessing_is_stuck_though_the_accuracy_is_not():
    """Outputs that are sure and wrong for some classes: accuracy one half, loss far above that of guessing."""
    losses = np.concatenate([[10.3, 9.0], np.full(30, 8.1) + 0.2 * np.random.default_rng(1).normal(size=30)])
    verdict = judge(classified(losses, np.full(32, 0.5), clipped_loss=True))
    assert verdict.code == "stuck"


def test_noise_is_neither_a_turn_nor_a_fall():
    for seed in range(50):
        random = np.random.default_rng(seed)
        held_out = 0.3 * np.exp(0.1 * random.normal(size=80))
        training = 0.3 * np.exp(0.1 * random.normal(size=80))
        assert turn_of(held_out, training) is None
        assert not fall_of(training, np.arange(80.0)).falling


def test_a_turn_needs_a_training_loss_that_goes_on_falling():
    epochs = np.arange(60)
    both_rise = 0.5 + np.abs(epochs - 20) / 50
    assert turn_of(both_rise, both_rise) is None
    turn = turn_of(both_rise, 1 / (1 + epochs))
    assert turn.place == 20
    assert (turn.lowest, turn.now) == (0.5, pytest.approx(1.2, abs=0.1))
    assert turn_of(both_rise[:24], 1 / (1 + epochs[:24])) is None
    assert turn_of(np.array([1.0, np.nan, 2, 3, 4, 5, 6]), np.arange(7.0)[::-1]) is None


def test_the_noise_of_a_course_is_not_its_slope():
    assert noise_of(np.linspace(5, 1, 50)) < 1e-12
    random = np.random.default_rng(1)
    assert noise_of(np.linspace(5, 1, 400) + 0.1 * random.normal(size=400)) == pytest.approx(0.1, rel=0.15)


@given(st.data())
def test_any_curves_get_a_verdict_without_a_warning(data):
    n = data.draw(st.integers(1, 60))
    losses = data.draw(st.lists(st.floats(0, 1e300), min_size=n, max_size=n))
    accuracies = data.draw(st.lists(st.floats(0, 1), min_size=n, max_size=n))
    held_out = data.draw(st.none() | st.lists(st.floats(0), min_size=n, max_size=n))
    verdict = judge(classified(losses, accuracies, held_out, clipped_loss=data.draw(st.booleans())))
    assert verdict.text.startswith(verdict.code.replace("_", " ").capitalize())
    assert verdict.text.endswith(verdict.advice)
    assert verdict.guess is None or verdict.guess > 0


def test_a_loss_that_falls_to_next_to_nothing_within_an_epoch():
    assert judge(classified([5.7e105, 3.2e-203], [0.0, 0.0])).code == "converging"


# --- what is known beforehand


def test_the_accuracy_of_guessing():
    assert chance_accuracy(np.array([[1.0, 0, 0], [0, 1, 0], [0, 1, 0], [0, 0, 1]])) == 0.5
    binary = np.array([[1.0], [0], [0], [0]])
    assert chance_accuracy(binary) == chance_accuracy(2 * binary - 1) == 0.75


LARGE = {
    "data": {"source": "bmi", "task": "regression", "order": "shuffle", "test_fraction": 0.3},
    "model": {"layers": [{"units": 1}], "dtype": "float64", "init": "zeros"},
    "training": {"loss": "half_mse", "batch_size": 1, "epochs": 60, "clip_gradient": 1e12},
    "optimizer": {"lr": 0.01},
}


def trained(**changes: Any) -> Result:
    keys = [(key.replace("__", "."), value) for key, value in changes.items()]
    return run.run(engine.build(with_values(ex.from_dict(LARGE), keys)))


@pytest.mark.parametrize("lr", [0.0001, 0.001, 0.01, 0.1, 0.2, 0.5, 0.8, 1.0])
def test_article_3_on_raw_columns_every_rate_diverges(lr):
    for epochs in (1, 10):
        verdict = trained(optimizer__lr=lr, training__epochs=epochs).verdict
        assert verdict.code == "diverged", verdict.text
        assert "Scale the features" in verdict.advice
        assert verdict.evidence["rate_x_curvature"] > 2


@pytest.mark.parametrize(("lr", "code"), [
    (1e-7, "too_slow"), (1e-6, "too_slow"), (0.001, "converged"), (0.01, "converged"), (0.1, "plateaued"),
    (0.2, "plateaued"), (0.8, "diverged"), (1.0, "diverged"),
])  # fmt: skip
def test_article_3_on_standardised_columns(lr, code):
    verdict = trained(optimizer__lr=lr, data__scale="standard").verdict
    assert verdict.code == code, verdict.text


def test_the_least_that_a_line_can_reach():
    problem = engine.build(with_values(ex.from_dict(LARGE), [("data.scale", "standard")]))
    found = problem_facts(problem)
    X = np.column_stack([problem.data.X_train, np.ones(len(problem.data.X_train))])
    _, residuals, *_ = np.linalg.lstsq(X, problem.data.Y_train, rcond=None)
    assert found["least_loss"] == pytest.approx(0.5 * residuals[0] / len(X))
    assert found["unscaled"] is False
    assert found["curvatures"] == pytest.approx((problem.data.X_train**2).sum(axis=1) + 1)
    deep = with_value(problem.experiment, "model.layers", [{"units": 3}, {"units": 1}])
    assert least_loss(deep, problem.data) is None


def test_overfitting_is_named_alike_in_the_window_and_headless():
    points = np.linspace(-1, 1, 16)[:, None]
    targets = points + np.random.default_rng(5).normal(0, 0.5, (16, 1))
    experiment = ex.from_dict(
        {
            "data": {"source": "table", "inputs": points.tolist(), "targets": targets.tolist(), "test_fraction": 0.5},
            "model": {"layers": [{"units": 40, "activation": "tanh"}, {"units": 1}], "dtype": "float64",
                      "init": "normal", "init_std": 3.0},
            "training": {"batch_size": 8, "epochs": 1500, "loss": "mse"},
            "optimizer": {"lr": 0.02},
        }
    )  # fmt: skip
    result = run.run(engine.build(experiment), every_epoch=True)
    assert result.verdict.code == "overfitting", result.verdict.text
    turned = result.verdict.evidence["turned_at_epoch"]
    lowest = int(np.argmin(result.history["val_loss"])) + 1
    assert turned == pytest.approx(lowest, rel=0.25)
    session = Session(experiment, trials=0.0)
    session.set_speed(float("inf"))
    session.play()
    session.settle()
    assert session.snapshot().verdict == result.verdict


# --- what is no fault of overfitting, slowness or the model


def test_a_training_loss_that_climbs_is_not_overfitting():
    epochs = np.arange(25)
    losses = np.concatenate([[2.6], 0.30 + 0.006 * epochs[1:]])
    verdict = judge(classified(losses, np.full(25, 0.9), 0.36 + 0.018 * epochs))
    assert verdict.code == "oscillating", verdict.text
    assert "climbs" in verdict.text
    assert verdict.guess == pytest.approx(0.03)


def test_without_better_than_guessing_nothing_is_overfitted():
    losses = np.concatenate([[5.5], np.linspace(2.34, 2.335, 39)])
    verdict = judge(classified(losses, np.full(40, 0.11), 2.3 + 0.01 * np.arange(40)))
    assert verdict.code == "stuck", verdict.text


def test_a_held_out_loss_that_is_next_to_nothing_is_not_overfitting_while_no_answer_is_lost():
    epochs = np.arange(60)
    losses, held_out = 1e-5 * (1 + 100 * np.exp(-epochs / 3.0)), 1e-5 * (1 + np.maximum(epochs - 20, 0) / 10)
    verdict = judge(classified(losses * np.exp(-epochs / 40), np.ones(60), held_out))
    assert verdict.code in ("converged", "converging"), verdict.text
    hardly = judge(classified(learnt(60, 2.0)[0], np.ones(60), 0.2 + 0.0001 * np.abs(epochs - 20)))
    assert hardly.code in ("converged", "converging"), hardly.text
    fewer = np.linspace(1.0, 0.9, 60)
    assert judge(classified(learnt(60, 2.0)[0], fewer, 0.2 + 0.0002 * np.abs(epochs - 20))).code == "overfitting"


def test_a_held_out_loss_below_that_of_training_is_not_overfitting():
    """Nothing is known by heart whose loss is no lower than that of samples never seen."""
    epochs = np.arange(60)
    held_out = np.where(epochs < 20, 0.05, 0.05 + 0.0004 * (epochs - 20))
    losses, accuracies = 0.1 + 2.0 * np.exp(-epochs / 8), np.linspace(0.5, 0.9, 60)
    assert judge(classified(losses, accuracies, held_out)).code != "overfitting"
    assert judge(classified(losses - 0.09, accuracies, held_out)).code == "overfitting"


def test_a_fall_that_has_flattened_is_a_plateau_and_no_call_for_a_higher_rate():
    epochs = np.arange(200)
    losses = 0.48 + 1.8 * np.exp(-epochs / 8) + 0.0002 * (200 - epochs)
    for unscaled, advice in ((True, "Scale the features"), (False, "a model that can bend further")):
        verdict = judge(classified(losses, np.full(200, 0.8), unscaled=unscaled))
        assert (verdict.code, verdict.guess) == ("plateaued", None), verdict.text
        assert advice in verdict.advice


def test_a_noisy_plateau_asks_for_a_lower_rate_and_a_used_up_rate_for_a_slower_schedule():
    losses = 0.6 * np.exp(0.05 * np.random.default_rng(2).normal(size=80))
    verdict = judge(classified(losses, np.full(80, 0.8)))
    assert (verdict.code, verdict.guess) == ("plateaued", 0.05)
    assert verdict.asks_rate
    used_up = judge(classified(np.full(80, 0.6), np.full(80, 0.8), rate_left=0.01))
    assert (used_up.code, used_up.guess) == ("plateaued", None)
    assert "fall more slowly: 1 % of it is left" in used_up.advice


def test_a_loss_that_ends_out_of_all_proportion_has_diverged_though_finite():
    losses = np.full(30, 5e5) * np.exp(0.2 * np.random.default_rng(3).normal(size=30))
    losses[0] = 20.0
    assert judge(classified(losses, np.full(30, 0.1))).code == "diverged"
    assert judge(classified(losses[::-1], np.full(30, 0.1))).code != "diverged"


def test_a_higher_rate_for_samples_that_disagree_keeps_the_loss_near_its_least():
    verdict = trained(optimizer__lr=1e-6, data__scale="standard").verdict
    assert verdict.code == "too_slow"
    assert trained(optimizer__lr=verdict.guess, data__scale="standard").verdict.code == "converged"


def test_the_window_knows_what_the_schedule_has_left():
    experiment = with_values(ex.load("rule-halving"), [("training.epochs", 60)])
    result = run.run(engine.build(experiment))
    session = Session(experiment, trials=0.0)
    session.set_speed(float("inf"))
    session.play()
    session.settle()
    assert session.snapshot().verdict == result.verdict
    assert result.verdict.evidence["rate_left"] == pytest.approx(0.5**5)


def test_who_lets_the_rate_fall_to_the_end_of_the_plan_is_not_told_to_let_it_fall_more_slowly():
    settings = [("optimizer.lr", 1e-3), ("training.epochs", 60), ("schedule.name", "cosine")]
    result = run.run(engine.build(with_values(ex.load("circle"), settings)))
    assert result.history["lr"][-1] < 0.01 * result.history["lr"][0]
    assert result.verdict.code == "too_slow"
    assert result.verdict.asks_rate
    assert "fall" not in result.verdict.advice
