"""What conditions and watches share: fields in which one is written, and the list of those that there are."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from lrsim.debugger.conditions.refusal import Refused
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.bridge.seen import WhenSeen
from lrsim.gui.widgets.entry import Entry
from lrsim.gui.widgets.scroll_column import Tall
from lrsim.session.snapshot import Refusal, Snapshot

NUMBER = Qt.ItemDataRole.UserRole
TEXT = 0
"""The column of what was written, which also has its number."""


class WrittenList(WhenSeen):
    """A panel with an `entry` and a `list`; who makes these calls `watch_over` once they are there."""

    entry: Entry
    list: QTreeWidget

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = bridge.session
        self._snapshot = bridge.reader.snapshot()
        self._asked: deque[int] = deque()

    def scrolled(self) -> QWidget:
        """All of the panel, to be filled; it scrolls where there is too little height."""
        content = QWidget(self)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(Tall(content, self))
        return content

    def watch_over(self, bridge: Bridge) -> None:
        """Follow the session from now on, and let Delete take the chosen one away."""
        self.list.installEventFilter(self)
        bridge.changed.connect(self.show_snapshot)

    def ask(self, command: int) -> None:
        """What was written was sent; the fields wait for the answer."""
        self._asked.append(command)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show a newer state, and answers to what was asked."""
        while self._asked and self._asked[0] <= snapshot.acknowledged:
            refusal = snapshot.refusal(self._asked.popleft())
            if refusal is None:
                self.entry.clear()
            else:
                self._complain(refusal)
        super().show_snapshot(snapshot)

    def remove_chosen(self) -> None:
        """Take the chosen one away."""
        raise NotImplementedError

    def _complain(self, refusal: Refusal) -> None:
        cause = None if refusal.error is None else refusal.error.__cause__
        if isinstance(cause, Refused):
            self.entry.complain(cause.why, cause.text, cause.at)
        else:
            self.entry.complain(refusal.why, "", 0)

    def chosen(self) -> int | None:
        """Number of the one that is chosen in the list."""
        item = self.list.currentItem()
        return None if item is None else item.data(TEXT, NUMBER)

    def rows(self) -> Sequence[QTreeWidgetItem]:
        """Of the list, from the top."""
        found = (self.list.topLevelItem(row) for row in range(self.list.topLevelItemCount()))
        return [item for item in found if item is not None]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Delete:
            self.remove_chosen()
            return True
        return False
