"""A long curve with as few points as can be told apart: means of neighbours, and how far they spread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrsim.common.numbers import Floats

PIXELS_PER_POINT = 3
"""Points of a line that lie closer can't be told apart, and its dashes would run together."""
SHADE = 0.3
"""How opaque the shade from the least to the greatest is, compared to its line."""


@dataclass(frozen=True)
class Thinned:
    """A curve whose points stand for `size` values each; the first and the last one may stand for fewer.

    Attributes
    ----------
    x
        The middle of what a point stands for, shape (p,).
    mean, low, high
        Mean, least and greatest of its finite values, shape (p,); NaN where none is finite.
    size
        1 where each point is a value itself.
    """

    x: Floats
    mean: Floats
    low: Floats
    high: Floats
    size: int


def thinned(x: Floats, values: Floats, most: int, first: int = 0) -> Thinned:
    """A curve of at most about `most` points.

    Parameters
    ----------
    first
        Place of the first value in the whole that it is a part of: points begin at multiples of their size, so that
        a curve that grows or is moved does not flicker.
    """
    size = 1 << (max(len(values) - 1, 0) // max(most, 1)).bit_length()
    if size == 1:
        return Thinned(x, values, values, values, 1)
    starts = np.concatenate([[0], np.arange(size - first % size, len(values), size)])
    counts = np.diff(np.append(starts, len(values)))
    finite = np.isfinite(values)
    number = np.add.reduceat(finite.astype(np.int64), starts)
    low = np.minimum.reduceat(np.where(finite, values, np.inf), starts)
    high = np.maximum.reduceat(np.where(finite, values, -np.inf), starts)
    mean = _means(values, finite, number, starts, counts)
    for part in (low, mean, high):
        part[number == 0] = np.nan
    middle = (x[starts] + x[starts + counts - 1]) / 2
    return Thinned(middle, np.clip(mean, low, high), low, high, size)


def _means(
    values: Floats, finite: NDArray[np.bool_], number: NDArray[np.int64], starts: NDArray[np.intp],
    counts: NDArray[np.intp],
) -> Floats:  # fmt: skip
    """Means of the finite values, of which none is too large to be added up: each is divided first."""
    share = np.repeat(np.maximum(number, 1), counts)
    return np.add.reduceat(np.where(finite, values, 0.0) / share, starts)
