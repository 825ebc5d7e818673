"""The window's garbage is collected by the window's thread alone.

Python looks for cycles in whichever thread happens to allocate next. A widget among them would be taken down by a
thread that trains or draws a sketch, which Qt does not survive.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

LOOK_MS = 1000


class Garbage(QObject):
    """Collects in the thread of its event loop, by the thresholds of Python, until it leaves that to Python again."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(collect)
        self._timer.start()

    def release(self) -> None:
        """Leave it to Python again."""
        self._timer.stop()
        gc.enable()


def collect() -> None:
    """Collect the oldest generation that Python would have collected by now."""
    for generation, (count, threshold) in reversed([*enumerate(zip(gc.get_count(), gc.get_threshold()))]):
        if count > threshold > 0:
            gc.collect(generation)
            return
