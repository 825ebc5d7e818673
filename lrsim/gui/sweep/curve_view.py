"""The final figure over one swept key: medians as lines, each seed a dot, the best run marked."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from lrsim.charts.look import QUANTITY_SERIES, SPLIT_STYLES, UNIT_PX, mix
from lrsim.common.metrics import metric_of, quantity_words
from lrsim.common.numbers import full, short
from lrsim.gui.chart.chart import Chart
from lrsim.gui.chart.export import csv_text
from lrsim.gui.chart.frame import Entry
from lrsim.gui.chart.readout import Line, draw_readout
from lrsim.gui.chart.scales import Scale, ScaleKind, empty, fit
from lrsim.gui.chart.span import Span
from lrsim.gui.chart.strokes import draw_line, draw_markers, marker_size
from lrsim.gui.chart.ticks import Tick, apart
from lrsim.gui.look.painting import kept
from lrsim.gui.look.theme import ThemeSource, series_pen
from lrsim.gui.sweep.results import Results
from lrsim.gui.sweep.sweep_view import SweepView
from lrsim.gui.words import sweep as words
from lrsim.gui.words.keys import key_labels
from lrsim.sweep.axes import RATE, at_value, cut, final_value, key_axis, lost_word
from lrsim.sweep.finals import FinalCurve, final_curve
from lrsim.sweep.record import Record
from lrsim.sweep.values import Value
from lrsim.sweep.words import label, loss_words

MARGIN = 0.06
"""Share of the axis that is free beside the outermost values."""
NARROWEST = 0.02


class CurveView(SweepView, Chart):
    """Final figures of training and held-out rows by the value of the swept key."""

    def __init__(self, results: Results, themes: ThemeSource) -> None:
        super().__init__(themes, "", "", "", ScaleKind.LINEAR, follows=False)
        self._curve: FinalCurve | None = None
        self.span = Span(NARROWEST)
        self._kind_chosen = False
        self.setObjectName("final")
        self.controls.scale_chosen.connect(self._remember_kind)
        self.watch(results)

    # --- what is shown

    def rebuild(self) -> None:
        """Another sweep: other values, all of them in sight."""
        self._kind_chosen = False
        self.span.show_all()
        self.show_results()

    def show_results(self) -> None:
        """More runs are done."""
        sweep, records = self.results.sweep, self.results.records
        self._curve = None
        if sweep is not None and len(sweep.over) == 1 and records:
            key, values = sweep.over[0]
            self._curve = curve = final_curve(records, key_axis(values, key))
            name = key_labels([key])[key]
            self.title = self.tr("Final {0} by {1}").format(quantity_words(curve.quantity), name)
            self.x_title = name
            self.y_title = loss_words(records) if curve.quantity == "loss" else quantity_words(curve.quantity)
            if not self._kind_chosen:
                self.set_scale(ScaleKind.LOG if curve.log else ScaleKind.LINEAR)
        self.update()

    def _remember_kind(self, _kind: ScaleKind) -> None:
        self._kind_chosen = True

    def notice(self) -> str:
        return "" if self._curve else self.tr("The curve is drawn as soon as a run is done.")

    def prepare(self, width: float) -> None:
        # The last value's label stands beside the title of the axis.
        beside = self.fonts.small_width(self.x_title) + self.fonts.small_width("0.0000")
        self.span.whole = (-MARGIN, 1 + max(MARGIN, beside / width))
        curve = self._curve
        if curve is None:
            return
        values = curve.figures
        values = values[np.isfinite(values) & (values > 0 if self.kind is ScaleKind.LOG else True)]
        if not values.size:
            self.scale = empty(self.kind)
        elif curve.quantity == "accuracy" and self.kind is ScaleKind.LINEAR:
            self.scale = Scale(ScaleKind.LINEAR, 0.0, 1.05)
        else:
            self.scale = fit(self.kind, float(values.min()), float(values.max()))

    def legend(self) -> Sequence[Entry]:
        return [
            Entry(metric_of(name).words, "", self._pen(name), marker="circle", hollow=metric_of(name).held_out)
            for name in (self._curve.metrics if self._curve else ())
        ]

    def _pen(self, metric: str) -> QPen:
        found = metric_of(metric)
        return series_pen(self.theme, QUANTITY_SERIES[found.quantity], SPLIT_STYLES[found.split])

    # --- places

    def _x(self, value: Value) -> float:
        return self._x_of(self._curve.axis.unit(value) if self._curve else 0.0)

    def _x_of(self, unit: float) -> float:
        return float(self.x_px(np.array([unit]))[0])

    def x_ticks(self, most: int) -> list[Tick]:
        if self._curve is None:
            return []
        axis, scale = self._curve.axis, self.x_scale
        shares = scale.shares(axis.units).tolist()
        ticks = [Tick(share, cut(label(value))) for share, value in zip(shares, axis.values)]
        return apart(ticks, self.fonts.small_width, self.area.width(), 2 * UNIT_PX)

    # --- drawing

    def draw_content(self, painter: QPainter) -> None:
        curve = self._curve
        if curve is None:
            return
        for lost in curve.lost():
            first, last = self.span.whole
            left, right = self._x_of(max(lost.left, first)), self._x_of(min(lost.right, last))
            self._draw_stripe(painter, QRectF(left, self.area.top(), right - left, self.area.height()), lost.records)
        best = curve.best
        if best is not None:
            self._draw_best_line(painter, curve, best)
        for metric in curve.metrics:
            self._draw_metric(painter, curve, metric)
        if best is not None:
            self._draw_ring(painter, curve, best, self._accent, 1.4)
        chosen = next((record for record in curve.records if record.index == self.results.selection), None)
        if chosen is not None:
            self._draw_ring(painter, curve, chosen, self.theme.text, 2.0)

    @property
    def _accent(self) -> str:
        return self.theme.rate if self._curve and self._curve.axis.key == RATE else self.theme.text

    def _draw_metric(self, painter: QPainter, curve: FinalCurve, metric: str) -> None:
        axis, groups = curve.axis, curve.groups
        xs = self.x_px(axis.units)
        ys = self.y_px(curve.medians(metric))
        pen = self._pen(metric)
        # Values that are not run yet leave no gap.
        there = np.isfinite(ys) | np.array([bool(group) for group in groups])
        if axis.numeric:
            draw_line(painter, xs[there], ys[there], pen, smooth=self.theme.antialias)
        hollow = metric_of(metric).held_out
        fill = QColor(self.theme.background if hollow else pen.color())
        draw_markers(painter, xs, ys, "circle", marker_size(self.theme), QPen(pen.color(), 1.5), fill)
        for x, group in zip(xs.tolist(), groups):
            if len(group) > 1:
                dots = self.y_px(np.array([final_value(record, metric) for record in group]))
                color = mix(self.theme.background, pen.color().name(), 0.55)
                size = marker_size(self.theme) * 0.5
                places = np.full(len(dots), x)
                draw_markers(painter, places, dots, "circle", size, QPen(QColor(color), 1), QColor(color))

    def _draw_stripe(self, painter: QPainter, box: QRectF, records: Sequence[Record]) -> None:
        painter.fillRect(box, QColor(mix(self.theme.background, self.theme.bad, 0.10)))
        with kept(painter):
            painter.translate(box.center())
            word = lost_word(records)
            if self.fonts.base_width(word) + 2 * UNIT_PX > box.width():
                painter.rotate(-90)
            painter.setPen(QColor(self.theme.bad))
            painter.setFont(self.fonts.base)
            painter.drawText(QRectF(-150, -20, 300, 40), Qt.AlignmentFlag.AlignCenter, word)

    def _draw_best_line(self, painter: QPainter, curve: FinalCurve, best: Record) -> None:
        value, figure = best.values[0][1], final_value(best, curve.metric)
        x = self._x(value)
        painter.setPen(QPen(QColor(self._accent), max(self.theme.line_width, 1)))
        painter.drawLine(QPointF(x, self.area.top()), QPointF(x, self.area.bottom()))
        lines = [self.tr("best {0}").format(cut(label(value))), f"{metric_of(curve.metric).words} {short(figure)}"]
        width = max(self.fonts.small_width(line) for line in lines)
        height = self.fonts.small_metrics.height()
        beyond = x + width + 2 * UNIT_PX > self.area.right()
        left = x - width - 2 * UNIT_PX if beyond else x + 2 * UNIT_PX
        top = (
            self.area.bottom() - 2 * height - UNIT_PX
            if metric_of(curve.metric).higher_is_better
            else self.area.top() + UNIT_PX
        )
        painter.fillRect(QRectF(left - 2, top, width + 4, 2 * height), QColor(self.theme.background))
        painter.setFont(self.fonts.small)
        painter.setPen(QColor(self._accent))
        for number, line in enumerate(lines):
            painter.drawText(QRectF(left, top + number * height, width + 4, height), Qt.AlignmentFlag.AlignLeft, line)

    def _draw_ring(self, painter: QPainter, curve: FinalCurve, record: Record, color: str, size: float) -> None:
        y = float(self.y_px(np.array([final_value(record, curve.metric)]))[0])
        if math.isfinite(y):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(color), 2))
            radius = marker_size(self.theme) * size / 1.4
            painter.drawEllipse(QPointF(self._x(record.values[0][1]), y), radius, radius)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def draw_over(self, painter: QPainter) -> None:
        value = self._value_at(self.pointer.x()) if self.pointer else None
        curve = self._curve
        if value is None or self.pointer is None or curve is None:
            return
        lines = [Line(self.x_title, label(value))]
        for record in at_value(curve.records, curve.axis.key, value)[:4]:
            seed = self.tr(", seed {0}").format(record.seed) if len(self._seeds) > 1 else ""
            for metric in curve.metrics:
                figure = full(record.final[metric]) if metric in record.final else words.divergence_words([record])
                lines.append(Line(f"{metric_of(metric).words}{seed}", figure, color=self._pen(metric).color().name()))
            lines.append(Line(self.tr("verdict"), record.word))
        draw_readout(painter, self.fonts, self.theme, self.area, self.pointer, lines)

    @property
    def _seeds(self) -> tuple[int, ...]:
        return self.results.sweep.seeds if self.results.sweep else ()

    # --- the hand

    def _value_at(self, x: float) -> Value | None:
        if self._curve is None:
            return None
        away = np.abs(self.x_px(self._curve.axis.units) - x)
        nearest = int(away.argmin())
        return self._curve.axis.values[nearest] if away[nearest] <= max(12.0, self.area.width() / 40) else None

    def _record_at(self, at: QPointF) -> Record | None:
        """The run nearest to a place in the plot."""
        value, curve = self._value_at(at.x()), self._curve
        if value is None or curve is None:
            return None

        def distance(record: Record) -> float:
            y = float(self.y_px(np.array([final_value(record, curve.metric)]))[0])
            return abs(y - at.y()) if math.isfinite(y) else math.inf

        return min(at_value(curve.records, curve.axis.key, value), key=distance, default=None)

    def click(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        self.select(self._record_at(at))

    def double_click(self, at: QPointF) -> None:
        if not self.open_run(self._record_at(at) if self.contains(at) else None):
            super().double_click(at)

    def hint(self) -> str:
        return self.tr("A click chooses the run in all views, a double click opens it in the stepper.")

    def csv(self) -> str:
        curve = self._curve
        if curve is None:
            return ""
        rows = [
            [
                words.csv_cell(record.values[0][1]),
                record.seed,
                *(record.final.get(name, math.nan) for name in curve.metrics),
            ]
            for record in self.results.records
        ]
        return csv_text([curve.axis.key, "seed", *curve.metrics], rows)
