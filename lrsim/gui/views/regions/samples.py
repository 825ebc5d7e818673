"""The samples of two inputs as marks: training rows filled, held-out ones ringed, classes by colour and shape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from lrsim.common.numbers import Floats, count, full
from lrsim.data.dataset import Dataset
from lrsim.gui.chart.strokes import draw_markers, marker_size
from lrsim.gui.look.theme import Theme
from lrsim.gui.views.regions import colors

SHAPES = ("circle", "square", "triangle", "diamond")
MOST = 1500
"""More samples than this are drawn thinned, evenly over the rows."""
HEIGHTS = 16

Range = tuple[float, float]


@dataclass(frozen=True)
class Sample:
    """A sample by its number, from 0, in the units of the source, with its target in words."""

    number: int
    inputs: Floats
    target: str
    held_out: bool


class SampleMarks:
    """Drawn once onto a layer of their own, which is put over every frame."""

    def __init__(self) -> None:
        self._numbers = np.zeros(0, dtype=np.intp)
        self._inputs = np.zeros((0, 2))
        self._kinds = np.zeros(0, dtype=np.intp)  # class, or step of the height
        self._held_out = np.zeros(0, dtype=bool)
        self._targets: list[str] = []
        self._classes = 0
        self._layer = QPixmap()
        self._drawn: tuple[object, ...] = ()
        self.with_held_out = True
        """Whether the held-out samples are there too."""

    def set_data(self, data: Dataset, heights: Range) -> None:
        """Take the samples of another experiment; `heights` are those of the colour scale."""
        self._classes = len(data.classes)
        first, last = len(data.X_train), len(data.X_train) + len(data.X_test)
        chosen = [np.arange(lo, hi, -(-(hi - lo) // MOST) or 1) for lo, hi in ((0, first), (first, last))]
        numbers = np.concatenate(chosen)
        self._numbers = numbers
        self._inputs, targets = data.given(numbers)
        self._held_out = numbers >= first
        if data.classes:
            self._kinds = data.class_of(targets)
            self._targets = [data.classes[kind] for kind in self._kinds]
        else:
            share = np.clip((targets[:, 0] - heights[0]) / (heights[1] - heights[0]), 0, 1)
            self._kinds = (share * (HEIGHTS - 1) + 0.5).astype(np.intp)
            self._targets = [full(value) for value in targets[:, 0].tolist()]
        self._drawn = ()

    def in_words(self, data: Dataset) -> tuple[str, str]:
        """How many of the training and of the held-out rows have a mark; empty where all have."""
        found = []
        for X, out in ((data.X_train, False), (data.X_test, True)):
            drawn = int((self._held_out == out).sum())
            words = QCoreApplication.translate("SampleMarks", "({0} of {1})")
            found.append("" if drawn == len(X) else words.format(count(drawn), count(len(X))))
        return found[0], found[1]

    @staticmethod
    def shape(number: int) -> str:
        """The mark of a class."""
        return SHAPES[(number + number // len(SHAPES)) % len(SHAPES)]

    def draw(self, painter: QPainter, area: QRectF, theme: Theme, x_range: Range, y_range: Range) -> None:
        """Put the marks over `area`, which shows these ranges of the inputs."""
        ratio = painter.device().devicePixelRatioF()
        key = (area.width(), area.height(), theme, x_range, y_range, ratio, self.with_held_out)
        if key != self._drawn:
            self._drawn = key
            self._layer = QPixmap(max(round(area.width() * ratio), 1), max(round(area.height() * ratio), 1))
            self._layer.setDevicePixelRatio(ratio)
            self._layer.fill(Qt.GlobalColor.transparent)
            onto = QPainter(self._layer)
            self._draw_marks(onto, QRectF(0, 0, area.width(), area.height()), theme, x_range, y_range)
            onto.end()
        painter.drawPixmap(area.topLeft(), self._layer)

    def _draw_marks(self, painter: QPainter, area: QRectF, theme: Theme, x_range: Range, y_range: Range) -> None:
        x, y = self._pixels(area, x_range, y_range)
        size = marker_size(theme)
        paper = QColor(theme.background)
        for kind in np.unique(self._kinds).tolist():
            color, shape = self._look(theme, kind)
            filled = (self._kinds == kind) & ~self._held_out
            edge = paper if self._classes else QColor(theme.text)  # a middle height has the colour of the paper
            draw_markers(painter, x[filled], y[filled], shape, size, QPen(edge, 1), color)
            if not self.with_held_out:
                continue
            ringed = (self._kinds == kind) & self._held_out
            draw_markers(painter, x[ringed], y[ringed], shape, size + 2, QPen(paper, 1), paper)
            draw_markers(painter, x[ringed], y[ringed], shape, size, QPen(color, max(theme.line_width, 1.5)), paper)
            if not self._classes:
                draw_markers(painter, x[ringed], y[ringed], shape, size + 2, QPen(edge, 1), QColor(0, 0, 0, 0))

    def _look(self, theme: Theme, kind: int) -> tuple[QColor, str]:
        if self._classes:
            return QColor(colors.class_color(theme, kind, self._classes)), self.shape(kind)
        return QColor(colors.output_colors(theme, 0.0, HEIGHTS - 1.0, 1.0).name(float(kind))), "circle"

    def _pixels(self, area: QRectF, x_range: Range, y_range: Range) -> tuple[Floats, Floats]:
        x = area.left() + (self._inputs[:, 0] - x_range[0]) / (x_range[1] - x_range[0]) * area.width()
        y = area.bottom() - (self._inputs[:, 1] - y_range[0]) / (y_range[1] - y_range[0]) * area.height()
        # Far outside marks must not become huge coordinates.
        return np.clip(x, area.left() - 99, area.right() + 99), np.clip(y, area.top() - 99, area.bottom() + 99)

    def near(self, at: QPointF, area: QRectF, x_range: Range, y_range: Range, distance: float) -> Sample | None:
        """The sample whose mark is within a few pixels."""
        x, y = self._pixels(area, x_range, y_range)
        away = np.hypot(x - at.x(), y - at.y())
        if not self.with_held_out:
            away[self._held_out] = np.inf
        if not len(away) or away.min() > distance:
            return None
        place = int(away.argmin())
        return Sample(int(self._numbers[place]), self._inputs[place], self._targets[place], bool(self._held_out[place]))
