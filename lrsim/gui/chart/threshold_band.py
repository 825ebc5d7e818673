"""What a callback waits for, drawn where it is measured: the best value so far and the threshold of a better one."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from lrsim.charts.look import UNIT_PX
from lrsim.gui.chart.frame import ALIGN_RIGHT, Fonts
from lrsim.gui.look.theme import Theme

FILL, EDGE, VEIL = 0.16, 0.6, 0.8
"""Opacity of the band, of the threshold, and of what lies between the words and the curves."""


def draw_threshold(
    painter: QPainter, fonts: Fonts, theme: Theme, area: QRectF, left: float, best: float, threshold: float,
    color: str, text: str,
) -> None:  # fmt: skip
    """A line at the threshold from pixel `left` on, the band up to the best value, and words at its right end.

    Parameters
    ----------
    best, threshold
        Where they are, in pixels from above.
    color
        That of the quantity.
    """
    left = max(left, area.left())
    if left >= area.right():
        return
    band = QColor(color)
    band.setAlphaF(FILL)
    top, bottom = sorted((best, threshold))
    painter.fillRect(QRectF(left, top, area.right() - left, bottom - top), band)
    line = QColor(color)
    line.setAlphaF(EDGE)
    painter.setPen(QPen(line, 1))
    painter.drawLine(QLineF(left, round(threshold) + 0.5, area.right(), round(threshold) + 0.5))
    painter.setFont(fonts.small)
    height, width = fonts.small_metrics.height(), fonts.small_width(text)
    below = (threshold >= best and threshold + height < area.bottom()) or threshold - height <= area.top()
    top = threshold + 1 if below else threshold - height - 1
    box = QRectF(area.right() - width - UNIT_PX, top, width, height)
    veil = QColor(theme.background)
    veil.setAlphaF(VEIL)
    painter.fillRect(box, veil)
    painter.setPen(QColor(theme.text))
    painter.drawText(box, ALIGN_RIGHT, text)
