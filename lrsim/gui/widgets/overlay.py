"""A sheet over the window that takes the keyboard while it is open and gives it back."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QWidget

from lrsim.gui.bridge.alive import alive
from lrsim.gui.look.theme import Theme, ThemeSource

TOP = 72


class Overlay(QFrame):
    """A frame near the top of `host`; Escape closes it."""

    def __init__(self, name: str, themes: ThemeSource, host: QWidget) -> None:
        super().__init__(host)
        self._host = host
        self.setObjectName(name)
        self.setProperty("role", "sheet")
        self._theme = themes.theme
        self._returns_to: QWidget | None = None
        self.setAutoFillBackground(True)
        host.installEventFilter(self)
        themes.follow(self._set_theme)
        self.hide()

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme

    def toggle(self) -> None:
        """Open the sheet, or close it."""
        if self.isVisible():
            self.hide()
        else:
            self.open()

    def open(self) -> None:
        """Show it with the keyboard in it."""
        self._returns_to = QApplication.focusWidget()
        self.place()
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def place(self) -> None:
        """Centre it below the top of the window, within the window."""
        host = self._host
        hint = self.sizeHint()
        width = min(hint.width(), host.width() - 32)
        height = min(hint.height(), host.height() - TOP - 16)
        self.setGeometry((host.width() - width) // 2, TOP, width, height)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        back, self._returns_to = alive(self._returns_to), None
        if not self.isAncestorOf(QApplication.focusWidget() or self):
            return  # hidden with its window, or because the keyboard went elsewhere
        target = back if back is not None and back.isVisible() else self._host
        target.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self.place()
        return False

    def event(self, event: QEvent) -> bool:
        # While it is open Escape means this sheet, not the window's own use of the key.
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                self.hide()
                return True
        return super().event(event)
