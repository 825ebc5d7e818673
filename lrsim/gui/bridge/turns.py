"""Who is painted in which frame: while training runs, pictures take turns so that every frame stays short."""

from __future__ import annotations

from weakref import WeakKeyDictionary, WeakSet

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from lrsim.gui.bridge.alive import alive
from lrsim.gui.bridge.bridge import Bridge

BUDGET_MS = 2.0
"""Painting that one frame has time for, besides the controls; whoever waits longest goes first."""
NEWEST_SHARE = 0.2
"""Weight of the newest measurement of how long a picture takes."""


class Turns(QObject):
    """Grants pictures their place in the frames of one bridge.

    A picture asks whenever it has something new. It is painted at once while there is time left in the frame,
    otherwise first thing in one of the next; nothing newer is shown until all have been painted, so that they and all
    numbers around them are of one moment.
    """

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self._costs: WeakKeyDictionary[QWidget, float] = WeakKeyDictionary()
        self._waiting: list[QWidget] = []
        self._granted: WeakSet[QWidget] = WeakSet()
        self._spent = 0.0
        self._bridge = bridge
        bridge.frame.connect(self._begin_frame)

    @classmethod
    def of(cls, bridge: Bridge) -> Turns:
        """The turns of a bridge, made when first asked for; ask before connecting to `Bridge.changed`."""
        found = bridge.findChild(cls)
        return cls(bridge) if found is None else found

    def ask(self, picture: QWidget, *, at_once: bool = False) -> None:
        """Update the picture in this frame if there is time, else in a later one.

        One that says which step it shows is drawn `at_once`, together with the count of steps.
        """
        if picture in self._granted or picture in self._waiting:
            return
        if not self._grant(picture, at_once):
            self._waiting.append(picture)

    def took(self, picture: QWidget, milliseconds: float) -> None:
        """Tell how long the picture took to paint."""
        known = self._costs.get(picture, milliseconds)
        self._costs[picture] = known + NEWEST_SHARE * (milliseconds - known)

    def _begin_frame(self) -> None:
        self._granted.clear()
        self._spent = 0.0
        waiting, self._waiting = self._waiting, []
        for picture in filter(alive, waiting):
            self.ask(picture)
        if self._waiting:
            self._bridge.hold()

    def _grant(self, picture: QWidget, at_once: bool) -> bool:
        cost = self._costs.get(picture, 0.0)
        if not at_once and self._spent and self._spent + cost > BUDGET_MS:
            return False
        self._spent += cost
        self._granted.add(picture)
        picture.update()
        return True
