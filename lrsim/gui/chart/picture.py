"""What every picture has: a hand that drags, zooms and points, keys, a menu, and ways out as picture and as table."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QMenu, QToolTip, QWidget

from lrsim.charts.look import CORNER_PX
from lrsim.gui.chart import export
from lrsim.gui.chart.frame import Fonts
from lrsim.gui.look.theme import Theme, ThemeSource

ZOOM_PER_NOTCH = 1.25
NOTCH = 120
DRAG_FROM_PX = 4
SLIDE_PER_NOTCH = 0.1
"""Share of what is seen by which a wheel that is turned sideways moves it."""


class Picture(QWidget):
    """A widget that is looked at, moved by hand, copied and saved.

    A subclass draws itself (`paintEvent`, `draw_exported`), tells its numbers (`csv`), and says what the hand does:
    `zoom_at`, `drag`, `slide`, `show_all`, `click`, `double_click`, `pointer_moved`.
    """

    ZOOMS = True
    """Whether there is more to see than what is seen at first."""

    def __init__(self, themes: ThemeSource, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = themes.theme
        self.fonts = Fonts(themes.theme)
        self.title = title
        self.pointer: QPointF | None = None
        self._pressed_at: QPointF | None = None
        self._takes = False
        self._dragged_to: QPointF | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(self.tr("Picture: {0}").format(title) if title else "")
        themes.changed.connect(self._set_theme)

    # --- what a subclass says

    def contains(self, at: QPointF) -> bool:
        """Whether a place belongs to what is drawn, rather than to what stands around it."""
        return True

    def middle(self) -> QPointF:
        """Where keys zoom."""
        return QRectF(self.rect()).center()

    def zoom_at(self, factor: float, at: QPointF) -> None:
        """Show `factor` times as much, keeping what is at a place there."""

    def drag(self, before: QPointF, now: QPointF) -> None:
        """What was at `before` is held by the hand, which is at `now`."""

    def take(self, at: QPointF) -> bool:
        """Whether there is something at a place that the hand can move, rather than the picture; it holds it then."""
        return False

    def carry(self, at: QPointF) -> None:
        """What was taken is held by the hand at a place."""

    def put_down(self, at: QPointF | None) -> None:
        """The hand lets go of what it took at a place; None: it was not moved, or is to be where it was."""

    def slide(self, share: float) -> None:
        """Move sideways by a share of what is seen."""

    def show_all(self) -> None:
        """Show everything there is."""

    def click(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """The picture was clicked, not dragged."""

    def double_click(self, at: QPointF) -> None:
        """The picture was double-clicked."""
        self.show_all()

    def pointer_moved(self) -> None:
        """The pointer is somewhere else in the picture, or has left it."""

    def hint(self) -> str:
        """What the hand can do here."""
        return self.tr("The wheel zooms, dragging moves, a double click shows all.")

    def add_actions(self, menu: QMenu, at: QPointF | None) -> None:
        """Add what only this picture offers to its context menu, opened at a place."""

    def csv(self) -> str:
        """What is shown, as CSV, with all digits."""
        raise NotImplementedError

    def draw_exported(self, painter: QPainter, size: QSize) -> None:
        """Draw at a size, without buttons and pointer."""
        raise NotImplementedError

    # --- drawing

    def _set_theme(self, theme: Theme) -> None:
        """Change colours and sizes."""
        self.theme = theme
        self.fonts = Fonts(theme)
        self.update()

    def draw_focus(self, painter: QPainter) -> None:
        """A frame around all where the keyboard is here."""
        if self.hasFocus():
            painter.setPen(QPen(QColor(self.theme.text), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), CORNER_PX, CORNER_PX)

    # --- the hand

    @property
    def pressed(self) -> bool:
        """Whether the hand holds the picture."""
        return self._pressed_at is not None

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned, sideways = event.angleDelta().y() / NOTCH, event.angleDelta().x() / NOTCH
        if turned:
            self.zoom_at(ZOOM_PER_NOTCH**-turned, event.position())
        elif sideways:
            self.slide(-SLIDE_PER_NOTCH * sideways)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed_at, self._dragged_to = event.position(), None
            self._takes = self.take(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._pressed_at is not None and (self.ZOOMS or self._takes):
            if self._dragged_to is None and (at - self._pressed_at).manhattanLength() >= DRAG_FROM_PX:
                self._dragged_to = self._pressed_at
                self.setCursor(Qt.CursorShape.ClosedHandCursor)
            if self._dragged_to is not None and self._takes:
                self.carry(at)
            elif self._dragged_to is not None:
                self.drag(self._dragged_to, at)
                self._dragged_to = at
        self._point_at(at if self.contains(at) else None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._pressed_at is None:
            return
        dragged = self._dragged_to is not None
        self._pressed_at = self._dragged_to = None
        self.unsetCursor()
        self._let_go(event.position() if dragged and self.contains(event.position()) else None)
        if not dragged and self.contains(event.position()):
            self.click(event.position(), event.modifiers())

    def _let_go(self, at: QPointF | None) -> None:
        if self._takes:
            self._takes = False
            self.put_down(at)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed_at = None
            self._let_go(None)
            self.double_click(event.position())

    def leaveEvent(self, event: QEvent) -> None:
        self._point_at(None)

    def _point_at(self, at: QPointF | None) -> None:
        if at != self.pointer:
            self.pointer = at
            self.pointer_moved()
            self.update()

    def in_words(self) -> str:
        """What is seen, for those who read it; here what a hand can do with it."""
        return self.hint()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.setAccessibleDescription(self.in_words())
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, middle = event.key(), self.middle()
        if self.ZOOMS and key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_at(1 / ZOOM_PER_NOTCH, middle)
        elif self.ZOOMS and key == Qt.Key.Key_Minus:
            self.zoom_at(ZOOM_PER_NOTCH, middle)
        elif self.ZOOMS and key == Qt.Key.Key_0:
            self.show_all()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and not self.contains(QPointF(event.pos())):
            QToolTip.showText(event.globalPos(), self.hint(), self)
            return True
        return super().event(event)

    # --- the context menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        at = QPointF(event.pos())
        menu = self.make_menu(at if self.contains(at) else None)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def make_menu(self, at: QPointF | None = None) -> QMenu:
        """The context menu for a place in the picture."""
        menu = QMenu(self)
        if self.ZOOMS:
            menu.addAction(self.tr("Show all\tDouble click")).triggered.connect(self.show_all)
        self.add_actions(menu, at)
        menu.addSeparator()
        menu.addAction(self.tr("Copy data as CSV")).triggered.connect(self.copy_csv)
        save = menu.addAction(self.tr("Save image\u2026"))
        save.triggered.connect(lambda: export.ask_and_save(self, self.save_image))
        return menu

    def copy_csv(self) -> None:
        """Put what is shown on the clipboard, with all digits."""
        QGuiApplication.clipboard().setText(self.csv())

    def save_image(self, path: Path) -> None:
        """Write the picture as PNG or SVG, by the name's ending; ExperimentError or OSError where that fails."""
        export.save_image(self, path, self.size(), self.theme.background, self.title or self.accessibleName())
