"""The final figure over one swept key: medians as lines, each seed a dot, the best run marked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby, pairwise

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen

from lrsim.charts.look import QUANTITY_SERIES, UNIT_PX, mix
from lrsim.common.numbers import full, short
from lrsim.gui.chart.chart import Chart
from lrsim.gui.chart.export import csv_text
from lrsim.gui.chart.frame import Entry
from lrsim.gui.chart.readout import Line, draw_readout
from lrsim.gui.chart.scales import Scale, ScaleKind, empty, fit
from lrsim.gui.chart.strokes import draw_line, draw_markers, marker_size
from lrsim.gui.chart.ticks import Tick
from lrsim.gui.look.theme import ThemeSource, series_pen
from lrsim.gui.sweep.results import Results
from lrsim.gui.words import sweep as words
from lrsim.sweep.axes import (
    RATE,
    KeyAxis,
    at_value,
    best_record,
    final_value,
    key_axis,
    lost_word,
    median_of,
    wants_log,
    without_explosions,
)
from lrsim.sweep.ranking import ranking_metric
from lrsim.sweep.record import Record, higher_is_better
from lrsim.sweep.values import Value
from lrsim.sweep.words import key_labels, label, loss_words, metric_words

MARGIN = 0.06
"""Share of the axis that is free beside the outermost values."""
NARROWEST = 0.02


class CurveView(Chart):
    """Final figures of training and held-out rows by the value of the swept key.

    Signals
    -------
    open_requested(int, int)
        Index of a run and the step at which to open it.
    """

    open_requested = Signal(int, int)

    def __init__(self, results: Results, themes: ThemeSource) -> None:
        super().__init__(themes, "", "", "", ScaleKind.LINEAR, follows=False)
        self._results = results
        self._axis: KeyAxis | None = None
        self._range: tuple[float, float] | None = None
        self._kind_chosen = False
        self._records: list[Record] = []
        self._metric = "loss"
        self._metrics: list[str] = []
        self.setObjectName("final")
        self.controls.scale_chosen.connect(self._remember_kind)
        results.began.connect(self._rebuild)
        results.grew.connect(self._refresh)
        results.selected.connect(self.update)

    # --- what is shown

    def _rebuild(self) -> None:
        self._kind_chosen = False
        self._range = None
        sweep = self._results.sweep
        self._axis = key_axis(sweep.over[0][1], sweep.over[0][0]) if sweep and len(sweep.over) == 1 else None
        self._refresh()

    def _refresh(self) -> None:
        records = self._results.records
        self._records = without_explosions(records)
        if self._axis and records:
            self._metric = ranking_metric(records)
            quantity = self._metric.removeprefix("val_")
            self._metrics = [
                name for name in (quantity, f"val_{quantity}") if any(name in record.final for record in records)
            ]
            key_words = key_labels([self._axis.key])[self._axis.key]
            self.title = self.tr("Final {0} by {1}").format(quantity, key_words)
            self.x_title = key_words
            self.y_title = loss_words(records) if quantity == "loss" else quantity
            if not self._kind_chosen:
                values = np.array([final_value(record, name) for record in self._records for name in self._metrics])
                self.set_scale(ScaleKind.LOG if quantity != "accuracy" and wants_log(values) else ScaleKind.LINEAR)
        self.update()

    def _remember_kind(self, _kind: ScaleKind) -> None:
        self._kind_chosen = True

    def notice(self) -> str:
        return "" if self._axis and self._records else self.tr("The curve is drawn as soon as a run is done.")

    def prepare(self, width: float) -> None:
        values = np.array([final_value(record, name) for record in self._records for name in self._metrics])
        values = values[np.isfinite(values) & (values > 0 if self.kind is ScaleKind.LOG else True)]
        if not values.size:
            self.scale = empty(self.kind)
        elif self._metric.endswith("accuracy") and self.kind is ScaleKind.LINEAR:
            self.scale = Scale(ScaleKind.LINEAR, 0.0, 1.05)
        else:
            self.scale = fit(self.kind, float(values.min()), float(values.max()))

    def legend(self) -> Sequence[Entry]:
        return [
            Entry(metric_words(name), "", self._pen(name), marker="circle", hollow=name.startswith("val_"))
            for name in self._metrics
        ]

    def _pen(self, metric: str) -> QPen:
        style = "dashed" if metric.startswith("val_") else "solid"
        return series_pen(self.theme, QUANTITY_SERIES[metric.removeprefix("val_")], style)

    # --- places

    @property
    def _whole(self) -> tuple[float, float]:
        """Both ends of the axis when all is shown; the last value's label stands beside the title of the axis."""
        beside = self.fonts.small_width(self.x_title) + self.fonts.small_width("0.0000")
        return -MARGIN, 1 + max(MARGIN, beside / self.area.width())

    @property
    def _shown(self) -> tuple[float, float]:
        return self._range or self._whole

    def _x(self, value: Value) -> float:
        return self._x_of(self._axis.unit(value) if self._axis else 0.0)

    def _x_of(self, unit: float) -> float:
        low, high = self._shown
        return self.area.left() + (unit - low) / (high - low) * self.area.width()

    def x_at(self, x: float) -> float:
        low, high = self._shown
        return low + (x - self.area.left()) / self.area.width() * (high - low)

    def x_ticks(self, most: int) -> list[Tick]:
        if self._axis is None:
            return []
        ticks, end = [], -math.inf
        low, high = self._shown
        for value in self._axis.values:
            share = (self._axis.unit(value) - low) / (high - low)
            text = _cut(label(value))
            half = (self.fonts.small_width(text) / 2 + UNIT_PX) / self.area.width()
            if share - half < end:
                text = ""
            else:
                end = share + half
            ticks.append(Tick(share, text))
        return ticks

    # --- drawing

    def draw_content(self, painter: QPainter) -> None:
        if self._axis is None:
            return
        self._draw_lost(painter, self._axis)
        best = best_record(self._records, self._metric)
        if best is not None:
            self._draw_best_line(painter, best)
        for metric in self._metrics:
            self._draw_metric(painter, self._axis, metric)
        if best is not None:
            self._draw_ring(painter, best, self._accent, 1.4)
        chosen = next((record for record in self._records if record.index == self._results.selection), None)
        if chosen is not None:
            self._draw_ring(painter, chosen, self.theme.text, 2.0)

    @property
    def _accent(self) -> str:
        return self.theme.rate if self._axis and self._axis.key == RATE else self.theme.text

    def _draw_metric(self, painter: QPainter, axis: KeyAxis, metric: str) -> None:
        groups = [at_value(self._records, axis.key, value) for value in axis.values]
        xs = np.array([self._x(value) for value in axis.values])
        ys = self._y(np.array([median_of(group, metric) for group in groups]))
        pen = self._pen(metric)
        # Values that are not run yet leave no gap.
        there = np.isfinite(ys) | np.array([bool(group) for group in groups])
        if axis.numeric:
            draw_line(painter, xs[there], ys[there], pen, smooth=self.theme.antialias)
        hollow = metric.startswith("val_")
        fill = QColor(self.theme.background if hollow else pen.color())
        draw_markers(painter, xs, ys, "circle", marker_size(self.theme), QPen(pen.color(), 1.5), fill)
        for x, group in zip(xs.tolist(), groups):
            if len(group) > 1:
                dots = self._y(np.array([final_value(record, metric) for record in group]))
                color = mix(self.theme.background, pen.color().name(), 0.55)
                size = marker_size(self.theme) * 0.5
                places = np.full(len(dots), x)
                draw_markers(painter, places, dots, "circle", size, QPen(QColor(color), 1), QColor(color))

    def _y(self, values: np.ndarray) -> np.ndarray:
        return self.area.bottom() - self.scale.shares(values) * self.area.height()

    def _draw_lost(self, painter: QPainter, axis: KeyAxis) -> None:
        """Neighbouring values whose every run came to nothing: a shaded stripe with a word."""
        groups = [at_value(self._records, axis.key, value) for value in axis.values]
        lost = [bool(group) and all(record.diverged or not record.final for record in group) for group in groups]
        units = [axis.unit(value) for value in axis.values]
        edges = [self._whole[0], *((a + b) / 2 for a, b in pairwise(units)), self._whole[1]]
        place = 0
        for is_lost, stretch in groupby(lost):
            end = place + len(list(stretch))
            if is_lost:
                left, right = self._x_of(edges[place]), self._x_of(edges[end])
                records = [record for group in groups[place:end] for record in group]
                self._draw_stripe(painter, QRectF(left, self.area.top(), right - left, self.area.height()), records)
            place = end

    def _draw_stripe(self, painter: QPainter, box: QRectF, records: list[Record]) -> None:
        painter.fillRect(box, QColor(mix(self.theme.background, self.theme.bad, 0.10)))
        painter.save()
        painter.translate(box.center())
        word = lost_word(records)
        if self.fonts.base_width(word) + 2 * UNIT_PX > box.width():
            painter.rotate(-90)
        painter.setPen(QColor(self.theme.bad))
        painter.setFont(self.fonts.base)
        painter.drawText(QRectF(-150, -20, 300, 40), Qt.AlignmentFlag.AlignCenter, word)
        painter.restore()

    def _draw_best_line(self, painter: QPainter, best: Record) -> None:
        value, figure = best.values[0][1], final_value(best, self._metric)
        x = self._x(value)
        painter.setPen(QPen(QColor(self._accent), max(self.theme.line_width, 1)))
        painter.drawLine(QPointF(x, self.area.top()), QPointF(x, self.area.bottom()))
        lines = [self.tr("best {0}").format(_cut(label(value))), f"{metric_words(self._metric)} {short(figure)}"]
        width = max(self.fonts.small_width(line) for line in lines)
        height = self.fonts.small_metrics.height()
        beyond = x + width + 2 * UNIT_PX > self.area.right()
        left = x - width - 2 * UNIT_PX if beyond else x + 2 * UNIT_PX
        top = self.area.bottom() - 2 * height - UNIT_PX if higher_is_better(self._metric) else self.area.top() + UNIT_PX
        painter.fillRect(QRectF(left - 2, top, width + 4, 2 * height), QColor(self.theme.background))
        painter.setFont(self.fonts.small)
        painter.setPen(QColor(self._accent))
        for number, line in enumerate(lines):
            painter.drawText(QRectF(left, top + number * height, width + 4, height), Qt.AlignmentFlag.AlignLeft, line)

    def _draw_ring(self, painter: QPainter, record: Record, color: str, size: float) -> None:
        y = float(self._y(np.array([final_value(record, self._metric)]))[0])
        if math.isfinite(y):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(color), 2))
            radius = marker_size(self.theme) * size / 1.4
            painter.drawEllipse(QPointF(self._x(record.values[0][1]), y), radius, radius)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def draw_over(self, painter: QPainter) -> None:
        value = self._value_at(self.pointer.x()) if self.pointer else None
        if value is None or self.pointer is None or self._axis is None:
            return
        lines = [Line(self.x_title, label(value))]
        for record in at_value(self._records, self._axis.key, value)[:4]:
            seed = self.tr(", seed {0}").format(record.seed) if len(self._seeds) > 1 else ""
            for metric in self._metrics:
                figure = full(record.final[metric]) if metric in record.final else words.divergence_words([record])
                lines.append(Line(f"{metric_words(metric)}{seed}", figure, color=self._pen(metric).color().name()))
            lines.append(Line(self.tr("verdict"), record.verdict.replace("_", " ")))
        draw_readout(painter, self.fonts, self.theme, self.area, self.pointer, lines)

    @property
    def _seeds(self) -> tuple[int, ...]:
        return self._results.sweep.seeds if self._results.sweep else ()

    # --- the hand

    def _value_at(self, x: float) -> Value | None:
        if self._axis is None:
            return None
        value = min(self._axis.values, key=lambda value: abs(self._x(value) - x))
        return value if abs(self._x(value) - x) <= max(12.0, self.area.width() / 40) else None

    def _record_at(self, at: QPointF) -> Record | None:
        """The run nearest to a place in the plot."""
        value = self._value_at(at.x())
        if value is None or self._axis is None:
            return None
        found = at_value(self._records, self._axis.key, value)

        def distance(record: Record) -> float:
            y = float(self._y(np.array([final_value(record, self._metric)]))[0])
            return abs(y - at.y()) if math.isfinite(y) else math.inf

        return min(found, key=distance, default=None)

    def click(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        record = self._record_at(at)
        self._results.select(record.index if record else None)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        record = self._record_at(event.position()) if self.area.contains(event.position()) else None
        if record is not None:
            self.open_requested.emit(record.index, record.steps)
        else:
            super().mouseDoubleClickEvent(event)

    def zoom(self, factor: float, anchor: float) -> None:
        low, high = (anchor + (end - anchor) * factor for end in self._shown)
        if high - low >= NARROWEST:
            self._range = (max(low, self._whole[0]), min(high, self._whole[1]))
            self.update()

    def pan(self, distance: float) -> None:
        (low, high), (first, last) = self._shown, self._whole
        distance = max(first - low, min(distance, last - high))
        self._range = (low + distance, high + distance)
        self.update()

    def show_all(self) -> None:
        self._range = None
        self.update()

    def hint(self) -> str:
        return self.tr("A click chooses the run in all views, a double click opens it in the stepper.")

    def csv(self) -> str:
        if self._axis is None:
            return ""
        rows = [
            [
                words.csv_cell(record.values[0][1]),
                record.seed,
                *(record.final.get(name, math.nan) for name in self._metrics),
            ]
            for record in self._results.records
        ]
        return csv_text([self._axis.key, "seed", *self._metrics], rows)


def _cut(text: str) -> str:
    return text if len(text) <= 18 else text[:17] + "\u2026"
