"""What lies over the image of a plane: segments between places of the scene, and drawings in pixels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from lrsim.common.numbers import Floats


class Segments(QGraphicsItem):
    """Segments with a pen whose width is in pixels, whatever is zoomed."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[QLineF] = []
        self._pen = QPen()
        self._smooth = False
        self._box = QRectF()

    def set_ends(self, ends: Floats, pen: QPen, *, smooth: bool) -> None:
        """Draw segments of shape (n, 4), both ends as x, y, x, y; those without finite ends are left out."""
        self.prepareGeometryChange()
        ends = ends[np.isfinite(ends).all(axis=1)]
        self._lines = [QLineF(*line) for line in ends.tolist()]
        self._pen, self._smooth = QPen(pen), smooth
        self._pen.setCosmetic(True)
        self._box = QRectF()
        if len(ends):
            points = ends.reshape(-1, 2)
            self._box = QRectF(QPointF(*points.min(axis=0).tolist()), QPointF(*points.max(axis=0).tolist()))

    def boundingRect(self) -> QRectF:
        return self._box

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setPen(self._pen)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, self._smooth)
        painter.drawLines(self._lines)


class Layer(QGraphicsItem):
    """Drawn in pixels of the widget whose `area` the scene fills."""

    def __init__(
        self, parent: QGraphicsItem, area: Callable[[], QRectF], draw: Callable[[QPainter], None], z: int
    ) -> None:
        super().__init__(parent)
        self._area, self._draw = area, draw
        self.setZValue(z)

    def boundingRect(self) -> QRectF:
        return QRectF(QPointF(0, 0), self._area().size())

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.translate(-self._area().topLeft())
        self._draw(painter)
