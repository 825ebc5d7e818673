"""Running means that forget."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrsim.charts.smoothing import smoothed

NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40)


@given(NUMBERS, st.floats(0.5, 200.0))
def test_it_is_the_weighted_mean_of_the_past(values, over):
    steps, values = np.arange(len(values), dtype=float), np.array(values)
    found = smoothed(steps, values, over)
    for place in range(len(values)):
        weights = np.exp(-(steps[place] - steps[: place + 1]) / over)
        assert found[place] == pytest.approx((weights * values[: place + 1]).sum() / weights.sum(), rel=1e-9, abs=1e-6)
    assert found.min() >= values.min() - 1e-6
    assert found.max() <= values.max() + 1e-6


def test_uneven_steps_weigh_by_how_long_ago_they_were():
    found = smoothed(np.array([0.0, 100.0, 101.0]), np.array([8.0, 0.0, 2.0]), 1.0)
    assert found[1] == pytest.approx(0.0, abs=1e-12)
    assert found[2] == pytest.approx(2.0 / (1 + math.exp(-1)))


def test_what_is_not_finite_is_passed_on_and_ends_the_past():
    found = smoothed(np.arange(6.0), np.array([1.0, np.nan, 5.0, 5.0, np.inf, -3.0]), 20.0)
    assert found[[0, 2, 3, 5]].tolist() == [1.0, 5.0, 5.0, -3.0]
    assert math.isnan(found[1])
    assert found[4] == math.inf


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_the_largest_numbers_do_not_run_over(sign):
    found = smoothed(np.arange(50.0), np.full(50, sign * 1.7e308), 20.0)
    assert found == pytest.approx(np.full(50, sign * 1.7e308))
