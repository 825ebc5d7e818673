"""Curves, markers and bands, drawn fast enough for every frame.

Thin lines are smoothed while there is little ink on the paper. Thick ones are drawn segment by segment: as one
stroked outline, a curve that swings across the plot takes most of a second.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPaintEngine, QPainter, QPen, QPolygonF
from shiboken6 import VoidPtr

from lrsim.charts.thinning import SHADE
from lrsim.common.numbers import Floats
from lrsim.gui.look.theme import Theme

SMOOTHED_INK = 20_000
"""Pixels of line above which smoothing is left out; a curve this dense looks the same."""
POINT_BYTES = 16
_memory: Any = VoidPtr  # its stub knows neither of points nor of sizes
MARKERS = ("circle", "square", "triangle", "diamond", "cross", "plus")


def polygon(x: Floats, y: Floats) -> QPolygonF:
    """Points from two arrays of shape (n,), copied at once."""
    points = QPolygonF()
    points.resize(len(x))
    if len(x):
        raw = np.frombuffer(_memory(points.data(), len(x) * POINT_BYTES, True), np.float64)
        raw[0::2] = x
        raw[1::2] = y
    return points


def draw_band(painter: QPainter, x: Floats, low: Floats, high: Floats, color: QColor) -> None:
    """A shade from `low` to `high`, in pixels, interrupted where either is NaN; x is ascending."""
    in_pixels = painter.paintEngine().type() == QPaintEngine.Type.Raster
    for start, end in finite_stretches(low + high):
        xs, edges = x[start:end], (np.clip(low[start:end], -FAR, FAR), np.clip(high[start:end], -FAR, FAR))
        if end - start == 1:  # as wide as a pixel, else it would not be seen
            xs, edges = np.array([xs[0] - 0.5, xs[0] + 0.5]), (edges[0].repeat(2), edges[1].repeat(2))
        if in_pixels:
            _fill_pixels(painter, xs, *edges, color)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawPolygon(polygon(np.concatenate([xs, xs[::-1]]), np.concatenate([edges[0], edges[1][::-1]])))
            painter.setBrush(Qt.BrushStyle.NoBrush)


def _fill_pixels(painter: QPainter, x: Floats, low: Floats, high: Floats, color: QColor) -> None:
    """The pixels whose middles lie between two lines; Qt takes thirty times as long for a polygon of so many points."""
    to_device = painter.deviceTransform()
    scale, left, above = to_device.m11(), to_device.dx(), to_device.dy()
    seen = to_device.mapRect(painter.clipBoundingRect() if painter.hasClipping() else QRectF(painter.window()))
    first = math.ceil(max(x[0] * scale + left, seen.left()) - 0.5)
    end = math.floor(min(x[-1] * scale + left, seen.right()) - 0.5) + 1
    if first >= end:
        return
    at = (np.arange(first, end) + 0.5 - left) / scale
    edges = [np.interp(at, x, edge) * scale + above for edge in (low, high)]
    tops, bottoms = np.minimum(*edges), np.maximum(*edges)
    row, last = math.floor(max(tops.min(), seen.top())), math.ceil(min(bottoms.max(), seen.bottom()))
    if row >= last:
        return
    middles = np.arange(row, last, dtype=np.float64)[:, None] + 0.5
    pixels = np.multiply((tops <= middles) & (middles <= bottoms), _premultiplied(color), dtype=np.uint32)
    image = QImage(pixels.data, end - first, last - row, pixels.strides[0], QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(scale)
    painter.drawImage(QPointF((first - left) / scale, (row - above) / scale), image)


def _premultiplied(color: QColor) -> np.uint32:
    alpha = color.alpha()
    red, green, blue = (part * alpha // 255 for part in (color.red(), color.green(), color.blue()))
    return np.uint32(alpha << 24 | red << 16 | green << 8 | blue)


def draw_spread(painter: QPainter, x: Floats, low: Floats, high: Floats, pen: QPen, *, smooth: bool) -> None:
    """Least and greatest of bins, in pixels: a line each with a shade between them, one line where they are alike."""
    if not np.array_equal(low, high, equal_nan=True):
        draw_band(painter, x, low, high, shade(pen.color()))
        draw_line(painter, x, high, pen, smooth=smooth)
    draw_line(painter, x, low, pen, smooth=smooth)


def shade(color: QColor) -> QColor:
    """The colour of what lies between the least and the greatest on a line of `color`."""
    paler = QColor(color)
    paler.setAlphaF(SHADE * color.alphaF())
    return paler


def faded(pen: QPen) -> QPen:
    """The pen of what lies behind something that is made of it."""
    faint, color = QPen(pen), QColor(pen.color())
    color.setAlphaF(FAINT * color.alphaF())
    faint.setColor(color)
    return faint


FAINT = 0.35
"""Opacity of what `faded` draws."""
FAR = 1e6
"""Pixels beyond which no difference can be seen, and below which sums and Qt's own arithmetic hold."""


