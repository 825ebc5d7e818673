"""A long curve with as many points as there are pixels."""

from __future__ import annotations

import numpy as np

from lrsim.common.numbers import Floats
from lrsim.gui.chart.strokes import interleave
from lrsim.history.recording import thin


def thinned(x: Floats, values: Floats, most: int) -> tuple[Floats, Floats]:
    """A line through minimum and maximum of each of about `most` bins; as it is where it has no more points.

    What is not finite has no part in a bin; a bin of nothing else is NaN, which interrupts the line.
    """
    size = -(-len(values) // max(most, 1))
    if size <= 2:
        return x, values
    bins = thin(values[None].astype(np.float64), size)
    return interleave(x[::size], bins.low[0], bins.high[0])
