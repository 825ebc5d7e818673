"""Watches as series that a plot over steps draws."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lrsim.common.numbers import Floats
from lrsim.history.recording import thin
from lrsim.history.series import Series
from lrsim.session.marked import ExactStretch, Watch

Parts = tuple[Floats, Floats, NDArray[np.bool_]]
"""Least and greatest value of each bin, and whether it holds what is not finite."""


def watch_series(watches: Sequence[Watch], tip: int, lo: int, hi: int, points: int, most: int) -> Series:
    """Watches by their names for steps lo to hi: every value where it is at hand, else bins of all that is known.

    Parameters
    ----------
    points
        Bins that are enough.
    most
        Steps whose values may be asked for.
    """
    first, last = max(lo, 1) - 1, min(hi, tip)
    stretches = [_covering(watch, first, last) for watch in watches]
    if stretches and all(stretches) and first < last:
        size = 1 << max(0, (last - first - 1) // max(points, 1)).bit_length()
        found = [_thinned(each, watch, first, last, size) for each, watch in zip(stretches, watches) if each]
        return _series(watches, found, size, first, last)
    sizes = [watch.curve.size for watch in watches if watch.curve is not None]
    size = max(sizes, default=1)
    bins = -(-tip // size)
    begin, end = first // size, min(-(-last // size) + 1, bins)
    found = [_wide(watch, size, begin, end) for watch in watches]
    finer = size > 1 and (last - first) // size < points and last - first <= most
    return _series(watches, found, size, begin * size, min(end * size, tip), (first, last) if finer else None)


def value_of(watch: Watch, step: int) -> float | None:
    """The value of a watch at a step (from 1), where it is at hand."""
    stretch = _covering(watch, step - 1, step)
    if stretch is not None:
        return float(stretch.values[step - 1 - stretch.lo])
    curve = watch.curve
    if curve is None or curve.size > 1 or step > len(curve.low) or not curve.known[step - 1]:
        return None
    return None if curve.bad[step - 1] else float(curve.low[step - 1])


def _covering(watch: Watch, first: int, last: int) -> ExactStretch | None:
    return next((each for each in reversed(watch.exact) if each.lo <= first and last <= each.hi), None)


def _thinned(stretch: ExactStretch, watch: Watch, first: int, last: int, size: int) -> Parts:
    values = stretch.values[first - stretch.lo : last - stretch.lo]
    bins = thin(values[None], size)
    early = np.arange(first, last) < watch.early
    bad = np.logical_or.reduceat(~np.isfinite(values) & ~early, np.arange(0, len(values), size))
    return bins.low[0], bins.high[0], bad


def _wide(watch: Watch, size: int, begin: int, end: int) -> Parts:
    """What is known, in bins begin to end - 1 of at least the size that it has."""
    low, high, bad = np.full(end, np.nan), np.full(end, np.nan), np.zeros(end, np.bool_)
    curve = watch.curve
    if curve is not None and len(curve.low):
        times = size // curve.size
        edges = np.arange(0, min(len(curve.low), end * times), times)
        part, seen = slice(0, len(edges)), slice(0, end * times)
        low[part] = np.fmin.reduceat(curve.low[seen], edges)
        high[part] = np.fmax.reduceat(curve.high[seen], edges)
        bad[part] = np.logical_or.reduceat(curve.bad[seen], edges)
    return low[begin:], high[begin:], bad[begin:]


def _series(
    watches: Sequence[Watch],
    parts: Sequence[Parts],
    size: int,
    first: int,
    last: int,
    wanted: tuple[int, int] | None = None,
) -> Series:
    starts = np.arange(first + 1.0, last + 1.0, size)
    middles = (starts + np.minimum(starts + size - 1, last)) / 2
    names = [watch.name for watch in watches]
    return Series(
        x=middles,
        low={name: low for name, (low, _, _) in zip(names, parts)},
        high={name: high for name, (_, high, _) in zip(names, parts)},
        bad={name: starts[bad].astype(np.int64) for name, (_, _, bad) in zip(names, parts)},
        exact=size == 1,
        wanted=wanted,
    )
