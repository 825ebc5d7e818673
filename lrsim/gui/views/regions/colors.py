"""Colours of a plane of outputs: which class wins where, or how high the output is."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from lrsim.charts.look import mix
from lrsim.common.numbers import Floats
from lrsim.gui.chart.color_map import LEVELS, ColorMap
from lrsim.gui.chart.scales import Scale, ScaleKind, exact
from lrsim.gui.look.theme import Theme

STRENGTH = 0.5
"""Share of a class's colour where the model is sure of it; points have all of it."""
PAIR = (0, 3)
"""Of the series' colours, blue and yellow are told apart by everybody."""


def class_color(theme: Theme, number: int, classes: int) -> str:
    """The colour of a class, from 0; from the fifth on they are darker (or lighter) ones of the first."""
    if classes == 2:
        return theme.series[PAIR[number]]
    color = theme.series[number % len(theme.series)]
    return mix(color, theme.text, min(0.45 * (number // len(theme.series)), 0.8))


@lru_cache(maxsize=16)
def output_colors(theme: Theme, low: float, high: float, strength: float = STRENGTH, *, flat: bool = False) -> ColorMap:
    """From the first class, or the lowest output, to the second; `flat` has nothing between them."""
    ends = [theme.series[place] for place in PAIR]
    half = LEVELS / 2 - 0.5
    shares = [math.copysign(1.0, level - half) if flat else (level - half) / half for level in range(LEVELS)]
    names = [mix(theme.background, ends[share > 0], strength * abs(share)) for share in shares]
    return ColorMap(names, exact(ScaleKind.LINEAR, low, high))


@lru_cache(maxsize=16)
def class_colors(theme: Theme, classes: int) -> ColorMap:
    """For each class from undecided to sure, for the places that `class_places` gives."""
    strengths = [STRENGTH * (0.3 + 0.7 * level / (LEVELS - 1)) for level in range(LEVELS)]
    names = [
        mix(theme.background, class_color(theme, number, classes), strength)
        for number in range(classes) for strength in strengths
    ]  # fmt: skip
    return ColorMap(names, Scale(ScaleKind.LINEAR, 0.0, float(len(names))))


def class_places(values: Floats, *, flat: bool = False) -> Floats:
    """Where outputs of shape (..., classes) stand in `class_colors`: the largest, and by how much it leads.

    With `flat` each is taken to lead by all there is.
    """
    classes = values.shape[-1]
    two = np.partition(values, classes - 2, axis=-1)[..., -2:]
    with np.errstate(all="ignore"):
        lead = np.ones(values.shape[:-1]) if flat else np.clip(two[..., 1] - two[..., 0], 0.0, 1.0)
    places = values.argmax(axis=-1) * LEVELS + np.floor(np.nan_to_num(lead) * (LEVELS - 1)) + 0.5
    return np.where(np.isfinite(values).all(axis=-1), places, np.nan)
