"""Scaling: fitted on the training rows alone, undone exactly enough, and never a NaN."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lrsim.common.validation import ExperimentError
from lrsim.data import scale
from lrsim.data.dataset import load_data
from lrsim.data.spec import DataSpec

ROWS = tuple((float(i), 5.0, -2.0 * i) for i in range(8))


def table(**more) -> DataSpec:
    return DataSpec(source="table", inputs=ROWS, targets=tuple((1.0,) for _ in ROWS), **more)


def test_standard_scaling_is_fitted_on_the_training_rows():
    data = load_data(table(scale="standard", test_fraction=0.25, split="tail"), "float64")
    assert data.X_train[:, 0].mean() == pytest.approx(0, abs=1e-12)
    assert data.X_train[:, 0].std() == pytest.approx(1)
    assert data.X_test[:, 0].min() > data.X_train[:, 0].max()
    assert data.scaler.offset.tolist() == [2.5, 5.0, -5.0]


def test_minmax_scaling_spans_zero_to_one_on_the_training_rows():
    data = load_data(table(scale="minmax", test_fraction=0.25, split="tail"), "float32")
    assert (data.X_train[:, 0].min(), data.X_train[:, 0].max()) == (0, 1)
    assert data.X_test[:, 0].max() == pytest.approx(7 / 5)


@pytest.mark.parametrize("kind", ["standard", "minmax"])
def test_an_input_that_never_changes_becomes_zero_and_is_named(kind):
    data = load_data(table(scale=kind), "float64")
    assert (data.X_train[:, 1] == 0).all()
    assert data.notes == ("x2 is the same in all training rows.",)


def test_without_scaling_numbers_stay_as_they_are():
    data = load_data(table(), "float64")
    assert data.X_train.tolist() == [list(row) for row in ROWS]
    assert data.notes == ()


def test_numbers_without_a_spread_in_float64_are_refused():
    rows = ((1e308,), (-1e308,), (1.7e308,))
    spec = DataSpec(source="table", inputs=rows, targets=((0.0,), (1.0,), (2.0,)), scale="standard")
    with pytest.raises(ExperimentError, match=r"data\.scale: .*too large"):
        load_data(spec, "float64")


@given(arrays(np.float64, st.tuples(st.integers(1, 9), st.integers(1, 3)), elements=st.floats(-1e6, 1e6, width=32)),
       st.sampled_from(["standard", "minmax"]))  # fmt: skip
def test_scaling_can_be_undone(rows, kind):
    scaler = scale.fit(kind, rows, 1.0)
    scaled = scaler.scaled(rows)
    assert np.isfinite(scaled).all()
    assert scaler.unscaled(scaled) == pytest.approx(rows, rel=1e-9, abs=1e-6)
