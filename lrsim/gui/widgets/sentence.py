"""Text on one or a few lines: in smaller letters where it is long, and what does not fit even so is in the tooltip.

Unlike a label it never asks for a new layout, so its text may change with every frame.
"""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QSizePolicy, QWidget

ELLIPSIS = "\u2026"
LEFT = Qt.AlignmentFlag.AlignLeft
LEAST_LINES = 2
SMALLER = (1.0, 0.92, 0.85, 0.78)
"""Sizes of the letters that are tried before words are left out."""


class Sentence(QWidget):
    """Text that wraps up to `lines` and is then elided."""

    def __init__(
        self, colour: str, parent: QWidget | None = None, *, lines: int = 2, align: Qt.AlignmentFlag = LEFT
    ) -> None:
        super().__init__(parent)
        self._text = ""
        self._colour = colour
        self._most_lines = lines
        self._align = align
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def text(self) -> str:
        """All of the text, also what is elided."""
        return self._text

    def set_text(self, text: str, colour: str) -> None:
        """Show another text, in a colour."""
        if (text, colour) != (self._text, self._colour):
            self._text, self._colour = text, colour
            self.setToolTip(text)
            self.setAccessibleName(text)
            self.update()

    def set_most_lines(self, lines: int) -> None:
        """Wrap up to another number of lines."""
        if lines != self._most_lines:
            self._most_lines = lines
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, self._most_lines * self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(80, min(self._most_lines, LEAST_LINES) * self.fontMetrics().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QColor(self._colour))
        font, lines = self._placed()
        painter.setFont(font)
        height = QFontMetricsF(font).height()
        top = 0.0 if self._align & Qt.AlignmentFlag.AlignTop else (self.height() - height * len(lines)) / 2
        for number, line in enumerate(lines):
            room = QRectF(0, top + number * height, self.width(), height)
            across = self._align & Qt.AlignmentFlag.AlignHorizontal_Mask
            painter.drawText(room, across | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, line)

    def shown(self) -> str:
        """What can be read; it ends in an ellipsis where that is not all."""
        return " ".join(line.strip() for line in self._placed()[1])

    def _placed(self) -> tuple[QFont, list[str]]:
        """The largest letters in which all of the text fits, else the smallest ones, and the lines in them."""
        font = QFont(self.font())
        for share in SMALLER:
            font.setPixelSize(round(self.fontInfo().pixelSize() * share))
            lines = self._lines(font)
            if not lines[-1].endswith(ELLIPSIS) or self._text.endswith(ELLIPSIS):
                break
        return font, lines

    def _lines(self, font: QFont) -> list[str]:
        """The text broken at words, the last line elided."""
        metrics = QFontMetricsF(font)
        most = min(self._most_lines, max(int(self.height() / metrics.height() + 0.2), 1))
        if metrics.horizontalAdvance(self._text) <= self.width() or most == 1:
            return [metrics.elidedText(self._text, Qt.TextElideMode.ElideRight, self.width())]
        layout = QTextLayout(self._text, font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WordWrap)
        layout.setTextOption(option)
        starts = []
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(self.width(), 1))
            starts.append(line.textStart())
        layout.endLayout()
        starts = starts[:most]
        whole = [self._text[a:b] for a, b in pairwise(starts)]
        return [*whole, metrics.elidedText(self._text[starts[-1] :], Qt.TextElideMode.ElideRight, self.width())]
