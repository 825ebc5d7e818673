"""What becomes of all weights of a layer over many steps: how they are spread, and whose updates change sign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lrsim.common.numbers import Floats
from lrsim_core import FloatArray

BINS = 60


@dataclass(frozen=True, eq=False)
class Histograms:
    """How weights are spread at several moments.

    Attributes
    ----------
    edges
        Of the bins, shape (bins + 1,), ascending.
    shares
        Of all weights in each bin, shape (moments, bins).
    """

    edges: Floats
    shares: Floats


def weights_of(shapes: Sequence[tuple[int, int]], layer: int) -> slice:
    """Where the weights of a layer, from 0, stand in the flat vector of parameters, biases aside."""
    begin = sum((inputs + 1) * units for inputs, units in shapes[:layer])
    return slice(begin, begin + shapes[layer][0] * shapes[layer][1])


def histograms(weights: FloatArray, bins: int = BINS) -> Histograms | None:
    """Histograms over bins that all moments share; None where nothing is finite.

    Parameters
    ----------
    weights
        Shape (moments, weights). What is not finite is in no bin, so that the shares of its moment add up to less.
    """
    values = weights.astype(np.float64)
    finite = np.isfinite(values)
    if not finite.any():
        return None
    low, high = float(values[finite].min()), float(values[finite].max())
    if low == high:
        low, high = low - max(abs(low), 1.0) / 2, high + max(abs(high), 1.0) / 2
    share = np.linspace(0.0, 1.0, bins + 1)
    edges = low * (1.0 - share) + high * share  # the ends may be further apart than the largest number
    edges[0], edges[-1] = low, high
    found = [np.histogram(row[seen], edges)[0] for row, seen in zip(values, finite)]
    return Histograms(edges, np.array(found) / values.shape[1])


def flip_map(weights: FloatArray) -> Floats:
    """Which updates have another sign than the one before, shape (moments - 2, weights).

    1 where the sign changed, 0 where it did not, NaN where one of the two updates is 0 or not finite.

    Parameters
    ----------
    weights
        After consecutive steps, shape (moments, weights).
    """
    with np.errstate(all="ignore"):
        signs = np.sign(np.diff(weights.astype(np.float64), axis=0))
        products = signs[1:] * signs[:-1]
    return np.where(products < 0, 1.0, np.where(products > 0, 0.0, np.nan))
