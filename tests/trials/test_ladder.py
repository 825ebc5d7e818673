"""The ladder of rates: where it goes, where it ends, and that it never asks for the same rate twice."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from lrsim.trials import ladder


def climbed(curve: Callable[[float], float], own: float, *, guess=None, upwards=True, far=()) -> dict[float, float]:
    """All rates that the ladder asks for, with the figures of a curve."""
    figures = {own: curve(own)}
    while (rate := ladder.next_rate(figures, own, guess, upwards, far)) is not None:
        assert rate not in figures
        figures[rate] = curve(rate)
    return figures


def valley(best: float, limit: float = math.inf) -> Callable[[float], float]:
    """Lowest at a rate, infinite beyond another."""
    return lambda rate: math.inf if rate > limit else 1.0 + math.log10(rate / best) ** 2


@pytest.mark.parametrize("own", [1e-6, 1e-3, 0.05, 0.3, 3.0])
@pytest.mark.parametrize("best", [1e-5, 0.02, 0.5])
@pytest.mark.parametrize("upwards", [True, False])
def test_a_valley_is_found_however_far_it_is(own, best, upwards):
    figures = climbed(valley(best), own, upwards=upwards)
    found = min(figures, key=figures.__getitem__)
    assert 1 / 2.5 < found / best < 2.5
    assert {side for side in (-1, 1) if any((rate / found) ** side > 5 for rate in figures)} == {-1, 1}
    assert len(figures) <= 8 + abs(math.log10(best / own)) + 4


def test_five_decades_take_a_dozen_trials():
    assert len(climbed(valley(0.1), 1e-6)) <= 13


def test_a_rate_above_one_that_diverged_is_not_tried():
    figures = climbed(valley(0.01, limit=0.02), 0.003)
    assert sum(map(math.isinf, figures.values())) <= 2


def test_a_run_that_diverged_goes_down_until_one_holds():
    figures = climbed(valley(1e-5, limit=2e-5), 1.0)
    assert min(figures, key=figures.__getitem__) == pytest.approx(1e-5)


def test_where_every_rate_diverges_there_is_an_end():
    figures = climbed(lambda rate: math.inf, 1.0)
    assert len(figures) <= ladder.MOST_RATES
    assert min(figures) >= ladder.LOWEST


def test_a_guess_comes_first():
    assert ladder.next_rate({0.1: 1.0}, 0.1, 2e-5, True, ()) == 2e-5
    assert ladder.next_rate({0.1: 1.0, 2e-5: 0.5}, 0.1, 2e-5, True, ()) != 2e-5


def test_nothing_known_begins_with_the_own_rate():
    assert ladder.next_rate({}, 0.1, None, True, ()) == 0.1


def test_a_hollow_far_below_is_seen_where_the_own_rate_seems_best():
    def two_valleys(rate: float) -> float:
        return min(valley(3.0)(rate), valley(0.02)(rate) - 0.5)

    figures = climbed(two_valleys, 3.0)
    assert min(figures, key=figures.__getitem__) == 3.0
    for each in (ladder.THIRD, 10.0, None):
        figures = climbed(two_valleys, 3.0, far=ladder.far_from(3.0, each))
        assert min(figures, key=figures.__getitem__) == pytest.approx(0.02, rel=0.6)


def test_everywhere_is_each_decade_that_makes_sense():
    found = ladder.far_from(0.03, 10.0)
    assert sorted(found) == pytest.approx([3e-5, 3e-4, 3e-3, 0.03, 0.3, 3.0])
    assert ladder.far_from(1e-9, 10.0)[-1] == pytest.approx(10.0)
    assert len(ladder.far_from(0.03, ladder.THIRD)) == 2 * len(found)


def test_rates_are_short_numbers():
    figures = climbed(valley(0.1), 0.002)
    assert {float(f"{rate:.2g}") for rate in figures} == set(figures)


def test_rates_between_the_best_and_those_next_to_it():
    figures = {0.01: 3.0, 0.03: 1.0, 0.1: 2.0}
    assert list(ladder.between(0.03, figures)) == [pytest.approx(0.055), pytest.approx(0.017)]
    assert ladder.next_below(0.03, figures) == 0.01
    assert ladder.next_below(0.01, figures) is None
