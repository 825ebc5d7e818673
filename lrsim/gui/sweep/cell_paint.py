"""Draws one chart of small multiples: accuracy on the left and loss on the right, training solid, validation dashed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from lrsim.charts.look import QUANTITY_SERIES, SPLIT_STYLES, UNIT_PX, mix
from lrsim.charts.thinning import PIXELS_PER_POINT, thinned
from lrsim.common.metrics import Metric, Split
from lrsim.gui.chart.frame import ALIGN_LEFT, ALIGN_RIGHT, Fonts
from lrsim.gui.chart.scales import Scale
from lrsim.gui.chart.strokes import draw_band, draw_line, shade
from lrsim.gui.chart.ticks import Tick, axis_ticks, step_ticks
from lrsim.gui.look.painting import kept
from lrsim.gui.look.theme import Theme, series_pen
from lrsim.gui.sweep.cells import ACCURACY, Cell, loss_scale
from lrsim.gui.words import sweep
from lrsim.sweep.cells import Frame
from lrsim.sweep.live import LiveRun
from lrsim.sweep.record import History, Record
from lrsim.sweep.words import verdict_words

LEAST_LETTERS = 5
"""A verdict that has less room than this beside its title is left out; the table has it."""


@dataclass(frozen=True)
class Axes:
    """What is labelled at a chart, and which epochs it shows."""

    left: bool
    right: bool
    below: bool
    low: float
    high: float


def value_ticks(scale: Scale, height: float, fonts: Fonts) -> list[Tick]:
    """What is marked at the vertical axis of a chart of that height in pixels."""
    return axis_ticks(scale, int(height / (2.6 * fonts.small_metrics.height())))


def own_scale(frame: Frame, records: list[Record]) -> Scale | None:
    """That of the losses of a chart all of whose runs are outside of the common one; None where it has that."""
    losses = frame.own_losses(records)
    return None if losses is None else loss_scale(losses)


class CellPainter:
    """Draws charts in one theme and frame."""

    def __init__(self, theme: Theme, fonts: Fonts, frame: Frame, loss: Scale, *, under_way: bool, short: bool) -> None:
        self._theme = theme
        self._short = short
        self._under_way = under_way
        self._fonts = fonts
        self._frame = frame
        self._loss = loss
        grid = mix(theme.background, theme.line, 0.3) if theme.line == theme.text else theme.line
        self._grid = QColor(grid)

    def draw(
        self, painter: QPainter, area: QRectF, cell: Cell, records: list[Record], live: list[LiveRun], axes: Axes
    ) -> None:
        """The chart of a cell with those of its runs that are done or under way."""
        own = own_scale(self._frame, records)
        loss = own or self._loss
        self._draw_axes(painter, area, axes, loss)
        self._draw_title(painter, area, cell, records, live)
        with kept(painter):
            painter.setClipRect(area.adjusted(0, -1, 1, 1))
            for record in records:
                self._draw_curves(painter, area, record.history, axes, loss, faint=len(cell.specs) > 1)
                self._mark_divergence(painter, area, record, axes)
            for run in live:
                self._draw_curves(painter, area, run.history, axes, loss, faint=len(cell.specs) > 1)
        self._draw_words(painter, area, records, live, own is not None)

    def _ticks(self, scale: Scale, area: QRectF) -> list[Tick]:
        return value_ticks(scale, area.height(), self._fonts)

    def _draw_axes(self, painter: QPainter, area: QRectF, axes: Axes, loss: Scale) -> None:
        fonts = self._fonts
        height = fonts.small_metrics.height()
        painter.setFont(fonts.small)
        left_scale = ACCURACY if self._frame.twin else loss
        loss_color = self._color("loss") if loss is self._loss else QColor(self._theme.bad)
        for tick in self._ticks(left_scale, area):
            if tick.text and -0.001 <= tick.share <= 1.001:
                y = round(area.bottom() - tick.share * area.height())
                painter.fillRect(QRectF(area.left(), y, area.width(), 1), self._grid)
                if axes.left:
                    painter.setPen(self._color("accuracy") if self._frame.twin else loss_color)
                    box = QRectF(area.left() - 200, y - height / 2, 200 - 1.5 * UNIT_PX, height)
                    painter.drawText(box, ALIGN_RIGHT, tick.text)
        if self._frame.twin and axes.right:
            painter.setPen(loss_color)
            for tick in self._ticks(loss, area):
                if tick.text and -0.001 <= tick.share <= 1.001:
                    middle = area.bottom() - tick.share * area.height()
                    box = QRectF(area.right() + 1.5 * UNIT_PX, middle - height / 2, 200, height)
                    painter.drawText(box, ALIGN_LEFT, tick.text)
        self._draw_epochs(painter, area, axes)

    def _draw_epochs(self, painter: QPainter, area: QRectF, axes: Axes) -> None:
        fonts, base = self._fonts, round(area.bottom()) + 0.5
        painter.setPen(QPen(QColor(self._theme.muted), 1))
        painter.drawLine(QPointF(area.left(), base), QPointF(area.right(), base))
        if not axes.below:
            return
        title = sweep.epoch_word()
        title_left = area.right() - fonts.small_width(title)
        for tick in step_ticks(axes.low, axes.high, max(3, int(area.width() / (6 * self._theme.base_px)))):
            x = area.left() + tick.share * area.width()
            half = fonts.small_width(tick.text) / 2
            if x + half < title_left - UNIT_PX and tick.share <= 1:
                painter.drawLine(QPointF(round(x) + 0.5, base), QPointF(round(x) + 0.5, base + 3))
                box = QRectF(x - half - 2, area.bottom() + UNIT_PX, 2 * half + 4, fonts.small_metrics.height())
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, tick.text)
        box = QRectF(title_left - 2, area.bottom() + UNIT_PX, 200, fonts.small_metrics.height())
        painter.setPen(QColor(self._theme.text))
        painter.drawText(box, ALIGN_LEFT, title)

    def _color(self, quantity: str) -> QColor:
        return QColor(self._theme.series[QUANTITY_SERIES[quantity]])

    def _draw_title(
        self, painter: QPainter, area: QRectF, cell: Cell, records: list[Record], live: list[LiveRun]
    ) -> None:
        fonts, theme = self._fonts, self._theme
        row = QRectF(area.left(), area.top() - fonts.base_metrics.height() - UNIT_PX, area.width(),
                     fonts.base_metrics.height())  # fmt: skip
        verdict, tone = verdict_words(records) if records else ("", "")
        if live:
            verdict, tone = sweep.running_words(live[0].share), ""
        parts = short_parts(sweep.title_parts(cell.specs[0]), fonts.base_metrics, row.width(), self._short)
        draw_parts(painter, row, parts, fonts.base, fonts.title, theme)
        room = row.width() - parts_width(parts, fonts.base_metrics) - 2 * UNIT_PX
        if room >= LEAST_LETTERS * fonts.small_metrics.averageCharWidth():
            painter.setFont(fonts.small)
            painter.setPen(QColor(theme.tone(tone)))
            verdict = fonts.small_metrics.elidedText(verdict, Qt.TextElideMode.ElideRight, room)
            painter.drawText(row, ALIGN_RIGHT, verdict)

    def _draw_curves(
        self, painter: QPainter, area: QRectF, history: History, axes: Axes, loss: Scale, faint: bool
    ) -> None:
        for quantity in ("accuracy", "loss") if self._frame.twin else ("loss",):
            scale = ACCURACY if quantity == "accuracy" else loss
            for split in Split:
                values = history.get(Metric(quantity, split).name)
                if values is None or not len(values):
                    continue
                pen = QPen(series_pen(self._theme, QUANTITY_SERIES[quantity], SPLIT_STYLES[split]))
                pen.setWidthF(max(pen.widthF(), 1.5))
                if faint:
                    color = pen.color()
                    color.setAlphaF(0.6)
                    pen.setColor(color)
                shown = thinned(np.arange(1.0, len(values) + 1), values, int(area.width() / PIXELS_PER_POINT))
                x = area.left() + (shown.x - axes.low) / (axes.high - axes.low) * area.width()
                y, low, high = (
                    area.bottom() - scale.shares(part) * area.height() for part in (shown.mean, shown.low, shown.high)
                )
                if shown.size > 1:
                    draw_band(painter, x, low, high, shade(pen.color()))
                if len(values) == 1:
                    painter.fillRect(QRectF(x[0] - 2, y[0] - 2, 5, 5), pen.color())
                else:
                    draw_line(painter, x, y, pen, smooth=self._theme.antialias)

    def _mark_divergence(self, painter: QPainter, area: QRectF, record: Record, axes: Axes) -> None:
        if record.diverged_at is not None:
            at = record.diverged_at / record.steps_per_epoch
            left = area.left() + (at - axes.low) / (axes.high - axes.low) * area.width()
            painter.setPen(QPen(QColor(self._theme.bad), 1, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(left, area.top()), QPointF(left, area.bottom()))

    def _draw_words(
        self, painter: QPainter, area: QRectF, records: list[Record], live: list[LiveRun], own: bool
    ) -> None:
        fonts, theme = self._fonts, self._theme
        if not records and not live:
            painter.setFont(fonts.small)
            painter.setPen(QColor(theme.muted))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, sweep.waiting_word(self._under_way))
            return
        outside = [record for record in records if record.index in self._frame.outside]
        told = sweep.failure_words(records) or sweep.divergence_words(records)
        text = told or (sweep.growth_words(outside[0], own) if outside else "")
        if text:
            painter.setFont(fonts.small)
            text = fonts.small_metrics.elidedText(text, Qt.TextElideMode.ElideRight, area.width() - 4 * UNIT_PX)
            height = fonts.small_metrics.height() + 2
            top = area.bottom() - UNIT_PX - height if own else area.top() + UNIT_PX
            box = QRectF(area.left() + UNIT_PX, top, fonts.small_width(text) + 2 * UNIT_PX,
                         height)  # fmt: skip
            painter.fillRect(box, QColor(theme.background))
            painter.setPen(QColor(theme.bad))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


Parts = list[tuple[str, bool]]


def parts_width(parts: Parts, metrics: QFontMetricsF) -> float:
    """The width of a title, of which the rate is bold."""
    return sum(metrics.horizontalAdvance(text) * (1.08 if is_rate else 1) for text, is_rate in parts)


def short_parts(parts: Parts, metrics: QFontMetricsF, room: float, short: bool = False) -> Parts:
    """The pieces of a title, with as many words as there is room for; the rate itself stays whole.

    Parameters
    ----------
    short
        Whether the rate is told in few letters though there may be room for more, as it is so in titles beside.
    """
    if short or parts_width(parts, metrics) > room:
        parts = [(text.replace(sweep.rate_words(), sweep.short_rate_words()), is_rate) for text, is_rate in parts]
    excess = parts_width(parts, metrics) - room
    if excess > 0:
        text, is_rate = parts[0]
        room = max(metrics.horizontalAdvance(text) - excess, 8)
        parts = [(_with_its_value(text, metrics, room), is_rate), *parts[1:]]
    return parts


def _with_its_value(text: str, metrics: QFontMetricsF, room: float) -> str:
    """As much of a key and its value as there is room for; the value stands at the end, and is all there is at last."""
    value = text.rpartition(" ")[2]
    cut = metrics.elidedText(text, Qt.TextElideMode.ElideLeft, room)
    return cut if cut.endswith(value) else metrics.elidedText(value, Qt.TextElideMode.ElideRight, room)


def draw_parts(painter: QPainter, row: QRectF, parts: Parts, plain: QFont, bold: QFont, theme: Theme) -> None:
    """A title of which the rate wears its own colour."""
    left = row.left()
    for text, is_rate in parts:
        painter.setFont(bold if is_rate else plain)
        painter.setPen(QColor(theme.rate if is_rate else theme.text))
        painter.drawText(QRectF(left, row.top(), row.width() * 2, row.height()), ALIGN_LEFT, text)
        left += painter.fontMetrics().horizontalAdvance(text)
