"""Pictures over two quantities: an image with marks on it between two axes, each linear or logarithmic.

What is inside of the axes is a scene of pyqtgraph, which this module alone knows; frame, hand, menu and files are those
of every chart. Places in the scene are in the units in which the axes are even, so that it never meets the values.
"""

from __future__ import annotations

import math
import time

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene, QMenu

from lrsim.charts.look import UNIT_PX
from lrsim.common.numbers import Floats, full
from lrsim.gui.chart.chart import Chart, Head
from lrsim.gui.chart.color_map import ColorMap
from lrsim.gui.chart.export import csv_text
from lrsim.gui.chart.frame import ALIGN_LEFT, label_width
from lrsim.gui.chart.layers import Layer, Segments
from lrsim.gui.chart.readout import Line, draw_readout
from lrsim.gui.chart.scales import Scale, ScaleKind, exact, transform
from lrsim.gui.chart.span import Ends, Span
from lrsim.gui.chart.ticks import Tick, axis_ticks
from lrsim.gui.look.theme import Theme, ThemeSource

CLOSEST, FARTHEST = 1e-6, 20.0
"""Least and most of the whole that can be seen."""
BAR_GAP, BAR_WIDTH = 2 * UNIT_PX, 3 * UNIT_PX
BELOW, IMAGE, LINES, ITEMS, MARKS, POINTER = range(-1, 5)
"""What lies on what."""

Rect = tuple[float, float, float, float]
"""Left, right, bottom and top, in the units of the axes."""


