"""Which part of a plane is looked at: the way that was gone and some room around it, calm while the run goes on."""

from __future__ import annotations

import numpy as np

from lrsim.common.numbers import Floats
from lrsim.instruments.surface import Kind, Plane, Window

ROOM = 0.3
"""Share of the way's extent that is left free at each side."""
LOOSEST = 2.5
"""How many times as wide as needed a window may be before it is made anew."""
FAR = 1e4
"""Points of the way count as long as their loss is at most so many times that of its start."""
LEAST_SHARE = 0.3
"""Of the larger extent that the smaller one has at least, where both are in one unit."""
WIDER = 2.0
"""How many widths of the way others may lie beside it and be seen."""
LARGEST = 1e150
"""Beyond, squares of distances are no numbers."""
RANDOM = (-1.0, 1.0)


def whole_window(
    plane: Plane, places: Floats, losses: Floats, others: Floats, before: tuple[Kind, Window] | None
) -> Window:
    """What shows the way, whose places have the shape (n, 2) and whose losses (n,).

    Parameters
    ----------
    others
        Places of other ways, shape (m, 2), which are shown as far as they do not squeeze this one.
    before
        The window so far and the kind of its plane, which stays as long as it is not much too small or too wide.
    """
    near = _near(plane, places, losses)
    low, high = _widened(near.min(axis=0), near.max(axis=0), others)
    if plane.kind == "random":
        low, high = np.minimum(low, RANDOM[0]), np.maximum(high, RANDOM[1])
    spans = high - low
    if plane.kind == "parameters":
        least = np.maximum(0.2 * np.abs(near).max(axis=0), np.where(spans > 0, 0.0, 1.0))
        least = np.where(least > 0, least, 1.0)
    else:
        least = np.full(2, LEAST_SHARE * spans.max() or 1.0)
    middle, spans = (low + high) / 2, np.maximum(spans, least)
    room = 0.0 if plane.kind == "random" else ROOM
    ends = np.stack([middle - (0.5 + room) * spans, middle + (0.5 + room) * spans], axis=1)
    if before is not None and before[0] == plane.kind:
        kept = np.array(before[1]).reshape(2, 2)
        inside = (kept[:, 0] <= low).all() and (high <= kept[:, 1]).all()
        if inside and (kept[:, 1] - kept[:, 0] <= LOOSEST * (ends[:, 1] - ends[:, 0])).all():
            return before[1]
    left, right, bottom, top = ends.ravel().tolist()
    return left, right, bottom, top


def _widened(low: Floats, high: Floats, others: Floats) -> tuple[Floats, Floats]:
    """With the places of others that lie within some widths of what is seen."""
    with np.errstate(all="ignore"):
        reach = WIDER * (high - low)
        close = others[((low - reach <= others) & (others <= high + reach)).all(axis=1)]
    return np.vstack([low, close]).min(axis=0), np.vstack([high, close]).max(axis=0)


def _near(plane: Plane, places: Floats, losses: Floats) -> Floats:
    """The points that are to be seen, at least one; in a plane that was laid by the way more than one spot of it."""
    with np.errstate(invalid="ignore"):
        usable = (np.abs(places) < LARGEST).all(axis=1)
        first = losses[np.isfinite(losses)][:1]
        near = usable & (losses <= FAR * first[0]) if len(first) else usable
    if plane.kind == "path" and len(np.unique(places[near], axis=0)) < 2:
        near = usable
    for chosen in (near, usable):
        if chosen.any():
            found: Floats = places[chosen]
            return found
    return np.zeros((1, 2))
