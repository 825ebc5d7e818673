"""Learning-rate schedules: pure functions from steps to an array of rates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrsim.experiment import ExperimentError, ScheduleSpec


def rates(spec: ScheduleSpec, lr: float, start: int, count: int, steps_per_epoch: int) -> NDArray[np.float64]:
    """Learning rates of steps ``start + 1`` to ``start + count``.

    Parameters
    ----------
    spec
        The schedule; ``constant`` is the one known.
    lr
        The base rate, as the experiment or a hand has set it.
    start
        Steps done so far.
    count
        How many rates are wanted.
    steps_per_epoch
        For schedules that change by the epoch.

    Returns
    -------
    ndarray, float64, shape (count,)

    Raises
    ------
    ExperimentError
        The schedule is not known.
    """
    if spec.name != "constant":
        raise ExperimentError("schedule.name", "expected constant (this version runs no other)", spec.name)
    return np.full(count, lr, dtype=np.float64)
