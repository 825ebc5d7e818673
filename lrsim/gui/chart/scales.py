"""Linear, logarithmic and symmetric logarithmic scales: from values to shares of an axis, and back.

Every scale maps what is visible to shares from 0 (lower end) to 1 (upper end), so that drawing never meets the
values themselves: weights at 1e308 in both signs are drawn with coordinates of ordinary size.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from enum import Enum

import numpy as np

from lrsim.common.numbers import Floats

PAD = 0.06
"""Share of the visible span that is left free above and below."""
LOOSEST = 2.2
"""How many times the span of the data an axis may span before it is tightened again."""
SMALLEST_SPAN = 1e-12
"""Least span, relative to the magnitude: below it, neighbouring floats would become visible."""
LARGEST = sys.float_info.max
SHARE_LIMIT = 50.0
"""Shares are cut off here: far outside of what is visible, near enough to be drawn."""


class ScaleKind(Enum):
    """How values are laid out along an axis."""

    LINEAR = "linear"
    LOG = "log"
    SYMLOG = "symlog"


@dataclass(frozen=True)
class Scale:
    """A visible range on a scale.

    Attributes
    ----------
    kind
        Linear, log or symlog.
    lo, hi
        The ends in transformed units: value / unit, log10(value), or asinh(value / unit).
    unit
        Linear: a power of two about as large as the values. Symlog: where it turns from linear to logarithmic.
    """

    kind: ScaleKind
    lo: float
    hi: float
    unit: float = 1.0

    def shares(self, values: Floats) -> Floats:
        """Where `values` lie along the axis, 0 to 1 where visible; NaN stays NaN.

        On a log axis 0 and less lie as far below as anything can.
        """
        shares = (transform(self.kind, values, self.unit) - self.lo) / (self.hi - self.lo)
        return np.clip(shares, -SHARE_LIMIT, SHARE_LIMIT)

    def share(self, value: float) -> float:
        """Where one value lies along the axis."""
        return float(self.shares(np.array([value], dtype=float))[0])

    def value(self, share: float) -> float:
        """The value at a share of the axis, which may lie beside it; always a finite one."""
        at = self.lo + share * (self.hi - self.lo)
        if self.kind is ScaleKind.LINEAR:
            return min(max(at * self.unit, -LARGEST), LARGEST)
        if self.kind is ScaleKind.LOG:
            return 10.0 ** min(max(at, -323.0), 308.0)
        return min(max(math.sinh(min(max(at, -709.0), 709.0)) * self.unit, -LARGEST), LARGEST)


def transform(kind: ScaleKind, values: Floats, unit: float) -> Floats:
    """Values in the units in which the axis is even."""
    with np.errstate(all="ignore"):
        if kind is ScaleKind.LINEAR:
            return values / unit
        if kind is ScaleKind.LOG:
            return np.where(values > 0, np.log10(values), np.where(np.isnan(values), np.nan, -np.inf))
        return np.arcsinh(values / unit)


def fit(kind: ScaleKind, low: float, high: float, before: Scale | None = None) -> Scale:
    """The scale that shows `low` to `high` with a little room around.

    Parameters
    ----------
    kind
        Which scale.
    low, high
        Finite, low <= high; on a log axis the smallest and largest value above 0.
    before
        The scale so far. It is kept while it shows the same range without much waste, so that axes stay calm.
    """
    unit = _unit(kind, low, high, before)
    first, last = (float(v) for v in transform(kind, np.array([low, high]), unit))
    if before is not None and before.kind is kind and before.unit == unit:
        fits = before.lo <= first and last <= before.hi
        if fits and before.hi - before.lo <= LOOSEST * (last - first):
            return before
    span = last - first
    least = SMALLEST_SPAN * max(abs(first), abs(last))
    if span <= least:
        middle = (first + last) / 2
        half = max(abs(middle) * 0.05, least) if kind is ScaleKind.LINEAR and middle else 0.5
        return Scale(kind, middle - half, middle + half, unit)
    return Scale(kind, first - PAD * span, last + PAD * span, unit)


def exact(kind: ScaleKind, low: float, high: float) -> Scale:
    """The scale that shows `low` to `high` and nothing beside; both finite, on a log axis above 0."""
    unit = _unit(kind, low, high, None)
    first, last = (float(v) for v in transform(kind, np.array([low, high]), unit))
    return Scale(kind, first, last, unit) if last > first else fit(kind, low, high)


def empty(kind: ScaleKind) -> Scale:
    """The scale of an axis with nothing on it."""
    return fit(kind, 0.1, 1.0) if kind is ScaleKind.LOG else fit(kind, 0.0, 1.0)


def _unit(kind: ScaleKind, low: float, high: float, before: Scale | None) -> float:
    largest = max(abs(low), abs(high))
    if kind is ScaleKind.LOG or largest == 0:
        return 1.0
    if kind is ScaleKind.LINEAR:
        # Kept while it is of the right order: a power of two, so that dividing by it loses nothing.
        if before is not None and before.kind is kind and 0.01 < largest / before.unit < 100:
            return before.unit
        return 2.0 ** max(math.frexp(largest)[1] - 1, -1000)
    if largest >= 1e3:
        return 1.0
    return 10.0 ** max(math.floor(math.log10(largest)) - 3, -300)
