"""What is seen of an axis, and how far a hand may zoom and move it."""

from __future__ import annotations

import pytest

from lrsim.gui.chart.span import Span


def span_of(low: float, high: float, **limits) -> Span:
    span = Span(**limits)
    span.whole = (low, high)
    return span


def test_the_whole_is_shown_until_a_hand_chooses_and_again_on_request():
    span = span_of(0, 10)
    span.whole = (0, 20)
    assert span.shown == (0, 20)
    span.zoom(0.5, 10)
    span.whole = (0, 40)
    assert span.shown == (5, 15)
    span.show_all()
    assert span.shown == (0, 40)


def test_what_is_under_the_pointer_stays_there():
    span = span_of(-3, 5)
    span.zoom(0.25, 3.0)
    low, high = span.shown
    assert (3.0 - low) / (high - low) == pytest.approx(6 / 8)
    assert high - low == pytest.approx(2)


def test_a_bounded_axis_ends_at_its_ends():
    span = span_of(0, 10, closest=1)
    span.zoom(0.01, 5)
    assert span.shown == (4.5, 5.5)
    span.move(100)
    assert span.shown == (9, 10)
    span.zoom(100, 9.5)
    assert not span.chosen


def test_a_free_axis_goes_on_within_its_limits():
    span = span_of(0, 10, closest_share=0.1, farthest_share=20, bounded=False)
    span.move(100)
    assert span.shown == (100, 110)
    span.zoom(1e9, 105)
    assert span.shown == (5, 205)
    span.zoom(0, 105)
    assert span.shown == (104.5, 105.5)


def test_no_zoom_leads_where_there_are_no_numbers():
    span = span_of(1e300, 1.7e308, farthest_share=20, bounded=False)
    for factor in (1e300, 0.0, 1e-300):
        span.zoom(factor, 1e305)
        low, high = span.shown
        assert low < high < float("inf")
