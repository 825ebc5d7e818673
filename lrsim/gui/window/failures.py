"""Errors that nobody expected: written to the log and told in words, never lost."""

from __future__ import annotations

import logging
import signal
import socket
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

import platformdirs
from PySide6.QtCore import QObject, QSocketNotifier, Signal

log = logging.getLogger("lrsim.gui")

LOG_BYTES = 1 << 20


def log_file() -> Path:
    """Where the log is kept."""
    return platformdirs.user_log_path("lrsim", appauthor=False) / "lrsim.log"


def start_log() -> None:
    """Write warnings and errors to a file too, where the folder allows it."""
    path = log_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(path, maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8", delay=True)
    except OSError as error:
        log.warning("no log file: %s", error)
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger("lrsim")
    root.addHandler(handler)
    if not any(type(known) is logging.StreamHandler for known in root.handlers):
        root.addHandler(logging.StreamHandler(sys.stderr))


def stop_log() -> None:
    """Close the log."""
    root = logging.getLogger("lrsim")
    for handler in list(root.handlers):
        root.removeHandler(handler)
        handler.close()


class Failures(QObject):
    """Takes over `sys.excepthook` while it is installed: whatever a slot or a guarded override raises comes here.

    What fails again and again at the same place, as a picture may at every frame, is logged ever more seldom.

    Signals
    -------
    happened(str)
        One sentence for people.
    """

    happened = Signal(str)

    def install(self) -> None:
        """Begin to take what is raised."""
        self._times: Counter[tuple[str, str, int]] = Counter()
        self._before = sys.excepthook
        sys.excepthook = self.take

    def remove(self) -> None:
        """Give `sys.excepthook` back."""
        sys.excepthook = self._before

    def take(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Log an exception and tell it."""
        if issubclass(kind, KeyboardInterrupt):
            self._before(kind, error, trace)
            return
        place = _place(kind, trace)
        self._times[place] += 1
        times = self._times[place]
        if times & (times - 1) == 0:  # 1, 2, 4, 8 ...
            log.error("unexpected error, time %d", times, exc_info=(kind, error, trace))
        text = self.tr("Something went wrong here ({0}: {1}). The run is kept; details are in {2}.")
        self.happened.emit(text.format(kind.__name__, error, log_file()))


def _place(kind: type[BaseException], trace: TracebackType | None) -> tuple[str, str, int]:
    """What was raised, in which file and line."""
    frames = list(traceback.walk_tb(trace))
    file, line = (frames[-1][0].f_code.co_filename, frames[-1][1]) if frames else ("", 0)
    return kind.__name__, file, line


class Interrupt(QObject):
    """While it exists an interrupt calls `close` in the event loop; `caught` tells whether there was one."""

    def __init__(self, close: Callable[[], object]) -> None:
        super().__init__()
        self._close = close
        self.caught = False
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._notifier = QSocketNotifier(self._reader.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._woken)
        self._wakeup_before = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._handler_before = signal.signal(signal.SIGINT, self._note)

    def remove(self) -> None:
        """Give the signal back to those who had it."""
        signal.signal(signal.SIGINT, self._handler_before)
        signal.set_wakeup_fd(self._wakeup_before)
        self._notifier.setEnabled(False)
        self._reader.close()
        self._writer.close()

    def _note(self, *_: object) -> None:
        self.caught = True

    def _woken(self) -> None:
        self._reader.recv(64)
        if self.caught:
            self._close()
