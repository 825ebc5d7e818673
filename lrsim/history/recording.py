"""Rows of one stretch of training: raw blocks while memory lasts, and a summary that always covers all of it.

A row holds loss, error and (for small models) the parameters of one step. Raw rows stand in blocks that can be
dropped, oldest first; they come back by replay. The summary holds minimum, maximum and a mark for non-finite
values in bins whose size doubles whenever their number reaches its cap, so its memory is bounded.

One thread writes; any thread may read: counts are raised only after the data stands.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrsim_core import FloatArray, summarize

FIRST_BLOCK_BYTES = 256 << 10
BLOCK_BYTES = 32 << 20
"""Blocks grow from the first size to the second by fours: small runs stay small, long ones get fresh pages cheaply."""
SUMMARY_BYTES = 8 << 20
HEAD_BYTES = 256 << 10
FIRST_BIN = 16


@dataclass(frozen=True)
class Bins:
    """Minimum, maximum, both shape (columns, bins), and marks of bins of `size` rows each; the last may be partial."""

    size: int
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    bad: NDArray[np.uint8]

    @classmethod
    def empty(cls, columns: int, bins: int, size: int) -> Bins:
        return cls(size, np.empty((columns, bins)), np.empty((columns, bins)), np.empty((columns, bins), np.uint8))

    @property
    def nbytes(self) -> int:
        return self.low.nbytes + self.high.nbytes + self.bad.nbytes

    def grown(self, bins: int) -> Bins:
        """A copy with room for more bins."""
        larger = Bins.empty(len(self.low), bins, self.size)
        used = self.low.shape[1]
        larger.low[:, :used], larger.high[:, :used], larger.bad[:, :used] = self.low, self.high, self.bad
        return larger

    def halved(self) -> Bins:
        """A copy of the same capacity whose bins hold twice the rows; its second half is still empty."""
        coarse = Bins.empty(len(self.low), self.low.shape[1], 2 * self.size)
        half = self.low.shape[1] // 2
        coarse.low[:, :half] = np.fmin(self.low[:, 0::2], self.low[:, 1::2])
        coarse.high[:, :half] = np.fmax(self.high[:, 0::2], self.high[:, 1::2])
        coarse.bad[:, :half] = self.bad[:, 0::2] | self.bad[:, 1::2]
        return coarse


class Recording:
    """Rows 0 to n - 1 of one stretch; row k is the state after its (k + 1)-th step."""

    def __init__(self, columns: int, dtype: str, largest_block: int = BLOCK_BYTES) -> None:
        self.n = 0
        self.columns = columns
        self.dtype = np.dtype(dtype)
        row_bytes = columns * self.dtype.itemsize
        self._next_rows = max(16, FIRST_BLOCK_BYTES // row_bytes)
        self._most_rows = max(16, largest_block // row_bytes)
        self._starts: list[int] = []  # first row of each block
        self._blocks: list[FloatArray | None] = []
        self._end = 0  # rows that the blocks have room for
        self._spare: FloatArray | None = None  # a dropped block, to be filled anew
        self._first = 0  # rows before it are no longer held, except the head
        self._head: FloatArray | None = None  # the first rows, kept when their block goes
        self._max_bins = 1 << max(10, (SUMMARY_BYTES // (columns * 17)).bit_length() - 1)
        self._bins = Bins.empty(columns, 256, FIRST_BIN)

    # --- writing

    def room(self) -> tuple[FloatArray, int, int]:
        """Where the next rows go: block, first free column, and how many fit."""
        if self.n == self._end:
            self._add_block()
        block, offset = self._blocks[-1], self.n - self._starts[-1]
        assert block is not None
        return block, offset, block.shape[1] - offset

    def _add_block(self) -> None:
        rows = min(self._next_rows, self._most_rows)
        self._next_rows = 4 * rows
        block, self._spare = self._spare, None
        if block is None or block.shape[1] != rows:
            block = np.empty((self.columns, rows), self.dtype)
        self._starts.append(self._end)
        self._blocks.append(block)
        self._end += rows

    def commit(self, rows: int) -> None:
        """Count `rows` that were written into `room()`, and fold them into the summary."""
        block, offset, _ = self.room()
        done = 0
        while done < rows:
            first_bin, filled = divmod(self.n + done, self._bins.size)
            capacity = self._bins.low.shape[1]
            if first_bin >= capacity:
                self._make_room(capacity)
                continue
            bins = self._bins
            count = min(rows - done, (capacity - first_bin) * bins.size - filled)
            summarize(block, offset + done, count, bins.size, bins.low, bins.high, bins.bad, first_bin, filled)
            done += count
        self.n += rows

    def _make_room(self, capacity: int) -> None:
        if capacity < self._max_bins:
            self._bins = self._bins.grown(2 * capacity)
        else:
            self._bins = self._bins.halved()

    def drop_oldest(self) -> int:
        """Let go of the oldest raw block, unless it is the newest as well; return the bytes that were freed."""
        oldest = bisect_right(self._starts, self._first) - 1
        if oldest < 0 or oldest + 1 >= len(self._starts):
            return 0
        self._keep_head()
        self._first = self._starts[oldest + 1]
        self._spare, self._blocks[oldest] = self._blocks[oldest], None
        return 0 if self._spare is None else self._spare.nbytes

    def release(self) -> int:
        """Let go of all raw rows but the head; return the bytes that were freed."""
        self._keep_head()
        freed = self._raw_bytes()
        self._first = self._end = self.n
        self._starts, self._blocks, self._spare = [], [], None
        return freed

    def _keep_head(self) -> None:
        if self._head is None and self._first == 0 and self.n and self._blocks[0] is not None:
            rows = min(self.n, HEAD_BYTES // (self.columns * self.dtype.itemsize))
            self._head = self._blocks[0][:, :rows].copy()

    # --- reading

    @property
    def nbytes(self) -> int:
        return self._bins.nbytes + self._raw_bytes()

    def _raw_bytes(self) -> int:
        return sum(block.nbytes for block in list(self._blocks) if block is not None)

    def raw(self, lo: int, hi: int) -> FloatArray | None:
        """Rows lo to hi - 1 as a copy of shape (columns, hi - lo); None where some are no longer held."""
        head = self._head
        if head is not None and hi <= head.shape[1]:
            return head[:, lo:hi].copy()
        starts, blocks = self._starts, self._blocks
        parts = []
        for index in range(max(bisect_right(starts, lo) - 1, 0), len(starts)):
            start, block = starts[index], blocks[index]
            if start >= hi:
                break
            if block is not None:
                parts.append(block[:, max(lo - start, 0) : hi - start])
        if lo < self._first or not parts:
            return None
        values = np.concatenate(parts, axis=1)
        # A block that was dropped meanwhile may already be filled anew.
        return values if lo >= self._first else None

    def bins(self) -> Bins:
        """The summary as it stands, cut to the bins in use."""
        bins = self._bins
        used = -(-self.n // bins.size)
        return Bins(bins.size, bins.low[:, :used], bins.high[:, :used], bins.bad[:, :used])


def thin(values: FloatArray, size: int) -> Bins:
    """Bins of `size` rows of a (columns, rows) array; the last may be partial."""
    columns, rows = values.shape
    result = Bins.empty(columns, -(-rows // size), size)
    if rows:
        array: Any = np.ascontiguousarray(values)
        summarize(array, 0, rows, size, result.low, result.high, result.bad, 0, 0)
    return result


def merge(bins: Bins, count: int) -> Bins:
    """Each `count` neighbouring bins as one."""
    if count <= 1:
        return bins
    edges = np.arange(0, bins.low.shape[1], count)
    return Bins(
        bins.size * count,
        np.fmin.reduceat(bins.low, edges, axis=1),
        np.fmax.reduceat(bins.high, edges, axis=1),
        np.bitwise_or.reduceat(bins.bad, edges, axis=1),
    )


def last_bins(bins: Bins, rows: int, rest: FloatArray) -> tuple[Bins, ...]:
    """The bin of row `rows` - 1 as it is once there are so many rows, by its size: `bins.size`, twice that, and so on.

    Parameters
    ----------
    bins
        Bins of these rows, and maybe of more that came later.
    rest
        What the finest of the bins holds, shape (columns, n).
    """
    whole, tail = (rows - 1) // bins.size, thin(rest, bins.size)
    low = np.concatenate([bins.low[:, :whole], tail.low], axis=1)
    high = np.concatenate([bins.high[:, :whole], tail.high], axis=1)
    bad = np.concatenate([bins.bad[:, :whole], tail.bad], axis=1)
    found, count = [], 1
    while True:
        first = whole // count * count
        found.append(merge(Bins(bins.size, low[:, first:], high[:, first:], bad[:, first:]), count))
        if first == 0:
            return tuple(found)
        count *= 2
