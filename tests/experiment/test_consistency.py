"""Parts of an experiment that fit each other, or the key that does not."""

from __future__ import annotations

from typing import Any

import pytest

from lrsim.common.validation import ExperimentError
from lrsim.experiment import consistency
from lrsim.experiment.files import from_dict

ROWS: dict[str, Any] = {"source": "table", "inputs": [[1.0, 2.0], [3.0, 4.0]], "targets": [[1.0], [0.0]]}
LAYERS = [{"units": 2, "activation": "tanh"}, {"units": 1}]
WEIGHTS = [[[1.0, 2.0], [3.0, 4.0]], [0.0, 0.0], [[1.0], [1.0]], [0.5]]


def check(**tables: dict[str, Any]) -> None:
    plain: dict[str, Any] = {"data": ROWS, "model": {"layers": LAYERS}, "training": {"loss": "mse"}}
    plain["optimizer"] = {"lr": 0.1}
    consistency.check(
        from_dict({name: {**plain.get(name, {}), **tables.get(name, {})} for name in {**plain, **tables}})
    )


def test_what_fits_is_taken():
    check()
    check(model={"weights": WEIGHTS})
    check(optimizer={"multipliers": [0.5, 2.0]})
    check(data={"task": "classification", "targets": [[0], [2]]}, training={"loss": "cross_entropy"},
          model={"layers": [{"units": 3, "activation": "softmax"}]})  # fmt: skip


@pytest.mark.parametrize(
    ("tables", "where", "what"),
    [
        ({"model": {"layers": []}}, "model.layers", "at least one layer"),
        ({"data": {"inputs": [], "targets": []}}, "data.inputs", "at least one row"),
        ({"data": {"targets": [[1.0]]}}, "data.targets", "expected 2 rows, one for each input, got 1"),
        ({"data": {"task": "regression", "targets": [[1.0, 2.0], [3.0, 4.0]]}}, "data.targets",
         "expected 1 numbers a row, one for each output, got 2"),
        ({"data": {"trials": [[1.0, 2.0]]}}, "data.trials", "one input and one output"),
        ({"model": {"layers": [{"units": 2, "activation": "softmax"}, {"units": 1}]}}, "model.layers[0].activation",
         "at the output alone"),
        ({"model": {"layers": [{"units": 4}, {"units": 1, "activation": "softmax"}]}}, "model.layers[1].units",
         "one softmax unit always answers 1: expected one for each class, or sigmoid with binary_cross_entropy"),
        ({"training": {"loss": "binary_cross_entropy"}}, "training.loss",
         "binary_cross_entropy needs sigmoid as the last activation, which is linear"),
        ({"training": {"loss": "cross_entropy"}}, "training.loss", "needs softmax"),
        ({"model": {"weights": WEIGHTS[:2]}}, "model.weights", "expected 4 arrays, W and b of each layer, got 2"),
        ({"model": {"weights": [WEIGHTS[2], *WEIGHTS[1:]]}}, "model.weights[0]",
         "expected 2 rows of 2, got 2 rows of 1"),
        ({"model": {"weights": [*WEIGHTS[:2], [[1.0]], [0.5]]}}, "model.weights[2]",
         "expected 2 rows of 1, got 1 rows of 1"),
        ({"model": {"weights": [*WEIGHTS[:3], [0.5, 0.5]]}}, "model.weights[3]", "expected 1 numbers, got 2"),
        ({"optimizer": {"multipliers": [1.0]}}, "optimizer.multipliers", "expected 2 numbers, one for each layer"),
        ({"optimizer": {"beta_1": 0.5}}, "optimizer.beta_1", "sgd does not use it"),
        ({"schedule": {"name": "cosine", "factor": 0.5}}, "schedule.factor", "not by cosine"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_its_key(tables, where, what):
    with pytest.raises(ExperimentError) as caught:
        check(**tables)
    assert caught.value.where == where
    assert what in caught.value.what
