"""Scaling of targets: by the training rows alone, column by column, undone for whoever is shown them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrsim.common.validation import ExperimentError
from lrsim.data import given as given_rows
from lrsim.data.dataset import load_data
from lrsim.data.encode import Coding
from lrsim.data.spec import DataSpec

PRICES = (210_000.0, 180_000.0, 305_000.0, 250_000.0, 199_000.0, 1_000_000.0)


def table(targets=PRICES, **more) -> DataSpec:
    rows = tuple(value if isinstance(value, tuple) else (value,) for value in targets)
    return DataSpec(source="table", inputs=tuple((float(i),) for i in range(len(rows))), targets=rows, **more)


def test_standard_scaling_is_fitted_on_the_training_rows():
    data = load_data(table(scale_target="standard", test_fraction=1 / 6, split="tail"), "float64")
    train = np.array(PRICES[:5])
    np.testing.assert_array_equal(data.Y_train[:, 0], (train - train.mean()) / train.std())
    assert data.Y_test[0, 0] == (1_000_000 - train.mean()) / train.std()
    assert data.scales_targets


def test_minmax_spans_zero_to_one_on_the_training_rows():
    data = load_data(table(scale_target="minmax", test_fraction=1 / 6, split="tail"), "float32")
    assert (data.Y_train.min(), data.Y_train.max()) == (0, 1)
    assert data.Y_test[0, 0] > 6


def test_none_leaves_targets_as_they_are_and_says_nothing():
    data = load_data(table(), "float64")
    assert data.Y_train[:, 0].tolist() == list(PRICES)
    assert not data.scales_targets
    assert data.notes == ()
    assert data.answers(data.Y_train).tolist() == data.Y_train.tolist()


def test_columns_are_scaled_each_by_itself():
    rows = tuple((price, float(k % 3), 7.0) for k, price in enumerate(PRICES))
    data = load_data(table(rows, scale_target="standard"), "float64")
    assert data.Y_train[:, :2].mean(axis=0) == pytest.approx(0, abs=1e-12)
    assert data.Y_train[:, :2].std(axis=0) == pytest.approx(1)
    assert data.answers(data.Y_train) == pytest.approx(np.array(rows))
    assert data.notes == (
        "target3 is the same in all training rows.",
        "3 targets are scaled to mean 0 and deviation 1: losses and errors count each one's own deviation as 1; "
        "predictions are shown in the file's units.",
    )


def test_a_note_says_in_which_unit_losses_count():
    (note,) = load_data(table(scale_target="minmax"), "float64").notes
    assert note == (
        "target is scaled to 0 to 1: losses and errors count its range, 8.2e+05, as 1; "
        "predictions are shown in the file's units."
    )


@pytest.mark.parametrize("kind", ["standard", "minmax"])
def test_a_target_that_never_changes_becomes_zero_and_is_named(kind):
    data = load_data(table((5.0, 5.0, 5.0), scale_target=kind), "float64")
    assert data.Y_train[:, 0].tolist() == [0, 0, 0]
    assert data.answers(data.Y_train)[:, 0].tolist() == [5, 5, 5]
    assert data.notes[0] == "target is the same in all training rows."


@pytest.mark.parametrize("kind", ["standard", "minmax"])
@pytest.mark.parametrize("source", ["table", "xor"])
def test_classes_are_refused_in_one_sentence(kind, source):
    rows = {"inputs": ((1.0,), (2.0,)), "targets": ((0.0,), (1.0,))} if source == "table" else {}
    spec = DataSpec(source=source, task="classification", scale_target=kind, **rows)
    with pytest.raises(ExperimentError) as refused:
        load_data(spec, "float64", Coding(units=2))
    assert str(refused.value) == (
        f'data.scale_target: classes are not numbers to scale, expected none or data.task "regression", got "{kind}"'
    )


def test_targets_beyond_the_squares_of_float32_are_trained_on_as_small_numbers():
    data = load_data(table((6.0e23, 6.1e23, 5.9e23, 0.0), scale_target="standard"), "float32")
    assert np.abs(data.Y_train).max() < 2
    assert data.answers(data.Y_train)[:, 0] == pytest.approx([6.0e23, 6.1e23, 5.9e23, 0.0], rel=1e-6, abs=1e17)


def test_targets_beyond_float32_fit_once_they_are_scaled():
    with pytest.raises(ExperimentError, match="too large for float32"):
        load_data(table((1e40, 2e40)), "float32")
    assert load_data(table((1e40, 2e40), scale_target="minmax"), "float32").Y_train[:, 0].tolist() == [0, 1]


def test_numbers_without_a_spread_in_float64_are_refused():
    with pytest.raises(ExperimentError, match=r"data\.scale_target: the targets are too large .* got \"minmax\""):
        load_data(table((1.7e308, -1.7e308), scale_target="minmax"), "float64")


def test_answers_that_are_not_finite_stay_so():
    data = load_data(table(scale_target="standard"), "float32")
    assert np.isnan(data.answers(np.array([[np.nan]], np.float32))).all()
    assert np.isinf(data.answers(np.array([[np.inf]], np.float32))).all()


@settings(max_examples=25)
@given(st.lists(st.floats(-1e9, 1e9, width=32), min_size=2, max_size=8), st.sampled_from(["standard", "minmax"]))
def test_scaling_can_be_undone(values, kind):
    data = load_data(table(tuple(values), scale_target=kind), "float64")
    size = max(map(abs, values))
    assert data.answers(data.Y_train)[:, 0] == pytest.approx(values, abs=1e-12 * size + 1e-300)


# --- the source's own numbers


def test_samples_are_given_as_the_source_has_them_whatever_the_type():
    values = (0.0, 0.1, 15_634_602.0, 3.0)
    spec = DataSpec(
        source="table", inputs=tuple((v, -v) for v in values), targets=tuple((v,) for v in values),
        scale="standard", scale_target="standard", test_fraction=0.5, split_seed=3,
    )  # fmt: skip
    data = load_data(spec, "float32")
    inputs, targets = data.given(np.arange(4))
    assert sorted(inputs[:, 0].tolist()) == sorted(values)
    assert inputs[:, 1].tolist() == (-inputs[:, 0]).tolist()
    assert targets.tolist() == inputs[:, :1].tolist()
    X, Y = data.rows(np.arange(4))
    np.testing.assert_array_equal(data.inputs_for(inputs), X)
    assert data.answers(Y) == pytest.approx(targets, abs=2)


def test_of_sources_too_large_to_be_kept_no_more_digits_are_shown_than_there_were(monkeypatch):
    monkeypatch.setattr(given_rows, "MOST_KEPT", 0)
    values = (0.0, 0.25, 0.5, 137.0)
    spec = DataSpec(
        source="table", inputs=tuple((v,) for v in values), targets=tuple((v,) for v in values), scale="standard",
        scale_target="minmax",
    )  # fmt: skip
    inputs, targets = load_data(spec, "float32").given(np.arange(4))
    assert inputs[:, 0].tolist() == list(values)
    assert targets[:, 0].tolist() == list(values)
