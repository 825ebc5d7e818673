"""Targets that suit the network's output and loss."""

from __future__ import annotations

import numpy as np
import pytest

from lrsim.common.validation import ExperimentError
from lrsim.data.dataset import load_data
from lrsim.data.encode import Coding, task_of
from lrsim.data.spec import DataSpec
from lrsim.experiment.files import from_dict
from lrsim.experiment.specs import Experiment, LayerSpec, ModelSpec, TrainingSpec
from lrsim.training import engine
from lrsim.training.model import coding


def experiment(units: int, activation: str, loss: str, source: str = "circle", **data) -> Experiment:
    return Experiment(
        data=DataSpec(source=source, **data),
        model=ModelSpec(layers=(LayerSpec(units=units, activation=activation),)),
        training=TrainingSpec(loss=loss),
    )


@pytest.mark.parametrize(
    ("units", "activation", "loss", "columns", "found"),
    [
        (1, "sigmoid", "binary_cross_entropy", 1, {0, 1}),
        (1, "sigmoid", "mse", 1, {0, 1}),
        (1, "linear", "hinge", 1, {-1, 1}),
        (1, "tanh", "hinge", 1, {-1, 1}),
        (1, "tanh", "mse", 1, {-1, 1}),
        (2, "softmax", "cross_entropy", 2, {0, 1}),
        (2, "linear", "hinge", 2, {-1, 1}),
    ],
)
def test_two_classes(units, activation, loss, columns, found):
    wanted = experiment(units, activation, loss)
    data = load_data(wanted.data, "float32", coding(wanted))
    assert data.Y_train.shape == (200, columns)
    assert set(np.unique(data.Y_train)) == found
    assert data.classes == ("ring", "core")
    inside = np.hypot(*data.X_train.T) < 3
    assert (data.class_of(data.Y_train) == inside).all()


def test_more_classes_than_one_output_are_refused_when_the_network_is_built():
    raw = {"data": {"source": "bmi", "task": "classification"}, "model": {"layers": [{"units": 1}]}}
    wanted = from_dict(raw)
    with pytest.raises(ExperimentError, match=r"model\.layers\[0\]\.units: expected 6, one for each target, got 1"):
        engine.build(wanted)


@pytest.mark.parametrize(
    ("source", "loss", "task"),
    [
        ("mnist", "mse", "classification"),
        ("circle", "mse", "classification"),
        ("plane", "mse", "regression"),
        ("plane", "hinge", "classification"),
        ("csv", "mse", "regression"),
        ("csv", "cross_entropy", "classification"),
        ("clip250", "half_mse", "regression"),
    ],
)
def test_the_task_follows_source_and_loss(source, loss, task):
    wanted = experiment(1, "linear", loss, source)
    assert task_of(wanted.data, coding(wanted)) == task


def test_a_loss_for_classes_does_not_fit_a_regression():
    with pytest.raises(ExperimentError, match=r'training\.loss: made for classes, .* got "hinge"'):
        coding(experiment(1, "linear", "hinge", task="regression"))


def test_a_regression_on_classes_learns_their_numbers():
    data = load_data(DataSpec(source="circle", task="regression"), "float64")
    assert set(np.unique(data.Y_train)) == {0, 1}
    assert (data.task, data.classes, data.target_names) == ("regression", (), ("class",))


def test_a_single_output_is_the_default_for_two_classes():
    assert load_data(DataSpec(source="xor"), "float64", Coding()).Y_train.shape == (200, 1)
