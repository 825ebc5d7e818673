"""Scalars of steps that instruments measure: each state is walked to again, one step at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lrsim.common.numbers import Floats
from lrsim.debugger.conditions.replayed import Walked
from lrsim.instruments.moment import moment_at
from lrsim.instruments.registry import INSTRUMENTS
from lrsim.training import loop


def measured(source: Walked, names: Sequence[str], lo: int, hi: int) -> dict[str, Floats]:
    """Values of instruments for rows lo to hi - 1, each float64 of shape (hi - lo,).

    Row k is step k + 1, whose moment is the state before it: like the loss of a row, they belong to the parameters that
    the step set out from, and to its rate.
    """
    found = {name: np.full(hi - lo, np.nan) for name in names}
    if not names or hi <= lo:
        return found
    course, state, previous = source.course, source.state(max(lo - 1, 0)), None
    if lo:
        previous = state.theta.copy()
        loop.replay(course, state, lo)
        course.enter(state)
    for row in range(hi - lo):
        moment = moment_at(course, state.copy(), previous)
        for name, values in found.items():
            values[row] = INSTRUMENTS[name].measure(moment)
        previous = moment.state.theta
        loop.replay(course, state, state.step + 1)
        course.enter(state)
    source.keep(state)
    return found
