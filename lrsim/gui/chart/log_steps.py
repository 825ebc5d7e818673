"""Steps on an axis of even factors, with step 0 at its end: in which pieces they are fetched, so that the first ones
are as fine as the last."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from lrsim.charts.thinning import thinned
from lrsim.common.numbers import Floats
from lrsim.gui.chart.scales import Scale, ScaleKind
from lrsim.history.series import Series

FACTOR = 8
"""Each piece reaches so many times as far as the one before."""
LEAST_POINTS = 16
Fetch = Callable[[int, int, int], Series]


def even(step: float) -> float:
    """Where a step is on the axis, in the units in which it is even: the step near 0, its logarithm far from it."""
    return math.asinh(step)


def step_at(place: float) -> float:
    """The step at a place of the axis."""
    return math.sinh(min(place, 700.0))


def scale(lo: float, hi: float) -> Scale:
    """The axis from step `lo` to `hi`."""
    return Scale(ScaleKind.SYMLOG, even(lo), even(hi), 1.0)


def fetched(fetch: Fetch, lo: int, hi: int, points: int) -> Series:
    """Steps lo to hi by `fetch`, which takes two steps and a number of points, each part as fine as it is seen."""
    return joined([fetch(first, last, most) for first, last, most in _pieces(lo, hi, points)])


def _pieces(lo: int, hi: int, points: int) -> Iterator[tuple[int, int, int]]:
    whole = max(even(hi) - even(lo), 1e-9)
    first = lo
    while True:
        last = min(max(FACTOR * first, FACTOR * FACTOR), hi)
        share = (even(last) - even(first)) / whole
        yield first, last, max(round(share * points), LEAST_POINTS)
        if last >= hi:
            return
        first = last + 1


def thinned_evenly(steps: Floats, values: Floats, most: int) -> tuple[Floats, Floats, Floats]:
    """Steps, least and greatest values of a curve in about `most` points, each part as fine as it is seen."""
    parts = []
    if len(steps):
        for first, last, points in _pieces(int(steps[0]), int(steps[-1]), most):
            inside = slice(*np.searchsorted(steps, (first, last + 1)).tolist())
            if inside.stop > inside.start:
                part = thinned(steps[inside], values[inside], points)
                parts.append((part.x, part.low, part.high))
    x, low, high = (np.concatenate(each) for each in zip(*parts)) if parts else (np.zeros(0),) * 3
    return x, low, high


def joined(parts: Sequence[Series]) -> Series:
    """Pieces that follow each other as one; what two of them have in common is taken from the first."""
    kept, last = [], -math.inf
    for part in parts:
        new = part.x > last
        kept.append(new)
        last = float(part.x[-1]) if len(part.x) else last

    def together(pick: Callable[[Series], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
        names = pick(parts[0])
        return {name: np.concatenate([pick(part)[name][new] for part, new in zip(parts, kept)]) for name in names}

    return Series(
        np.concatenate([part.x[new] for part, new in zip(parts, kept)]),
        together(lambda part: part.low),
        together(lambda part: part.high),
        {name: np.concatenate([part.bad[name] for part in parts]) for name in parts[0].bad},
        all(part.exact for part in parts),
        next((part.wanted for part in parts if part.wanted is not None), None),
    )
