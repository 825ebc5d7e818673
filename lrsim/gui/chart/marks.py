"""What is marked over the steps: changes of the rate, stretches without finite values, the current step."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from lrsim.charts.look import UNIT_PX
from lrsim.common.epoch_grid import Steps
from lrsim.common.numbers import Floats, short
from lrsim.gui.chart.frame import Fonts
from lrsim.gui.look.theme import Theme, rate_pen

CLOSEST_PX = 3
"""Marks nearer than this are drawn as one."""

MOST_LABELS = 60
"""With more marks than this in sight, only the last one is labelled."""

Mark = tuple[int, float]


def visible_marks(
    marks: Sequence[Mark], lo: float, hi: float, offsets: Callable[[Steps], Floats]
) -> list[tuple[float, Mark]]:
    """Offsets in pixels of the marks from step `lo` to `hi`, at most one each few pixels (the later one)."""
    first = bisect.bisect_left(marks, lo, key=lambda mark: mark[0])
    last = bisect.bisect_right(marks, hi, key=lambda mark: mark[0])
    shown: list[tuple[float, Mark]] = []
    seen = marks[first:last]
    for mark, x in zip(seen, offsets(np.array([step for step, _ in seen], dtype=np.int64)).tolist()):
        if shown and x - shown[-1][0] < CLOSEST_PX:
            shown[-1] = (shown[-1][0], mark)
        else:
            shown.append((x, mark))
    return shown


def draw_rate_marks(
    painter: QPainter, fonts: Fonts, theme: Theme, area: QRectF, marks: Sequence[tuple[float, Mark]], label_from: float
) -> None:
    """A line in the rate's colour at each change, the new rate above it where there is room right of `label_from`."""
    painter.setPen(rate_pen(theme))
    places = [round(area.left() + x) + 0.5 for x, _ in marks]
    painter.drawLines([QLineF(x, area.top(), x, area.bottom()) for x in places])
    painter.setFont(fonts.small)
    free = label_from
    for x, (_step, rate) in marks if len(marks) <= MOST_LABELS else marks[-1:]:
        text = short(rate)
        width = fonts.small_width(text)
        left = min(max(area.left() + x - width / 2, label_from), area.right() - width)
        if left >= free:
            painter.drawText(QPointF(left, area.top() - UNIT_PX), text)
            free = left + width + 2 * UNIT_PX


def draw_bad(
    painter: QPainter,
    fonts: Fonts,
    theme: Theme,
    area: QRectF,
    stretches: Sequence[tuple[float, float]],
    begin: float,
    label: str,
) -> None:
    """Bands (left and right in pixels) where values are not finite, and a dashed line with a word where that begins."""
    band = QColor(theme.bad)
    band.setAlphaF(0.08)
    pen = QPen(QColor(theme.bad), theme.line_width, Qt.PenStyle.DashLine)
    for left, right in stretches:
        painter.fillRect(QRectF(left, area.top(), max(right - left, 2), area.height()), band)
    painter.setPen(pen)
    painter.drawLine(QPointF(begin, area.top()), QPointF(begin, area.bottom()))
    draw_tag(painter, fonts, theme, area, begin, label, theme.bad)


def draw_tag(painter: QPainter, fonts: Fonts, theme: Theme, area: QRectF, x: float, text: str, color: str) -> None:
    """A word at the upper end of a line at `x`: right of it, or left where there is no room."""
    width = fonts.small_width(text)
    height = fonts.small_metrics.height()
    left = x + UNIT_PX
    if left + width > area.right():
        left = max(x - UNIT_PX - width, area.left() + UNIT_PX)
    top = area.top() + 2 * UNIT_PX
    painter.fillRect(QRectF(left - 2, top, width + 4, height), QColor(theme.background))
    painter.setFont(fonts.small)
    painter.setPen(QColor(color))
    painter.drawText(QPointF(left, top + fonts.small_metrics.ascent()), text)


def draw_reference(painter: QPainter, fonts: Fonts, theme: Theme, area: QRectF, y: float, value: float) -> None:
    """A dotted line across at pixel `y`, with its value over its right end; nothing where that is out of sight."""
    if not area.top() <= y <= area.bottom():
        return
    at = round(y) + 0.5
    painter.setPen(QPen(QColor(theme.text), max(theme.line_width, 1), Qt.PenStyle.DotLine))
    painter.drawLine(QPointF(area.left(), at), QPointF(area.right(), at))
    text = short(value)
    width, height = fonts.small_width(text), fonts.small_metrics.height()
    top = at - height - 1 if at - height > area.top() else at + 1
    left = area.right() - width - UNIT_PX
    painter.fillRect(QRectF(left - 2, top, width + 4, height), QColor(theme.background))
    painter.setFont(fonts.small)
    painter.drawText(QPointF(left, top + fonts.small_metrics.ascent()), text)


def draw_step_line(painter: QPainter, theme: Theme, area: QRectF, x: float, *, dotted: bool = False) -> None:
    """A thin muted line at a step."""
    style = Qt.PenStyle.DotLine if dotted else Qt.PenStyle.SolidLine
    painter.setPen(QPen(QColor(theme.muted), 1, style))
    at = round(x) + 0.5
    painter.drawLine(QPointF(at, area.top()), QPointF(at, area.bottom()))
