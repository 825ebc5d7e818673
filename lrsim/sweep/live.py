"""The runs of a sweep that are under way in this process: how far each got, and its curves until now."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrsim.runs.result import Underway

EVERY_SECONDS = 0.25
"""How often the curves of a run are copied."""
MOST_EPOCHS = 20_000
"""Longer curves are left out until their run is done, as copies of them would hold it up."""


@dataclass(frozen=True, eq=False)
class LiveRun:
    """A run that is not finished.

    Attributes
    ----------
    index
        As in `RunSpec`.
    share
        Of its limit that is done, 0 to 1.
    steps, steps_per_epoch
        Steps done, and steps in an epoch.
    history
        As that of a finished run, over the epochs until now; empty where these are too many.
    """

    index: int
    share: float
    steps: int
    steps_per_epoch: int
    history: dict[str, NDArray[np.float64]]


class LiveRuns:
    """Runs tell it how far they are, anybody may look; sent to another process it is another one, which nobody sees."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: dict[int, LiveRun] = {}
        self._told: dict[int, float] = {}

    def tell(self, index: int, underway: Underway) -> None:
        """Note how far a run is; does nothing when it said so a moment ago."""
        now = time.monotonic()
        with self._lock:
            if now < self._told.get(index, 0.0) + EVERY_SECONDS:
                return
            self._told[index] = now
        share = underway.steps / max(underway.limit, 1)
        short = underway.steps <= MOST_EPOCHS * underway.steps_per_epoch
        history = underway.figures().by_name() if short else {}
        found = LiveRun(index, share, underway.steps, underway.steps_per_epoch, history)
        with self._lock:
            self._runs[index] = found

    def forget(self, index: int) -> None:
        """The run has ended, one way or another."""
        with self._lock:
            self._runs.pop(index, None)
            self._told.pop(index, None)

    def now(self) -> list[LiveRun]:
        """All that are under way, in the order of the grid."""
        with self._lock:
            return [run for _, run in sorted(self._runs.items())]

    def __reduce__(self) -> tuple[type[LiveRuns], tuple[()]]:
        return LiveRuns, ()
