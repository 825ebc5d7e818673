"""Recorded columns over steps, thinned to bins that a view can draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lrsim.history.branch import Branch
from lrsim.history.recording import Bins, merge, thin
from lrsim.history.tree import History
from lrsim.training.engine import Problem
from lrsim_core import FloatArray

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
        parts = [_Part(first, last, thin(values, size))]
    else:
        parts = [
            _summary(owner, start, end, size, branch.cut_of(owner))
            for owner, start, end in history.pieces(branch, first, last)
        ]
        finest = max(part.bins.size for part in parts)
        rows = last - first
        wanted = (first, last) if finest > size and rows <= RAW_ROWS and history.is_quick(rows) else None
    starts = lo == 0 and history.problem.records_parameters
    start = history.state_at(branch, 0).theta if starts else None
    found = _as_series(history.problem, columns, parts, wanted)
    return found if lo else _with_start(found, history.problem, start)


@dataclass(frozen=True)
class SampleErrors:
    """Errors of steps that were each computed on one sample: steps, samples and errors, shape (n,)."""

    steps: NDArray[np.int64]
    samples: NDArray[np.intp]
    errors: NDArray[np.float64]


def sample_errors(history: History, branch: Branch, lo: int, hi: int) -> SampleErrors | None:
    """Errors of steps lo to hi (from 1) with the sample of each; None where rows are no longer held."""
    values = history.raw(branch, lo - 1, hi)
    if values is None:
        return None
    errors = values[history.problem.columns.index("error")].astype(np.float64)
    steps, samples = [np.empty(0, np.int64)], [np.empty(0, np.intp)]
    edges = [lo - 1, *branch.course.turns(lo - 1, hi), hi]
    for first, last in pairwise(edges):
        problem = branch.course.problem_at(first)
        if problem.batch_size == 1:
            steps.append(np.arange(first + 1, last + 1))
            samples.append(problem.seen(first + 1, last))
    seen = np.concatenate(steps)
    return SampleErrors(seen, np.concatenate(samples), errors[seen - lo])


@dataclass(frozen=True)
class _Part:
    """Bins that begin at row `first`; rows from `last` on are not shown."""

    first: int
    last: int
    bins: Bins


def _summary(owner: Branch, first: int, last: int, size: int, cut: Branch | None) -> _Part:
    """Rows of one branch; `cut` ends what counts of it."""
    bins, start, end = owner.recording.bins(), first - owner.fork, last - owner.fork
    count = max(1, size // bins.size)
    wide = bins.size * count
    a, b = start // wide * count, -(-end // bins.size)
    part = merge(Bins(bins.size, bins.low[:, a:b], bins.high[:, a:b], bins.bad[:, a:b]), count)
    if cut is not None and b * bins.size > cut.fork - owner.fork:
        part = _with_last(part, cut.seam[min((wide // cut.seam[0].size).bit_length(), len(cut.seam)) - 1])
    return _Part(owner.fork + start // wide * wide, last, part)


def _with_last(bins: Bins, one: Bins) -> Bins:
    """A copy whose last bin is another one."""
    return Bins(
        bins.size,
        np.concatenate([bins.low[:, :-1], one.low], axis=1),
        np.concatenate([bins.high[:, :-1], one.high], axis=1),
        np.concatenate([bins.bad[:, :-1], one.bad], axis=1),
    )


def _as_series(problem: Problem, columns: Sequence[str], parts: list[_Part], wanted: tuple[int, int] | None) -> Series:
    x, begins = _middles(parts)
    low, high, bad = {}, {}, {}
    names = list(problem.columns)
    for name in columns:
        row = names.index(name)
        low[name] = np.concatenate([part.bins.low[row] for part in parts])
        high[name] = np.concatenate([part.bins.high[row] for part in parts])
        bad[name] = begins[np.concatenate([part.bins.bad[row] for part in parts]) != 0].astype(np.int64)
    return Series(x, low, high, bad, all(part.bins.size == 1 for part in parts), wanted)


def _with_start(found: Series, problem: Problem, start: FloatArray | None) -> Series:
    """With step 0 before all others, where parameters are those of `start`, and nothing was measured."""
    values = {} if start is None else dict(zip(problem.parameter_names, start.tolist()))
    return replace(
        found,
        x=np.concatenate([[0.0], found.x]),
        low={name: np.concatenate([[values.get(name, np.nan)], low]) for name, low in found.low.items()},
        high={name: np.concatenate([[values.get(name, np.nan)], high]) for name, high in found.high.items()},
    )


def _middles(parts: list[_Part]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The middle of each bin, and the step of its first row."""
    middles, starts = [], []
    for part in parts:
        start = part.first + 1.0 + part.bins.size * np.arange(part.bins.low.shape[1])
        ends = np.minimum(start + part.bins.size - 1, part.last)
        middles.append((start + ends) / 2)
        starts.append(start)
    return np.concatenate(middles), np.concatenate(starts)
