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
"""Makes a sketch; told that there are others to make first, one that takes long may put it off by None."""


class Supply(QObject):
    """Sketches by key; each is made once, by a thread of its own that ends when there is nothing left to make.

    Signals
    -------
    arrived()
        There are more of them.
    """

    arrived = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._made: dict[Hashable, Sketch] = {}
        self._asked: dict[Hashable, int] = {}  # what was asked for, in order
        self._seen = 0
        self._guard = threading.Lock()  # held while the list of what is to be made changes hands
        self._wanted: deque[tuple[Hashable, Make]] = deque()
        self._working = False
        self._timer = QTimer(self)  # looked at, not told: a thread must not meet an object that is being deleted
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)

    def get(self, key: Hashable, make: Make) -> Sketch | None:
        """The sketch of this key; None while it is still being made."""
        if key not in self._asked:
            self._asked[key] = len(self._asked)
            with self._guard:
                self._wanted.append((key, make))
                begin, self._working = not self._working, True
            if begin:
                threading.Thread(target=self._work, name="lrsim-sketches", daemon=True).start()
            self._timer.start()
        return self._made.get(key)

    def _work(self) -> None:
        put_off: deque[tuple[Hashable, Make]] = deque()
        while True:
            with self._guard:
                others = bool(self._wanted)
                if not others and not put_off:
                    self._working = False
                    return
                key, make = (self._wanted if others else put_off).popleft()
            try:
                sketch = make(others)
                if sketch is None:
                    put_off.append((key, make))
                else:
                    self._made[key] = sketch
            except Exception:  # a picture that fails must not take the others with it
                log.exception("no sketch of %s", key)
                self._made[key] = Sketch()

    def _look(self) -> None:
        made = len(self._made)
        if made == len(self._asked):
            self._timer.stop()
        if made != self._seen:
            self._seen = made
            self.arrived.emit()
