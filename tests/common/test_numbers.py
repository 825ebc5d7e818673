"""Numbers as text."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrsim.common.numbers import count, full, short, typed


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3237, "3237"), (53.953, "53.95"), (0.1 + 0.2, "0.3"), (100.0, "100"), (12345.6, "1.235e+04"),
        (3.2e-5, "3.2e-05"), (0.001, "0.001"), (0.00099, "9.9e-04"), (-0.25, "-0.25"), (-1e-9, "-1e-09"),
        (4.86e141, "4.86e+141"), (5e-324, "4.941e-324"), (0.0, "0"), (-0.0, "0"),
        (math.nan, "NaN"), (math.inf, "inf"), (-math.inf, "-inf"),
    ],
)  # fmt: skip
def test_short(value, text):
    assert short(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_short_reads_back_to_four_digits(value):
    text = short(value)
    assert "−" not in text, "the minus sign is one that code knows"
    if abs(value) < 1e308:
        assert float(text) == pytest.approx(value, rel=5.01e-4, abs=1e-323)


@given(st.floats(allow_nan=False))
def test_full_reads_back_to_the_same(value):
    assert math.copysign(1, float(full(value))) == math.copysign(1, value)
    assert float(full(value)) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0001, "1e-04"), (-0.00015, "-1.5e-04"), (1e-5, "1e-05"), (0.001, "0.001"), (12345.6, "12345.6"), (0.0, "0.0")],
)
def test_full_looks_like_short_where_that_has_all_digits(value, text):
    assert full(value) == text


@given(st.floats(min_value=1e-300, max_value=1e300).map(lambda value: float(f"{value:.3e}")))
def test_full_and_short_are_the_same_text_for_small_numbers(value):
    if value < 1e-3:
        assert full(value) == short(value)


@given(st.floats(min_value=-1e300, max_value=1e300))
def test_typed_keeps_what_short_does_not(value):
    assert float(typed(value)) == pytest.approx(value, rel=1e-9, abs=1e-323)


@pytest.mark.parametrize(("value", "text"), [(0.99999, "0.99999"), (0.9, "0.9"), (1e-7, "1e-07"), (1e-3, "0.001")])
def test_typed(value, text):
    assert typed(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (999, "999"), (1000, "1\u202f000"), (12_345_678, "12\u202f345\u202f678"), (-1234, "-1\u202f234")],
)
def test_count(value, text):
    assert count(value) == text
