"""Lines of one level through a grid of values, by marching squares."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrsim.common.numbers import Floats

EDGES = ((0, 1), (1, 2), (3, 2), (0, 3))
"""Corners at both ends of the edges of a cell: lower, right, upper, left. Corners count from the lower left, around."""


def level_lines(values: Floats, level: float) -> Floats:
    """Segments along which a grid is at `level`.

    Parameters
    ----------
    values
        Shape (rows, columns); cells with a value that is not finite have no line.

    Returns
    -------
    ndarray
        Shape (n, 4): column and row of both ends, in cells of the grid.
    """
    shifted = values - level
    corners = np.stack([shifted[:-1, :-1], shifted[:-1, 1:], shifted[1:, 1:], shifted[1:, :-1]])
    above = corners > 0
    mixed = np.isfinite(corners).all(axis=0) & above.any(axis=0) & ~above.all(axis=0)
    rows, columns = np.nonzero(mixed)
    corners, above = corners[:, rows, columns], above[:, rows, columns]
    crossed, points = [], []
    for edge, (first, second) in enumerate(EDGES):
        crossed.append(above[first] != above[second])
        with np.errstate(all="ignore"):
            share = corners[first] / (corners[first] - corners[second])
        across = {0: share, 1: 1.0, 2: share, 3: 0.0}[edge]
        up = {0: 0.0, 1: share, 2: 1.0, 3: share}[edge]
        points.append(np.stack([columns + across, rows + up], axis=1))
    where, places = np.array(crossed).reshape(4, -1), np.array(points).reshape(4, -1, 2)
    plain = where.sum(axis=0) == 2
    found = [_joined(places[:, plain], where[:, plain])]
    saddle = ~plain
    if saddle.any():
        # Opposite corners are alike: two lines, each around the corner where lower and left (upper and right) meet.
        at = places[:, saddle]
        found += [np.hstack([at[0], at[3]]), np.hstack([at[2], at[1]])]
    return np.concatenate(found)


def _joined(places: Floats, where: NDArray[np.bool_]) -> Floats:
    """The two crossed edges of each cell as one segment."""
    first = where.argmax(axis=0)
    second = 3 - where[::-1].argmax(axis=0)
    each = np.arange(where.shape[1])
    return np.hstack([places[first, each], places[second, each]])
