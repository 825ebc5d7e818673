"""Data sources: arrays of the right shape and type, and orders that depend on seed and epoch alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrsim.datasets import batch_order, batch_orders, load_data, split_rows
from lrsim.experiment import DataSpec, ExperimentError


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
    assert data.wanted is None


def test_unusable_data_is_refused():
    with pytest.raises(ExperimentError, match=r'data\.source: .*got "cloud"'):
        load_data(DataSpec(source="cloud"), "float64")
    with pytest.raises(ExperimentError, match=r"data\.inputs: too large for float32, got 1e\+300"):
        load_data(DataSpec(source="table", inputs=((1e300,),), targets=((1.0,),)), "float32")
    with pytest.raises(ExperimentError, match=r"data\.test_fraction: leaves none of 3 rows"):
        load_data(table(3, test_fraction=0.9), "float64")


@given(st.integers(1, 60), st.floats(0, 0.9), st.sampled_from(["shuffle", "tail"]), st.integers(0, 2**53))
def test_a_split_is_a_partition(n, share, kind, seed):
    spec = DataSpec(source="table", test_fraction=share, split=kind, split_seed=seed)
    if round(n * share) >= n:
        with pytest.raises(ExperimentError):
            split_rows(n, spec)
        return
    train, test = split_rows(n, spec)
    assert sorted([*train, *test]) == list(range(n))
    assert len(test) == round(n * share)
    if kind == "tail" and len(test):
        assert train.max() < test.min()


@given(st.integers(1, 50), st.integers(0, 2**53), st.integers(0, 2**40), st.integers(1, 6))
def test_orders_are_permutations_keyed_by_seed_and_epoch(n, seed, first, epochs):
    orders = batch_orders(n, seed, first, epochs).reshape(epochs, n)
    for place, order in enumerate(orders):
        assert sorted(order.tolist()) == list(range(n))
        assert (order == batch_order(n, seed, first + place)).all()


def test_orders_differ_and_favour_no_row():
    orders = batch_orders(6, 1, 0, 6000).reshape(-1, 6)
    assert len(np.unique(orders, axis=0)) == 720
    counts = np.array([np.bincount(orders[:, place], minlength=6) for place in range(6)])
    assert (np.abs(counts - 1000) < 150).all()
    assert not (orders == batch_orders(6, 2, 0, 6000).reshape(-1, 6)).all(axis=1).mean() > 0.01
