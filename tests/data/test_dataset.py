"""Data sources: arrays of the right shape and type, and orders that depend on seed and epoch alone."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrsim.common.validation import ExperimentError
from lrsim.data.dataset import batch_orders, load_data
from lrsim.data.encode import Coding
from lrsim.data.spec import DataSpec


def table(n: int, **more) -> DataSpec:
    rows = tuple((float(i), float(-i)) for i in range(n))
    return DataSpec(source="table", inputs=rows, targets=tuple((x,) for x, _ in rows), **more)


def test_clip250_by_default():
    data = load_data(DataSpec(source="clip250"), "float64")
    assert data.X_train.ravel().tolist() == [60, 40, 100, 300, -50, 310]
    assert data.Y_train.ravel().tolist() == [60, 40, 150, 250, -50, 250]
    assert data.X_test.shape == (0, 1)
    assert data.trials == ((10, 10), (240, 240), (550, 250), (-160, -160))
    assert data.wanted(np.array([-160.0, 10, 550])).tolist() == [-160, 10, 250]
    assert data.feature_names == ("x",)


def test_given_samples_replace_those_of_clip250():
    targets = tuple((y,) for y in (60.0, 40.0, 100.0, 250.0, -50.0, 250.0))
    data = load_data(DataSpec(source="clip250", targets=targets), "float32")
    assert data.Y_train[2, 0] == 100
    assert data.X_train.dtype == data.Y_train.dtype == np.float32
    with pytest.raises(ExperimentError, match=r"data\.targets: expected 6 rows"):
        load_data(DataSpec(source="clip250", targets=targets[:3]), "float64")


def test_arrays_are_what_the_kernel_takes():
    data = load_data(table(10, test_fraction=0.3), "float32")
    assert (data.X_train.shape, data.Y_train.shape) == ((7, 2), (7, 1))
    assert (data.X_test.shape, data.Y_test.shape) == ((3, 2), (3, 1))
    for array in (data.X_train, data.Y_train, data.X_test, data.Y_test):
        assert array.flags.c_contiguous
        assert array.dtype == np.float32
        assert not array.flags.writeable
    assert data.wanted is None
    assert data.target_names == ("target",)


def test_a_table_of_labels_becomes_classes():
    spec = DataSpec(source="table", inputs=((1.0,), (2.0,), (3.0,)), targets=((7.0,), (3.0,), (7.0,)))
    assert load_data(spec, "float64").Y_train.tolist() == [[7], [3], [7]]
    classes = load_data(msgspec.structs.replace(spec, task="classification"), "float64", Coding(units=2))
    assert classes.classes == ("3", "7")
    assert classes.Y_train.tolist() == [[0, 1], [1, 0], [0, 1]]
    alike = msgspec.structs.replace(spec, task="classification", targets=((7.0,),) * 3)
    with pytest.raises(ExperimentError, match=r"data: expected at least two classes, all rows are of class 7"):
        load_data(alike, "float64")


def test_a_table_with_a_column_a_class_is_checked():
    spec = DataSpec(source="table", inputs=((1.0,), (2.0,)), targets=((0.0, 1.0), (1.0, 0.0)), task="classification")
    assert load_data(spec, "float64", Coding(units=2)).Y_train.tolist() == [[0, 1], [1, 0]]
    assert load_data(spec, "float64", Coding(units=2, low=-1)).Y_train.tolist() == [[-1, 1], [1, -1]]
    broken = msgspec.structs.replace(spec, targets=((0.0, 1.0), (1.0, 0.5)))
    with pytest.raises(ExperimentError, match=r"data\.targets\[1\]: expected one 1 .* got \[1\.0, 0\.5\]"):
        load_data(broken, "float64", Coding(units=2))


def test_scaled_samples_still_mean_the_same():
    data = load_data(DataSpec(source="clip250", scale="standard"), "float64")
    raw = data.scaler.unscaled(data.X_train)
    assert raw.ravel() == pytest.approx([60, 40, 100, 300, -50, 310])
    assert data.wanted(raw[:, 0]) == pytest.approx([60, 40, 100, 250, -50, 250])
    assert [x for x, _ in data.trials] == [10, 240, 550, -160]
    low, high = data.domain[0]
    assert low < data.X_train.min()
    assert high > data.X_train.max()


def test_unusable_data_is_refused():
    with pytest.raises(ExperimentError, match=r'data\.source: .*got "cloud"'):
        load_data(DataSpec(source="cloud"), "float64")
    with pytest.raises(ExperimentError, match=r"data\.inputs: too large for float32, got 1e\+300"):
        load_data(DataSpec(source="table", inputs=((1e300,),), targets=((1.0,),)), "float32")
    with pytest.raises(ExperimentError, match=r"data\.test_fraction: leaves none of 3 rows"):
        load_data(table(3, test_fraction=0.9), "float64")


@given(st.integers(1, 50), st.integers(0, 2**53), st.integers(0, 2**40), st.integers(1, 6))
def test_orders_are_permutations_keyed_by_seed_and_epoch(n, seed, first, epochs):
    orders = batch_orders(n, seed, first, epochs).reshape(epochs, n)
    for place, order in enumerate(orders):
        assert sorted(order.tolist()) == list(range(n))
        assert (order == batch_orders(n, seed, first + place, 1)).all()


def test_orders_differ_and_favour_no_row():
    orders = batch_orders(6, 1, 0, 6000).reshape(-1, 6)
    assert len(np.unique(orders, axis=0)) == 720
    counts = np.array([np.bincount(orders[:, place], minlength=6) for place in range(6)])
    assert (np.abs(counts - 1000) < 150).all()
    assert not (orders == batch_orders(6, 2, 0, 6000).reshape(-1, 6)).all(axis=1).mean() > 0.01


def test_samples_are_found_by_number_those_held_out_last():
    data = load_data(DataSpec(source="xor", samples=40, test_fraction=0.25), "float64")
    first = len(data.X_train)
    X, Y = data.rows(np.array([first + 1, 0, first - 1, first]))
    assert np.array_equal(X, [data.X_test[1], data.X_train[0], data.X_train[-1], data.X_test[0]])
    assert np.array_equal(Y, [data.Y_test[1], data.Y_train[0], data.Y_train[-1], data.Y_test[0]])
