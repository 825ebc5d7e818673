"""Colours of a plane of outputs: which class wins where, or how high the output is."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from lrsim.charts.look import mix
from lrsim.gui.look.theme import Theme

LEVELS = 64
STRENGTH = 0.5
"""Share of a class's colour where the model is sure of it; points have all of it."""
PAIR = (0, 3)
"""Of the series' colours, blue and yellow are told apart by everybody."""

Colors = NDArray[np.uint32]


def class_color(theme: Theme, number: int, classes: int) -> str:
    """The colour of a class, from 0; from the fifth on they are darker (or lighter) ones of the first."""
    if classes == 2:
        return theme.series[PAIR[number]]
    color = theme.series[number % len(theme.series)]
    return mix(color, theme.text, min(0.45 * (number // len(theme.series)), 0.8))


@lru_cache(maxsize=16)
def scale_colors(theme: Theme, strength: float = STRENGTH) -> Colors:
    """From the first class (or the lowest output) to the second, shape (LEVELS + 1,); the last is for NaN."""
    low, high = (theme.series[place] for place in PAIR)
    half = LEVELS / 2 - 0.5
    colors = []
    for level in range(LEVELS):
        distance = (level - half) / half
        colors.append(mix(theme.background, high if distance > 0 else low, strength * abs(distance)))
    return _packed([*colors, theme.line])


@lru_cache(maxsize=16)
def class_colors(theme: Theme, classes: int) -> Colors:
    """For each class from undecided to sure, shape (classes * LEVELS + 1,); the last is for NaN."""
    colors = []
    for number in range(classes):
        color = class_color(theme, number, classes)
        colors += [
            mix(theme.background, color, STRENGTH * (0.3 + 0.7 * level / (LEVELS - 1))) for level in range(LEVELS)
        ]
    return _packed([*colors, theme.line])


def _packed(colors: list[str]) -> Colors:
    return np.array([0xFF000000 | int(color[1:], 16) for color in colors], dtype=np.uint32)


def scale_places(values: NDArray[np.float64], low: float, high: float) -> NDArray[np.intp]:
    """Where values stand in `scale_colors`."""
    with np.errstate(all="ignore"):
        share = np.clip((values - low) / ((high - low) or 1.0), 0.0, 1.0)
    return np.where(np.isnan(share), LEVELS, np.nan_to_num(share) * (LEVELS - 1) + 0.5).astype(np.intp)


def class_places(values: NDArray[np.float64]) -> NDArray[np.intp]:
    """Where outputs of shape (..., classes) stand in `class_colors`: the largest, and by how much it leads."""
    classes = values.shape[-1]
    two = np.partition(values, classes - 2, axis=-1)[..., -2:]
    with np.errstate(all="ignore"):
        lead = np.clip(two[..., 1] - two[..., 0], 0.0, 1.0)
    places = values.argmax(axis=-1) * LEVELS + (np.nan_to_num(lead) * (LEVELS - 1)).astype(np.intp)
    return np.where(np.isfinite(values).all(axis=-1), places, classes * LEVELS)


def picture(colors: Colors) -> QImage:
    """An image of packed colours, shape (rows, columns), the first row at the bottom."""
    pixels = np.ascontiguousarray(colors[::-1])
    rows, columns = pixels.shape
    return QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32).copy()
