"""What trials are compared by: the mean of a figure over the last epochs, and how much of a difference is noise."""

from __future__ import annotations

import math

import numpy as np

from lrsim.common.numbers import Floats
from lrsim.verdict.gather import judged_epochs
from lrsim.verdict.measures import noise_of

WINDOW = 0.1
"""Share of the epochs whose mean is compared."""
STANDARD_ERRORS = 2.0
"""Of the difference of two means, up to which it may be chance."""


def spacing(epochs: int) -> int:
    """Epochs between two whose figures are kept, in a run of so many."""
    judged = judged_epochs(epochs)
    return int(judged[-1] - judged[-2]) if len(judged) > 2 else 1


def end_window(epoch: int, every: int = 1) -> tuple[int, ...]:
    """The epochs (from 1) whose mean stands for a training that went up to `epoch`; all are multiples of `every`."""
    count = max(1, round(WINDOW * (epoch // every)))
    last = epoch - epoch % every
    return tuple(range(last - (count - 1) * every, last + 1, every)) if last else (max(epoch, 1),)


def mean_of(values: Floats | None) -> float:
    """The mean of figures; infinite where one of them is not finite, or none is known."""
    if values is None or not len(values) or not np.isfinite(values).all():
        return math.inf
    return float(np.mean(values))


def noise_between(own: Floats | None, other: Floats | None) -> float:
    """How far two means over the same epochs may differ by chance; both saw the same batches, so pairs are compared."""
    if own is None or other is None or len(own) != len(other):
        return 0.0
    differences = other - own
    if not np.isfinite(differences).all():
        return 0.0
    return STANDARD_ERRORS * noise_of(differences) / math.sqrt(max(len(differences), 1))
