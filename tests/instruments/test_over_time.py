"""How weights are spread and whose updates change sign, against closed forms and NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lrsim.instruments.over_time import flip_map, histograms, weights_of

FLOATS = st.one_of(st.floats(-1e3, 1e3), st.sampled_from([np.nan, np.inf, -np.inf, 1e308, -1e308, 5e-324]))


def test_the_weights_of_a_layer_stand_before_its_biases():
    shapes = ((2, 3), (3, 4), (4, 1))
    assert [weights_of(shapes, layer) for layer in range(3)] == [slice(0, 6), slice(9, 21), slice(25, 29)]


@settings(max_examples=80)
@given(arrays.arrays(np.float64, st.tuples(st.integers(1, 5), st.integers(1, 30)), elements=FLOATS))
def test_every_finite_weight_is_in_one_bin(weights):
    found = histograms(weights)
    finite = np.isfinite(weights)
    if found is None:
        assert not finite.any()
        return
    assert (np.diff(found.edges) >= 0).all()
    assert np.isfinite(found.edges).all()
    assert found.shares.sum(axis=1) == pytest.approx(finite.mean(axis=1))
    assert found.edges[0] <= weights[finite].min()
    assert found.edges[-1] >= weights[finite].max()


def test_bins_are_those_of_numpy():
    weights = np.random.default_rng(0).normal(size=(4, 500)).astype(np.float32)
    found = histograms(weights, 20)
    assert found is not None
    counts = [np.histogram(row, 20, (weights.min(), weights.max()))[0] for row in weights.astype(np.float64)]
    assert (np.abs(found.shares * 500 - np.array(counts)) <= 1).all()


def test_weights_that_are_all_alike_have_a_bin_of_their_own():
    found = histograms(np.full((2, 7), 3.0))
    assert found is not None
    assert found.shares.max(axis=1).tolist() == [1.0, 1.0]
    assert found.edges[0] < 3.0 < found.edges[-1]


def test_on_a_quadratic_a_weight_flips_where_rate_times_curvature_is_above_one():
    curvatures, rate = np.array([0.5, 0.9, 1.1, 1.9]), 1.0
    weights = np.array([(1 - rate * curvatures) ** step for step in range(12)])
    assert flip_map(weights).tolist() == [[0.0, 0.0, 1.0, 1.0]] * 10


def test_updates_of_nothing_and_of_what_is_not_finite_are_neither():
    weights = np.array([[0.0, 1.0, np.inf], [0.0, 2.0, 1.0], [1.0, np.nan, 2.0], [0.0, 1.0, 1.0]])
    found = flip_map(weights)
    assert np.isnan(found[0]).tolist() == [True, True, False]
    assert np.isnan(found[1]).tolist() == [False, True, False]
    assert found[1, 0] == 1.0
