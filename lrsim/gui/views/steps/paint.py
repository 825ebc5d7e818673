"""How the table of steps is drawn: columns and their widths, header, rows, selection."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from lrsim.charts.look import CORNER_PX, UNIT_PX
from lrsim.common.numbers import count
from lrsim.gui.chart.frame import ALIGN_RIGHT, Fonts
from lrsim.gui.look.theme import Theme
from lrsim.gui.views.steps.columns import Cell, Column, in_room, left_out

DOTS = "\u00b7\u00b7\u00b7"


class Placed(NamedTuple):
    """A column with its left edge and its width in pixels; `number` is its place among all, None where it has none."""

    column: Column
    left: int
    width: int
    number: int | None


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

    def fit(self, rows: Sequence[Sequence[Cell]], last_step: int) -> None:
        """Widen columns to what is in sight. None ever shrinks, so that nothing jumps."""
        texts = [max((row[number][0] for row in rows), key=len, default="") for number in range(len(self.columns))]
        texts[:1] = [count(last_step)]
        self._widths = [max(width, math.ceil(self.fonts.title_width(text))) for width, text in zip(self._widths, texts)]

    def placed(self, width: int) -> list[Placed]:
        """The columns that `width` holds side by side, with a sign for the others; spare room goes between them.

        The last column, the rate, is always in sight, as is the first.
        """
        room = width - UNIT_PX - self.gap
        wanted = [column_width + self.gap for column_width in self._widths]
        shown = in_room(self.columns, wanted, room)
        sign = math.ceil(self.fonts.small_width(f"+{len(self.columns)}"))
        if len(shown) < len(self.columns):
            shown = in_room(self.columns, wanted, room - sign - self.gap)
        places: list[tuple[Column, int, int | None]] = [
            (self.columns[number], self._widths[number], number) for number in shown
        ]
        if len(shown) < len(self.columns):
            hidden = left_out([column for number, column in enumerate(self.columns) if number not in shown])
            places.insert(len(places) - 1, (hidden, sign, None))
        spare = max(room - sum(column_width + self.gap for _, column_width, _ in places), 0)
        between = self.gap + min(spare // max(len(places), 1), 4 * self.gap)
        left = UNIT_PX + self.gap
        placed = []
        for column, column_width, number in places:
            placed.append(Placed(column, left, column_width, number))
            left += column_width + between
        return placed

    # --- drawing

    def header(self, painter: QPainter, places: Sequence[Placed], width: int) -> None:
        """Column titles over a thin line."""
        painter.fillRect(QRect(0, 0, width, self.header_height), QColor(self.theme.background))
        painter.setFont(self.fonts.small)
        for column, left, column_width, _number in places:
            painter.setPen(QColor(self.theme.rate if column.is_rate else self.theme.muted))
            painter.drawText(QRectF(left, 0, column_width, self.header_height), ALIGN_RIGHT, column.title)
        painter.setPen(QPen(QColor(self.theme.line), 1))
        painter.drawLine(0, self.header_height - 1, width, self.header_height - 1)

    def row(self, painter: QPainter, cells: Sequence[Cell], places: Sequence[Placed], top: float, bold: bool) -> None:
        """One row, right-aligned; `cells` are those of all columns."""
        theme = self.theme
        measure = self.fonts.title_width if bold else self.fonts.base_width
        painter.setFont(self.fonts.title if bold else self.fonts.base)
        pen = ""
        for column, left, width, number in places:
            if number is None:
                continue
            text, bad = cells[number]
            color = theme.bad if bad else theme.rate if column.is_rate else theme.text
            if color != pen:
                painter.setPen(QColor(color))
                pen = color
            painter.drawText(QPointF(left + width - measure(text), top + self._baseline), text)

    def waiting(self, painter: QPainter, step: int, places: Sequence[Placed], top: float) -> None:
        """A row whose values are being replayed."""
        painter.setFont(self.fonts.base)
        painter.setPen(QColor(self.theme.muted))
        for _column, left, width, number in places:
            text = "" if number is None else DOTS if number else count(step)
            painter.drawText(QPointF(left + width - self.fonts.base_width(text), top + self._baseline), text)

    def current(self, painter: QPainter, top: float) -> None:
        """The mark of the current step."""
        painter.fillRect(QRectF(0, top + 2, UNIT_PX, self.row_height - 4), QColor(self.theme.text))

    def opened(self, painter: QPainter, top: float) -> None:
        """The mark of a step that stands open: it was not taken yet from here."""
        painter.setPen(QPen(QColor(self.theme.text), 1))
        painter.drawRect(QRectF(0.5, top + 2.5, UNIT_PX - 1, self.row_height - 5))

    def frame(self, painter: QPainter, box: QRectF, color: str, width: int) -> None:
        """A rounded frame: around selected rows, or around the table that has the focus."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(QPen(QColor(color), width))
        inset = width / 2
        painter.drawRoundedRect(box.adjusted(inset, inset, -inset, -inset), CORNER_PX, CORNER_PX)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
