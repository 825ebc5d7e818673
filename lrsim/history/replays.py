"""Replay to a step, and the states that it leaves behind the place: dense near it, farther apart with the distance.

Checkpoints of a large model stand far apart. Whoever steps back from a place goes on from these states instead, so that
one step after the other costs little.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from lrsim.history.branch import Branch
from lrsim.training import loop
from lrsim.training.engine import State

GAP_NANOSECONDS = 1e7
"""What the steps between a place and the state behind it take, about."""

AIR_NANOSECONDS = 2e7
"""Replay that may be given up comes up for air after about so long."""

LEAST_MEASURED = 1e-4
"""Seconds; what took less says little about how long a step takes."""


class Replays:
    """Replays one branch at a time, and keeps copies of its states.

    Parameters
    ----------
    step_nanoseconds
        What a step is thought to take, before one was taken.
    most_bytes
        That the copies may take.
    """

    def __init__(self, step_nanoseconds: float, most_bytes: int) -> None:
        self.step_nanoseconds = step_nanoseconds
        self._most_bytes = most_bytes
        # Replaced and never changed, so that the window may read while the worker replays.
        self._kept: tuple[Branch | None, dict[int, State]] = (None, {})

    @property
    def nbytes(self) -> int:
        """Bytes that the copies take."""
        return sum(state.nbytes for state in self._kept[1].values())

    def forget(self) -> None:
        """Let all copies go."""
        self._kept = (None, {})

    def best(self, branch: Branch, step: int) -> State | None:
        """The newest copy that is no later than a step of a branch; not to be changed."""
        whose, states = self._kept
        if branch is not whose:
            return None
        found = max((at for at in states if at <= step), default=None)
        return None if found is None else states[found]

    def keep(self, branch: Branch, state: State) -> None:
        """Take a copy; of too many the ones farthest from it go."""
        whose, states = self._kept
        near = {**(states if branch is whose else {}), state.step: state.copy()}
        for at in sorted(near, key=lambda at: -abs(at - state.step)):
            if len(near) == 1 or sum(each.nbytes for each in near.values()) <= self._most_bytes:
                break
            del near[at]
        self._kept = (branch, near)

    def walk(self, branch: Branch, state: State, step: int) -> Iterator[None]:
        """Replay a state to a step, leaving copies on the way where steps take long; comes up for air in between."""
        for stop in [*self._stops(state.step, step), step]:
            while state.step < stop:
                first, began = state.step, time.perf_counter()
                most = max(int(AIR_NANOSECONDS / self.step_nanoseconds), 1)
                loop.replay(branch.course, state, min(stop, first + most))
                self._learn(state.step - first, time.perf_counter() - began)
                yield
            if stop != step:
                self.keep(branch, state)

    def _stops(self, first: int, step: int) -> list[int]:
        """Where a replay leaves copies, in its order."""
        away, found = max(int(GAP_NANOSECONDS / self.step_nanoseconds), 1), []
        while step - away > first:
            found.append(step - away)
            away *= 2
        return found[::-1]

    def _learn(self, steps: int, seconds: float) -> None:
        """A step takes so long here; what was thought before counts half."""
        if seconds > LEAST_MEASURED:
            self.step_nanoseconds = 0.5 * self.step_nanoseconds + 0.5 * 1e9 * seconds / steps
