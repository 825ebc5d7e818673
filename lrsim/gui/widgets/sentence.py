"""A sentence on at most two lines; what does not fit is in the tooltip."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QSizePolicy, QWidget

LINES = 2


class Sentence(QWidget):
    """Text that wraps once and is then elided."""

    def __init__(self, colour: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self._colour = colour
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def text(self) -> str:
        return self._text

    def set_text(self, text: str, colour: str) -> None:
        if (text, colour) != (self._text, self._colour):
            self._text, self._colour = text, colour
            self.setToolTip(text)
            self.setAccessibleName(text)
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, LINES * self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QColor(self._colour))
        lines = self._lines()
        height = self.fontMetrics().height()
        top = (self.height() - height * len(lines)) / 2
        for number, line in enumerate(lines):
            painter.drawText(QPointF(0, top + number * height + self.fontMetrics().ascent()), line)

    def _lines(self) -> list[str]:
        """The text broken at words into at most two lines, the last one elided."""
        layout = QTextLayout(self._text, self.font())
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WordWrap)
        layout.setTextOption(option)
        starts = []
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(self.width(), 1))
            starts.append(line.textStart())
        layout.endLayout()
        if len(starts) < LINES:
            return [self._text]
        last = self._text[starts[LINES - 1] :]
        head = [self._text[a:b] for a, b in zip(starts, starts[1:LINES], strict=False)]
        return [*head, self.fontMetrics().elidedText(last, Qt.TextElideMode.ElideRight, self.width())]