def draw_line(painter: QPainter, x: Floats, y: Floats, pen: QPen, *, smooth: bool) -> None:
    """A line through points in pixels, interrupted where y is not finite.

    Points far out of sight are drawn from `FAR` on: a newer value may lie 1e300 px beyond an axis made for older ones.
    """
    painter.setPen(pen)
    y = np.where(np.isfinite(y), np.clip(y, -FAR, FAR), np.nan)
    for start, end in finite_stretches(y):
        xs, ys = x[start:end], y[start:end]
        if end - start == 1:
            painter.fillRect(QRectF(xs[0] - 1, ys[0] - 1, 2 + pen.width(), 2 + pen.width()), pen.color())
        elif pen.width() > 1 and pen.style() == Qt.PenStyle.SolidLine:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.drawLines([QLineF(*ends) for ends in np.stack([xs[:-1], ys[:-1], xs[1:], ys[1:]], 1).tolist()])
        else:
            ink = float(np.abs(np.diff(ys)).sum())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth and ink < SMOOTHED_INK)
            painter.drawPolyline(polygon(xs, ys))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def finite_stretches(y: Floats) -> list[tuple[int, int]]:
    """Start and end (exclusive) of each run of finite values."""
    finite = np.isfinite(y)
    if finite.all():
        return [(0, len(y))] if len(y) else []
    edges = np.flatnonzero(np.diff(np.concatenate(([False], finite, [False]))))
    return list(zip(edges[0::2].tolist(), edges[1::2].tolist()))


def draw_markers(painter: QPainter, x: Floats, y: Floats, shape: str, size: float, pen: QPen, fill: QColor) -> None:
    """Markers `size` pixels wide around points; those without a finite place are left out."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(QPen(pen.color(), pen.widthF()))
    painter.setBrush(fill)
    for at_x, at_y in zip(x.tolist(), y.tolist()):
        if math.isfinite(at_y):
            _draw_shape(painter, at_x, at_y, shape, size / 2)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def _draw_shape(painter: QPainter, x: float, y: float, shape: str, half: float) -> None:
    if shape == "circle":
        painter.drawEllipse(QPointF(x, y), half, half)
    elif shape == "square":
        painter.drawRect(QRectF(x - half, y - half, 2 * half, 2 * half))
    elif shape == "cross":
        painter.drawLine(QPointF(x - half, y - half), QPointF(x + half, y + half))
        painter.drawLine(QPointF(x - half, y + half), QPointF(x + half, y - half))
    elif shape == "plus":
        painter.drawLine(QPointF(x - half, y), QPointF(x + half, y))
        painter.drawLine(QPointF(x, y - half), QPointF(x, y + half))
    else:
        corners = ((0, -1), (1, 1), (-1, 1)) if shape == "triangle" else ((0, -1.2), (1.2, 0), (0, 1.2), (-1.2, 0))
        painter.drawPolygon(QPolygonF([QPointF(x + a * half, y + b * half) for a, b in corners]))


def marker_size(theme: Theme) -> float:
    """Width of a marker in pixels."""
    return theme.base_px * 0.5
