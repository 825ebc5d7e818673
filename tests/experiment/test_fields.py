"""The fields of an experiment, and drafts of changes to it."""

from __future__ import annotations

import pytest

from lrsim.common.validation import ExperimentError
from lrsim.experiment import fields
from lrsim.experiment.draft import Draft
from lrsim.experiment.field_texts import GROUPS, TEXTS, text_of
from lrsim.experiment.files import load
from lrsim.experiment.keys import known_keys


def names(draft: Draft, group: str) -> set[str]:
    return {field.key.partition(".")[2] for field in fields.shown(draft.value).get(group, [])}


def test_every_key_has_a_label_and_one_short_sentence():
    keys = set(known_keys()) - set(GROUPS)
    assert keys == set(TEXTS)
    for key in keys:
        label, explanation = text_of(key)
        assert 0 < len(label) <= 20, key
        assert 10 < len(explanation) <= 100, key
        assert explanation.endswith("."), key
        assert explanation[:-1].count(". ") == 0, key


def test_every_field_but_the_rows_can_be_edited():
    edited = set(fields.all_fields()) | {f"model.layers.{name}" for name in fields.layer_fields()}
    left = {key for key in known_keys() if not key.startswith("sweep")} - edited
    assert left == {"name", "description", "source", "claim", *GROUPS, *fields.NOT_EDITED}


def test_hyperparameters_of_other_optimizers_step_aside():
    draft = Draft(load("clip250"))
    assert "momentum" in names(draft, "optimizer")
    assert "beta_1" not in names(draft, "optimizer")
    draft.set("optimizer.name", "adam")
    assert {"beta_1", "beta_2", "epsilon"} <= names(draft, "optimizer")
    assert "momentum" not in names(draft, "optimizer")


def test_keys_of_other_sources_step_aside():
    draft = Draft(load("clip250"))
    assert not {"samples", "noise", "path", "split"} & names(draft, "data")
    draft.set("data.source", "spiral")
    assert {"samples", "noise", "seed"} <= names(draft, "data")
    draft.set("data.test_fraction", 0.5)
    assert {"split", "split_seed"} <= names(draft, "data")
    draft.set("data.split", "tail")
    assert "split_seed" not in names(draft, "data")


def test_targets_can_be_scaled_where_they_are_numbers():
    draft = Draft(load("plane"))
    assert "scale_target" in names(draft, "data")
    draft.set("data.source", "spiral")
    assert "scale_target" not in names(draft, "data")
    draft.set("data.task", "regression")
    assert "scale_target" in names(draft, "data")


@pytest.mark.parametrize(("key", "value"), [("data.source", "spiral"), ("data.task", "classification")])
def test_targets_are_no_longer_scaled_once_they_are_classes(key, value):
    draft = Draft(load("plane"))
    draft.set("data.scale_target", "standard")
    assert draft.experiment().data.scale_target == "standard"
    scaled = Draft(draft.experiment())
    for drafted in (draft, scaled):
        drafted.set(key, value)
        assert drafted.experiment().data.scale_target == "none"
    scaled.set(key, None if key == "data.task" else "plane")
    assert scaled.experiment().data.scale_target == "standard"


def test_keys_of_other_schedules_step_aside():
    draft = Draft(load("clip250"))
    assert "every" not in names(draft, "schedule")
    draft.set("schedule.name", "step")
    assert {"every", "factor"} <= names(draft, "schedule")
    assert fields.default(fields.all_fields()["schedule.factor"], draft.value) == 0.5


@pytest.mark.parametrize(("flavor", "epsilon"), [("keras", 1e-7), ("torch", 1e-8)])
def test_an_empty_field_stands_for_the_flavors_default(flavor, epsilon):
    draft = Draft(load("clip250"))
    draft.set("optimizer.name", "adam")
    draft.set("optimizer.flavor", flavor)
    assert fields.default(fields.all_fields()["optimizer.epsilon"], draft.value) == epsilon


def test_a_change_that_is_taken_back_is_none():
    draft = Draft(load("clip250"))
    draft.set("training.batch_size", 3)
    assert draft.changes == {"training.batch_size": 3}
    draft.set("training.batch_size", 1)
    assert draft.changes == {}


def test_changes_that_mean_nothing_wait_aside():
    draft = Draft(load("clip250"))
    draft.set("optimizer.momentum", 0.9)
    draft.set("optimizer.name", "adam")
    assert set(draft.changes) == {"optimizer.name"}
    assert draft.experiment().optimizer.momentum is None
    draft.set("optimizer.name", "sgd")
    assert draft.experiment().optimizer.momentum == 0.9


def test_the_rate_goes_on():
    draft = Draft(load("clip250"))
    draft.set("training.batch_size", 2)
    assert draft.experiment(lr=0.25).optimizer.lr == 0.25
    assert draft.experiment().optimizer.lr == 1e-5


def test_another_source_drops_the_rows_of_the_first_and_what_was_said_of_it():
    draft = Draft(load("clip250"))
    draft.set("data.source", "gauss")
    draft.want("model.weights", False)
    draft.set("model.layers", [{"units": 1, "activation": "tanh"}])
    made = draft.experiment()
    assert (made.data.source, made.data.inputs, made.data.trials) == ("gauss", (), ())
    assert (made.description, made.model.weights) == ("", ())


def test_given_weights_can_be_had_back():
    base = load("clip250")
    draft = Draft(base)
    draft.want("model.weights", False)
    assert draft.changes == {"model.weights": ()}
    draft.want("model.weights", True)
    assert draft.changes == {}


def test_a_table_that_is_wanted_takes_its_keys_along():
    draft = Draft(load("clip250"))
    draft.want("stop.early_stopping", True)
    draft.set("stop.early_stopping.patience", 7)
    early = draft.experiment().stop.early_stopping
    assert early is not None
    assert (early.patience, early.monitor) == (7, "val_loss")
    draft.want("stop.early_stopping", False)
    assert draft.changes == {}


def test_what_does_not_fit_is_named_by_its_key():
    draft = Draft(load("clip250"))
    draft.set("training.loss", "cross_entropy")
    with pytest.raises(ExperimentError) as caught:
        draft.experiment()
    assert caught.value.where == "training.loss"
