"""The largest and the smallest eigenvalue of a matrix of which only products with vectors are known."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lrsim.common.numbers import Floats

MOST_PRODUCTS = 100
MOST_NUMBERS, FEWEST_PRODUCTS = 20_000_000, 20
"""In the vectors that are kept; of very large models fewer products are taken."""
TOLERANCE = 1e-3
"""Of the largest eigenvalue, relative to it: that of the residual, which bounds the error of a symmetric matrix'."""
SMALLEST_TOLERANCE = 1e-3
"""Of the smallest one, relative to the larger of the two."""
SEED = 0


@dataclass(frozen=True, eq=False)
class Extremes:
    """Both ends of a spectrum.

    Attributes
    ----------
    largest, smallest
        Signed; NaN where a product was not finite.
    start
        Their eigenvectors together, shape (n,): where to begin once the matrix has changed a little.
    products
        How many it took.
    settled
        Whether the tolerance was reached within `MOST_PRODUCTS`.
    """

    largest: float
    smallest: float
    start: Floats
    products: int
    settled: bool


def extremes(product: Callable[[Floats], Floats], n: int, start: Floats | None = None) -> Extremes:
    """Eigenvalues of a matrix with real ones, by Lanczos' method with every vector kept orthogonal to all others
    (Arnoldi's, so that a matrix that is not symmetric is served too).

    Parameters
    ----------
    product
        The matrix times a vector of shape (n,), float64.
    start
        Where to begin, shape (n,); a fixed direction at random where None.

    Notes
    -----
    Lanczos, 1950; Arnoldi, 1951; residuals as in Saad, Numerical Methods for Large Eigenvalue Problems, 2011, ch. 6.
    """
    most = min(n, MOST_PRODUCTS, max(MOST_NUMBERS // n, FEWEST_PRODUCTS))
    basis = np.zeros((most + 1, n))
    small = np.zeros((most + 1, most))
    basis[0] = _beginning(n, start)
    unit = 0.0
    for done in range(1, most + 1):
        found = product(basis[done - 1])
        if not np.isfinite(found).all():
            return Extremes(math.nan, math.nan, basis[0], done, False)
        unit = unit or _power_of_two(found)
        found = found / unit
        for _ in range(2):  # twice is enough (Kahan and Parlett)
            along = basis[:done] @ found
            small[:done, done - 1] += along
            found = found - along @ basis[:done]
        left = float(np.linalg.norm(found))
        small[done, done - 1] = left
        ends = _ends(small[:done, :done], left)
        if done == most or ends.settled or left <= np.finfo(float).eps * np.abs(small[:done, :done]).max():
            whole = ends.settled or done == n or left == 0 or ends.largest == 0
            return Extremes(ends.largest * unit, ends.smallest * unit, ends.vectors @ basis[:done], done, whole)
        basis[done] = found / left
    raise AssertionError("the last round returns")


def _power_of_two(numbers: Floats) -> float:
    """About as large as the largest of them, lest sums of squares run over; it divides without rounding."""
    return math.ldexp(0.5, max(math.frexp(float(np.abs(numbers).max()))[1], -1000))


def _beginning(n: int, start: Floats | None) -> Floats:
    random = np.random.default_rng(SEED).standard_normal(n)
    random /= np.linalg.norm(random)
    if start is None or not np.isfinite(start).all() or not (length := float(np.linalg.norm(start))):
        return random
    # A little of everything, lest what has grown since is never met.
    mixed = start / length + 0.1 * random
    begun: Floats = mixed / np.linalg.norm(mixed)
    return begun


@dataclass(frozen=True, eq=False)
class _Ends:
    largest: float
    smallest: float
    vectors: Floats
    settled: bool


def _ends(small: Floats, left: float) -> _Ends:
    """Of the matrix as seen within the vectors so far; `left` is what the last product had beyond them."""
    values, vectors = np.linalg.eig(small) if not _is_symmetric(small) else np.linalg.eigh((small + small.T) / 2)
    high, low = int(np.argmax(values.real)), int(np.argmin(values.real))
    both = vectors[:, high].real + vectors[:, low].real
    largest, smallest = float(values[high].real), float(values[low].real)
    off_high, off_low = (left * abs(vectors[-1, place]) for place in (high, low))
    size = max(abs(largest), abs(smallest))
    settled = len(small) > 1 and off_high <= TOLERANCE * abs(largest) and off_low <= SMALLEST_TOLERANCE * size
    return _Ends(largest, smallest, both, bool(settled))


def _is_symmetric(small: Floats) -> bool:
    return bool(np.abs(small - small.T).max() <= 1e-5 * np.abs(small).max())
