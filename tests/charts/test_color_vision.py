"""Colours that stand for different things are told apart without the cones for green.

Deuteranopia as simulated by Machado, Oliveira and Fernandes (2009, severity 1), in linear RGB; differences in CIELAB
(CIE 1976), where about 2.3 is just seen.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from lrsim.charts.look import LOOKS

DEUTERANOPIA = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
)
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])
CLEARLY, BARELY = 10.0, 5.0


def seen(color: str) -> np.ndarray:
    """A colour in CIELAB as it is seen without those cones."""
    raw = np.array([int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    linear = np.where(raw <= 0.04045, raw / 12.92, ((raw + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(DEUTERANOPIA @ linear, 0, 1) / WHITE
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def apart(one: str, other: str) -> float:
    return float(np.linalg.norm(seen(one) - seen(other)))


@pytest.mark.parametrize("name", LOOKS)
def test_series_the_rate_and_tones_are_told_apart(name):
    look = LOOKS[name]
    for one, other in combinations(look.series, 2):
        assert apart(one, other) > CLEARLY, (one, other)
    for color in look.series:
        assert apart(color, look.rate) > BARELY, color  # the rate has its own place and is bold or a vertical line too
        assert apart(color, look.background) > 30, color


@pytest.mark.parametrize("name", LOOKS)
def test_both_signs_and_both_classes_are_told_apart(name):
    """The two ends of the colours of outputs and of weights."""
    look = LOOKS[name]
    assert apart(look.series[0], look.series[3]) > 40


@pytest.mark.parametrize("name", LOOKS)
def test_good_and_bad_are_told_apart_by_more_than_colour_where_they_are_near(name):
    """They always come with an icon and a word; this only keeps them from being one."""
    look = LOOKS[name]
    assert apart(look.good, look.bad) > 2.3
