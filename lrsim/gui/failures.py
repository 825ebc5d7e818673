"""Errors that nobody expected: written to the log and told in words, never lost."""

from __future__ import annotations

import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

import platformdirs
from PySide6.QtCore import QObject, Signal

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
    """Takes over `sys.excepthook` while it is installed: Qt sends it whatever a slot raises.

    Signals
    -------
    happened(str)
        One sentence for people.
    """

    happened = Signal(str)

    def install(self) -> None:
        self._before = sys.excepthook
        sys.excepthook = self.take

    def remove(self) -> None:
        sys.excepthook = self._before

    def take(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Log an exception and tell it."""
        if issubclass(kind, KeyboardInterrupt):
            self._before(kind, error, trace)
            return
        log.error("unexpected error", exc_info=(kind, error, trace))
        text = self.tr("Something went wrong here ({0}: {1}). The run is kept; details are in {2}.")
        self.happened.emit(text.format(kind.__name__, error, log_file()))
