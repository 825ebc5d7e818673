"""The weights of each unit of the first layer, as the image that it looks for."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen

from lrsim.charts.look import PADDING_PX, UNIT_PX
from lrsim.common.numbers import Floats, count, short
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.bridge.turns import Turns
from lrsim.gui.chart.export import csv_text
from lrsim.gui.chart.frame import ALIGN_CENTER, ALIGN_LEFT, draw_title
from lrsim.gui.chart.picture import Picture
from lrsim.gui.chart.readout import Line, draw_readout
from lrsim.gui.look.painting import painting
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.views.regions.colors import output_colors
from lrsim.session.snapshot import Snapshot

MOST_UNITS = 100
"""The first ones are drawn and the others counted."""
GAP = 0.12
"""Between two images, in sides of one."""
STRENGTH = 0.9


class FiltersPlot(Picture):
    """A grid of images, one a unit, each in its own shades: blue from 0 to its largest weight, yellow below 0."""

    ZOOMS = False

    def __init__(self, bridge: Bridge, themes: ThemeSource, title: str) -> None:
        super().__init__(themes, title)
        self.turns = Turns.of(bridge)
        self._reader = bridge.reader
        self._snapshot: Snapshot = bridge.reader.snapshot()
        self._problem: Any = None
        self.setMinimumSize(QSize(160, 120))

    # --- what is shown

    def begin(self, snapshot: Snapshot) -> None:
        """Show another run; without images there is nothing to draw."""
        problem = self._reader.problem_of(snapshot)
        self._problem = problem if problem.data.image is not None else None
        self.show_snapshot(snapshot)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show newer weights."""
        self._snapshot = snapshot
        if not self.isVisible():
            return
        if snapshot.playing:
            self.turns.ask(self)
        else:
            self.update()

    def weights(self) -> Floats:
        """Of the units that are drawn, shape (units, rows, columns)."""
        if self._problem is None:
            return np.zeros((0, 1, 1))
        first = self._problem.network.unpack(self._snapshot.theta)[0][0]
        shown = first.T[:MOST_UNITS].astype(np.float64)
        found: Floats = shown.reshape(len(shown), *self._problem.data.image)
        return found

    def _boxes(self, size: QSize, units: int, shape: tuple[int, ...]) -> list[QRectF]:
        """Where the images stand: as large as they can be, in rows that fill the width."""
        top = self.fonts.row + 2 * UNIT_PX
        below = self.fonts.small_metrics.height() + 2 * UNIT_PX
        width, height = max(size.width() - 2 * PADDING_PX, 1), max(size.height() - top - below, 1)
        rows, columns = shape
        best = max(range(1, units + 1), key=lambda across: _side(width, height, units, across, rows / columns))
        side = _side(width, height, units, best, rows / columns)
        pitch_x, pitch_y = side * (1 + GAP), side * (1 + GAP) * rows / columns
        left = (size.width() - best * pitch_x + GAP * side) / 2
        return [
            QRectF(left + number % best * pitch_x, top + number // best * pitch_y, side, side * rows / columns)
            for number in range(units)
        ]

    # --- drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        began = time.perf_counter()
        with painting(self) as painter:
            painter.fillRect(self.rect(), QColor(self.theme.background))
            self.draw_exported(painter, self.size())
            self._draw_pointer(painter)
            self.draw_focus(painter)
        self.turns.took(self, 1000 * (time.perf_counter() - began))

    def draw_exported(self, painter: QPainter, size: QSize) -> None:
        end = draw_title(painter, self.fonts, self.theme, self.title, size.width())
        weights = self.weights()
        painter.setFont(self.fonts.base)
        painter.setPen(QColor(self.theme.muted))
        if not len(weights):
            painter.drawText(QRectF(QPointF(0, 0), size), ALIGN_CENTER, self.in_words())
            return
        room = QRectF(end + 2 * UNIT_PX, UNIT_PX, size.width() - end - 2 * UNIT_PX - PADDING_PX, self.fonts.row)
        words = (each for each in self._counts() if self.fonts.base_width(each) <= room.width())
        painter.drawText(room, ALIGN_LEFT, next(words, ""))
        for box, image in zip(self._boxes(size, len(weights), weights.shape[1:]), weights):
            self._draw_image(painter, box, image)
        painter.setFont(self.fonts.small)
        painter.setPen(QColor(self.theme.muted))
        height = self.fonts.small_metrics.height()
        foot = QRectF(PADDING_PX, size.height() - height - UNIT_PX, size.width() - 2 * PADDING_PX, height)
        text = next((each for each in self._legends() if self.fonts.small_width(each) <= foot.width()), "")
        painter.drawText(foot, ALIGN_CENTER, text)

    def _counts(self) -> tuple[str, ...]:
        """How many units there are, where not all are drawn: for much and for little room."""
        units = self._problem.network.shapes[0][1]
        if units <= MOST_UNITS:
            return ("",)
        numbers = (count(MOST_UNITS), count(units))
        return self.tr("the first {0} of {1} units").format(*numbers), self.tr("{0} of {1}").format(*numbers)

    def _legends(self) -> tuple[str, ...]:
        """What the colours mean, for much and for little room."""
        return (
            self.tr("Blue: a bright pixel raises the unit. Yellow: it lowers it. Each unit in its own shades."),
            self.tr("Blue: raises the unit. Yellow: lowers it."),
        )

    def _draw_image(self, painter: QPainter, box: QRectF, image: Floats) -> None:
        reach = _reach(image)
        colors = output_colors(self.theme, -reach, reach, STRENGTH)
        pixels = np.ascontiguousarray(colors.pixels(np.ascontiguousarray(image)))
        rows, columns = image.shape
        painter.drawImage(box, QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGBA8888))
        finite = bool(np.isfinite(image).all())
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self.theme.line if finite else self.theme.bad), 1 if finite else 2))
        painter.drawRect(box)

    # --- reading off

    def unit_at(self, at: QPointF) -> int | None:
        """The unit whose image is at a place, from 0."""
        weights = self.weights()
        boxes = self._boxes(self.size(), len(weights), weights.shape[1:]) if len(weights) else []
        return next((number for number, box in enumerate(boxes) if box.contains(at)), None)

    def _draw_pointer(self, painter: QPainter) -> None:
        unit = None if self.pointer is None else self.unit_at(self.pointer)
        if unit is None or self.pointer is None:
            return
        weights = self.weights()
        box, image = self._boxes(self.size(), len(weights), weights.shape[1:])[unit], weights[unit]
        painter.setPen(QPen(QColor(self.theme.text), 2))
        painter.drawRect(box)
        rows, columns = image.shape
        row = min(int((self.pointer.y() - box.top()) / box.height() * rows), rows - 1)
        column = min(int((self.pointer.x() - box.left()) / box.width() * columns), columns - 1)
        lines = [
            Line(self.tr("unit"), count(unit + 1)),
            Line(self.tr("pixel"), self.tr("row {0}, column {1}").format(row + 1, column + 1)),
            Line(self.tr("weight"), short(float(image[row, column]))),
            Line(self.tr("largest size"), short(float(np.abs(image).max()))),
        ]
        draw_readout(painter, self.fonts, self.theme, QRectF(self.rect()), self.pointer, lines)

    def in_words(self) -> str:
        weights = self.weights()
        if not len(weights):
            return self.tr("The model does not look at images")
        words = self.tr("Weights of {0} units over {1} x {2} pixels, the largest {3}")
        return words.format(count(len(weights)), *weights.shape[1:], short(float(np.abs(weights).max())))

    def hint(self) -> str:
        return self.tr(
            "The weights from each pixel to each unit of the first layer: what it looks for. Blue raises it where "
            "the pixel is bright, yellow lowers it; each unit in its own shades."
        )

    def csv(self) -> str:
        """One line a unit, with the weight of each pixel, row by row."""
        weights = self.weights()
        rows, columns = weights.shape[1:]
        header = ["unit", *(f"row {row + 1} column {column + 1}" for row in range(rows) for column in range(columns))]
        return csv_text(header, ([number + 1, *image.ravel().tolist()] for number, image in enumerate(weights)))


def _side(width: float, height: float, units: int, across: int, tall: float) -> float:
    """The width of an image where so many stand beside each other; `tall` is its height over its width."""
    down = math.ceil(units / across)
    return min(width / (across + (across - 1) * GAP), height / (down + (down - 1) * GAP) / tall)


def _reach(values: Floats) -> float:
    finite = np.abs(values[np.isfinite(values)])
    return float(finite.max(initial=0.0)) or 1.0
