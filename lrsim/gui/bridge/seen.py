"""What follows the session only while somebody can see it."""

from __future__ import annotations

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from lrsim.session.snapshot import Snapshot


class WhenSeen(QWidget):
    """Shows newer states while it is in sight, and the newest as soon as it is; who makes it sets `_snapshot`."""

    _snapshot: Snapshot

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show a newer state, at once or once it is seen."""
        self._snapshot = snapshot
        if self.isVisible():
            self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def refresh(self) -> None:
        """Show the newest state."""
        raise NotImplementedError
