"""The title of a dock: its name and two small buttons."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QToolButton, QWidget

from lrsim.gui import icons
from lrsim.gui.theme import PADDING_PX, Theme


class DockTitle(QWidget):
    """Drag it to move the panel; the buttons take it out of the window and fold it away."""

    def __init__(self, dock: QDockWidget, theme: Theme) -> None:
        super().__init__(dock)
        self._label = QLabel(dock.windowTitle(), self)
        self._label.setProperty("role", "title")
        self._float = self._button(self.tr("Takes the panel out of the window or puts it back"), self.tr("Float"))
        self._float.clicked.connect(lambda: dock.setFloating(not dock.isFloating()))
        self._close = self._button(self.tr("Folds the panel away; the menu and Ctrl+K bring it back"), self.tr("Fold"))
        self._close.clicked.connect(dock.close)
        row = QHBoxLayout(self)
        row.setContentsMargins(PADDING_PX, 6, 6, 4)
        row.setSpacing(2)
        row.addWidget(self._label, 1)
        row.addWidget(self._float)
        row.addWidget(self._close)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        for button, drawing in ((self._float, "float"), (self._close, "close")):
            button.setIcon(icons.icon(drawing, theme.muted, theme.line, self.devicePixelRatioF()))
            button.setIconSize(QSize(theme.base_px, theme.base_px))

    def _button(self, tip: str, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setProperty("role", "quiet")
        button.setToolTip(tip)
        button.setAccessibleName(name)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button
