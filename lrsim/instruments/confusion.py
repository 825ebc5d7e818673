"""Which classes a model takes for which."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Confusion:
    """How many rows of each class were given which.

    Attributes
    ----------
    counts
        Shape (classes, classes + 1): the class of a row down, the one that the model gave it across; the last column
        holds rows whose outputs were not finite.
    """

    counts: NDArray[np.int64]

    @property
    def rows(self) -> int:
        """How many rows were looked at."""
        return int(self.counts.sum())

    @property
    def right(self) -> int:
        """How many of them were given their own class."""
        return int(np.trace(self.counts[:, :-1]))

    @property
    def not_finite(self) -> int:
        """How many had no answer."""
        return int(self.counts[:, -1].sum())

    def share(self, truth: int, given: int) -> float:
        """Of the rows of a class, those that were given another; 0 where it has none."""
        return float(self.counts[truth, given] / max(int(self.counts[truth].sum()), 1))

    def mistakes(self) -> list[tuple[int, int, int]]:
        """(class, the one it was given, how often), the most frequent first."""
        wrong = self.counts[:, :-1].copy()
        np.fill_diagonal(wrong, 0)
        found = [(int(a), int(b), int(wrong[a, b])) for a, b in np.argwhere(wrong)]
        return sorted(found, key=lambda each: -each[2])


def confusion(wanted: NDArray[np.intp], given: NDArray[np.intp], classes: int) -> Confusion:
    """Count rows by their class and the one that they were given, both of shape (n,); a negative one is no answer."""
    columns = np.where(given < 0, classes, given)
    counts = np.bincount(wanted * (classes + 1) + columns, minlength=classes * (classes + 1))
    return Confusion(counts.reshape(classes, classes + 1).astype(np.int64))
