"""A run that tells classes apart has an accuracy, whatever its loss."""

from __future__ import annotations

import numpy as np
import pytest

from lrsim.experiment import files
from lrsim.runs.run import run
from lrsim.training import engine


@pytest.mark.parametrize(("activation", "units", "classes"), [("sigmoid", 1, 2), ("tanh", 1, 2), ("linear", 3, 3)])
@pytest.mark.parametrize("loss", ["mse", "mae"])
def test_classes_have_an_accuracy_whatever_the_loss(activation, units, classes, loss):
    rows = [[np.sin(2.1 * k), float(k % classes) + 0.1 * np.cos(k)] for k in range(40)]
    raw = {
        "data": {"source": "table", "inputs": rows, "targets": [k % classes for k in range(40)],
                 "task": "classification", "test_fraction": 0.25},
        "model": {"layers": [{"units": 6, "activation": "tanh"}, {"units": units, "activation": activation}]},
        "training": {"loss": loss, "batch_size": 5, "epochs": 30},
        "optimizer": {"name": "adam", "lr": 0.05},
    }  # fmt: skip
    result = run(engine.build(files.from_dict(raw)))
    data = result.problem.data
    said = data.class_of(engine.predict(result.problem, result.theta, data.X_train))
    right = float(np.mean(said == data.class_of(data.Y_train)))
    assert result.final["accuracy"] == pytest.approx(right)
    assert result.final["accuracy"] > 0.9
    assert result.history["val_accuracy"] is not None
    assert result.verdict.evidence["accuracy"] > 0.9


def test_numbers_have_none():
    raw = {
        "data": {"source": "table", "inputs": [[0.0], [1.0], [2.0]], "targets": [0.0, 1.0, 0.0]},
        "model": {"layers": [{"units": 1}]},
        "training": {"epochs": 2},
    }
    assert run(engine.build(files.from_dict(raw))).final["accuracy"] is None
