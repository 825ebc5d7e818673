"""End windows: which epochs are compared, also of long runs whose figures are thinned, and the noise between pairs."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lrsim.trials.ends import end_window, mean_of, noise_between, spacing
from lrsim.verdict.gather import judged_epochs


@pytest.mark.parametrize("epochs", [1, 2, 9, 100, 512, 513, 1024, 5000, 123_456])
def test_windows_are_epochs_whose_figures_are_kept(epochs):
    every = spacing(epochs)
    window = end_window(epochs, every)
    assert set(window) <= set(judged_epochs(epochs).tolist())
    assert epochs - window[-1] < every
    assert len(window) == max(1, round(0.1 * (epochs // every)))


def test_a_mean_is_infinite_where_a_figure_is_not_finite_or_none_is_known():
    assert mean_of(np.array([1.0, 3.0])) == 2.0
    assert all(mean_of(values) == math.inf for values in (None, np.array([]), np.array([1.0, np.nan])))


def test_noise_is_of_the_differences_of_pairs():
    rng = np.random.default_rng(0)
    shared, small = rng.normal(size=200), 0.01 * rng.normal(size=200)
    assert noise_between(shared, shared + small + 1.0) < 0.01
    assert noise_between(shared, shared + 1.0) == pytest.approx(0.0, abs=1e-12)
    apart = noise_between(shared, rng.normal(size=200))
    assert 0.1 < apart < 0.4  # two standard errors: 2 sqrt(2 / 200) = 0.2
    assert noise_between(None, shared) == noise_between(shared, shared[1:]) == 0.0
    assert noise_between(shared, np.full(200, np.inf)) == 0.0
