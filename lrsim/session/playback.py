"""Playing backwards and round, and the way to a step that takes a while to be reached."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

from lrsim.history.branch import Branch
from lrsim.history.tree import History
from lrsim.session.snapshot import Loop, Seeking

SLOW_SECONDS = 0.15
"""A step that takes longer to be reached is gone to a little at a time, and that can be given up."""


def round_of(loop: Loop | None) -> tuple[int, float]:
    """Steps between which playing goes round; the last is inf where it does not."""
    return (0, math.inf) if loop is None or loop.last is None else (loop.first, loop.last)


def back_by(cursor: int, steps: int, loop: Loop | None, fence: int, tip: int) -> tuple[int, bool]:
    """Where playing backwards comes to from a step, and whether it ends there.

    From the first step of a loop it goes to the last one; without a loop it ends at the fence, or at the start.
    """
    first, last = round_of(loop)
    if last < math.inf:
        inside = first < cursor <= last
        return (max(cursor - steps, first) if inside else int(min(last, tip))), False
    floor = fence if fence < cursor else 0
    reached = max(cursor - steps, floor)
    return reached, reached == floor


class Approach:
    """The way to a step, a little at a time; nothing is under way at first."""

    def __init__(self) -> None:
        self._walk: Iterator[float] | None = None
        self._branch: Branch | None = None
        self._step = 0
        self._share = 0.0

    def begin(self, history: History, branch: Branch, step: int) -> bool:
        """Set out for a step; whether that takes so long that it is worth while."""
        if history.replay_seconds(branch, step) <= SLOW_SECONDS:
            return False
        self._walk, self._branch = history.approach(branch, step), branch
        self._step, self._share = step, 0.0
        return True

    @property
    def shown(self) -> Seeking | None:
        """Where it leads, and how far it is."""
        return None if self._walk is None else Seeking(self._step, self._share)

    def leave(self) -> None:
        """Stay where one is."""
        self._walk = None

    def go_on(self, branch: Branch, seconds: float) -> int | None:
        """Go on for about so long; the step once it is reached. It is left once another branch is at hand."""
        if branch is not self._branch:
            self._walk = None
        end = time.perf_counter() + seconds
        while self._walk is not None:
            share = next(self._walk, None)
            if share is None:
                self._walk = None
                return self._step
            self._share = share
            if time.perf_counter() >= end:
                return None
        return None
