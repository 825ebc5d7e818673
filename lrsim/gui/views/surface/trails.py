"""Ways over a surface: lines with points in the colour of their own loss, paler the farther from the plane."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from lrsim.charts.look import UNIT_PX
from lrsim.common.numbers import Floats
from lrsim.gui.chart.color_map import ColorMap
from lrsim.gui.chart.strokes import FAR, draw_line, draw_markers, finite_stretches, marker_size
from lrsim.gui.look.theme import Theme

CLOSEST_PX = 3.0
"""Points nearer to the one before are left out, the last one aside."""
PALEST = 0.3
EDGE_PX = 3 * UNIT_PX


def opacities(distances: Floats, extent: float) -> Floats:
    """1 for what lies in the plane, less the farther away it is, as seen from a picture of so large an extent."""
    with np.errstate(all="ignore"):
        found = PALEST + (1 - PALEST) / (1 + distances / (extent or 1.0))
    return np.where(np.isfinite(found), found, PALEST)


def draw_trail(
    painter: QPainter, theme: Theme, x: Floats, y: Floats, losses: Floats, opaque: Floats, colors: ColorMap
) -> None:
    """The way at hand, in pixels."""
    pen = QPen(QColor(theme.text), theme.line_width)
    seen = _seen(x, y)
    stretches = [part for start, end in finite_stretches(seen) for part in range(start, end - 1)]
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, theme.antialias)
    for at in stretches:
        pen.setColor(_paler(theme.text, float(opaque[at + 1])))
        painter.setPen(pen)
        painter.drawLine(QLineF(x[at], y[at], x[at + 1], y[at + 1]))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    size = 0.75 * marker_size(theme)
    for at in _apart(x, y, seen):
        fill = QColor(colors.name(float(losses[at]))) if math.isfinite(losses[at]) else QColor(theme.bad)
        fill.setAlphaF(float(opaque[at]))
        edge = QPen(_paler(theme.text, float(opaque[at])), 1)
        draw_markers(painter, x[at : at + 1], y[at : at + 1], "circle", size, edge, fill)


def draw_other(painter: QPainter, theme: Theme, x: Floats, y: Floats) -> None:
    """The way of another branch, dotted."""
    pen = QPen(QColor(theme.text), theme.line_width + 1, Qt.PenStyle.DotLine)
    draw_line(painter, np.clip(x, -FAR, FAR), _seen(x, y), pen, smooth=theme.antialias)


def draw_now(painter: QPainter, theme: Theme, x: float, y: float, area: QRectF) -> bool:
    """Where the parameters are: a ring, or at the edge an arrow towards it; False where it is nowhere."""
    if not (math.isfinite(x) and math.isfinite(y)):
        return False
    paper, ink = QColor(theme.background), QColor(theme.text)
    if area.contains(QPointF(x, y)):
        at = np.array([x]), np.array([y])
        draw_markers(painter, *at, "circle", 2 * marker_size(theme) + 4, QPen(paper, 3), QColor(0, 0, 0, 0))
        draw_markers(painter, *at, "circle", 2 * marker_size(theme), QPen(ink, 2), paper)
        draw_markers(painter, *at, "circle", 0.8 * marker_size(theme), QPen(ink, 1), ink)
        return True
    middle = area.center()
    angle = math.atan2(y - middle.y(), x - middle.x())
    inner = area.adjusted(EDGE_PX, EDGE_PX, -EDGE_PX, -EDGE_PX)
    tip_x = min(max(x, inner.left()), inner.right())
    tip_y = min(max(y, inner.top()), inner.bottom())
    along, across = QPointF(math.cos(angle), math.sin(angle)), QPointF(-math.sin(angle), math.cos(angle))
    tip, size = QPointF(tip_x, tip_y), 0.7 * theme.base_px
    back = tip - along * (size / 2)
    corners = [tip + along * size, back + across * (0.6 * size), back - across * (0.6 * size)]
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(QPen(paper, 2))
    painter.setBrush(ink)
    painter.drawPolygon(QPolygonF(corners))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    return True


def nearest(x: Floats, y: Floats, at: QPointF, within: float) -> int | None:
    """The point that is nearest to a pixel, of several on one spot the last; None where all are farther away."""
    if not len(x):
        return None
    away = np.hypot(x - at.x(), y - at.y())
    away = np.where(np.isfinite(away), away, np.inf)
    found = int(np.flatnonzero(away <= away.min() + 1)[-1])
    return found if away[found] <= within else None


def _seen(x: Floats, y: Floats) -> Floats:
    """y, NaN where the point has no finite place."""
    return np.where(np.isfinite(x) & (np.abs(x) <= FAR), np.where(np.abs(y) <= FAR, y, np.nan), np.nan)


def _apart(x: Floats, y: Floats, seen: Floats) -> list[int]:
    """Points that do not lie on one another, the last one in any case."""
    shown: list[int] = []
    for at in np.flatnonzero(np.isfinite(seen)).tolist():
        if not shown or math.hypot(x[at] - x[shown[-1]], y[at] - y[shown[-1]]) >= CLOSEST_PX:
            shown.append(at)
    return shown


def _paler(color: str, share: float) -> QColor:
    found = QColor(color)
    found.setAlphaF(share)
    return found
