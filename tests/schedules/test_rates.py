"""Schedules are pure functions from steps to rates, and those of Keras and PyTorch."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrsim.common.epoch_grid import EpochGrid
from lrsim.common.validation import ExperimentError
from lrsim.experiment import files as ex
from lrsim.experiment.keys import with_value, with_values
from lrsim.experiment.specs import Experiment
from lrsim.schedules import rates
from lrsim.schedules.schedule import keywords
from lrsim.schedules.shapes import SCHEDULES
from lrsim.schedules.spec import ScheduleSpec

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "schedules.json").read_text())["schedules"]

KERAS_KEYS = {
    "decay_steps": "length", "first_decay_steps": "length", "end_learning_rate": "end_lr", "decay_rate": "decay_rate",
    "staircase": "staircase", "power": "power", "cycle": "cycle", "alpha": "alpha", "t_mul": "t_mul", "m_mul": "m_mul",
}  # fmt: skip
KERAS_NAMES = {
    "ExponentialDecay": "exponential", "InverseTimeDecay": "inverse_time", "PolynomialDecay": "polynomial",
    "CosineDecay": "cosine", "CosineDecayRestarts": "cosine_restarts",
}  # fmt: skip


def piecewise(boundaries, values):
    text = repr(values[-1])
    for boundary, value in reversed(list(zip(boundaries, values))):
        text = f"{value} if step <= {boundary} else ({text})"
    return {"name": "expression", "expression": text, "per": "step"}


def from_keras(name, settings):
    """Start rate and our keys for a schedule of Keras."""
    if name == "PiecewiseConstantDecay":
        return 0.1, piecewise(**settings)
    ours = {KERAS_KEYS[key]: value for key, value in settings.items() if key in KERAS_KEYS}
    if name in ("ExponentialDecay", "InverseTimeDecay"):
        ours["every"] = ours.pop("length")
    lr = settings["initial_learning_rate"]
    if "warmup_target" in settings:
        lr = settings["warmup_target"]
        ours |= {"warmup_steps": settings["warmup_steps"], "warmup_start": settings["initial_learning_rate"] / lr}
    return lr, {"name": KERAS_NAMES[name], **ours}


def from_torch(name, lr, settings):
    """Start rate and our keys for a schedule of PyTorch."""
    given = dict(settings)
    alpha = given.pop("eta_min", 0.0) / lr
    if name == "StepLR":
        return lr, {"name": "step", "per": "step", "every": given["step_size"], "factor": given["gamma"]}
    if name == "MultiStepLR":
        return lr, {"name": "step", "per": "step", "milestones": given["milestones"], "factor": given["gamma"]}
    if name == "ExponentialLR":
        return lr, {"name": "exponential", "every": 1, "decay_rate": given["gamma"]}
    if name == "CosineAnnealingLR":
        return lr, {"name": "cosine", "length": given["T_max"], "alpha": alpha}
    if name == "CosineAnnealingWarmRestarts":
        return lr, {"name": "cosine_restarts", "length": given["T_0"], "t_mul": given.get("T_mult", 1), "alpha": alpha}
    if name == "CyclicLR":
        given["policy"] = given.pop("mode", "triangular")
        return given.pop("max_lr"), {"name": "cyclic", "cycle_momentum": True, **given}
    if name == "OneCycleLR":
        given["length"] = given.pop("total_steps")
        if "anneal_strategy" in given:
            given["anneal"] = given.pop("anneal_strategy")
        return given.pop("max_lr"), {"name": "one_cycle", **given}
    if name == "LinearLR":
        start = given.get("start_factor", 1 / 3)
        return lr, {"name": "warmup", "warmup_steps": given.get("total_iters", 5), "warmup_start": start}
    if name == "PolynomialLR":
        return lr, {"name": "polynomial", "length": given["total_iters"], "power": given["power"], "end_lr": 0}
    assert name == "SequentialLR"
    warmup = {"warmup_steps": given["milestones"][0], "warmup_start": given["start_factor"]}
    return lr, {"name": "cosine", "length": given["T_max"], **warmup}


def changed(**keys) -> Experiment:
    """The perceptron (6 steps an epoch) with keys of its schedule changed."""
    return with_values(ex.load("clip250"), [(f"schedule.{key}", value) for key, value in keys.items()])


def spec_of(**keys) -> ScheduleSpec:
    return changed(**keys).schedule


def steps_of(spec, lr, count, **more):
    return rates.rates(spec, lr, 0, count, EpochGrid.uniform(more.get("per_epoch", 10), more.get("total", 1000)))


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: f"{case['library']}-{case['name']}-{case['settings']}"[:90])
def test_the_rates_are_those_of_the_libraries(case):
    keras = case["library"] == "keras"
    translated = from_keras if keras else partial(from_torch, lr=case.get("lr"))
    lr, keys = translated(case["name"], settings=case["settings"])
    spec = spec_of(**keys)
    steps = np.array(case["steps"])
    tolerance = 1e-6 if keras else 1e-12  # Keras counts in float32
    found = steps_of(spec, lr, steps[-1] + 1)[steps]
    # Near zero, float32 has only the absolute error of the sums that it comes from.
    np.testing.assert_allclose(found, case["rates"], rtol=tolerance, atol=tolerance * lr * (0.1 if keras else 1e-3))
    np.testing.assert_array_equal(rates.rates_at(spec, lr, steps, EpochGrid.uniform(10, 1000)), found)
    momenta = rates.momenta(spec, 0, steps[-1] + 1, EpochGrid.uniform(10, 1000))
    if "momenta" in case:
        np.testing.assert_allclose(momenta[steps], case["momenta"], rtol=1e-12)
    else:
        assert momenta is None


def test_constant():
    found = rates.rates(ScheduleSpec(), 0.1, 1000, 5, EpochGrid.uniform(6))
    assert found.dtype == np.float64
    assert found.tolist() == [0.1] * 5
    assert rates.rates(ScheduleSpec(), 0.1, 0, 0, EpochGrid.uniform(6)).shape == (0,)


EVERY = pytest.mark.parametrize("name", SCHEDULES)


@EVERY
def test_the_name_alone_is_enough(name):
    experiment = with_value(ex.load("clip250"), "schedule.name", name)
    assert ex.from_dict(ex.to_dict(experiment)) == experiment
    found = rates.rates(experiment.schedule, 0.1, 0, 600, EpochGrid.uniform(6, 600))
    assert found.shape == (600,)
    assert np.all(found >= 0)
    assert found.max() <= 0.1 * (1 + 1e-15)
    assert (np.ptp(found) == 0) == (name in ("constant", "plateau"))
    assert rates.rates(experiment.schedule, 0.1, 7, 0, EpochGrid.uniform(6, 600)).shape == (0,)
    backwards = rates.rates_at(experiment.schedule, 0.1, np.arange(600)[::-1], EpochGrid.uniform(6, 600))
    np.testing.assert_array_equal(backwards[::-1], found)
    momenta = rates.momenta(experiment.schedule, 0, 600, EpochGrid.uniform(6, 600))
    assert (momenta is not None) == (name == "one_cycle")


def test_by_the_epoch_the_rate_is_the_same_in_all_steps_of_an_epoch():
    for name in set(SCHEDULES) - {"constant", "warmup", "expression", "plateau"}:
        by_epoch = steps_of(spec_of(name=name, per="epoch"), 0.1, 500).reshape(50, 10)
        assert np.all(by_epoch == by_epoch[:, :1]), name
        by_step = steps_of(spec_of(name=name, per="step"), 0.1, 50, per_epoch=1, total=100)
        np.testing.assert_allclose(by_epoch[:, 0], by_step, err_msg=name)


def test_halving_every_ten_epochs():
    found = steps_of(spec_of(name="step"), 0.1, 1000, per_epoch=6)
    assert found[[0, 59, 60, 119, 120]].tolist() == [0.1, 0.1, 0.05, 0.05, 0.025]


def test_inverse_time_by_the_step_is_the_old_decay():
    found = steps_of(spec_of(name="inverse_time", every=1, decay_rate=0.01), 0.1, 300)
    np.testing.assert_allclose(found, [0.1 / (1 + 0.01 * done) for done in range(300)], rtol=1e-15)


def test_restarts_fall_exactly_on_their_steps():
    for t_mul in (1.0, 1.5, 2.0, 3.0, 10.0):
        found = steps_of(spec_of(name="cosine_restarts", length=4, t_mul=t_mul, m_mul=0.5), 1.0, 2000)
        begins = np.cumsum([0, *(4 * t_mul**n for n in range(12))])
        whole = [(n, int(at)) for n, at in enumerate(begins) if at < 2000 and at == int(at)]
        assert [found[at] for _, at in whole] == [0.5**n for n, _ in whole], t_mul


def test_the_peak_of_one_cycle_and_what_comes_after_its_end():
    found = steps_of(spec_of(name="one_cycle"), 0.1, 1100)
    assert found[0] == pytest.approx(0.1 / 25)
    assert np.argmax(found) == 299
    assert found[999] == pytest.approx(0.1 / 25 / 1e4)
    assert np.all(found[999:] == found[999])


def test_warm_up_goes_before_any_schedule():
    for name in SCHEDULES:
        if name == "warmup":
            continue
        plain = spec_of(name=name)
        warm = spec_of(name=name, warmup_epochs=2.5, warmup_start=0.2)
        found = steps_of(warm, 0.1, 300)
        after = steps_of(plain, 0.1, 275, total=975)
        np.testing.assert_array_equal(found[25:], after, err_msg=name)
        np.testing.assert_allclose(found[:25], after[0] * (0.2 + 0.8 * np.arange(25) / 25), rtol=1e-15, err_msg=name)


def test_warm_up_alone_takes_a_tenth_of_the_training():
    found = steps_of(spec_of(name="warmup"), 0.1, 200)
    assert found[0] == pytest.approx(0.01)
    assert np.all(np.diff(found[:101]) > 0)
    assert np.all(found[100:] == 0.1)


def test_an_expression_is_evaluated_at_the_beginning_of_each_epoch():
    text = "0.01 if epoch < 5 else 0.01 * exp(0.1 * (10 - epoch))"
    found = steps_of(spec_of(name="expression", expression=text), 0.3, 60, per_epoch=4).reshape(15, 4)
    wanted = [0.01] * 5 + [0.01 * np.exp(0.1 * (10 - epoch)) for epoch in range(5, 15)]
    np.testing.assert_allclose(found, np.repeat(wanted, 4).reshape(15, 4), rtol=1e-15)
    assert found[5, 0] > found[4, 0]


def test_an_expression_knows_the_rate_before():
    spec = spec_of(name="expression", expression="lr * 0.5 if epoch % 2 == 1 else lr")
    wanted = [0.1, 0.05, 0.05, 0.025, 0.025, 0.0125]
    assert rates.rates(spec, 0.1, 15, 3, EpochGrid.uniform(3, 100)).tolist() == [wanted[5]] * 3
    assert steps_of(spec, 0.1, 18, per_epoch=3)[::3].tolist() == wanted
    assert steps_of(spec, 0.2, 18, per_epoch=3)[::3].tolist() == [2 * rate for rate in wanted]


def test_an_expression_by_the_step():
    spec = spec_of(name="expression", expression="lr0 / (1 + step + 100 * epoch)", per="step")
    assert steps_of(spec, 1.0, 4, per_epoch=2).tolist() == [1.0, 1 / 2, 1 / 103, 1 / 104]


def test_an_expression_that_fails_later_names_the_epoch():
    spec = spec_of(name="expression", expression="0.1 * (3 - epoch)")
    with pytest.raises(ExperimentError, match=r"schedule\.expression: expected .* > 0 at epoch 3, got 0\.0"):
        rates.check(spec, 0.1, EpochGrid.uniform(10, 100), 10)
    rates.check(spec, 0.1, EpochGrid.uniform(10, 30), 3)
    with pytest.raises(ExperimentError, match="at epoch 7"):
        rates.rates(spec, 0.1, 75, 3, EpochGrid.uniform(10, 100))


def test_without_a_length_of_training_one_has_to_be_set():
    with pytest.raises(ExperimentError, match=r"schedule\.length: missing"):
        rates.rates(ScheduleSpec(name="cosine"), 0.1, 0, 5, EpochGrid.uniform(6))
    assert rates.rates(ScheduleSpec(name="cosine", length=5.0), 0.1, 0, 5, EpochGrid.uniform(6))[0] == 0.1


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ({"every": 3}, "schedule.every: used by the schedule step and exponential and inverse_time, not by constant, got 3.0"),  # noqa: E501
        ({"name": "cosine", "factor": 0.5}, "schedule.factor: used by the schedule step and plateau, not by cosine, got 0.5"),  # noqa: E501
        ({"name": "cosin"}, 'schedule.name: expected one of constant, step, exponential, inverse_time, polynomial, cosine, cosine_restarts, cyclic, one_cycle, warmup, expression, plateau, got "cosin"'),  # noqa: E501
        ({"name": "step", "every": 0}, "schedule.every: expected a number > 0, got 0"),
        ({"name": "step", "per": "batch"}, 'schedule.per: expected one of step, epoch, got "batch"'),
        ({"name": "step", "milestones": [3, 2]}, "schedule.milestones: expected a list of rising numbers > 0, got [3, 2]"),  # noqa: E501
        ({"name": "step", "milestones": [3], "every": 4}, "schedule.milestones: expected either milestones or every, not both"),  # noqa: E501
        ({"warmup_steps": 3, "warmup_epochs": 4}, "schedule.warmup_steps: expected either warmup_steps or warmup_epochs, not both"),  # noqa: E501
        ({"name": "plateau", "factor": 1}, "schedule.factor: expected a number > 0 and < 1 for the schedule plateau, got 1.0"),  # noqa: E501
        ({"name": "cosine", "alpha": 1.5}, "schedule.alpha: expected a number from 0 to 1, got 1.5"),
        ({"name": "expression", "expression": "foo"}, "schedule.expression: unknown name foo, expected one of step, epoch, lr, lr0, pi, e"),  # noqa: E501
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(keys, line):
    with pytest.raises(ExperimentError) as caught:
        changed(**keys)
    assert str(caught.value) == line


def test_another_schedule_takes_its_unused_keys_back():
    halving = changed(name="step", every=5, per="step")
    cosine = with_value(halving, "schedule.name", "cosine")
    assert cosine.schedule == ScheduleSpec(name="cosine", per="step")
    with pytest.raises(ExperimentError, match=r"schedule\.every: used by"):
        with_values(halving, [("schedule.name", "cosine"), ("schedule.every", 3)])


@st.composite
def specs(draw):
    name = draw(st.sampled_from(sorted(SCHEDULES)))
    keys = {"name": name, "warmup_steps": draw(st.sampled_from([None, 0, 7, 100]))}
    if "per" in SCHEDULES[name].keys:
        keys["per"] = draw(st.sampled_from([None, "step", "epoch"]))
    if name == "cyclic":
        keys["policy"] = draw(st.sampled_from(["triangular", "triangular2", "exp_range"]))
    if name == "expression":
        keys["expression"] = draw(st.sampled_from(["lr * 0.99", "lr0 / (1 + epoch)", "lr0 * exp(-step / 100)"]))
    for key in ("every", "length", "decay_rate", "t_mul"):
        if key in SCHEDULES[name].keys:
            keys[key] = draw(st.none() | st.floats(1, 50))
    return ScheduleSpec(**keys)


@given(specs(), st.floats(1e-8, 10), st.integers(1, 30), st.lists(st.integers(0, 400), min_size=1, max_size=6))
def test_rates_do_not_depend_on_how_the_steps_are_cut(spec, lr, per_epoch, cuts):
    whole = rates.rates(spec, lr, 0, 400, EpochGrid.uniform(per_epoch, 300))
    cuts = sorted({0, 400, *cuts})
    pieces = [rates.rates(spec, lr, a, b - a, EpochGrid.uniform(per_epoch, 300)) for a, b in zip(cuts, cuts[1:])]
    assert np.concatenate(pieces).tobytes() == whole.tobytes()
    assert not np.isnan(whole).any()
    assert (whole >= 0).all()


@given(st.floats(1, 1000), st.floats(0, 1), st.booleans(), st.sampled_from(["cos", "linear"]))
def test_one_cycle_and_its_momentum_mirror_each_other(length, pct_start, three_phase, anneal):
    spec = ScheduleSpec(name="one_cycle", length=length, pct_start=pct_start, three_phase=three_phase, anneal=anneal)
    found = rates.rates(spec, 0.1, 0, 1200, EpochGrid.uniform(10))
    momenta = rates.momenta(spec, 0, 1200, EpochGrid.uniform(10))
    assert np.all((found > 0) & (found <= 0.1 + 1e-15))
    assert np.all((momenta >= 0.85 - 1e-15) & (momenta <= 0.95 + 1e-15))


@EVERY
def test_a_declaration_has_every_key_that_its_curves_name(name):
    schedule = SCHEDULES[name]
    named = {key for curve in (schedule.curve, schedule.momentum) if curve is not None for key in keywords(curve)}
    assert named <= set(schedule.keys)
    assert {key for key in named if schedule.keys[key] is None} == set(schedule.of_run)


@given(st.floats(0, 308), st.floats(0, 308), st.sampled_from(["triangular", "triangular2", "exp_range"]))
def test_a_cycle_of_any_length_stays_between_its_ends(up, down, policy):
    for sign in (-1, 1):
        chosen = ScheduleSpec(name="cyclic", step_size_up=10.0 ** (sign * up), step_size_down=10.0 ** (sign * down),
                              base_lr=0.001, policy=policy)  # fmt: skip
        found = rates.rates(chosen, 0.1, 0, 50, EpochGrid.uniform(6, 1000))
        assert np.isfinite(found).all()
        assert found.min() >= 0.001
        assert found.max() <= 0.1


@pytest.mark.parametrize("epochs", [1e15, 1e18, 1e300, 1e308])
def test_a_warm_up_without_end_is_one(epochs):
    found = rates.rates(ScheduleSpec(warmup_epochs=epochs), 0.1, 0, 5, EpochGrid.uniform(6, 1000))
    assert np.allclose(found, 0.01, rtol=1e-12)
