"""Ways over a surface: lines with points in the colour of their own loss, paler the farther from the plane."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from lrsim.charts.look import UNIT_PX
from lrsim.common.numbers import Floats
from lrsim.gui.chart.color_map import ColorMap
from lrsim.gui.chart.strokes import FAR, draw_line, draw_markers, marker_size
from lrsim.gui.look.theme import Theme

CLOSEST_PX = 3.0
"""Points nearer to the one before are left out."""
PALEST, SHADES = 0.3, 10
"""Least opacity, and how many of them are told apart."""
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
    seen, shades = _seen(x, y), np.round(opaque * SHADES) / SHADES
    _draw_segments(painter, theme, x, seen, shades)
    places, names = colors.places(losses), [*colors.names, theme.bad]
    half = 0.375 * marker_size(theme)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    for at in _apart(x, y, seen):
        share = float(shades[at])
        painter.setPen(QPen(_paler(theme.text, share), 1))
        painter.setBrush(_paler(names[places[at]], share))
        painter.drawEllipse(QPointF(x[at], y[at]), half, half)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def _draw_segments(painter: QPainter, theme: Theme, x: Floats, y: Floats, shades: Floats) -> None:
    """From point to point, as opaque as the later one; y is NaN where there is none."""
    both = np.isfinite(y[:-1]) & np.isfinite(y[1:])
    ends = np.stack([x[:-1], y[:-1], x[1:], y[1:]], axis=1)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, theme.antialias)
    for share in np.unique(shades[1:][both]).tolist():
        painter.setPen(QPen(_paler(theme.text, share), theme.line_width))
        chosen = both & (shades[1:] == share)
        painter.drawLines([QLineF(*line) for line in ends[chosen].tolist()])
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


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
    """Points that do not lie on one another."""
    there = np.flatnonzero(np.isfinite(seen)).tolist()
    shown: list[int] = []
    last_x = last_y = math.inf
    for at, at_x, at_y in zip(there, x[there].tolist(), y[there].tolist()):
        if abs(at_x - last_x) + abs(at_y - last_y) >= CLOSEST_PX:
            shown.append(at)
            last_x, last_y = at_x, at_y
    return shown


@lru_cache(maxsize=2048)
def _paler(color: str, share: float) -> QColor:
    found = QColor(color)
    found.setAlphaF(share)
    return found
