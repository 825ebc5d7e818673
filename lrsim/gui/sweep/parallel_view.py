"""Three or more swept keys: an upright axis for each, a line for each run, the final figure on the last axis."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from lrsim.charts.look import PADDING_PX, UNIT_PX, mix
from lrsim.common.metrics import metric_of
from lrsim.gui.chart.export import csv_text
from lrsim.gui.chart.frame import ALIGN_LEFT, draw_title
from lrsim.gui.chart.picture import Picture
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.sweep.results import Results
from lrsim.gui.sweep.sweep_view import SweepView
from lrsim.gui.words import sweep as words
from lrsim.gui.words.keys import key_labels
from lrsim.sweep.axes import RATE, cut, key_axis, lost_word
from lrsim.sweep.finals import FinalLines, final_lines
from lrsim.sweep.record import Record
from lrsim.sweep.words import label

NEAR_PX = 8.0
LOST = -0.09
"""Height of runs that came to nothing, below the axis of figures."""


class ParallelView(SweepView, Picture):
    """A line a run through its values; the best is bold, its rate in the rate's colour."""

    ZOOMS = False

    def __init__(self, results: Results, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(themes, parent=parent)
        self._lines: FinalLines = final_lines((), ())
        self.setObjectName("parallel")
        self.setAccessibleName(self.tr("Runs through their values"))
        self.watch(results)

    def show_results(self) -> None:
        """More runs are done."""
        sweep = self.results.sweep
        axes = [key_axis(values, key) for key, values in sweep.over] if sweep else []
        self._lines = final_lines(self.results.records, axes)
        self.update()

    # --- places

    def _area(self, size: QSize) -> QRectF:
        fonts = self.fonts
        top = fonts.row + 2 * fonts.base_metrics.height()
        side = 4 * self.theme.base_px
        right = 7 * self.theme.base_px
        return QRectF(side, top, size.width() - side - right, (size.height() - top - PADDING_PX) / (1 - LOST + 0.05))

    def _x(self, area: QRectF, place: int) -> float:
        return area.left() + place / max(len(self._lines.axes), 1) * area.width()

    def _line(self, area: QRectF, number: int) -> QPolygonF:
        heights = self._lines.line(number, LOST)
        return QPolygonF(
            [
                QPointF(self._x(area, place), area.bottom() - share * area.height())
                for place, share in enumerate(heights)
            ]
        )

    # --- drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            painter.fillRect(event.rect(), QColor(self.theme.background))
            self._draw(painter, self.size(), self.results.selection)
            self.draw_focus(painter)
        finally:
            painter.end()

    def draw_exported(self, painter: QPainter, size: QSize) -> None:
        self._draw(painter, size, None)

    def _draw(self, painter: QPainter, size: QSize, selection: int | None) -> None:
        lines = self._lines
        best = lines.best
        title = self.tr("{0} runs").format(len(lines.records))
        if best is not None:
            title = self.tr("{0}; bold: the best").format(title)
        draw_title(painter, self.fonts, self.theme, title, size.width() - 2 * PADDING_PX)
        area = self._area(size)
        good = metric_of(lines.metric).higher_is_better
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, self.theme.antialias)
        for number, height in enumerate(lines.heights.tolist()):
            if math.isfinite(height):
                strength = 0.2 + 0.7 * (height if good else 1 - height)
                pen = QPen(QColor(mix(self.theme.background, self.theme.series[0], strength)), self.theme.line_width)
            else:
                color = mix(self.theme.background, self.theme.bad, 0.5)
                pen = QPen(QColor(color), self.theme.line_width, Qt.PenStyle.DotLine)
            painter.setPen(pen)
            painter.drawPolyline(self._line(area, number))
        for number, record in enumerate(lines.records):
            if best is not None and record.index == best.index:
                painter.setPen(QPen(QColor(self.theme.text), 2 * self.theme.line_width + 1))
                painter.drawPolyline(self._line(area, number))
                self._mark_rate(painter, area, number)
            elif record.index == selection:
                painter.setPen(QPen(QColor(self.theme.text), 2 * self.theme.line_width, Qt.PenStyle.DashLine))
                painter.drawPolyline(self._line(area, number))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self._draw_axes(painter, area)

    def _mark_rate(self, painter: QPainter, area: QRectF, number: int) -> None:
        keys = [axis.key for axis in self._lines.axes]
        if RATE in keys:
            painter.setBrush(QColor(self.theme.rate))
            painter.setPen(Qt.PenStyle.NoPen)
            radius = self.theme.base_px * 0.4
            painter.drawEllipse(self._line(area, number).at(keys.index(RATE)), radius, radius)
            painter.setBrush(Qt.BrushStyle.NoBrush)

    def _draw_axes(self, painter: QPainter, area: QRectF) -> None:
        theme = self.theme
        lines = self._lines
        names = key_labels([axis.key for axis in lines.axes])
        for place, axis in enumerate(lines.axes):
            ticks = [(axis.unit(value), cut(label(value))) for value in axis.values]
            color = theme.rate if axis.key == RATE else theme.text
            self._draw_axis(painter, area, self._x(area, place), names[axis.key], ticks, color)
        self._draw_axis(painter, area, area.right(), metric_of(lines.metric).words, lines.ticks, theme.text)
        if lines.lost:
            painter.setPen(QColor(theme.bad))
            y = area.bottom() - LOST * area.height()
            painter.drawText(QRectF(area.right() + UNIT_PX, y - 15, 200, 30), ALIGN_LEFT, lost_word(lines.lost))

    def _draw_axis(
        self, painter: QPainter, area: QRectF, x: float, name: str, ticks: Sequence[tuple[float, str]], color: str
    ) -> None:
        fonts, theme = self.fonts, self.theme
        painter.setPen(QPen(QColor(theme.muted), 1))
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        painter.setFont(fonts.base)
        painter.setPen(QColor(color))
        height = fonts.base_metrics.height()
        room = area.width() / max(len(self._lines.axes), 1) - 2 * UNIT_PX
        name = fonts.base_metrics.elidedText(name, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(x - 150, area.top() - 1.5 * height, 300, height), Qt.AlignmentFlag.AlignCenter, name)
        painter.setFont(fonts.small)
        height = fonts.small_metrics.height()
        last = math.inf
        for share, text in sorted(ticks, reverse=True):
            y = area.bottom() - share * area.height()
            if abs(last - y) < height:
                continue
            last = y
            box = QRectF(x + UNIT_PX, y - height / 2, fonts.small_width(text) + UNIT_PX, height)
            painter.fillRect(box, QColor(theme.background))
            painter.setPen(QColor(theme.text))
            painter.drawText(box, ALIGN_LEFT, text)

    # --- the hand

    def _record_at(self, at: QPointF) -> Record | None:
        """The run whose line passes near a place."""
        area = self._area(self.size())
        nearest = min(
            range(len(self._lines.records)), key=lambda number: _distance(self._line(area, number), at), default=None
        )
        if nearest is None or _distance(self._line(area, nearest), at) > NEAR_PX:
            return None
        return self._lines.records[nearest]

    def click(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        self.select(self._record_at(at))

    def double_click(self, at: QPointF) -> None:
        self.open_run(self._record_at(at))

    def hint(self) -> str:
        return self.tr("A click chooses the run in all views, a double click opens it in the stepper.")

    def csv(self) -> str:
        """A line a run: its values, seed and final figure."""
        rows = [
            [*(words.csv_cell(value) for _, value in record.values), record.seed, float(figure)]
            for record, figure in zip(self._lines.records, self._lines.figures)
        ]
        return csv_text([*(axis.key for axis in self._lines.axes), "seed", self._lines.metric], rows)


def _distance(line: QPolygonF, at: QPointF) -> float:
    """From a place to a line, along the vertical."""
    for place in range(line.size() - 1):
        first, second = line.at(place), line.at(place + 1)
        if first.x() <= at.x() <= second.x() and second.x() > first.x():
            share = (at.x() - first.x()) / (second.x() - first.x())
            return abs(first.y() + share * (second.y() - first.y()) - at.y())
    return math.inf
