"""Inputs and targets brought to a common size by what the training rows show, and back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrsim.common.validation import ExperimentError
from lrsim.data.progress import report

Array = NDArray[np.floating[Any]]

SCALINGS = ("none", "standard", "minmax")
COLUMNS_AT_A_TIME = 64
ROWS_AT_A_TIME = 4096


@dataclass(frozen=True)
class Scaler:
    """(x - offset) / factor for each column of the inputs, or of the targets.

    Attributes
    ----------
    kind
        ``none``, ``standard`` (mean 0, standard deviation 1) or ``minmax`` (0 to 1), on the training rows.
    offset, factor
        float64, shape (d,), in the units of the source.
    constant
        Columns that are the same in all training rows, which scaling takes to 0; shape (d,).
    """

    kind: str
    offset: NDArray[np.float64] = field(repr=False)
    factor: NDArray[np.float64] = field(repr=False)
    constant: NDArray[np.bool_] = field(repr=False)

    def scaled(self, raw: NDArray[Any], dtype: str = "float64") -> Array:
        """What the network works with for values (n, d) in the source's units; C-contiguous, of `dtype`."""
        out = np.empty(raw.shape, dtype=dtype)
        with np.errstate(over="ignore"):
            for start in range(0, len(raw), ROWS_AT_A_TIME):  # so that float64 never doubles a large set
                report(start, len(raw), "rows")
                rows = slice(start, start + ROWS_AT_A_TIME)
                out[rows] = (raw[rows] - self.offset) / self.factor
        return out

    def unscaled(self, inputs: NDArray[Any]) -> NDArray[np.float64]:
        """The source's units for inputs (n, d), or outputs, of the network."""
        with np.errstate(over="ignore", invalid="ignore"):
            back: NDArray[np.float64] = inputs * self.factor + self.offset
        return back


def fit(kind: str, rows: NDArray[Any], divisor: float = 1.0, of: str = "inputs") -> Scaler:
    """The scaler for training rows (n, d); without scaling it only divides by `divisor`.

    Parameters
    ----------
    of
        What the rows are, ``inputs`` or ``targets``, for words on what is wrong with them.

    Raises
    ------
    ExperimentError
        The numbers are too far apart for their spread to be a float.
    """
    width = rows.shape[1]
    offset, factor = np.zeros(width), np.full(width, divisor)
    constant = np.zeros(width, dtype=bool)
    if kind == "none":
        return Scaler(kind, offset, factor, constant)
    for start in range(0, width, COLUMNS_AT_A_TIME):
        part = slice(start, start + COLUMNS_AT_A_TIME)
        columns = rows[:, part].astype(np.float64)
        low, high = columns.min(axis=0), columns.max(axis=0)
        constant[part] = low == high
        with np.errstate(over="ignore", invalid="ignore"):
            offset[part] = low if kind == "minmax" else np.where(low == high, low, columns.mean(axis=0))
            factor[part] = high - low if kind == "minmax" else columns.std(axis=0)
    factor[constant | (factor == 0)] = 1.0
    if not (np.isfinite(offset).all() and np.isfinite(factor).all()):
        key = "data.scale_target" if of == "targets" else "data.scale"
        raise ExperimentError(key, f"the {of} are too large to be scaled in float64", kind)
    return Scaler(kind, offset, factor, constant)
