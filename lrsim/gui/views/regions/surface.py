"""A model's outputs on a grid over two inputs: coarse while training goes on, refined piece by piece at rest."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np

from lrsim.common.numbers import Floats

Predict = Callable[[Floats], Floats]
Window = tuple[float, float, float, float]
"""Left, right, bottom and top, in the units of the source."""

COARSE = 64
COARSEST = 12
FINE = 192
SECONDS = 0.003
"""How long a frame may spend on the grid."""


class Surface:
    """Outputs of shape (n, n, outputs) at the points of an even grid over a window, rows upwards."""

    def __init__(self) -> None:
        self.values = np.zeros((2, 2, 1))
        self._size = COARSE
        self._seconds = 0.0  # for each point, as last seen
        self._fine: Floats | None = None
        self._rows_done = 0
        self._window: Window = (0.0, 1.0, 0.0, 1.0)

    @property
    def refined(self) -> bool:
        """Whether it is as fine as it gets."""
        return self.values.shape[0] >= FINE

    def take(self, window: Window, predict: Predict) -> None:
        """Evaluate on as fine a grid as the time of a frame allows."""
        self._window, self._fine, self._rows_done = window, None, 0
        if self._seconds:
            affordable = int(math.sqrt(SECONDS / self._seconds))
            self._size = min(max(affordable // 4 * 4, COARSEST), COARSE)
        self.values = self._evaluated(predict, self._size, 0, self._size)

    def refine(self, predict: Predict) -> bool:
        """Evaluate some more rows of the fine grid; True once it is whole and shown."""
        if self.refined:
            return True
        rows = min(max(int(SECONDS / max(self._seconds * FINE, 1e-9)), 1), FINE - self._rows_done)
        part = self._evaluated(predict, FINE, self._rows_done, self._rows_done + rows)
        if self._fine is None:
            self._fine = np.empty((FINE, FINE, part.shape[2]))
        self._fine[self._rows_done : self._rows_done + rows] = part
        self._rows_done += rows
        if self._rows_done == FINE:
            self.values, self._fine = self._fine, None
        return self.refined

    def put(self, window: Window, outputs: Floats) -> None:
        """Take what was evaluated elsewhere at `grid_points` of a window."""
        size = math.isqrt(len(outputs))
        self._window, self._fine, self._rows_done = window, None, 0
        self.values = outputs.reshape(size, size, -1)

    def nearest(self, x: float, y: float) -> Floats:
        """Outputs at the point of the grid that is nearest, shape (outputs,)."""
        left, right, bottom, top = self._window
        last = self.values.shape[0] - 1
        column, row = round((x - left) / (right - left) * last), round((y - bottom) / (top - bottom) * last)
        found: Floats = self.values[min(max(row, 0), last), min(max(column, 0), last)]
        return found

    def _evaluated(self, predict: Predict, size: int, first: int, end: int) -> Floats:
        points = grid_points(self._window, size, first, end)
        began = time.perf_counter()
        outputs = predict(points)
        took = (time.perf_counter() - began) / len(points)
        self._seconds = took if not self._seconds else 0.7 * self._seconds + 0.3 * took
        return outputs.reshape(end - first, size, -1)

    @property
    def window(self) -> Window:
        """What the grid covers."""
        return self._window

    def grid(self) -> tuple[Floats, Floats]:
        """Values of the first input along the columns, and of the second along the rows."""
        left, right, bottom, top = self._window
        size = self.values.shape[0]
        return np.linspace(left, right, size), np.linspace(bottom, top, size)


def grid_points(window: Window, size: int, first: int = 0, end: int | None = None) -> Floats:
    """Points of an even grid of size x size over a window, from row `first` to `end`, shape (points, 2)."""
    left, right, bottom, top = window
    y = np.linspace(bottom, top, size)[first:end]
    return np.column_stack([np.tile(np.linspace(left, right, size), len(y)), np.repeat(y, size)])
