"""A sheet over the window that takes the keyboard while it is open and gives it back."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from lrsim.gui.bridge.alive import alive
from lrsim.gui.look import icons
from lrsim.gui.look.dress import catch_up
from lrsim.gui.look.theme import Theme, ThemeSource

TOP = 72


class Overlay(QFrame):
    """A frame near the top of `host`; Escape closes it.

    Signals
    -------
    shown_changed()
        It was opened or closed.
    """

    shown_changed = Signal()

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
        catch_up(self)
        self.place()
        self.show()
        self.place()  # by the measures that it has in its dress
        self.raise_()
        self.setFocus(Qt.FocusReason.PopupFocusReason)
        self.shown_changed.emit()

    def heading(self, title: str, themes: ThemeSource) -> QHBoxLayout:
        """A row with a title and a button that closes the sheet."""
        words = QLabel(title, self)
        words.setProperty("role", "title")
        close = QToolButton(self)
        close.setProperty("role", "quiet")
        close.setAccessibleName(self.tr("Close: {0}").format(title))
        close.setToolTip(self.tr("Closes this sheet (Esc)"))
        close.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        close.clicked.connect(self.hide)

        def dress(theme: Theme) -> None:
            close.setIcon(icons.icon("close", theme.muted, theme.line, self.devicePixelRatioF()))
            close.setIconSize(QSize(theme.base_px, theme.base_px))

        themes.follow(dress)
        row = QHBoxLayout()
        row.addWidget(words, 1)
        row.addWidget(close)
        return row

    def place(self) -> None:
        """Centre it below the top of the window, within the window."""
        host = self._host
        hint = self.sizeHint()
        width = min(hint.width(), host.width() - 32)
        wanted = max(self.heightForWidth(width), hint.height())  # wrapped sentences ask for it by the width
        height = min(wanted, host.height() - TOP - 16)
        self.setGeometry((host.width() - width) // 2, TOP, width, height)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        back, self._returns_to = alive(self._returns_to), None
        self.shown_changed.emit()
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
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest and self.isVisible():  # what is in it has another size
            self.place()
        return done
