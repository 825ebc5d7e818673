"""Recorded columns over steps, thinned to bins that a view can draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrsim.history.branch import Branch
from lrsim.history.recording import Bins, merge, thin
from lrsim.history.tree import History
from lrsim.training.engine import Problem

RAW_ROWS = 1 << 18
"""Ranges of up to this many rows are drawn from raw rows, wider ones from the summary."""


@dataclass(frozen=True)
class Series:
    """Columns over steps, thinned to bins.

    Attributes
    ----------
    x
        Steps, shape (p,): the step itself, or the middle of the bin.
    low, high
        For each column its minimum and maximum over each bin, shape (p,); NaN where nothing was finite.
    bad
        For each column the first steps of the bins that hold values which are not finite.
    exact
        Whether each bin is one row.
    wanted
        Rows [first, last) that replay would have to bring back for a finer picture; None when it is as fine as asked.
    """

    x: NDArray[np.float64]
    low: dict[str, NDArray[np.float64]]
    high: dict[str, NDArray[np.float64]]
    bad: dict[str, NDArray[np.int64]]
    exact: bool
    wanted: tuple[int, int] | None = None


def series(history: History, branch: Branch, tip: int, columns: Sequence[str], lo: int, hi: int, points: int) -> Series:
    """Columns for steps lo to hi, in at most about `points` bins.

    Bins are powers of two and start at multiples of their size, so that a growing run does not flicker.
    Step 0 is the start; it has parameters, no loss and no error.
    """
    lo, hi = max(lo, 0), min(hi, tip)
    first, last = max(lo - 1, 0), hi
    size = 1 << max(0, (max(last - first, 1) - 1) // max(points, 1)).bit_length()
    first -= first % size
    last = min(tip, -(-last // size) * size)
    values = history.raw(branch, first, last) if last - first <= RAW_ROWS else None
    wanted = None
    if values is not None:
        parts = [(first, thin(values, size))]
    else:
        parts = [
            _summary(owner, start - owner.fork, end - owner.fork, size)
            for owner, start, end in history.pieces(branch, first, last)
        ]
        finest = max(part.size for _, part in parts)
        rows = last - first
        wanted = (first, last) if finest > size and rows <= RAW_ROWS and history.is_quick(rows) else None
    return _as_series(history.problem, columns, parts, last, lo == 0, wanted)


def _summary(owner: Branch, start: int, end: int, size: int) -> tuple[int, Bins]:
    """First row and bins of a stretch of one branch; `start` and `end` count from its fork."""
    bins = owner.recording.bins()
    count = max(1, size // bins.size)
    wide = bins.size * count
    a, b = start // wide * count, -(-end // bins.size)
    part = Bins(bins.size, bins.low[:, a:b], bins.high[:, a:b], bins.bad[:, a:b])
    return owner.fork + start // wide * wide, merge(part, count)


def _as_series(problem: Problem, columns: Sequence[str], parts: list[tuple[int, Bins]], last: int, from_start: bool,
               wanted: tuple[int, int] | None) -> Series:  # fmt: skip
    start = np.concatenate([row + 1.0 + part.size * np.arange(part.low.shape[1]) for row, part in parts])
    ends = np.concatenate([row + part.size * np.arange(1.0, part.low.shape[1] + 1) for row, part in parts])
    x = (start + np.minimum(ends, max(last, 1))) / 2
    low, high, bad = {}, {}, {}
    names = list(problem.columns)
    for name in columns:
        row = names.index(name)
        low[name] = np.concatenate([part.low[row] for _, part in parts])
        high[name] = np.concatenate([part.high[row] for _, part in parts])
        bad[name] = start[np.concatenate([part.bad[row] for _, part in parts]) != 0].astype(np.int64)
    if from_start:
        x, measured = np.concatenate([[0.0], x]), len(problem.metrics)
        for name in columns:
            row = names.index(name)
            value = float(problem.theta[row - measured]) if row >= measured else np.nan
            low[name] = np.concatenate([[value], low[name]])
            high[name] = np.concatenate([[value], high[name]])
    return Series(x, low, high, bad, all(part.size == 1 for _, part in parts), wanted)
