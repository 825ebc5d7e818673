"""Three or more swept keys: an upright axis for each, a line for each run, the final figure on the last axis."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QGuiApplication,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QMenu, QWidget

from lrsim.charts.look import PADDING_PX, UNIT_PX, mix
from lrsim.common.numbers import short
from lrsim.gui.chart.export import ask_and_save, csv_text, save_image
from lrsim.gui.chart.frame import ALIGN_LEFT, Fonts, draw_title
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.sweep.results import Results
from lrsim.gui.words import sweep as words
from lrsim.sweep.axes import (
    RATE,
    KeyAxis,
    best_record,
    final_value,
    key_axis,
    lost_word,
    units,
    wants_log,
    without_explosions,
)
from lrsim.sweep.ranking import ranking_metric
from lrsim.sweep.record import Record, higher_is_better
from lrsim.sweep.words import key_labels, label, metric_words

NEAR_PX = 8.0
LOST = -0.09
"""Height of runs that came to nothing, below the axis of figures."""


class ParallelView(QWidget):
    """A line a run through its values; the best is bold, its rate in the rate's colour.

    Signals
    -------
    open_requested(int, int)
        Index of a run and the step at which to open it.
    """

    open_requested = Signal(int, int)

    def __init__(self, results: Results, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._results = results
        self._theme = themes.theme
        self._fonts = Fonts(themes.theme)
        themes.changed.connect(self._set_theme)
        self._axes: list[KeyAxis] = []
        self._records: list[Record] = []
        self._metric = "loss"
        self._figures = np.empty(0)
        self._heights = np.empty(0)
        self.setObjectName("parallel")
        self.setAccessibleName(self.tr("Runs through their values"))
        results.began.connect(self._rebuild)
        results.grew.connect(self._refresh)
        results.selected.connect(self.update)

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._fonts = Fonts(theme)
        self.update()

    def _rebuild(self) -> None:
        sweep = self._results.sweep
        self._axes = [key_axis(values, key) for key, values in sweep.over] if sweep else []
        self._refresh()

    def _refresh(self) -> None:
        self._records = without_explosions(self._results.records)
        self._metric = ranking_metric(self._records) if self._records else "loss"
        self._figures = np.array([final_value(record, self._metric) for record in self._records])
        self._heights = units(self._figures, wants_log(self._figures))
        self.update()

    # --- places

    def _area(self, size: QSize) -> QRectF:
        fonts = self._fonts
        top = fonts.row + 2 * fonts.base_metrics.height()
        side = 4 * self._theme.base_px
        right = 7 * self._theme.base_px
        return QRectF(side, top, size.width() - side - right, (size.height() - top - PADDING_PX) / (1 - LOST + 0.05))

    def _x(self, area: QRectF, place: int) -> float:
        return area.left() + place / max(len(self._axes), 1) * area.width()

    def _line(self, area: QRectF, number: int) -> QPolygonF:
        values = dict(self._records[number].values)
        heights = [axis.unit(values[axis.key]) for axis in self._axes]
        height = float(self._heights[number])
        heights.append(height if math.isfinite(height) else LOST)
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
            painter.fillRect(event.rect(), QColor(self._theme.background))
            self._draw(painter, self.size(), self._results.selection)
        finally:
            painter.end()

    def draw_exported(self, painter: QPainter, size: QSize) -> None:
        self._draw(painter, size, None)

    def _draw(self, painter: QPainter, size: QSize, selection: int | None) -> None:
        best = best_record(self._records, self._metric)
        title = self.tr("{0} runs").format(len(self._records))
        if best is not None:
            title = self.tr("{0}; bold: the best").format(title)
        draw_title(painter, self._fonts, self._theme, title, size.width() - 2 * PADDING_PX)
        area = self._area(size)
        good = higher_is_better(self._metric)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, self._theme.antialias)
        for number, height in enumerate(self._heights.tolist()):
            if math.isfinite(height):
                strength = 0.2 + 0.7 * (height if good else 1 - height)
                pen = QPen(QColor(mix(self._theme.background, self._theme.series[0], strength)), self._theme.line_width)
            else:
                color = mix(self._theme.background, self._theme.bad, 0.5)
                pen = QPen(QColor(color), self._theme.line_width, Qt.PenStyle.DotLine)
            painter.setPen(pen)
            painter.drawPolyline(self._line(area, number))
        for number, record in enumerate(self._records):
            if best is not None and record.index == best.index:
                painter.setPen(QPen(QColor(self._theme.text), 2 * self._theme.line_width + 1))
                painter.drawPolyline(self._line(area, number))
                self._mark_rate(painter, area, number)
            elif record.index == selection:
                painter.setPen(QPen(QColor(self._theme.text), 2 * self._theme.line_width, Qt.PenStyle.DashLine))
                painter.drawPolyline(self._line(area, number))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self._draw_axes(painter, area)

    def _mark_rate(self, painter: QPainter, area: QRectF, number: int) -> None:
        keys = [axis.key for axis in self._axes]
        if RATE in keys:
            painter.setBrush(QColor(self._theme.rate))
            painter.setPen(Qt.PenStyle.NoPen)
            radius = self._theme.base_px * 0.4
            painter.drawEllipse(self._line(area, number).at(keys.index(RATE)), radius, radius)
            painter.setBrush(Qt.BrushStyle.NoBrush)

    def _draw_axes(self, painter: QPainter, area: QRectF) -> None:
        theme = self._theme
        names = key_labels([axis.key for axis in self._axes])
        for place, axis in enumerate(self._axes):
            ticks = [(axis.unit(value), label(value)) for value in axis.values]
            color = theme.rate if axis.key == RATE else theme.text
            self._draw_axis(painter, area, self._x(area, place), names[axis.key], ticks, color)
        self._draw_axis(painter, area, area.right(), metric_words(self._metric), self._figure_ticks(), theme.text)
        lost = [record for record, height in zip(self._records, self._heights) if not math.isfinite(height)]
        if lost:
            painter.setPen(QColor(theme.bad))
            y = area.bottom() - LOST * area.height()
            painter.drawText(QRectF(area.right() + UNIT_PX, y - 15, 200, 30), ALIGN_LEFT, lost_word(lost))

    def _draw_axis(
        self, painter: QPainter, area: QRectF, x: float, name: str, ticks: list[tuple[float, str]], color: str
    ) -> None:
        fonts, theme = self._fonts, self._theme
        painter.setPen(QPen(QColor(theme.muted), 1))
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        painter.setFont(fonts.base)
        painter.setPen(QColor(color))
        height = fonts.base_metrics.height()
        painter.drawText(QRectF(x - 150, area.top() - 1.5 * height, 300, height), Qt.AlignmentFlag.AlignCenter, name)
        painter.setFont(fonts.small)
        height = fonts.small_metrics.height()
        last = math.inf
        for share, text in sorted(ticks, reverse=True):
            y = area.bottom() - share * area.height()
            if abs(last - y) < height:
                continue
            last = y
            text = text if len(text) <= 16 else text[:15] + "\u2026"
            box = QRectF(x + UNIT_PX, y - height / 2, fonts.small_width(text) + UNIT_PX, height)
            painter.fillRect(box, QColor(theme.background))
            painter.setPen(QColor(theme.text))
            painter.drawText(box, ALIGN_LEFT, text)

    def _figure_ticks(self) -> list[tuple[float, str]]:
        finite = self._figures[np.isfinite(self._figures)]
        if not finite.size:
            return []
        low, high = float(finite.min()), float(finite.max())
        if low == high:
            return [(0.5, short(low))]
        ends = np.geomspace(low, high, 5) if wants_log(self._figures) else np.linspace(low, high, 5)
        return [(place / 4, short(float(f"{value:.3g}"))) for place, value in enumerate(ends.tolist())]

    # --- the hand

    def _record_at(self, at: QPointF) -> Record | None:
        """The run whose line passes near a place."""
        area = self._area(self.size())
        nearest = min(
            range(len(self._records)), key=lambda number: _distance(self._line(area, number), at), default=None
        )
        if nearest is None or _distance(self._line(area, nearest), at) > NEAR_PX:
            return None
        return self._records[nearest]

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            record = self._record_at(event.position())
            self._results.select(record.index if record else None)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        record = self._record_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and record is not None:
            self.open_requested.emit(record.index, record.steps)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Copy data as CSV")).triggered.connect(
            lambda: QGuiApplication.clipboard().setText(self.csv())
        )
        menu.addAction(self.tr("Save image\u2026")).triggered.connect(lambda: ask_and_save(self, self.save_image))
        menu.popup(event.globalPos())

    def save_image(self, path: Path) -> None:
        """Write the picture as PNG or SVG, by the name's ending; raises OSError where that fails."""
        save_image(self, path, self.size(), self._theme.background, self.accessibleName())

    def csv(self) -> str:
        """A line a run: its values, seed and final figure."""
        rows = [
            [*(words.csv_cell(value) for _, value in record.values), record.seed, float(figure)]
            for record, figure in zip(self._records, self._figures)
        ]
        return csv_text([*(axis.key for axis in self._axes), "seed", self._metric], rows)


def _distance(line: QPolygonF, at: QPointF) -> float:
    """From a place to a line, along the vertical."""
    for place in range(line.size() - 1):
        first, second = line.at(place), line.at(place + 1)
        if first.x() <= at.x() <= second.x() and second.x() > first.x():
            share = (at.x() - first.x()) / (second.x() - first.x())
            return abs(first.y() + share * (second.y() - first.y()) - at.y())
    return math.inf
