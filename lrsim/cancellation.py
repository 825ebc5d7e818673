"""A flag that tells runs to stop, in this process and in the processes that it started."""

from __future__ import annotations

import threading
from typing import Protocol


class Event(Protocol):
    """What `threading.Event` and multiprocessing's have in common."""

    def set(self) -> None: ...

    def is_set(self) -> bool: ...


_inherited: Event = threading.Event()


class Cancellation:
    """Set once by who started the runs, asked by the runs.

    Sent to another process it becomes a view of the event that `inherit` was given there, or of one that is never set.
    """

    def __init__(self, event: Event | None = None) -> None:
        self._event = threading.Event() if event is None else event

    def set(self) -> None:
        """Ask for the end; there is no way back."""
        self._event.set()

    def is_set(self) -> bool:
        """Whether the end was asked for."""
        return self._event.is_set()

    def __reduce__(self) -> tuple[object, tuple[()]]:
        return _of_this_process, ()


def inherit(event: Event) -> None:
    """Let the cancellations that reach this process look at `event`."""
    global _inherited
    _inherited = event


def _of_this_process() -> Cancellation:
    return Cancellation(_inherited)
