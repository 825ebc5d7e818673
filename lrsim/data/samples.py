"""What every source hands over: all rows, before they are split, scaled and coded for a network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrsim.common.validation import ExperimentError

MOST_BYTES = 4 << 30
"""Largest array that is made of a source; beyond it there is hardly a machine that could also train on it."""

Wanted = Callable[[NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True, kw_only=True)
class Samples:
    """Rows of a source in its own order and units.

    Attributes
    ----------
    inputs
        Shape (n, d), float64 or, where `divisor` says what they are shares of, whole numbers.
    feature_names
        One for each column of the inputs.
    values
        Targets of a regression, float64 of shape (n, k); None where the rows have classes.
    codes
        Class of each row as an index into `classes`, shape (n,); None for a regression.
    target_names
        One for each column of `values`; for classes the one thing that they tell apart.
    divisor
        What the inputs are divided by before anything else.
    lines
        Line of the file that each row begins on, shape (n,); None where there is no such file.
    domain
        (low, high) of each input within which the source has something to say; empty where that is not known.
    image
        Height and width when the inputs are the pixels of an image, row by row.
    notes
        Sentences about the data for people.
    wanted
        The function that the data is meant to teach, from inputs (n,) to outputs (n,); None where unknown.
    trials
        (input, wanted output) pairs to try after training.
    """

    inputs: NDArray[Any]
    feature_names: tuple[str, ...]
    values: NDArray[np.float64] | None = None
    codes: NDArray[np.intp] | None = None
    classes: tuple[str, ...] = ()
    target_names: tuple[str, ...] = ("target",)
    divisor: float = 1.0
    lines: NDArray[np.int64] | None = None
    domain: tuple[tuple[float, float], ...] = ()
    image: tuple[int, int] | None = None
    notes: tuple[str, ...] = ()
    wanted: Wanted | None = field(default=None, repr=False)
    trials: tuple[tuple[float, float], ...] = ()

    def head(self, rows: int) -> Samples:
        """The first `rows` rows; all of them for 0."""
        if rows == 0 or rows >= len(self.inputs):
            return self
        return replace(
            self,
            inputs=self.inputs[:rows],
            values=None if self.values is None else self.values[:rows],
            codes=None if self.codes is None else self.codes[:rows],
            lines=None if self.lines is None else self.lines[:rows],
        )


def check_size(rows: int, columns: int, itemsize: int) -> None:
    """Refuse an array that is too large before anything is set aside for it."""
    size = rows * columns * itemsize
    if size > MOST_BYTES:
        what = f"{rows} rows of {columns} numbers take {size / 1e9:.1f} GB, expected at most {MOST_BYTES / 1e9:.1f} GB"
        raise ExperimentError("data.limit", what)
