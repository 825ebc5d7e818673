"""What is said of the place where a session stands, made anew as often as the time that it takes allows."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from lrsim.session.snapshot import Place

T = TypeVar("T")


class Told(Generic[T]):
    """Something made from a place, and anew from the next one once it is due.

    Parameters
    ----------
    make
        Makes it.
    place
        What it is made from at first.
    least
        Seconds from one time to the next, at least.
    share
        It takes one part in so many of the time.

    Attributes
    ----------
    value
        As it was made last.
    place
        What it was made from then.
    interval
        Seconds from one time to the next, as long as it took the last time.
    """

    def __init__(self, make: Callable[[Place], T], place: Place, least: float, share: float) -> None:
        self._make = make
        self._least = least
        self._share = share
        self.place = place
        self._next = -math.inf
        self.value = make(place)
        self.interval = least

    def is_of(self, place: Place) -> bool:
        """Whether it was made from this place."""
        return self.place.branch is place.branch and self.place.step == place.step

    def hurry(self) -> None:
        """Make it anew the next time, also from the same place."""
        self._next = -math.inf

    def left(self) -> float:
        """Seconds until it is due."""
        return max(self._next - time.perf_counter(), 0.0)

    def follow(self, place: Place, *, idle: bool = False) -> bool:
        """Make it anew if it is due; True if it was. While the worker is `idle` in between, it may take all that time.

        At rest a place is told once and for all, so nothing is due there until `hurry`.
        """
        if self.left() or (self.is_of(place) and self._next != -math.inf):
            return False
        began, busy = time.perf_counter(), time.thread_time()
        self.value, self.place = self._make(place), place
        took = time.thread_time() - busy  # of this thread alone: the window's drawing is no cost of what is told
        self.interval = max(self._least, (1.0 if idle else self._share) * took)
        self._next = began + self.interval
        return True
