"""A sketch on the screen, in the theme's colours."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from lrsim.charts.look import mix
from lrsim.gui.chart.strokes import draw_markers, polygon
from lrsim.gui.look.theme import Theme, rate_pen
from lrsim.gui.panels.sketches.sketch import IMAGES, Sketch
from lrsim.gui.views.regions.colors import class_color, output_colors
from lrsim.gui.views.regions.samples import SampleMarks

RATE_SHARE = 0.3
"""Of the height, for the curve of the rate."""
HEIGHTS = 8


def draw_sketch(painter: QPainter, area: QRectF, sketch: Sketch, theme: Theme) -> None:
    """Draw the data into `area`, and below it the rate where a schedule changes it."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setClipRect(area)
    rate = QRectF(area)
    if len(sketch.rate):
        rate.setTop(area.bottom() - area.height() * RATE_SHARE)
        area = QRectF(area.topLeft(), QPointF(area.right(), rate.top()))
        _draw_rate(painter, rate.adjusted(2, 2, -2, -2), sketch, theme)
    if len(sketch.images):
        _draw_images(painter, area, sketch, theme)
    else:
        _draw_points(painter, _square(area), sketch, theme)
    painter.restore()


def _square(area: QRectF) -> QRectF:
    side = min(area.width(), area.height())
    return QRectF(area.center().x() - side / 2, area.center().y() - side / 2, side, side)


def _draw_rate(painter: QPainter, area: QRectF, sketch: Sketch, theme: Theme) -> None:
    x = np.linspace(area.left(), area.right(), len(sketch.rate))
    painter.setPen(rate_pen(theme))
    painter.drawPolyline(polygon(x, area.bottom() - sketch.rate * area.height()))


def _draw_points(painter: QPainter, area: QRectF, sketch: Sketch, theme: Theme) -> None:
    if len(sketch.line):
        pen = QPen(QColor(theme.muted), theme.line_width)
        painter.setPen(pen)
        painter.drawPolyline(polygon(*_pixels(sketch.line, area)))
    x, y = _pixels(sketch.points, area)
    size = max(3.0, area.height() / 18)
    edge = QPen(QColor(theme.background), 0.5)
    if len(sketch.heights):
        steps = np.floor(sketch.heights * (HEIGHTS - 1) + 0.5).astype(np.intp)
        colors = output_colors(theme, 0.0, HEIGHTS - 1.0, 1.0)
        outline = QPen(QColor(theme.muted), 0.5)  # a middle height has the colour of the paper
        for step in np.unique(steps).tolist():
            chosen = steps == step
            draw_markers(painter, x[chosen], y[chosen], "circle", size, outline, QColor(colors.name(float(step))))
        return
    for kind in np.unique(sketch.kinds).tolist():
        chosen = sketch.kinds == kind
        color = class_color(theme, kind, sketch.classes) if sketch.classes else theme.series[0]
        draw_markers(painter, x[chosen], y[chosen], SampleMarks.shape(kind), size, edge, QColor(color))


def _pixels(points: np.ndarray, area: QRectF) -> tuple[np.ndarray, np.ndarray]:
    return area.left() + points[:, 0] * area.width(), area.bottom() - points[:, 1] * area.height()


def _draw_images(painter: QPainter, area: QRectF, sketch: Sketch, theme: Theme) -> None:
    rows, columns = IMAGES
    side = min(area.width() / columns, area.height() / rows)
    left, top = area.center().x() - side * columns / 2, area.center().y() - side * rows / 2
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
    ink = [QColor(mix(theme.background, theme.text, level / 255)).rgb() for level in range(256)]
    for number, image in enumerate(sketch.images[: rows * columns]):
        levels = np.ascontiguousarray(np.clip(image * 255, 0, 255).astype(np.uint8))
        height, width = levels.shape
        drawn = QImage(levels.tobytes(), width, height, width, QImage.Format.Format_Indexed8)
        drawn.setColorTable(ink)
        place = QRectF(left + number % columns * side, top + number // columns * side, side, side)
        painter.drawImage(place.adjusted(1, 1, -1, -1), drawn)


def draw_missing(painter: QPainter, area: QRectF, text: str, theme: Theme) -> None:
    """Say in the place of a picture why there is none."""
    painter.save()
    painter.setPen(QColor(theme.muted))
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, text)
    painter.restore()
