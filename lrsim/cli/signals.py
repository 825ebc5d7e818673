"""How commands end on Ctrl-C, SIGTERM and SIGHUP: in order, with an exit status that names the signal.

While the program loads nothing is under way, and it ends at once. A command is ended by an exception, so that its files
are closed on the way. One that trains asks, keeps what is finished, and ends by itself.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

from lrsim.common.signals import ENDING

SIGNALLED = 128
"""Exit statuses of signals begin here: 130 for Ctrl-C, 143 for SIGTERM, 129 for SIGHUP."""
TEXT = "lrsim: error: interrupted\n"

Handler = Callable[[int, FrameType | None], None]


class Ended(KeyboardInterrupt):
    """A signal has asked for the end."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.status = SIGNALLED + number


class Interruption:
    """Whether the end was asked for, and by which signal."""

    def __init__(self) -> None:
        self._number = 0

    def __call__(self) -> bool:
        return self._number > 0

    @property
    def status(self) -> int:
        """Exit status of a command that was ended so."""
        return SIGNALLED + (self._number or signal.SIGINT)

    def note(self, number: int, frame: FrameType | None) -> None:
        """Handle a signal: the first one asks, one more ends the command."""
        if self._number:
            raise Ended(number)
        self._number = number


def end_at_once() -> None:
    """From now on until something else is said, end without a word from Python."""

    def on_signal(number: int, frame: FrameType | None) -> None:
        with contextlib.suppress(OSError):
            os.write(2, TEXT.encode())
        os._exit(SIGNALLED + number)

    _install(on_signal)


@contextlib.contextmanager
def raised() -> Iterator[None]:
    """Signals are raised as `Ended`, in the main thread."""

    def on_signal(number: int, frame: FrameType | None) -> None:
        raise Ended(number)

    with _handled_by(on_signal):
        yield


@contextlib.contextmanager
def asked() -> Iterator[Interruption]:
    """Signals are noted, for a command that asks whether to go on."""
    interruption = Interruption()
    with _handled_by(interruption.note):
        yield interruption


@contextlib.contextmanager
def left_to_the_system() -> Iterator[None]:
    """Ctrl-C is raised, others end the process: for the window, whose event loop would not let an exception through."""
    with _handled_by(signal.SIG_DFL):
        if _is_main_thread():
            signal.signal(signal.SIGINT, signal.default_int_handler)
        yield


@contextlib.contextmanager
def _handled_by(handler: Handler | signal.Handlers) -> Iterator[None]:
    before = _install(handler)
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)


def _install(handler: Handler | signal.Handlers) -> dict[signal.Signals, Handler | int | None]:
    """What handled them before. A SIGTERM or SIGHUP that is ignored, as under nohup, stays so."""
    if not _is_main_thread():
        return {}
    before = {}
    for number in ENDING:
        former = signal.getsignal(number)
        if number == signal.SIGINT or former != signal.SIG_IGN:
            before[number] = former
            signal.signal(number, handler)
    return before


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
