"""Samples changed by hand: what becomes of the rows, and which of them stay held out."""

from __future__ import annotations

import numpy as np
import pytest

from lrsim.common.validation import ExperimentError
from lrsim.experiment.files import load
from lrsim.experiment.keys import with_values
from lrsim.experiment.points import Points
from lrsim.training import engine


def built(**keys):
    chosen = with_values(load("circle"), [(key.replace("__", "."), value) for key, value in keys.items()])
    return chosen, engine.build(chosen).data


def rows(experiment):
    data = engine.build(experiment).data
    inputs, targets = data.given(np.arange(len(data.X_train) + len(data.X_test)))
    return data, inputs, data.class_of(targets)


def test_a_row_is_added_to_those_that_are_trained_on():
    experiment, before = built(data__samples=50)
    old, kinds = before.given(np.arange(50))[0], before.class_of(before.given(np.arange(50))[1])
    data, inputs, found = rows(Points(experiment, before).added(np.array([1.5, -2.5]), 1))
    first = len(before.X_train)
    assert (len(data.X_train), len(data.X_test)) == (first + 1, len(before.X_test))
    assert inputs[first].tolist() == [1.5, -2.5]
    assert found[first] == 1
    assert (np.delete(inputs, first, axis=0) == old).all()
    assert (np.delete(found, first) == kinds).all()


@pytest.mark.parametrize("number", [0, 34, 35, 49])
def test_rows_are_moved_and_removed_where_they_are(number):
    experiment, before = built(data__samples=50, data__test_fraction=0.3)
    old = before.given(np.arange(50))[0]
    data, inputs, _ = rows(Points(experiment, before).moved(number, np.array([0.25, 0.5])))
    assert inputs[number].tolist() == [0.25, 0.5]
    assert (np.delete(inputs, number, axis=0) == np.delete(old, number, axis=0)).all()
    data, inputs, _ = rows(Points(experiment, before).removed(number))
    assert (inputs == np.delete(old, number, axis=0)).all()
    assert len(data.X_test) == 15 - (number >= 35)


def test_what_else_the_data_was_asked_for_goes_on():
    experiment, before = built(data__basis=["x1^2", "x2^2"], data__scale="standard", data__order="shuffle")
    changed = Points(experiment, before).added(np.array([0.0, 0.0]), 0)
    assert (changed.data.basis, changed.data.scale, changed.data.order) == (("x1^2", "x2^2"), "standard", "shuffle")
    assert (changed.model, changed.optimizer, changed.training) == (
        experiment.model, experiment.optimizer, experiment.training
    )  # fmt: skip


def test_the_last_row_of_a_class_stays():
    experiment, before = built(data__samples=2, data__test_fraction=0.0)
    with pytest.raises(ExperimentError, match="the last row of"):
        Points(experiment, before).removed(0)


def test_many_changes_one_after_the_other_are_as_one():
    experiment, data = built(data__samples=40)
    for k in range(6):
        experiment = Points(experiment, data).added(np.array([k / 2, -k / 4]), k % 2)
        data = engine.build(experiment).data
    found, inputs, kinds = rows(experiment)
    first = len(found.X_train)
    assert inputs[first - 6 : first].tolist() == [[k / 2, -k / 4] for k in range(6)]
    assert kinds[first - 6 : first].tolist() == [0, 1, 0, 1, 0, 1]
    assert len(found.X_test) == len(built(data__samples=40)[1].X_test)


def test_only_classes_of_two_inputs_are_changed_by_hand():
    assert Points.fit(built()[1])
    for name in ("clip250", "plane"):
        assert not Points.fit(engine.build(load(name)).data)
