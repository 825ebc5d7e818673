"""Long curves with as few points as can be told apart: what is drawn is in the data."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lrsim.charts.thinning import thinned

any_value = st.floats(allow_nan=True, allow_infinity=True)


@given(st.lists(any_value, max_size=200), st.integers(1, 60), st.integers(0, 500))
def test_a_point_is_a_value_or_the_mean_of_its_bin_and_the_shade_reaches_over_the_bin(values, most, first):
    values = np.array(values)
    x = first + np.arange(len(values), dtype=float)
    shown = thinned(x, values, most, first)
    assert len(shown.x) <= most + 2
    bins = (x // shown.size).astype(int)
    assert len(shown.x) == len(np.unique(bins))
    for place, name in enumerate(np.unique(bins)):
        inside = values[bins == name]
        if shown.size == 1:
            assert np.array_equal([shown.mean[place]], inside, equal_nan=True)
            continue
        finite = inside[np.isfinite(inside)]
        if not len(finite):
            assert np.isnan([shown.mean[place], shown.low[place], shown.high[place]]).all()
            continue
        assert (shown.low[place], shown.high[place]) == (finite.min(), finite.max())
        expected = (finite / len(finite)).sum()
        assert np.isclose(shown.mean[place], expected, rtol=1e-9, atol=1e-9 * np.abs(finite).max())
        assert finite.min() <= shown.mean[place] <= finite.max()
        assert x[bins == name].min() <= shown.x[place] <= x[bins == name].max()


def test_what_is_short_enough_stays_as_it_is():
    x, values = np.arange(1000.0), np.ones(1000)
    shown = thinned(x, values, 1000)
    assert shown.mean is values
    assert shown.size == 1


def test_a_stretch_without_a_number_interrupts_the_line():
    values = np.sin(np.arange(900.0))
    values[256:512] = np.nan
    shown = thinned(np.arange(900.0), values, 9)
    assert shown.size == 128
    assert np.array_equal(np.isnan(shown.mean), (shown.x >= 256) & (shown.x < 512))


@given(st.integers(100, 400), st.integers(0, 300))
def test_points_stay_where_they_are_while_the_curve_grows_or_is_moved(length, first):
    values = np.sin(np.arange(1000.0))
    whole = thinned(np.arange(1000.0), values, 60)
    part = slice(first, first + length)
    seen = thinned(np.arange(1000.0)[part], values[part], max(length // 16, 1), first)
    if seen.size == whole.size:
        inner = (seen.x[1:-1, None] == whole.x[None]).any(axis=1)
        assert inner.all()