class Plane(Chart):
    """An image over two quantities, with lines and marks on it; a hand zooms and moves both axes.

    A subclass says in `prepare` what there is (`set_whole`, `show_image`, `show_lines`), draws in `draw_marks` what has
    the size of pixels, and tells in `readout` what is under the pointer. Values that are not finite are hatched.
    """

    def __init__(
        self, themes: ThemeSource, title: str = "", *, x_kind: ScaleKind = ScaleKind.LINEAR,
        y_kind: ScaleKind = ScaleKind.LINEAR, closest: float = CLOSEST, farthest: float = FARTHEST,
        bounded: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(themes, title, "", "", y_kind, follows=False)
        self.controls.hide()
        self.x_kind = x_kind
        self.span, self.y_span = (
            Span(closest_share=closest, farthest_share=farthest, bounded=bounded) for _ in range(2)
        )
        self.y_unit = 1.0
        self.equal_units = False
        self.bar: ColorMap | None = None
        self._values: Floats = np.zeros((0, 0))
        self._rect: Rect = (0.0, 1.0, 0.0, 1.0)
        self._points = False
        self._segments: tuple[Floats, QPen] = (np.zeros((0, 4)), QPen())
        self._exporting = False
        self._canvas = _Canvas(self)
        self._box = pg.ViewBox(enableMouse=False, enableMenu=False, defaultPadding=0.0)
        self._box.disableAutoRange()
        self._canvas.setCentralItem(self._box)
        self._below = Layer(self._box, lambda: self.area, self.draw_below, BELOW)
        self._image = _Image()
        self._image.setZValue(IMAGE)
        self._lines = Segments()
        self._lines.setZValue(LINES)
        for item in (self._image, self._lines):
            self._box.addItem(item, ignoreBounds=True)
        self._marks = Layer(self._box, lambda: self.area, self.draw_marks, MARKS)
        self._over = Layer(self._box, lambda: self.area, self._draw_readout, POINTER)
        self._canvas.setBackground(self.theme.background)

    # --- what a subclass says

    def prepare(self, width: float) -> None:
        """Fetch what is visible; nothing where all is told from outside."""

    def draw_marks(self, painter: QPainter) -> None:
        """Draw over image and lines, in pixels of this widget; what leaves `area` is cut off."""

    def draw_below(self, painter: QPainter) -> None:
        """Draw under the image, seen where values are not finite."""
        left, right = self.x_px(np.array(self._rect[:2])).tolist()
        bottom, top = self.y_px(np.array(self._rect[2:])).tolist()
        box = QRectF(left, top, right - left, bottom - top).intersected(self.area)
        painter.fillRect(box, QColor(self.theme.surface))
        painter.fillRect(box, QBrush(QColor(self.theme.bad), Qt.BrushStyle.BDiagPattern))

    def readout(self, at: QPointF) -> list[Line]:
        """Exact values at a pixel."""
        lines = [Line(self.x_title, full(self.x_at(at.x()))), Line(self.y_title, full(self.y_at(at.y())))]
        cell = self.cell_at(at)
        return lines if cell is None else [*lines, Line(self.tr("value"), full(float(self._values[cell])))]

    # --- what is shown

    def set_whole(self, x: Ends, y: Ends) -> None:
        """What is to be seen when all is shown, in the units of the axes; a zoom is kept.

        Items that were added are put at new places by whoever added them.
        """
        self.x_unit = _set_whole(self.span, self.x_scale, x)
        self.y_unit = _set_whole(self.y_span, self.y_scale, y)
        self.scale = self.y_scale
        self._place_image()
        self._place_lines()

    def show_image(
        self, values: Floats, rect: Rect, colors: ColorMap, *, smooth: bool = False, points: bool = False
    ) -> None:
        """Show values of shape (rows, columns), the first row at the bottom.

        Parameters
        ----------
        rect
            What the image covers; with `points` from the middle of its first cell to the middle of its last, for
            values at the points of a grid.
        smooth
            Shade between neighbouring values.
        """
        self._values, self._rect, self._points = values, rect, points
        self._image.smooth = smooth
        self._image.setImage(colors.pixels(values), autoLevels=False, levels=None)
        self._place_image()
        self._below.setVisible(not np.isfinite(values).all())

    def _place_image(self) -> None:
        if not self._values.size:
            return
        left, right = transform(self.x_kind, np.array(self._rect[:2]), self.x_unit).tolist()
        bottom, top = transform(self.kind, np.array(self._rect[2:]), self.y_unit).tolist()
        if self._points:
            rows, columns = self._values.shape
            across, up = (right - left) / max(columns - 1, 1) / 2, (top - bottom) / max(rows - 1, 1) / 2
            left, right, bottom, top = left - across, right + across, bottom - up, top + up
        self._image.setRect(QRectF(left, bottom, right - left, top - bottom))

    def show_lines(self, ends: Floats, pen: QPen) -> None:
        """Show segments of shape (n, 4): both ends as x, y, x, y in the units of the axes."""
        self._segments = (ends, pen)
        self._place_lines()

    def _place_lines(self) -> None:
        ends, pen = self._segments
        places = np.empty_like(ends)
        places[:, 0::2] = transform(self.x_kind, ends[:, 0::2], self.x_unit)
        places[:, 1::2] = transform(self.kind, ends[:, 1::2], self.y_unit)
        self._lines.set_ends(places, pen, smooth=self.theme.antialias)

    def add(self, item: QGraphicsItem) -> None:
        """Put an item over the image, at places that `place` gives; pens of it should be cosmetic."""
        item.setZValue(ITEMS)
        self._box.addItem(item, ignoreBounds=True)

    def remove(self, item: QGraphicsItem) -> None:
        """Take an item away."""
        self._box.removeItem(item)

    # --- places

    @property
    def y_scale(self) -> Scale:
        """What is seen of the vertical axis."""
        return Scale(self.kind, *self.y_span.shown, self.y_unit)

    def y_at(self, y: float) -> float:
        """The value of the vertical axis at a pixel."""
        return self.y_scale.value((self.area.bottom() - y) / self.area.height())

    def place(self, x: float, y: float) -> QPointF:
        """Where values of both axes are in the scene."""
        return QPointF(
            float(transform(self.x_kind, np.array([x]), self.x_unit)[0]),
            float(transform(self.kind, np.array([y]), self.y_unit)[0]),
        )

    def cell_at(self, at: QPointF) -> tuple[int, int] | None:
        """Row and column of the image at a pixel; None beside it."""
        if not self.area.contains(at) or not self._values.size:
            return None
        self._show_range()
        inside = self._image.mapFromScene(at - QPointF(self._canvas.pos()))
        row, column = math.floor(inside.y()), math.floor(inside.x())
        rows, columns = self._values.shape
        return (row, column) if 0 <= row < rows and 0 <= column < columns else None

    # --- drawing

    def _set_theme(self, theme: Theme) -> None:
        """Change colours and sizes."""
        self._canvas.setBackground(theme.background)
        super()._set_theme(theme)

    def update(self) -> None:  # type: ignore[override]
        """Draw anew, the frame too."""
        super().update()
        self._canvas.update()

    def refresh(self, playing: bool) -> None:
        """Draw what is inside of the axes anew: at once, or while training runs as soon as its turn has come."""
        if not self._canvas.isVisible():
            super().refresh(playing)
        elif playing and self.turns is not None:
            self.turns.ask(self._canvas, at_once=self.MARKS_STEP)
        else:
            self._canvas.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self._place_canvas()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not self.notice():
            self._lay_out(QSizeF(self.size()), self._head(QSizeF(self.size()), 0))
        self._place_canvas()

    def _place_canvas(self) -> None:
        self._canvas.setVisible(not self.notice())
        if self._canvas.geometry() != self.area.toRect():
            self._canvas.setGeometry(self.area.toRect())
            self._canvas.resizeEvent(None)  # one that is not visible would be told later

    def prepare_scene(self) -> None:
        """The scene is about to be painted."""
        self.prepare(self.area.width())
        self._show_range()

    def _show_range(self) -> None:
        if [list(self.span.shown), list(self.y_span.shown)] != self._box.viewRange():
            self._box.setRange(xRange=self.span.shown, yRange=self.y_span.shown, padding=0.0)
        self._box.updateMatrix()

    def _draw(self, painter: QPainter, size: QSizeF, reserved: float) -> None:
        super()._draw(painter, size, 0.0)
        if self.bar is not None and not self.notice():
            self._draw_bar(painter, self.bar)

    def _draw_pointer(self, painter: QPainter) -> None:
        """What belongs to the pointer is a part of the scene."""

    def draw_content(self, painter: QPainter) -> None:
        if not self._exporting:
            return
        self._place_canvas()
        self.prepare_scene()
        self._over.hide()
        self._canvas.scene().prepareForPaint()
        self._canvas.scene().render(painter, self.area, self._canvas.sceneRect(), Qt.AspectRatioMode.IgnoreAspectRatio)
        self._over.show()

    def draw_exported(self, painter: QPainter, size: QSize) -> None:
        """Draw at a size, without pointer."""
        self._exporting = True
        try:
            super().draw_exported(painter, size)
        finally:
            self._exporting = False
            self.update()  # the frame that is seen may have another size

    def _lay_out(self, size: QSizeF, head: Head) -> None:
        super()._lay_out(size, head)
        self.scale = self.y_scale

    def _area(self, size: QSizeF, top: float) -> QRectF:
        area = super()._area(size, top)
        if self.bar is not None:
            width = BAR_GAP + BAR_WIDTH + label_width(self.fonts, self._bar_ticks(area.height())) + 1.5 * UNIT_PX
            area.setRight(max(area.right() - width, area.left() + 10))
        if self.equal_units:
            across, up = self.span.whole, self.y_span.whole
            spans = (across[1] - across[0]) * self.x_unit, (up[1] - up[0]) * self.y_unit
            side = min(area.width() / spans[0], area.height() / spans[1])
            free = area.width() - side * spans[0]
            area = QRectF(area.left() + free / 2, area.top(), side * spans[0], side * spans[1])
        return QRectF(area.toRect())

    def _draw_readout(self, painter: QPainter) -> None:
        if self.pointer is not None and not self.notice():
            lines = self.readout(self.pointer)
            if lines:
                draw_readout(painter, self.fonts, self.theme, self.area, self.pointer, lines)

    # --- the bar of colours

    def _bar_ticks(self, height: float) -> list[Tick]:
        if self.bar is None:
            return []
        ticks = axis_ticks(self.bar.scale, int(height / (2.5 * self.fonts.small_metrics.height())))
        return [tick for tick in ticks if tick.text and 0 <= tick.share <= 1]

    def _draw_bar(self, painter: QPainter, colors: ColorMap) -> None:
        """What the colours stand for."""
        bar = QRectF(self.area.right() + BAR_GAP, self.area.top(), BAR_WIDTH, self.area.height())
        image = QImage(1, len(colors.names), QImage.Format.Format_RGB32)
        for place, name in enumerate(reversed(colors.names)):
            image.setPixelColor(0, place, QColor(name))
        painter.drawImage(bar, image)
        painter.setFont(self.fonts.small)
        painter.setPen(QColor(self.theme.muted))
        height = self.fonts.small_metrics.height()
        for tick in self._bar_ticks(bar.height()):
            y = bar.bottom() - tick.share * bar.height()
            room = QRectF(bar.right() + UNIT_PX, y - height / 2, self.fonts.small_width(tick.text) + UNIT_PX, height)
            painter.drawText(room, ALIGN_LEFT, tick.text)

    # --- the hand

    def zoom_at(self, factor: float, at: QPointF) -> None:
        scale = self.y_scale
        share = (self.area.bottom() - at.y()) / self.area.height()
        self.y_span.zoom(factor, scale.lo + share * (scale.hi - scale.lo))
        self.zoom(factor, self.x_even(at.x()))

    def drag(self, before: QPointF, now: QPointF) -> None:
        scale = self.y_scale
        self.y_span.move((now.y() - before.y()) / self.area.height() * (scale.hi - scale.lo))
        super().drag(before, now)

    def show_all(self) -> None:
        self.y_span.show_all()
        super().show_all()

    def make_menu(self, at: QPointF | None = None) -> QMenu:
        """The context menu for a place in the picture."""
        menu = super().make_menu(at)
        for action in self.controls.scale_actions.values():
            menu.removeAction(action)
        return menu

    def csv(self) -> str:
        """Where the middle of each cell is, and its value."""
        rows, columns = self._values.shape
        left, right, bottom, top = self._rect
        x, y = exact(self.x_kind, left, right), exact(self.kind, bottom, top)
        cells = (
            [x.value((column + 0.5) / columns), y.value((row + 0.5) / rows), float(self._values[row, column])]
            for row in range(rows) for column in range(columns)
        )  # fmt: skip
        return csv_text([self.x_title, self.y_title, self.tr("value")], cells)


def _set_whole(span: Span, shown: Scale, ends: Ends) -> float:
    """Take other ends, keeping what a hand has chosen to see; the unit of the axis from now on."""
    whole = exact(shown.kind, *ends)
    seen = np.array([shown.value(0.0), shown.value(1.0)])
    span.whole = (whole.lo, whole.hi)
    if span.chosen and whole.unit != shown.unit:
        low, high = transform(shown.kind, seen, whole.unit).tolist()
        span.choose(low, high)
    return whole.unit


class _Canvas(pg.GraphicsView):  # type: ignore[misc]  # pyqtgraph has no annotations
    """The scene, seen through the area of the plane; the hand is the plane's."""

    def __init__(self, plane: Plane) -> None:
        super().__init__(plane)
        self._plane = plane
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCacheMode(self.CacheModeFlag.CacheNone)
        self.setViewportUpdateMode(self.ViewportUpdateMode.FullViewportUpdate)
        self.setMinimumSize(1, 1)
        self.scene().setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)  # the boxes of layers grow with it

    def update(self) -> None:
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        began = time.perf_counter()
        self._plane.prepare_scene()
        super().paintEvent(event)
        if self._plane.turns is not None:
            self._plane.turns.took(self, 1000 * (time.perf_counter() - began))


class _Image(pg.ImageItem):  # type: ignore[misc]
    """An image of colours, shaded between its cells where that is asked for."""

    def __init__(self) -> None:
        super().__init__(axisOrder="row-major")
        self.smooth = False

    def paint(self, painter: QPainter, *args: object) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.smooth)
        super().paint(painter, *args)
