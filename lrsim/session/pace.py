"""How many steps are due now: at a chosen speed, or as many as fit into a slice of time."""

from __future__ import annotations

import math
import time

BUNDLE_SECONDS = 0.008
"""Steps that come faster than this are taken several at a time: nobody sees that, and what is told after each time
would keep the window from drawing."""
CATCH_UP_SECONDS = 0.1
"""Steps that could not be taken in time are owed for so long, then forgiven."""

SLOWEST_PROPOSED, FASTEST_PROPOSED = 30, 1000
EPOCHS_A_SECOND = 6
"""Of a speed that is proposed, if it can be: within two seconds something is seen to happen."""


def proposed_speed(steps_per_epoch: int) -> float:
    """Steps a second at which a run is pleasant to look at: a round number that follows the length of its epochs."""
    wanted = EPOCHS_A_SECOND * steps_per_epoch
    if wanted <= SLOWEST_PROPOSED:
        return float(SLOWEST_PROPOSED)
    decade = 10 ** math.floor(math.log10(wanted))
    rounded = next(first * decade for first in (1, 2, 5, 10) if first * decade >= wanted)
    return float(min(rounded, FASTEST_PROPOSED))


class Pace:
    """Steps a second (inf: unlimited), and the number of steps that takes about one slice, learned as it goes."""

    def __init__(self, speed: float) -> None:
        self.speed = speed
        self._slice = 1
        self._owed = 0.0
        self._last = 0.0

    def begin(self) -> None:
        """Count from now on; nothing is owed."""
        self._owed = 0.0
        self._last = time.perf_counter()

    def relearn(self) -> None:
        """Forget how long steps take: another model is trained."""
        self._slice = 1

    def due(self, unlimited: bool) -> int:
        """Steps to take now, no more than a slice."""
        now = time.perf_counter()
        if unlimited or math.isinf(self.speed):
            self._last = now
            return self._slice
        self._owed += (now - self._last) * self.speed
        self._last = now
        due = min(int(self._owed), self._slice)
        self._owed = min(self._owed - due, max(self.speed * CATCH_UP_SECONDS, 1.0))
        return due

    def delay(self, unlimited: bool) -> float:
        """Seconds until the next step is due."""
        if unlimited or math.isinf(self.speed):
            return 0.0
        return max(0.0, (1 - self._owed) / self.speed, BUNDLE_SECONDS if self.speed * BUNDLE_SECONDS > 1 else 0.0)

    def learn(self, steps: int, took: float, seconds: float) -> None:
        """So many steps took so long: size the next slice to take `seconds`."""
        self._slice = max(1, min(int(steps * seconds / max(took, 1e-6)), 4 * self._slice))
