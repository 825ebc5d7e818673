"""At most one call in a while, and never without the last one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QElapsedTimer, QObject, QTimer

from lrsim.session.snapshot import Snapshot


class Throttle(QObject):
    """Pass values on to `show`, at most one every `interval_ms`; the newest always arrives.

    Parameters
    ----------
    rest
        What takes long is done less often: it is left alone for this many times as long as it took.
    """

    def __init__(self, show: Callable[[Any], None], interval_ms: int, parent: QObject, *, rest: float = 0.0) -> None:
        super().__init__(parent)
        self._show = show
        self._least_ms, self._interval_ms = interval_ms, interval_ms
        self._rest = rest
        self._pending: object = None
        self._since = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._flush)

    def offer(self, value: object) -> None:
        """Show `value` now, or once the interval has passed, unless a newer one comes before."""
        self._pending = value
        if self._timer.isActive():
            return
        elapsed = self._since.elapsed() if self._since.isValid() else self._interval_ms
        if elapsed >= self._interval_ms:
            self._flush()
        else:
            self._timer.start(self._interval_ms - elapsed)

    def flush(self, value: object) -> None:
        """Show `value` now, whatever was pending."""
        self._pending = value
        self._timer.stop()
        self._flush()

    def follow(self, snapshot: Snapshot) -> None:
        """Show a snapshot at a pace that can be read while training runs, at once when it stands still."""
        if snapshot.playing:
            self.offer(snapshot)
        else:
            self.flush(snapshot)

    def _flush(self) -> None:
        self._since.start()
        self._show(self._pending)
        if self._rest:
            self._interval_ms = max(self._least_ms, round(self._rest * self._since.elapsed()))
