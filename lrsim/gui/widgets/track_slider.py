"""A slider drawn by hand: a thin groove, a round handle, and marks with words under it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from lrsim.gui.look.theme import Theme, ThemeSource, font

GAP = 10
"""Between two labels."""


class TrackSlider(QSlider):
    """A horizontal slider whose handle jumps to the pointer; `marks` are (position, label) pairs, rising."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme = themes.theme
        self.marks: Sequence[tuple[int, str]] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        themes.changed.connect(self._set_theme)

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.updateGeometry()
        self.update()

    def handle_colour(self) -> str:
        """The colour of the handle."""
        return self._theme.text

    def sizeHint(self) -> QSize:
        labels = QFontMetrics(self._label_font()).height() if self.marks else 0
        return QSize(160, 2 * (self._radius() + 3 + labels))

    def minimumSizeHint(self) -> QSize:
        return QSize(90, self.sizeHint().height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self._follow(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self._follow(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # a wheel turned in passing must not change the training

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_groove(painter)
        self._paint_marks(painter)
        self._paint_handle(painter)

    def _radius(self) -> int:
        return max(7, round(self._theme.base_px * 0.55))

    def _groove(self) -> QRectF:
        """The line that the handle's centre runs on, as a rectangle of the groove's thickness."""
        thickness = max(4.0, self._theme.base_px * 0.28)
        inset = self._radius() + 2
        return QRectF(inset, (self.height() - thickness) / 2, self.width() - 2 * inset, thickness)

    def _label_font(self) -> QFont:
        return font(self._theme, self._theme.small_px)

    def _x_of(self, position: int) -> float:
        groove = self._groove()
        share = (position - self.minimum()) / (self.maximum() - self.minimum())
        return groove.left() + share * groove.width()

    def _follow(self, event: QMouseEvent) -> None:
        groove = self._groove()
        share = (event.position().x() - groove.left()) / max(groove.width(), 1.0)
        self.setValue(round(self.minimum() + min(max(share, 0.0), 1.0) * (self.maximum() - self.minimum())))

    def _paint_groove(self, painter: QPainter) -> None:
        groove = self._groove()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.line))
        painter.drawRoundedRect(groove, groove.height() / 2, groove.height() / 2)

    def _paint_marks(self, painter: QPainter) -> None:
        groove = self._groove()
        painter.setFont(self._label_font())
        metrics = QFontMetrics(painter.font())
        top = groove.center().y() + self._radius() + 2
        labelled = self._labelled(metrics)
        for position, label in self.marks:
            x = self._x_of(position)
            painter.setPen(QPen(QColor(self._theme.muted), 1))
            painter.drawLine(QPointF(x, groove.bottom() + 2), QPointF(x, groove.bottom() + 6))
            if position in labelled:
                room = QRectF(labelled[position], top, metrics.horizontalAdvance(label) + 1, metrics.height())
                painter.drawText(room, Qt.AlignmentFlag.AlignCenter, label)

    def _labelled(self, metrics: QFontMetrics) -> dict[int, float]:
        """The left edges of the labels at every so manieth mark, so many that none runs into another."""
        for stride in range(1, len(self.marks) + 1):
            places, free = {}, -math.inf
            for position, label in self.marks[::stride]:
                width = metrics.horizontalAdvance(label)
                places[position] = min(max(self._x_of(position) - width / 2, 0.0), float(self.width() - width))
                if places[position] < free:
                    break
                free = places[position] + width + GAP
            else:
                return places
        return {}

    def _paint_handle(self, painter: QPainter) -> None:
        centre = QPointF(self._x_of(self.value()), self._groove().center().y())
        radius = self._radius() - 1
        colour = QColor(self.handle_colour() if self.isEnabled() else self._theme.muted)
        painter.setPen(QPen(QColor(self._theme.surface), 2))
        painter.setBrush(colour)
        painter.drawEllipse(centre, radius, radius)
        if self.hasFocus():
            painter.setPen(QPen(QColor(self._theme.text), 1, Qt.PenStyle.DotLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(centre, radius + 2, radius + 2)
