"""Numbers: their arrays, and as text, with four significant digits on screen and all of them in what is copied."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SMALLEST_PLAIN = 1e-3
THIN_SPACE = "\u202f"


def lengths(rows: NDArray[Any]) -> Floats:
    """Euclidean, of each row; infinite beyond all numbers. Without BLAS, whose threads would vie with training."""
    with np.errstate(over="ignore", invalid="ignore"):
        found: Floats = np.sqrt(np.square(rows, dtype=np.float64).sum(axis=1))
    return found


def length(values: NDArray[Any]) -> float:
    """The same of all values together."""
    return float(lengths(values.reshape(1, -1))[0])


def share(part: float, whole: float) -> float:
    """As NumPy divides: infinite, or NaN, for a whole of 0."""
    return part / whole if whole else (math.nan if not part or math.isnan(part) else math.inf)


def short(value: float) -> str:
    """Format a number with four significant digits.

    Parameters
    ----------
    value : float
        Any number, also NaN and infinities, which are written as such.

    Returns
    -------
    str
        ``3237``, ``53.95``, ``3.2e-05`` (below 1e-3 in magnitude), ``4.86e+141``, ``NaN``, ``-inf``.
        The minus sign is a hyphen, so that the text pastes into code.
    """
    value = float(value)
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("inf" if value > 0 else "-inf")
    if value == 0:
        return "0"
    if abs(value) >= SMALLEST_PLAIN:
        return f"{value:.4g}"
    mantissa, exponent = f"{value:.3e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{exponent}"


def typed(value: float) -> str:
    """Format a number that someone has typed, such as a decay of 0.99999: four digits do not do where more were given.

    Returns
    -------
    str
        Up to ten digits, in the manner of `short`.
    """
    value = float(value)
    if not math.isfinite(value) or float(short(value)) == value:
        return short(value)
    if abs(value) < SMALLEST_PLAIN:
        return np.format_float_scientific(value, precision=9, trim="-", exp_digits=2)
    return f"{value:.10g}"


def percent(share: float) -> str:
    """Format a share of one, as in ``12.5 %``."""
    return f"{short(100 * share)} %"


def full(value: float) -> str:
    """Format a number so that it reads back to the same float: all digits, in the manner of `short` below 1e-3."""
    value = float(value)
    if 0 < abs(value) < SMALLEST_PLAIN:
        return np.format_float_scientific(value, trim="-", exp_digits=2)
    return repr(value)


def count(value: int) -> str:
    """Format a whole number with thin spaces, which do not break a line, between the thousands, as in ``12 345``."""
    return f"{int(value):,}".replace(",", THIN_SPACE)


def without_non_finite(value: Any) -> Any:
    """Plain data for JSON, in which numbers that are not finite are None."""
    if isinstance(value, dict):
        return {key: without_non_finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_non_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
