"""The values of an expression over all the steps of a line of training, filled in from the newest step backwards."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrsim.common.numbers import Floats
from lrsim.debugger.conditions.hits import chunk_of, values_of
from lrsim.debugger.conditions.language import Expression
from lrsim.debugger.conditions.quantities import Source, nanoseconds

MOST_BINS = 4096
"""Of so many steps each value is kept; of more the least and greatest of bins, whose size doubles."""
SPARSE_NANOSECONDS = 1e5
"""Of what takes longer to know at a step, bins have the value of their first step alone, and there are fewer."""
SPARSE_BINS = 256


@dataclass(frozen=True, eq=False)
class Curve:
    """Least and greatest value of bins of `size` steps each, the last one maybe of fewer.

    Attributes
    ----------
    low, high
        Shape (bins,); NaN where nothing in it is finite, or it is not known yet.
    bad
        Whether the bin holds what is not finite, shape (bins,); steps that are too early for a value do not count.
    known
        Whether all of the bin is known, shape (bins,).
    share
        How much of the steps is known, from 0 to 1.
    """

    size: int
    low: Floats
    high: Floats
    bad: NDArray[np.bool_]
    known: NDArray[np.bool_]
    share: float


class Hindsight:
    """Works out one expression for the past of a line of training.

    Parameters
    ----------
    source
        The line; it may grow, but what it was up to a step stays.

    Attributes
    ----------
    is_sparse
        Whether one step of each bin stands for all of them.
    """

    def __init__(self, source: Source, expression: Expression) -> None:
        self.source = source
        self.expression = expression
        self.is_sparse = nanoseconds(source.problem, expression.names) > SPARSE_NANOSECONDS
        self._most = SPARSE_BINS if self.is_sparse else MOST_BINS
        self._chunk = chunk_of(source.problem, (expression,))
        self._size = 1
        self.since = 0  # of what was before this step nothing more is worked out
        self._rows = np.zeros(0, np.int64)  # of each bin, that are known
        self._low, self._high = np.empty(0), np.empty(0)
        self._bad = np.zeros(0, np.bool_)

    def is_behind(self, tip: int) -> bool:
        """Whether some of the first `tip` steps are not known."""
        first = self.since // self._size
        return int(self._rows[first:].sum()) < tip - first * self._size

    def go_on(self, tip: int) -> None:
        """Work out a part of what is not known of the first `tip` steps: the newest that is missing."""
        self._make_room(tip)
        size, wanted = self._size, np.full(len(self._rows), self._size)
        wanted[-1] = tip - (len(wanted) - 1) * size
        missing, least = np.flatnonzero(self._rows < wanted), self.since // size
        if not len(missing) or missing[-1] < least:
            return
        last = int(missing[-1])
        if self.is_sparse:
            self._sample(last)
            return
        end, first = min((last + 1) * size, tip), last
        while first > least and self._rows[first - 1] < size and end - (first - 1) * size <= self._chunk:
            first -= 1
        values = values_of(self.source, self.expression, first * size, end)
        edges = np.arange(0, len(values), size)
        finite = np.where(np.isfinite(values), values, np.nan)
        early = np.arange(first * size, end) < self.expression.lookback
        part = slice(first, last + 1)
        self._low[part] = np.fmin.reduceat(finite, edges)
        self._high[part] = np.fmax.reduceat(finite, edges)
        self._bad[part] = np.logical_or.reduceat(~np.isfinite(values) & ~early, edges)
        self._rows[part] = wanted[part]

    def _sample(self, place: int) -> None:
        """Let the first step of a bin stand for it."""
        value = float(values_of(self.source, self.expression, place * self._size, place * self._size + 1)[0])
        is_finite, is_early = math.isfinite(value), place * self._size < self.expression.lookback
        self._low[place] = self._high[place] = value if is_finite else math.nan
        self._bad[place] = not is_finite and not is_early
        self._rows[place] = self._size

    def _make_room(self, tip: int) -> None:
        while -(-tip // self._size) > self._most:
            self._halve()
        more = -(-tip // self._size) - len(self._rows)
        if more > 0:
            self._rows = np.append(self._rows, np.zeros(more, np.int64))
            self._low, self._high = (np.append(part, np.full(more, np.nan)) for part in (self._low, self._high))
            self._bad = np.append(self._bad, np.zeros(more, np.bool_))

    def _halve(self) -> None:
        """Make one bin of every two; it is known as far as the first of the two is known, and the other from there."""
        if len(self._rows) % 2:
            self._rows, self._bad = np.append(self._rows, 0), np.append(self._bad, False)
            self._low, self._high = np.append(self._low, np.nan), np.append(self._high, np.nan)
        first, second = self._rows[0::2], self._rows[1::2]
        known = first == self._size
        self._low = np.where(known, np.fmin(self._low[0::2], self._low[1::2]), np.nan)
        self._high = np.where(known, np.fmax(self._high[0::2], self._high[1::2]), np.nan)
        self._bad = known & (self._bad[0::2] | self._bad[1::2])
        self._rows = np.where(known, 2 * self._size if self.is_sparse else first + second, 0)
        self._size *= 2

    def curve(self, tip: int) -> Curve:
        """What is known of the first `tip` steps."""
        bins = min(-(-tip // self._size), len(self._rows))
        share = min(float(self._rows[:bins].sum()) / tip, 1.0) if tip else 1.0
        part = slice(0, bins)
        return Curve(
            self._size,
            self._low[part].copy(),
            self._high[part].copy(),
            self._bad[part].copy(),
            self._rows[part] >= np.minimum(self._size, tip - self._size * np.arange(bins)),
            share,
        )
