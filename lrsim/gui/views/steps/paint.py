"""How the table of steps is drawn: columns and their widths, header, rows, selection."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from lrsim.charts.look import CORNER_PX, UNIT_PX
from lrsim.common.numbers import count
from lrsim.gui.chart.frame import ALIGN_RIGHT, Fonts
from lrsim.gui.look.theme import Theme
from lrsim.gui.views.steps.columns import Cell, Column

DOTS = "\u00b7\u00b7\u00b7"

Placed = tuple[Column, int, int]
"""A column with its left edge and its width in pixels."""


class StepPaint:
    """Draws parts of the table at given places; knows sizes, but neither steps in sight nor scroll bars."""

    def __init__(self, theme: Theme, columns: Sequence[Column]) -> None:
        self.theme = theme
        self.columns = tuple(columns)
        self.fonts = Fonts(theme)
        self.row_height = round(self.fonts.base_metrics.height()) + 2 * UNIT_PX
        self.header_height = round(self.fonts.small_metrics.height()) + 2 * UNIT_PX
        self.gap = max(UNIT_PX + 2, theme.base_px // 2)
        self._widths = [math.ceil(self.fonts.small_width(column.title)) for column in self.columns]
        base = self.fonts.base_metrics
        self._baseline = (self.row_height + base.ascent() - base.descent()) / 2

    # --- widths

    @property
    def content_width(self) -> int:
        """Pixels that all columns need."""
        return sum(self._widths) + self.gap * (len(self._widths) + 1) + UNIT_PX

    def fit(self, rows: Sequence[Sequence[Cell]], last_step: int) -> bool:
        """Widen columns to what is in sight; True if any grew. None ever shrinks, so that nothing jumps."""
        texts = [max((row[number][0] for row in rows), key=len, default="") for number in range(len(self.columns))]
        texts[:1] = [count(last_step)]
        before = self._widths
        self._widths = [max(width, math.ceil(self.fonts.title_width(text))) for width, text in zip(before, texts)]
        return self._widths != before

    def placed(self, width: int, scrolled: int) -> list[Placed]:
        """The columns side by side; some of what `width` has to spare goes between them."""
        spare = max(width - self.content_width, 0)
        between = self.gap + min(spare // max(len(self._widths), 1), 4 * self.gap)
        left = UNIT_PX + self.gap - scrolled
        columns = []
        for column, column_width in zip(self.columns, self._widths):
            columns.append((column, left, column_width))
            left += column_width + between
        return columns

    # --- drawing

    def header(self, painter: QPainter, places: Sequence[Placed], width: int) -> None:
        """Column titles over a thin line."""
        painter.fillRect(QRect(0, 0, width, self.header_height), QColor(self.theme.background))
        painter.setFont(self.fonts.small)
        for column, left, column_width in places:
            painter.setPen(QColor(self.theme.rate if column.is_rate else self.theme.muted))
            painter.drawText(QRectF(left, 0, column_width, self.header_height), ALIGN_RIGHT, column.title)
        painter.setPen(QPen(QColor(self.theme.line), 1))
        painter.drawLine(0, self.header_height - 1, width, self.header_height - 1)

    def row(self, painter: QPainter, cells: Sequence[Cell], places: Sequence[Placed], top: float, bold: bool) -> None:
        """One row of cells, right-aligned."""
        theme = self.theme
        measure = self.fonts.title_width if bold else self.fonts.base_width
        painter.setFont(self.fonts.title if bold else self.fonts.base)
        pen = ""
        for (text, bad), (column, left, width) in zip(cells, places):
            color = theme.bad if bad else theme.rate if column.is_rate else theme.text
            if color != pen:
                painter.setPen(QColor(color))
                pen = color
            painter.drawText(QPointF(left + width - measure(text), top + self._baseline), text)

    def waiting(self, painter: QPainter, step: int, places: Sequence[Placed], top: float) -> None:
        """A row whose values are being replayed."""
        painter.setFont(self.fonts.base)
        painter.setPen(QColor(self.theme.muted))
        for number, (_column, left, width) in enumerate(places):
            text = count(step) if number == 0 else DOTS
            painter.drawText(QPointF(left + width - self.fonts.base_width(text), top + self._baseline), text)

    def current(self, painter: QPainter, top: float) -> None:
        """The mark of the current step."""
        painter.fillRect(QRectF(0, top + 2, UNIT_PX, self.row_height - 4), QColor(self.theme.text))

    def frame(self, painter: QPainter, box: QRectF, color: str, width: int) -> None:
        """A rounded frame: around selected rows, or around the table that has the focus."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(QPen(QColor(color), width))
        inset = width / 2
        painter.drawRoundedRect(box.adjusted(inset, inset, -inset, -inset), CORNER_PX, CORNER_PX)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
