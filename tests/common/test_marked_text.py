"""Statements with parts that are numbers, rates, or bad."""

from __future__ import annotations

import math

import pytest

from lrsim.common.marked_text import Line, Part, number, parts, signed


def test_numbers_are_marked_and_text_stays():
    made = parts("w = ", 0.12345, " at ", Part("0.1", "rate"))
    assert made == (Part("w = "), Part("0.1235", "number"), Part(" at "), Part("0.1", "rate"))
    assert Line("Title", made).text == "w = 0.1235 at 0.1"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_bad(value):
    assert number(value).role == "bad"
    assert number(1e308).role == "number"


@pytest.mark.parametrize(("value", "text"), [(2.5, "3 - 2.5"), (-2.5, "3 - (-2.5)"), (0.0, "3 - 0"), (-0.0, "3 - 0")])
def test_a_negative_number_stands_in_brackets_behind_an_operator(value, text):
    assert Line("", parts("3 - ", signed(value))).text == text
