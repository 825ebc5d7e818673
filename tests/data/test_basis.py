"""Features of two inputs: what the network is given, what pictures and forms still call the inputs."""

from __future__ import annotations

import numpy as np
import pytest

from lrsim.common.validation import ExperimentError
from lrsim.data.basis import BASIS
from lrsim.data.dataset import load_data
from lrsim.data.spec import DataSpec
from lrsim.experiment.files import from_dict, load, to_dict
from lrsim.experiment.keys import with_values
from lrsim.runs import run
from lrsim.training import engine

ALL = tuple(BASIS)


def closed_form(points):
    a, b = points.T
    return np.column_stack([a, b, a**2, b**2, a * b, np.sin(a), np.sin(b)])


@pytest.mark.parametrize("scale", ["none", "standard", "minmax"])
def test_the_network_is_given_features_of_the_inputs_scaled_as_these_ask_for(scale):
    plain = load_data(DataSpec(source="xor", samples=50, test_fraction=0.2), "float64")
    data = load_data(DataSpec(source="xor", samples=50, test_fraction=0.2, basis=ALL, scale=scale), "float64")
    numbers = np.arange(50)
    given, _ = data.given(numbers)
    assert (given == plain.given(numbers)[0]).all()
    assert data.rows(numbers)[0] == pytest.approx(data.inputs_for(given))
    assert data.scaler.unscaled(data.rows(numbers)[0]) == pytest.approx(closed_form(given))
    if scale == "standard":
        assert data.X_train.mean(axis=0) == pytest.approx(np.zeros(7), abs=1e-12)
    assert data.input_names == ("x", "y")
    assert data.feature_names == ("x", "y", "x^2", "y^2", "x*y", "sin(x)", "sin(y)")
    assert data.domain == ((-6.0, 6.0), (-6.0, 6.0))


@pytest.mark.parametrize(("source", "basis"), [("circle", ["x1^2", "x2^2"]), ("xor", ["x1*x2"])])
def test_a_single_unit_draws_with_features_what_it_can_not_draw_with_the_inputs(source, basis):
    raw = to_dict(load("circle"))
    raw["data"] |= {"source": source, "noise": 0.0}
    raw["model"] = {"layers": [{"units": 1, "activation": "sigmoid"}]}
    raw["training"]["epochs"] = 60
    accuracies = []
    for names in ([], basis):
        raw["data"]["basis"] = names
        result = run.run(engine.build(from_dict(raw)))
        accuracies.append(result.final["val_accuracy"])
    assert accuracies[0] < 0.7
    assert accuracies[1] == 1.0


def test_a_choice_is_one_experiment_in_whatever_order_it_is_written():
    one, other = (with_values(load("circle"), [("data.basis", names)])
                  for names in (["x1*x2", "x1"], ["x1", "x1 * x2"]))  # fmt: skip
    assert one == other
    assert one.data.basis == ("x1", "x1*x2")
    assert from_dict(to_dict(one)) == one


@pytest.mark.parametrize("names", [["x3"], ["x1", "x1"], "x1", [1]])
def test_what_is_no_feature_is_refused_with_those_that_there_are(names):
    with pytest.raises(ExperimentError, match=r"data\.basis: expected a list of some of x1, x2, x1\^2"):
        with_values(load("circle"), [("data.basis", names)])


def test_data_of_other_than_two_inputs_is_refused():
    with pytest.raises(ExperimentError, match=r"data\.basis: .* expected data of two, got 1"):
        load_data(DataSpec(source="clip250", basis=("x1",)), "float64")


def test_a_feature_that_runs_over_is_refused_by_its_row():
    spec = DataSpec(source="table", inputs=((1e200, 1.0), (1.0, 2.0)), targets=((1.0,), (2.0,)), basis=("x1^2",))
    with pytest.raises(ExperimentError, match=r"data\.inputs: too large for float64"):
        load_data(spec, "float64")
