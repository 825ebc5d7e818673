"""How much of a run's rate its schedule and callbacks have left."""

from __future__ import annotations

import math

from lrsim import engine
from lrsim.engine import Problem


def rate_left(problem: Problem, lr: float, factor: float, step: int) -> float:
    """Rate of step `step` over that of the first step, when `optimizer.lr` is `lr`; 1 before the first.

    Parameters
    ----------
    factor
        What the callbacks have made of the rate.
    """
    if step == 0:
        return 1.0
    if problem.experiment.schedule.name == "constant":
        return factor
    first = float(engine.rates(problem, lr, 0, 1)[0])
    last = factor * float(engine.rates(problem, lr, step - 1, 1)[0])
    return last / first if first > 0 and math.isfinite(last / first) else 1.0
