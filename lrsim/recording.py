"""Rows of one stretch of training: raw blocks while memory lasts, and a summary that always covers all of it.

A row holds loss, error and (for small models) the parameters of one step. Raw rows stand in blocks that can be
dropped, oldest first; they come back by replay. The summary holds minimum, maximum and a mark for non-finite
values in bins whose size doubles whenever their number reaches its cap, so its memory is bounded.

One thread writes; any thread may read: counts are raised only after the data stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrsim_core import FloatArray, summarize

BLOCK_BYTES = 4 << 20
SUMMARY_BYTES = 8 << 20
FIRST_BIN = 16


def block_rows(columns: int, itemsize: int) -> int:
    """Rows a block: a power of two of about `BLOCK_BYTES`."""
    return 1 << max(8, (BLOCK_BYTES // (columns * itemsize)).bit_length() - 1)


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

    def __init__(self, columns: int, dtype: str) -> None:
        self.n = 0
        self.columns = columns
        self.dtype = np.dtype(dtype)
        self.block_rows = block_rows(columns, self.dtype.itemsize)
        self._blocks: dict[int, FloatArray] = {}
        self._max_bins = 1 << max(10, (SUMMARY_BYTES // (columns * 17)).bit_length() - 1)
        self._bins = Bins.empty(columns, 256, FIRST_BIN)

    # --- writing

    def room(self) -> tuple[FloatArray, int, int]:
        """Where the next rows go: block, first free column, and how many fit."""
        index, offset = divmod(self.n, self.block_rows)
        block = self._blocks.get(index)
        if block is None:
            block = self._blocks[index] = np.empty((self.columns, self.block_rows), self.dtype)
        return block, offset, self.block_rows - offset

    def commit(self, rows: int) -> None:
        """Count `rows` that were written into `room()`, and fold them into the summary."""
        index, offset = divmod(self.n, self.block_rows)
        done = 0
        while done < rows:
            first_bin, filled = divmod(self.n + done, self._bins.size)
            capacity = self._bins.low.shape[1]
            if first_bin >= capacity:
                self._make_room(capacity)
                continue
            count = min(rows - done, (capacity - first_bin) * self._bins.size - filled)
            bins = self._bins
            summarize(self._blocks[index], offset + done, count, bins.size, bins.low, bins.high, bins.bad,
                      first_bin, filled)  # fmt: skip
            done += count
        self.n += rows

    def _make_room(self, capacity: int) -> None:
        if capacity < self._max_bins:
            self._bins = self._bins.grown(2 * capacity)
        else:
            self._bins = self._bins.halved()

    def drop_oldest(self, keep_last: int = 1) -> int:
        """Let go of the oldest raw block but the first one and the newest; return the bytes that were freed."""
        newest = (self.n - 1) // self.block_rows if self.n else 0
        for index in sorted(self._blocks):
            if 0 < index <= newest - keep_last:
                return self._blocks.pop(index).nbytes
        return 0

    def release(self) -> None:
        """Let go of all raw rows but those of the newest block, which is still being filled."""
        newest = self.n // self.block_rows
        self._blocks = {index: block for index, block in self._blocks.items() if index == newest}

    # --- reading

    @property
    def nbytes(self) -> int:
        return self._bins.nbytes + sum(block.nbytes for block in list(self._blocks.values()))

    def raw(self, lo: int, hi: int) -> FloatArray | None:
        """Rows lo to hi - 1 as a copy of shape (columns, hi - lo); None where some are no longer held."""
        first, last = lo // self.block_rows, (hi - 1) // self.block_rows
        parts = []
        for index in range(first, last + 1):
            block = self._blocks.get(index)
            if block is None:
                return None
            start = index * self.block_rows
            parts.append(block[:, max(lo - start, 0) : min(hi - start, self.block_rows)])
        return np.concatenate(parts, axis=1) if len(parts) > 1 else parts[0].copy()

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
