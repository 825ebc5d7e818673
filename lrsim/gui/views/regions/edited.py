"""The picture of two inputs with samples that a hand adds, moves and takes away."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QAction, QColor, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QMenu

from lrsim.gui.chart.strokes import marker_size
from lrsim.gui.views.regions.hand_points import HandPoints, rounded
from lrsim.gui.views.regions.plot import RegionsPlot


class EditedRegions(RegionsPlot):
    """Takes clicks and drags for the samples while `by_hand` is checked; `hand` makes of them what is asked for."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.hand = HandPoints(self)
        self.by_hand = QAction(self.tr("Edit points"), self)
        self.by_hand.setCheckable(True)
        self.by_hand.setToolTip(
            self.tr(
                "A click adds a point of the chosen class, dragging one moves it, Delete takes the one under the "
                "pointer away; each starts a new run, undo brings this one back"
            )
        )
        self._held: int | None = None

    @property
    def edits(self) -> bool:
        """Whether a click adds a point and dragging one moves it."""
        return self.by_hand.isChecked() and self.hand.possible

    def _place_of(self, at: QPointF) -> tuple[float, float]:
        """Both inputs at a place, as fine as a hand can mean them."""
        (x, y), seen = (self.x_at(at.x()), self.y_at(at.y())), self._seen
        return rounded(x, np.array(seen[0])), rounded(y, np.array(seen[1]))

    @property
    def switches(self) -> tuple[QAction, ...]:
        return (*super().switches, self.by_hand) if self.hand.possible else super().switches

    def add_actions(self, menu: QMenu, at: QPointF | None) -> None:
        super().add_actions(menu, at)
        near = None if at is None else self._near(at)
        if near is not None and self.hand.possible:
            menu.addSeparator()
            menu.addAction(self.tr("Remove this point")).triggered.connect(lambda: self.hand.remove(near.number))

    def click(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        if self.edits and self._near(at) is None:
            self.hand.add(*self._place_of(at))

    def double_click(self, at: QPointF) -> None:
        if self.edits:  # the second of two points
            self.click(at, Qt.KeyboardModifier.NoModifier)
        else:
            super().double_click(at)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if self.edits and event.button() == Qt.MouseButton.LeftButton and self.contains(event.position()):
            near = self._near(event.position())
            self._held = None if near is None else near.number

    def drag(self, before: QPointF, now: QPointF) -> None:
        if self._held is None:
            super().drag(before, now)
        else:
            self.update()  # it is drawn under the pointer

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        held, self._held = self._held, None
        dragged = self._dragged_to is not None
        super().mouseReleaseEvent(event)
        if held is not None and dragged and event.button() == Qt.MouseButton.LeftButton:
            self.hand.move(held, *self._place_of(self._inside(event.position())))

    def _inside(self, at: QPointF) -> QPointF:
        """The nearest place in the plane."""
        area = self.area
        return QPointF(min(max(at.x(), area.left()), area.right()), min(max(at.y(), area.top()), area.bottom()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        near = None if self.pointer is None or not self.edits else self._near(self.pointer)
        if near is not None and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.hand.remove(near.number)
        else:
            super().keyPressEvent(event)

    def hint(self) -> str:
        return self.by_hand.toolTip() if self.edits else super().hint()

    def draw_marks(self, painter: QPainter) -> None:
        super().draw_marks(painter)
        if self._held is not None and self.pointer is not None:
            size = 2 * marker_size(self.theme)
            painter.setPen(QPen(QColor(self.theme.text), max(self.theme.line_width, 2)))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(self._inside(self.pointer), size, size)
