"""Networks are evaluated on the spot where that is little work, else beside the window."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, Signal

from lrsim.common.numbers import Floats
from lrsim.gui.bridge.bridge import Bridge
from lrsim.session.reader import SessionReader
from lrsim.session.snapshot import Snapshot

LITTLE = 40_000_000
"""Multiplications that the window itself may take time for: some milliseconds."""
LEAST_ROWS = 16
"""So many rows take about as long as one: all weights are read for it."""
PIECE = 200_000_000
"""Multiplications between two looks at whether the answer is still wanted."""

log = logging.getLogger(__name__)


class _Left(Exception):
    """The window is closing."""


class _Request:
    """What is to be worked out for whom, and what becomes of it."""

    def __init__(
        self, asker: QObject, work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[str], None]
    ) -> None:
        self.asker, self.work, self.done, self.failed = asker, work, done, failed


class Evaluator(QObject):
    """Works for pictures, one request after the other, in a thread that lives as long as there is something to do.

    Of several requests of one asker that wait the newest counts; one that is under way is answered, so that a picture
    that asks faster than it can be answered still moves.
    """

    _answered = Signal(object, object)

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self._bridge = bridge
        self._guard = threading.Lock()  # of the two below
        self._waiting: dict[int, _Request] = {}
        self._working: _Request | None = None
        self._answered.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    @classmethod
    def of(cls, bridge: Bridge) -> Evaluator:
        """The one of a bridge, made when first asked for."""
        found = bridge.findChild(cls)
        return cls(bridge) if found is None else found

    @staticmethod
    def is_little(snapshot: Snapshot, rows: int) -> bool:
        """Whether so many rows may be evaluated on the spot."""
        return rows_within(snapshot, LITTLE) >= rows > 0

    def ask(
        self, asker: QObject, work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[str], None]
    ) -> None:
        """Have something worked out.

        Parameters
        ----------
        asker
            Whose request it is; one that still waits lapses.
        work
            Called in another thread.
        done
            Gets what came of it, in the window's thread.
        failed
            Gets a sentence instead, where there was no memory for it.
        """
        with self._guard:
            self._waiting[id(asker)] = _Request(asker, work, done, failed)
            if self._working is not None:
                return
            self._working = self._waiting.pop(id(asker))
        threading.Thread(target=self._work, name="lrsim-pictures", daemon=True).start()

    def is_asked_by(self, asker: QObject) -> bool:
        """Whether a request of this asker is still to be answered."""
        with self._guard:
            return id(asker) in self._waiting or (self._working is not None and self._working.asker is asker)

    def outputs(self, reader: SessionReader, snapshot: Snapshot, X: NDArray[np.floating[Any]]) -> Floats:
        """Outputs (n, outputs) for inputs (n, inputs), a piece at a time; for use in `work`."""
        piece = max(rows_within(snapshot, PIECE), 1)
        parts = []
        with np.errstate(all="ignore"):
            for start in range(0, len(X), piece):
                if self._bridge.closing:
                    raise _Left
                parts.append(reader.predict(snapshot, X[start : start + piece]).astype(np.float64))
        return np.concatenate(parts)

    def _work(self) -> None:
        request = self._working
        while request is not None and not self._bridge.closing:
            outcome: object
            try:
                outcome = request.work()
            except _Left:
                return
            except Exception as error:
                log.warning("a picture could not be worked out: %s: %s", type(error).__name__, error)
                outcome = error
            try:
                self._answered.emit(request, outcome)
            except RuntimeError:  # the window is gone
                return
            with self._guard:
                oldest = next(iter(self._waiting), None)
                request = self._working = None if oldest is None else self._waiting.pop(oldest)

    def _deliver(self, request: _Request, outcome: object) -> None:
        if self._bridge.closing:
            return
        if isinstance(outcome, MemoryError):
            request.failed(self.tr("There is no memory left to draw this."))
        elif isinstance(outcome, Exception):
            request.failed(self.tr("This could not be drawn ({0}).").format(type(outcome).__name__))
        else:
            request.done(outcome)


def rows_within(snapshot: Snapshot, multiplications: int) -> int:
    """Rows that take no more than so many multiplications; 0 where even one takes more."""
    rows = multiplications // max(len(snapshot.theta), 1)
    return rows if rows >= LEAST_ROWS else 0
