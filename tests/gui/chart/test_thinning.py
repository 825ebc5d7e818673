"""Long curves with as many points as there are pixels."""

from __future__ import annotations

import numpy as np

from lrsim.gui.chart.thinning import thinned


def test_least_and_greatest_of_each_bin_are_kept():
    x = np.arange(10_000.0)
    values = np.sin(x)
    values[1234], values[4321] = 50.0, np.inf
    at, line = thinned(x, values, 100)
    assert len(at) == len(line) == 200
    assert (np.nanmax(line), np.nanmin(line)) == (50, values.min())
    assert not np.isinf(line).any()


def test_what_is_short_enough_stays_as_it_is():
    x, values = np.arange(1000.0), np.ones(1000)
    assert thinned(x, values, 500)[1] is values


def test_a_stretch_without_a_number_interrupts_the_line():
    values = np.sin(np.arange(900.0))
    values[300:600] = np.nan
    at, line = thinned(np.arange(900.0), values, 9)
    assert np.array_equal(np.isnan(line), (at >= 300) & (at < 600))
