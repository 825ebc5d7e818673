"""The bars of the window: what stands above the views, and the strip below them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QMainWindow, QToolBar, QVBoxLayout, QWidget


class Bars:
    """Holds the parts of both bars, each in a row of its own, in a window."""

    def __init__(self, window: QMainWindow, above: Sequence[QWidget], below: Sequence[QWidget]) -> None:
        self._parts = (*above, *below)
        self._head = QWidget(window)
        rows = QVBoxLayout(self._head)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        for part in above:
            rows.addWidget(part)
        window.setMenuWidget(self._head)
        self._strip = QFrame()
        self._strip.setObjectName("strip")
        column = QVBoxLayout(self._strip)
        column.setContentsMargins(12, 8, 12, 10)
        column.setSpacing(8)
        for part in below:
            column.addWidget(part)
        self.below = QToolBar(window)
        self.below.setObjectName("stripBar")
        self.below.setMovable(False)
        self.below.setFloatable(False)
        self.below.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.below.toggleViewAction().setEnabled(False)
        self.below.addWidget(self._strip)
        window.addToolBar(Qt.ToolBarArea.BottomToolBarArea, self.below)

    def height(self) -> int:
        """Pixels that both take together, as they are now."""
        for bar in (*self._parts, self._head, self._strip):  # from the inside out
            if (layout := bar.layout()) is not None:
                layout.activate()
        return self._head.sizeHint().height() + self._strip.sizeHint().height()

    def least(self) -> QSize:
        """The smallest window that shows both."""
        both = QSize(self._head.minimumSizeHint().width(), self.height())
        return both.expandedTo(self._strip.minimumSizeHint())
