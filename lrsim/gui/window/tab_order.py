"""Where Tab leads in the window."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from lrsim.gui.bridge.alive import alive
from lrsim.gui.widgets.overlay import Overlay
from lrsim.gui.widgets.reading_order import go_on, stops
from lrsim.gui.window.loading import LoadingBar
from lrsim.gui.window.notice import Notice

OVER = (Overlay, Notice, LoadingBar)


class TabOrder(QObject):
    """Tab goes through the window as the eye does, from `first` on; within a sheet it stays in the sheet.

    A control that gives the keyboard back to the window, as a field does on Return, is where it goes on from.
    """

    def __init__(self, window: QMainWindow, first: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._first = first
        self._left: QWidget | None = None
        if isinstance(app := QApplication.instance(), QApplication):
            app.focusChanged.connect(self._remember)

    def order(self) -> list[QWidget]:
        """All that Tab stops at, from where the keyboard is."""
        sheet = self._sheet()
        return stops(self._window, OVER) if sheet is None else stops(sheet)

    def walk(self, *, forward: bool) -> bool:
        """On to the next stop, or back to the one before; whether there is one."""
        order = self.order()
        here = QApplication.focusWidget()
        if here not in order and (left := alive(self._left)) in order:
            here = left
        return go_on(order, here, self._first, forward=forward)

    def _sheet(self) -> QWidget | None:
        around = QApplication.focusWidget()
        while around is not None and not isinstance(around, Overlay):
            around = around.parentWidget()
        return around

    def _remember(self, old: QWidget | None, new: QWidget | None) -> None:
        if old is not None and new in (None, self._window):
            self._left = old
