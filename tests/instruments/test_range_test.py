"""The range test: how far it goes and what it suggests."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrsim.instruments.range_test import RangeRun, suggest


def replay(losses):
    """A training whose losses are known beforehand."""
    given = iter(losses)
    return lambda rate: next(given)


def taken(train_step, lowest=1e-7, highest=10.0, points=100):
    run = RangeRun(train_step, lowest, highest, points)
    while run.stop_reason == "running":
        run.step()
    return run.result()


def test_rates_rise_evenly_on_a_logarithmic_scale():
    seen = []
    found = taken(lambda rate: seen.append(rate) or 1.0)
    assert seen == found.rates.tolist()
    assert (len(seen), seen[0], seen[-1]) == (100, pytest.approx(1e-7), pytest.approx(10))
    np.testing.assert_allclose(np.diff(np.log(seen)), np.log(1e8) / 99)
    assert found.stop_reason == "points"


def test_smoothing_is_debiased():
    losses = np.random.default_rng(1).uniform(1, 2, 100)
    found = taken(replay(losses))
    weights = [0.98 ** np.arange(n, -1, -1) for n in range(100)]
    wanted = [np.average(losses[: n + 1], weights=weights[n]) for n in range(100)]
    np.testing.assert_allclose(found.smoothed, wanted)
    assert found.smoothed[0] == losses[0]


def test_a_loss_that_never_falls_suggests_nothing():
    for losses in (np.ones(100), np.linspace(1, 2, 100)):
        assert taken(replay(losses)).suggestions == ()


def test_it_ends_where_the_loss_explodes():
    found = taken(replay([1.0] * 50 + [1e6] * 50))
    assert (found.stop_reason, len(found.rates)) == ("exploded", 51)
    assert found.smoothed[-1] > 4 * found.smoothed[:-1].min()
    assert found.last == 51 - 5


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_it_ends_at_the_first_value_that_is_not_finite(bad):
    found = taken(replay([3.0, 2.0, bad]))
    assert (found.stop_reason, len(found.losses)) == ("not_finite", 3)
    assert not math.isfinite(found.losses[-1])
    assert found.suggestions == ()


def test_suggestions_on_a_curve_whose_features_are_known():
    rates = np.geomspace(1e-6, 1, 61)
    place = np.log10(rates)
    # Flat, then down from 1e-4 with its steepest point at 1e-2.5, lowest at 1e-1, then up.
    down, up = 1.5 + 0.5 * np.cos(np.pi * (place + 4) / 3), 1 + (place + 1) ** 2
    losses = np.where(place < -4, 2.0, np.where(place < -1, down, up))
    found = {item.name: item for item in suggest(rates, losses)}
    assert list(found) == ["steepest", "minimum / 10", "valley"]
    assert found["steepest"].rate == pytest.approx(10**-2.5, rel=0.3)
    assert found["minimum / 10"].rate == pytest.approx(1e-2, rel=0.3)
    assert found["valley"].rate == pytest.approx(10**-2.5, rel=0.3)
    assert found["valley"].loss == pytest.approx(1.5, abs=0.1)
    assert found["minimum / 10"].loss == pytest.approx(np.interp(-2, place, losses), abs=0.05)


def test_the_bounce_after_an_explosion_is_not_the_steepest_fall():
    rates = np.geomspace(1e-4, 10, 11)
    losses = np.array([2.0, 1.9, 1.7, 1.3, 1.0, 0.9, 1.4, 3.4, 3.3, 1.0, 1.1])
    found = {item.name: item.rate for item in suggest(rates, losses)}
    assert found["steepest"] == pytest.approx(rates[3], rel=1e-9)


def test_the_valley_steps_over_a_bump():
    losses = np.array([9, 8, 7, 7.5, 6, 5, 4, 4.2, 3, 9, 12.0])
    found = {item.name: item for item in suggest(np.geomspace(1e-5, 1, 11), losses)}
    assert found["valley"].rate == pytest.approx(1e-3)


def test_on_least_squares_the_suggestions_are_stable_rates():
    rng = np.random.default_rng(3)
    X = rng.normal(size=(64, 4))
    y = X @ [1.0, -2.0, 0.5, 3.0] + 0.1 * rng.normal(size=64)
    w = np.zeros(4)

    def train_step(rate):
        nonlocal w
        error = X @ w - y
        with np.errstate(all="ignore"):
            w = w - rate * 2 * X.T @ error / len(X)
        return float(np.mean(error**2))

    highest = 2 / np.linalg.eigvalsh(2 * X.T @ X / len(X))[-1]
    found = taken(train_step, 1e-5, 100)
    assert found.stop_reason in ("exploded", "not_finite")
    assert [item.name for item in found.suggestions] == ["steepest", "minimum / 10", "valley"]
    assert all(item.rate < 2 * highest for item in found.suggestions)


BAD_BOUNDS = [(0, 1, 10), (1, 1, 10), (2, 1, 10), (1, math.inf, 10), (math.nan, 1, 10), (1, 2, 1)]


@pytest.mark.parametrize("bounds", BAD_BOUNDS)
def test_bounds_that_make_no_sense(bounds):
    with pytest.raises(ValueError, match="expected"):
        taken(lambda rate: 1.0, *bounds)


@given(st.lists(st.floats(), min_size=2, max_size=60))
def test_any_losses_give_a_consistent_result(losses):
    found = taken(replay(losses), points=len(losses))
    n = len(found.rates)
    assert n == len(found.losses) == len(found.smoothed) <= len(losses)
    assert 0 <= found.first <= found.last <= n
    assert np.isfinite(found.smoothed[found.first : found.last]).all()
    assert all(math.isfinite(item.rate) and math.isfinite(item.loss) for item in found.suggestions)
