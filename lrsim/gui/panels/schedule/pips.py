"""So many of so many: a row of small dots, filled one after another."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from lrsim.gui.look.theme import Theme, ThemeSource

MOST_DOTS = 20
"""More are drawn as a bar."""
BAR_EM = 12


class Pips(QWidget):
    """Dots for what is counted, with the count in words beside them."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = themes.theme
        self._filled, self._total, self._words = 0, 1, ""
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self._set_theme)

    def show_count(self, filled: int, total: int, words: str) -> None:
        """Fill the first of `total` dots; `words` says the same."""
        if (filled, total, words) != (self._filled, self._total, self._words):
            self._filled, self._total, self._words = filled, total, words
            self.setAccessibleName(words)
            self.update()

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(round(self._theme.base_px * 18), round(self._theme.base_px * 1.5))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._theme.muted), max(self._theme.line_width / 2, 1)))
        end = self._draw_dots(painter) if self._total <= MOST_DOTS else self._draw_bar(painter)
        painter.setPen(QColor(self._theme.text))
        room = QRectF(end + 8, 0, self.width() - end - 8, self.height())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), self._words)

    def _draw_dots(self, painter: QPainter) -> float:
        size = round(self._theme.base_px * 0.6)
        apart = size + 3
        for number in range(self._total):
            painter.setBrush(QColor(self._theme.text) if number < self._filled else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(size / 2 + 1 + number * apart, self.height() / 2), size / 2, size / 2)
        return self._total * apart

    def _draw_bar(self, painter: QPainter) -> float:
        height, width = self._theme.base_px * 0.5, BAR_EM * self._theme.base_px
        box = QRectF(1, (self.height() - height) / 2, width, height)
        painter.drawRoundedRect(box, height / 2, height / 2)
        painter.setBrush(QColor(self._theme.text))
        share = min(self._filled / self._total, 1.0)
        painter.drawRoundedRect(QRectF(box.left(), box.top(), width * share, height), height / 2, height / 2)
        return width
