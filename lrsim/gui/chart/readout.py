"""The small box beside the cursor: a table of exact values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from lrsim.charts.look import CORNER_PX, UNIT_PX
from lrsim.gui.chart.frame import ALIGN_LEFT, ALIGN_RIGHT, Fonts
from lrsim.gui.look.theme import Theme

GAP = 12


@dataclass(frozen=True)
class Line:
    """A name, its value, and (with a second cursor) the difference to it; `color` is that of the curve."""

    name: str
    value: str
    difference: str = ""
    color: str | None = None


def draw_readout(
    painter: QPainter, fonts: Fonts, theme: Theme, area: QRectF, at: QPointF, lines: Sequence[Line]
) -> None:
    """A box near `at` that stays inside `area`, on the side where there is room."""
    measure = fonts.small_width
    names = max(measure(line.name) for line in lines)
    values = max(measure(line.value) for line in lines)
    differences = max(measure(line.difference) for line in lines)
    row = fonts.small_metrics.height() + 2
    width = 4 * UNIT_PX + names + GAP + values + (GAP + differences if differences else 0)
    height = 2 * UNIT_PX + row * len(lines)
    left = at.x() + GAP if at.x() + GAP + width <= area.right() else at.x() - GAP - width
    left = max(min(left, area.right() - width), UNIT_PX)
    top = max(min(at.y() - height / 2, area.bottom() - height - UNIT_PX), area.top() + UNIT_PX)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(QPen(QColor(theme.line), 1))
    painter.setBrush(QColor(theme.background))
    painter.drawRoundedRect(QRectF(round(left) + 0.5, round(top) + 0.5, width, height), CORNER_PX, CORNER_PX)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setFont(fonts.small)
    for number, line in enumerate(lines):
        y = top + UNIT_PX + number * row
        x = left + 2 * UNIT_PX
        painter.setPen(QColor(line.color or theme.muted))
        painter.drawText(QRectF(x, y, names + 2, row), ALIGN_LEFT, line.name)
        painter.setPen(QColor(theme.text))
        x += names + GAP
        painter.drawText(QRectF(x, y, values + 2, row), ALIGN_LEFT, line.value)
        if line.difference:
            painter.setPen(QColor(theme.muted))
            painter.drawText(QRectF(x + values + GAP, y, differences + 2, row), ALIGN_RIGHT, line.difference)
