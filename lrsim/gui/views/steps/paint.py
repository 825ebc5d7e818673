"""How the table of steps is drawn: columns and their widths, header, rows, selection."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

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
        self._places = {column: place for place, column in enumerate(self.columns)}
        self.fonts = Fonts(theme)
        self.row_height = round(self.fonts.base_metrics.height()) + 2 * UNIT_PX
        self.header_height = round(self.fonts.small_metrics.height()) + 2 * UNIT_PX
        self.gap = max(UNIT_PX + 2, theme.base_px // 2)
        self._widths = [math.ceil(self.fonts.small_width(column.title)) for column in self.columns]
        base = self.fonts.base_metrics
        self._baseline = (self.row_height + base.ascent() - base.descent()) / 2

    # --- widths

    def shown(self, width: int) -> list[int]:
        """Places of the columns that are drawn: where they do not fit, the least important ones are left out."""
        shown = list(range(len(self.columns)))
        yielding = sorted((place for place in shown if self.columns[place].yields), key=self._yields)
        while yielding and self._needed(shown) > width:
            shown.remove(yielding.pop())
        return shown

    def _yields(self, place: int) -> int:
        return self.columns[place].yields

    def _needed(self, shown: Sequence[int]) -> int:
        return sum(self._widths[place] for place in shown) + self.gap * (len(shown) + 1) + UNIT_PX

    def content_width(self, width: int) -> int:
        """Pixels that the columns drawn in `width` need; the first and the rate stand still while others scroll."""
        return self._needed(self.shown(width))

    def fit(self, rows: Sequence[Sequence[Cell]], last_step: int) -> bool:
        """Widen columns to what is in sight; True if any grew. None ever shrinks, so that nothing jumps."""
        texts = [max((row[number][0] for row in rows), key=len, default="") for number in range(len(self.columns))]
        texts[:1] = [count(last_step)]
        before = self._widths
        self._widths = [max(width, math.ceil(self.fonts.title_width(text))) for width, text in zip(before, texts)]
        return self._widths != before

    def placed(self, width: int, scrolled: int) -> list[Placed]:
        """The columns that are drawn, side by side; some of what `width` has to spare goes between them."""
        shown = self.shown(width)
        spare = max(width - self._needed(shown), 0)
        between = self.gap + min(spare // max(len(shown), 1), 4 * self.gap)
        left = UNIT_PX + self.gap
        columns = []
        for number, place in enumerate(shown):
            column, column_width = self.columns[place], self._widths[place]
            if column.is_rate:
                at = min(left, width - self.gap - column_width)
            else:
                at = left if number == 0 else left - scrolled
            columns.append((column, at, column_width))
            left += column_width + between
        return columns

    def _passes(self, painter: QPainter, places: Sequence[Placed]) -> Iterator[Sequence[Placed]]:
        """The columns that scroll, cut where those begin that stand still, then these."""
        still = [item for number, item in enumerate(places) if number == 0 or item[0].is_rate]
        first, last = places[0], places[-1]
        begin = first[1] + first[2] + self.gap // 2
        end = last[1] - self.gap // 2 if last[0].is_rate else painter.window().width()
        painter.save()
        painter.setClipRect(QRect(begin, 0, max(end - begin, 0), painter.window().height()))
        yield [item for item in places if item not in still]
        painter.restore()
        yield still

    # --- drawing

    def header(self, painter: QPainter, places: Sequence[Placed], width: int) -> None:
        """Column titles over a thin line."""
        painter.fillRect(QRect(0, 0, width, self.header_height), QColor(self.theme.background))
        for some in self._passes(painter, places) if places else ():
            painter.setFont(self.fonts.small)
            for column, left, column_width in some:
                painter.setPen(QColor(self.theme.rate if column.is_rate else self.theme.muted))
                painter.drawText(QRectF(left, 0, column_width, self.header_height), ALIGN_RIGHT, column.title)
        painter.setPen(QPen(QColor(self.theme.line), 1))
        painter.drawLine(0, self.header_height - 1, width, self.header_height - 1)

    def row(self, painter: QPainter, cells: Sequence[Cell], places: Sequence[Placed], top: float, bold: bool) -> None:
        """One row of cells, right-aligned."""
        theme = self.theme
        measure = self.fonts.title_width if bold else self.fonts.base_width
        for some in self._passes(painter, places):
            painter.setFont(self.fonts.title if bold else self.fonts.base)
            pen = ""
            for column, left, width in some:
                text, bad = cells[self._places[column]]
                color = theme.bad if bad else theme.rate if column.is_rate else theme.text
                if color != pen:
                    painter.setPen(QColor(color))
                    pen = color
                painter.drawText(QPointF(left + width - measure(text), top + self._baseline), text)

    def waiting(self, painter: QPainter, step: int, places: Sequence[Placed], top: float) -> None:
        """A row whose values are being replayed."""
        for some in self._passes(painter, places):
            painter.setFont(self.fonts.base)
            painter.setPen(QColor(self.theme.muted))
            for item in some:
                text = count(step) if item is places[0] else DOTS
                right = item[1] + item[2] - self.fonts.base_width(text)
                painter.drawText(QPointF(right, top + self._baseline), text)

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
