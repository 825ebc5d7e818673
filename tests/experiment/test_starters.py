"""Experiments made from data that somebody brings: they can be built, and learn what they are to learn."""

from __future__ import annotations

import pytest

from lrsim.common.validation import ExperimentError
from lrsim.experiment.starters import from_csv, from_idx_folder
from lrsim.training import engine

TABLE = "size,weight,town,kind\n" + "".join(f"{n},{2 * n + 1},{'ab'[n % 2]},{n % 3}\n" for n in range(30))


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "things.csv"
    path.write_text(TABLE)
    return str(path)


def test_a_number_is_learnt_by_squares(table):
    made = from_csv(table, "weight", ["size"], "regression", "standard")
    assert (made.name, made.training.loss, made.data.scale) == ("things", "mse", "standard")
    assert [(layer.units, layer.activation) for layer in made.model.layers] == [(32, "relu"), (1, "linear")]
    problem = engine.build(made)
    assert (problem.samples, len(problem.data.X_test)) == (24, 6)


def test_numbers_are_scaled_where_that_is_asked_for_and_classes_never(table):
    made = from_csv(table, "weight", ["size"], "regression", "none", scale_target="minmax")
    assert made.data.scale_target == "minmax"
    assert engine.build(made).data.Y_train.max() == 1
    assert (
        from_csv(table, "kind", ["size"], "classification", "none", scale_target="minmax").data.scale_target == "none"
    )


@pytest.mark.parametrize(("target", "features", "classes"), [("kind", ["size", "town"], 3), ("town", ["size"], 2)])
def test_classes_are_learnt_by_one_output_each(table, target, features, classes):
    made = from_csv(table, target, features, "classification", "none")
    assert (made.model.layers[-1].units, made.model.layers[-1].activation) == (classes, "softmax")
    assert made.training.loss == "cross_entropy"
    assert engine.build(made).data.Y_train.shape[1] == classes


def test_a_single_class_still_has_an_experiment_of_two(tmp_path):
    path = tmp_path / "same.csv"
    path.write_text("size,kind\n1,a\n2,a\n3,a\n")
    assert from_csv(str(path), "kind", ["size"], "classification", "none").model.layers[-1].units == 2


@pytest.mark.parametrize(
    ("target", "features", "what"),
    [("weight", [], "at least one column"), ("weight", ["size", "weight"], "weight is what is to be learnt")],
)
def test_columns_that_make_no_sense_are_refused(table, target, features, what):
    with pytest.raises(ExperimentError, match=what) as caught:
        from_csv(table, target, features, "regression", "none")
    assert caught.value.where == "data.features"


def test_gaps_are_refused_or_dropped(tmp_path):
    path = tmp_path / "gaps.csv"
    path.write_text("size,weight\n" + "".join(f"{n},{n}\n" for n in range(9)) + ",3\n")
    with pytest.raises(ExperimentError, match="line 11"):
        from_csv(str(path), "weight", ["size"], "regression", "none")
    made = from_csv(str(path), "weight", ["size"], "regression", "none", drop_missing=True)
    problem = engine.build(made)
    assert problem.samples + len(problem.data.X_test) == 9


def test_a_folder_without_images_names_what_is_missing(tmp_path):
    with pytest.raises(ExperimentError, match="missing: train-images"):
        from_idx_folder(str(tmp_path))
