"""Axes of charts on paper: they show all values, logarithmic where these span decades."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrsim.charts import canvas


def axes_for(values: list[float]):
    axes = canvas.new_figure(4, 3).add_subplot()
    canvas.scale_y(axes, np.array(values))
    return axes


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=6))
def test_all_finite_values_are_shown(values):
    low, high = axes_for([*values, math.nan, math.inf]).get_ylim()
    assert math.isfinite(low)
    assert math.isfinite(high)
    assert low <= min(values) <= max(values) <= high
    assert low < high


@pytest.mark.parametrize(
    ("values", "scale"),
    [([1, 29], "linear"), ([1, 31], "log"), ([0, 1e9], "linear"), ([-1, 1e9], "linear"), ([1e-300, 1e300], "log")],
)
def test_where_an_axis_is_logarithmic(values, scale):
    assert axes_for(values).get_yscale() == scale


def test_an_axis_near_0_begins_there():
    assert axes_for([0.0, 10.0]).get_ylim() == pytest.approx((0, 10.6))
    assert axes_for([0.5, 10.0]).get_ylim() == pytest.approx((0, 10.57))
    assert axes_for([5.0, 10.0]).get_ylim() == pytest.approx((4.7, 10.3))
    assert axes_for([-10.0, 10.0]).get_ylim() == pytest.approx((-11.2, 11.2))


def test_a_logarithmic_axis_has_a_twentieth_to_spare():
    low, high = axes_for([1.0, 1e4]).get_ylim()
    assert (math.log10(low), math.log10(high)) == pytest.approx((-0.2, 4.2))


def test_without_a_finite_value_there_are_no_ticks():
    assert list(axes_for([math.nan, math.inf]).get_yticks()) == []


def test_ticks_are_written_as_the_program_writes_numbers():
    labels = axes_for([1.0, 1e4]).yaxis.get_major_formatter()
    assert [labels(value, 0) for value in (1e-5, 0.25, 1e3, 1e5)] == ["1e-05", "0.25", "1000", "1e+05"]


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_a_figure_is_the_same_file_each_time(kind):
    files = []
    for _ in range(2):
        figure = canvas.new_figure(2, 1)
        canvas.title(figure.add_subplot(), [("a", "#ff0000"), ("b", "#0000ff")])
        files.append(canvas.image(figure, kind))
    assert files[0] == files[1]
    assert files[0].startswith(b"\x89PNG" if kind == "png" else b"<?xml")


def test_a_picture_has_300_dots_an_inch():
    png = canvas.image(canvas.new_figure(2, 1), "png")
    assert [int.from_bytes(png[place : place + 4], "big") for place in (16, 20)] == [600, 300]
