"""Makes sketches aside and keeps them: reading data may take long, and no window waits for a small picture."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Hashable

from PySide6.QtCore import QObject, QTimer, Signal

from lrsim.gui.panels.sketches.sketch import Sketch

LOOK_MS = 30

log = logging.getLogger(__name__)

Make = Callable[[bool], Sketch | None]
"""Makes a sketch; asked to be quick, one that takes long answers None and is asked again where nobody waits for it."""


class Line:
    """Work done one after the other by a thread that ends when there is none left."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._guard = threading.Lock()  # held while work changes hands
        self._waiting: deque[Callable[[], None]] = deque()
        self._working = False

    def put(self, work: Callable[[], None]) -> None:
        """Do this after all that was put here before."""
        with self._guard:
            self._waiting.append(work)
            begin, self._working = not self._working, True
        if begin:
            threading.Thread(target=self._work, name=self._name, daemon=True).start()

    def _work(self) -> None:
        while True:
            with self._guard:
                if not self._waiting:
                    self._working = False
                    return
                work = self._waiting.popleft()
            work()


class Supply(QObject):
    """Sketches by key; each is made once, those that take long in a line of their own.

    Signals
    -------
    arrived()
        There are more of them.
    """

    arrived = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._made: dict[Hashable, Sketch] = {}
        self._asked: set[Hashable] = set()
        self._seen = 0
        self._quick, self._slow = Line("lrsim-sketches"), Line("lrsim-slow-sketches")
        self._timer = QTimer(self)  # looked at, not told: a thread must not meet an object that is being deleted
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)

    def get(self, key: Hashable, make: Make) -> Sketch | None:
        """The sketch of this key; None while it is still being made."""
        if key not in self._asked:
            self._asked.add(key)
            made, slow = self._made, self._slow
            self._quick.put(lambda: _make(made, key, make, slow))
            self._timer.start()
        return self._made.get(key)

    def _look(self) -> None:
        made = len(self._made)
        if made == len(self._asked):
            self._timer.stop()
        if made != self._seen:
            self._seen = made
            self.arrived.emit()


def _make(made: dict[Hashable, Sketch], key: Hashable, make: Make, slow: Line | None) -> None:
    """Make a sketch, or leave it to the line of those that take long."""
    try:
        sketch = make(slow is not None)
    except Exception:  # a picture that fails must not take the others with it
        log.exception("no sketch of %s", key)
        sketch = Sketch()
    if sketch is None and slow is not None:
        slow.put(lambda: _make(made, key, make, None))
    else:
        made[key] = sketch or Sketch()
