"""Verdicts: the right code for runs whose outcome is known, and words that name the evidence."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrsim.experiment import files as ex
from lrsim.experiment.keys import with_value, with_values
from lrsim.instruments.facts import contradiction, curvatures, problem_facts
from lrsim.runs import run
from lrsim.runs.result import Result
from lrsim.training import engine
from lrsim.verdict.codes import VerdictCode
from lrsim.verdict.evidence import Evidence
from lrsim.verdict.gather import gather
from lrsim.verdict.measures import peaks_half_life
from lrsim.verdict.rules import judge

TONES = {"good", "warn", "bad", "neutral"}


def trained(name: str, lr: float, steps: int | None = None, **settings_) -> Result:
    changes = [("optimizer.lr", lr), *((key.replace("__", "."), value) for key, value in settings_.items())]
    experiment = with_values(ex.load(name), changes)
    return run.run(engine.build(experiment), max_steps=steps)


def evidence(errors, *, parameters=None, size=1, finished=None, **facts) -> Evidence:
    """Evidence of a run with these errors, step for step; the loss is the same."""
    errors = np.asarray(errors, dtype=float)
    whole = errors[: len(errors) // size * size].reshape(-1, size)
    worst = whole.max(axis=1)
    rows = [errors, errors, *([] if parameters is None else np.transpose(parameters))]
    return gather(
        {"steps_per_epoch": size, **facts}, steps=len(errors), rate_of=lambda _: 0.1, rate_left=1.0,
        metrics=("loss", "error"), recent=np.array(rows), epochs=np.arange(1, len(whole) + 1),
        training={"loss": worst, "error": worst}, held_out={}, finished=finished,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["clip250", "clip250-corrected"])
@pytest.mark.parametrize("lr", [1.0, 0.1, 0.001, 0.0005])
def test_high_rates_oscillate_then_diverge(name, lr):
    for steps in (1, 3, 7, 12, 30, 100):
        assert trained(name, lr, steps).verdict.code == "oscillating", steps
    result = trained(name, lr)
    assert result.stop_reason == result.verdict.code == "diverged"
    assert result.verdict.guess == 1e-5
    assert f"step {result.diverged_at}" in result.verdict.text
    assert "limit 2" in result.verdict.text
    assert result.verdict.evidence["rate_x_curvature"] > 2


@pytest.mark.parametrize("lr", [0.0003, 0.0002, 0.0001, 1e-5, 1e-6])
def test_as_published_no_rate_mends_the_third_sample(lr):
    verdict = trained("clip250", lr).verdict
    assert verdict.code == "plateaued"
    assert verdict.evidence["contradicting_sample"] == 3
    assert verdict.evidence["reached_on_sample"] == 4
    assert "sample 3 contradicts the others" in verdict.text
    assert "leave out sample 3" in verdict.advice


def test_a_settled_run_is_not_called_slow():
    for steps in (30, 60, 100, 300, 1900):
        assert trained("clip250", 0.0002, steps).verdict.code == "plateaued", steps


@pytest.mark.parametrize("lr", [0.0003, 0.0002, 0.0001, 1e-5, 1e-6])
def test_corrected_it_converges(lr):
    assert trained("clip250-corrected", lr).verdict.code == "converged"


@pytest.mark.parametrize("name", ["clip250", "clip250-corrected"])
@pytest.mark.parametrize("lr", [1e-7, 1e-8, 1e-9])
def test_low_rates_are_too_slow_early_and_late(name, lr):
    for steps in (1, 7, 30, 300, None):
        verdict = trained(name, lr, steps).verdict
        assert verdict.code == "too_slow", steps
        assert verdict.guess == 1e-5


@pytest.mark.parametrize("name", ["clip250", "clip250-corrected"])
def test_the_published_rate_is_converging_while_it_is(name):
    for steps in (1, 3, 7, 12, 30):
        assert trained(name, 1e-5, steps).verdict.code == "converging", steps


def test_before_the_first_step_there_is_nothing_to_judge():
    result = trained("clip250", 1e-5, 0)
    assert (result.verdict.text, result.verdict.tone) == ("Not trained yet.", "neutral")
    assert result.verdict.code is None
    assert result.as_dict()["verdict"]["code"] is None


def test_full_batch_descent_on_either_side_of_its_limit():
    line = {"data__inputs": [1, 2, 3], "data__targets": [2, 4, 6], "data__trials": [], "training__batch_size": 3,
            "model__layers": [{"units": 1}], "training__bias_rule": "delta", "stop__target_error": 0,
            "training__epochs": 4000, "data__source": "table"}  # fmt: skip
    sharpest = float(np.linalg.eigvalsh([[14 / 3, 2], [2, 1]]).max())
    assert trained("clip250", 2.1 / sharpest, 60, **line).verdict.code == "oscillating"
    assert trained("clip250", 2 / sharpest, 60, **line).verdict.code == "oscillating"
    assert trained("clip250", 1 / sharpest, 12, **line).verdict.code == "converging"
    calm = trained("clip250", 1 / sharpest, **line).verdict
    assert calm.code == "converged"


@pytest.mark.parametrize("momentum", [0.5, 0.9, 0.95])
@pytest.mark.parametrize("share", [0.5, 0.9, 0.99, 1.01, 1.1])
def test_heavy_ball_is_judged_by_its_envelope(momentum, share):
    """Full batches on a parabola, stable below 2 (1 + momentum) / curvature (Polyak, 1964)."""
    dice = np.random.default_rng(2)
    inputs = dice.normal(size=(12, 2)) * [1.0, 0.3]
    bordered = np.column_stack([inputs, np.ones(12)])
    limit = 2 * (1 + momentum) / (2 * np.linalg.eigvalsh(bordered.T @ bordered / 12).max())
    experiment = ex.from_dict(
        {
            "data": {"source": "table", "inputs": inputs.tolist(), "targets": inputs[:, :1].tolist()},
            "model": {"layers": [{"units": 1}], "dtype": "float64"},
            "training": {"loss": "mse", "batch_size": 12, "epochs": 60},
            "optimizer": {"lr": share * limit, "momentum": momentum},
        }
    )  # fmt: skip
    result = run.run(engine.build(experiment), every_epoch=True)
    if share > 1:
        assert result.verdict.code in ("oscillating", "diverged"), result.verdict.text
        return
    assert result.verdict.code in ("converging", "converged"), result.verdict.text
    if "peaks" in result.verdict.text:
        losses = np.array(result.history["loss"])
        assert losses[40:].max() < losses[20:40].max() < losses[6:20].max()
        assert result.verdict.evidence["half_life_epochs"] < 60


def test_peaks_that_fall_halve_in_as_many_epochs_as_they_do():
    epochs = np.arange(1.0, 91.0)
    swing = np.abs(np.cos(1.3 * epochs))
    assert peaks_half_life(2.0 ** (-epochs / 20) * swing, epochs) == pytest.approx(20, rel=0.1)
    assert peaks_half_life(2.0 ** (epochs / 20) * swing, epochs) == peaks_half_life(swing, epochs) == math.inf
    assert peaks_half_life(2.0 ** (-epochs / 2)[:20], epochs[:20]) == math.inf


def test_growing_swings_name_the_flips():
    weight = np.array([(-1.5) ** k for k in range(20)])
    verdict = judge(evidence(np.abs(weight), parameters=weight[:, None]))
    assert verdict.code == "oscillating"
    assert verdict.evidence["growth_an_epoch"] == pytest.approx(1.5)
    assert "flips sign" in verdict.text
    assert verdict.guess == pytest.approx(0.01)


def test_swings_that_stay_are_oscillation():
    weight = np.array([1 + 0.5 * (-1) ** k for k in range(40)])
    verdict = judge(evidence(np.full(40, 0.5), parameters=weight[:, None]))
    assert (verdict.code, verdict.guess) == ("oscillating", 0.05)


def test_noise_is_not_oscillation():
    random = np.random.default_rng(1)
    for _ in range(20):
        errors = np.concatenate([np.geomspace(100, 5, 20), 5 + random.normal(0, 0.3, 100)])
        weight = np.concatenate([np.linspace(0, 1, 20), 1 + random.normal(0, 0.01, 100)])
        assert judge(evidence(errors, parameters=weight[:, None])).code == "plateaued"


def test_rounding_at_the_minimum_is_not_oscillation():
    weight = np.array([1 + 1e-16 * (-1) ** k for k in range(40)])
    assert judge(evidence(np.full(40, 0.5), parameters=weight[:, None])).code != "oscillating"


def test_stuck_is_no_better_than_the_start():
    weight = np.ones((60, 1))
    verdict = judge(evidence(np.full(60, 7.0), parameters=weight))
    assert verdict.code == "stuck"
    assert verdict.tone == "bad"


def test_slow_and_steady():
    slow = judge(evidence(10 * 0.5 ** (np.arange(300) / 200)))
    assert slow.code == "too_slow"
    assert slow.evidence["half_life_epochs"] == pytest.approx(200, rel=0.01)
    assert slow.guess > 0.1
    assert judge(evidence(10 * 0.5 ** (np.arange(60) / 10))).code == "converging"


def test_a_value_that_is_not_finite_is_divergence_even_unannounced():
    assert judge(evidence([1, 10, math.inf])).code == "diverged"
    assert judge(evidence([1, 2, 3], parameters=np.array([[1.0], [2.0], [math.nan]]))).code == "diverged"


@given(
    st.lists(st.floats(0, 1e308), min_size=1, max_size=80),
    st.integers(1, 7),
    st.booleans(),
    st.sampled_from([None, "target_error", "epochs"]),
    st.sampled_from([None, np.array([1e-300]), np.array([0.0]), np.array([1.0, 1e300])]),
)
def test_any_run_gets_a_verdict_without_a_warning(errors, size, with_parameters, finished, known):
    errors = np.array(errors)
    parameters = np.column_stack([errors, -errors]) if with_parameters else None
    verdict = judge(
        evidence(errors, parameters=parameters, size=size, finished=finished, curvatures=known, target_error=0.01)
    )
    assert verdict.code in set(VerdictCode)
    assert verdict.tone in TONES
    assert verdict.text.startswith(verdict.code.replace("_", " ").capitalize())
    assert verdict.text.endswith(verdict.advice)
    assert verdict.guess is None or verdict.guess > 0


def test_curvatures_of_the_published_and_the_delta_rule():
    x = np.array([60.0, 40, 100, 300, -50, 310])
    for name, expected in (("clip250", x * x + x), ("clip250-corrected", x * x + 1)):
        problem = engine.build(ex.load(name))
        assert curvatures(problem.experiment, problem.data) == pytest.approx(expected)
    wide = engine.build(with_value(problem.experiment, "model.layers[0].activation", "tanh"))
    assert curvatures(wide.experiment, wide.data) is None


def test_which_sample_contradicts():
    published, corrected = (engine.build(ex.load(name)) for name in ("clip250", "clip250-corrected"))
    assert contradiction(published.experiment, published.data) == (3, pytest.approx(10.49, abs=0.01))
    assert contradiction(corrected.experiment, corrected.data) is None
    assert problem_facts(published)["sample_by_sample"] is True
    noisy = with_value(corrected.experiment, "data.targets", [63, 36, 104, 250, -57, 250])
    problem = engine.build(noisy)
    assert contradiction(problem.experiment, problem.data) is None


@pytest.mark.parametrize(
    ("batch_size", "said"),
    [(1, "rate x curvature of the sharpest sample = "), (32, "rate x curvature of the whole training set = ")],
)
def test_the_curvature_is_said_to_be_of_a_sample_or_of_all(batch_size, said):
    result = trained("clip250", 1.0, 12, training__batch_size=batch_size)
    assert said in result.verdict.text


@pytest.mark.parametrize(("lr", "warmup_start"), [(1.0, 1e-3), (1e-4, 0.5)])
def test_rate_times_curvature_is_that_of_the_step_taken_also_under_a_schedule(lr, warmup_start):
    schedule = {"schedule__name": "warmup", "schedule__warmup_steps": 100, "schedule__warmup_start": warmup_start}
    result = trained("clip250", lr, 5, **schedule)
    unscheduled = trained("clip250", lr, 5)
    share = warmup_start + (1 - warmup_start) * 4 / 100
    product = result.verdict.evidence["rate_x_curvature"]
    assert product == pytest.approx(share * unscheduled.verdict.evidence["rate_x_curvature"])
