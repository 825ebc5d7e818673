"""The loss over the rate: of a range test each step and smoothed, and where training with each tried rate ends."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QMenu

from lrsim.charts.look import UNIT_PX, mix
from lrsim.common.numbers import Floats, full, short
from lrsim.gui.chart.chart import Chart
from lrsim.gui.chart.export import csv_text
from lrsim.gui.chart.frame import Entry
from lrsim.gui.chart.marks import draw_step_line
from lrsim.gui.chart.readout import Line, draw_readout
from lrsim.gui.chart.scales import ScaleKind, empty, fit
from lrsim.gui.chart.span import Span
from lrsim.gui.chart.strokes import draw_line, draw_markers, marker_size
from lrsim.gui.chart.ticks import Tick
from lrsim.gui.look.theme import ThemeSource, rate_pen, series_pen
from lrsim.gui.words.finder import figure_name, rule_name
from lrsim.instruments.range_report import by_rate
from lrsim.instruments.range_test import RangeSearch, RangeTest, Suggestion
from lrsim.verdict.tried import Trial

FAINT = 0.45
DROPPED = 0.07
ROOM = 0.03
"""Share of the axis that is left free at both sides."""
MANY_TIMES = 30.0
"""A smoothed loss that spans as much is shown on a log scale."""
CLOSEST = 0.05
"""Least visible part of a decade."""

FAR_ABOVE = 10.0
"""Training that ends so many times above the losses of the range test is out of the picture."""

LABELS_FROM_ROWS = 7
"""In a picture that is lower than so many lines of text, labels would hide the curve."""


class RangePlot(Chart):
    """A chart whose x axis is the rate, logarithmic.

    Signals
    -------
    rate_chosen(float)
        A rate was chosen in the context menu.
    """

    rate_chosen = Signal(float)

    def __init__(self, themes: ThemeSource, title: str) -> None:
        super().__init__(themes, title, "", "", ScaleKind.LINEAR, follows=False)
        self.x_title, self.y_title = self.tr("learning rate"), self.tr("loss")
        self.short_title = self.tr("Loss")
        self._search: RangeSearch | None = None
        self._trials: list[Trial] = []
        self._notice = ""
        self._now: float | None = None
        self.x_kind = ScaleKind.LOG
        self.span = Span(CLOSEST, bounded=False)
        self.span.whole = (-7.0, 1.0)
        self._kind_chosen = False
        self.controls.scale_chosen.connect(self._keep_kind)

    def _keep_kind(self) -> None:
        """A scale chosen by hand stays."""
        self._kind_chosen = True

    # --- what is shown

    @property
    def _test(self) -> RangeTest | None:
        return None if self._search is None else self._search.test

    def show_notice(self, text: str) -> None:
        """Nothing is there yet: say what to do."""
        self._search, self._trials, self._notice = None, [], text
        self.controls.hide()
        self.update()

    def set_range(self, lowest: float, highest: float) -> None:
        """The rates that a test is to go through."""
        low, high = math.log10(lowest), math.log10(highest)
        room = ROOM * (high - low)
        if (low - room, high + room) != self.span.whole:
            self.span.whole = (low - room, high + room)
            self.show_all()

    def show_search(self, search: RangeSearch) -> None:
        """What was found so far."""
        if search is not self._search:
            self._search, self._notice = search, ""
            self._trials = [] if search.tried is None else by_rate(search.tried)
            self._choose_kind(search.test)
            self.controls.show()
            self.update()

    def _choose_kind(self, test: RangeTest) -> None:
        values = np.concatenate([_as_it_falls(test), self._ends()])
        if self._kind_chosen or not len(values):
            return
        wide = values.min() > 0 and values.max() > MANY_TIMES * values.min()
        kind = ScaleKind.LOG if wide else ScaleKind.LINEAR
        if kind is not self.kind:
            self.set_scale(kind)

    def _ends(self) -> Floats:
        """Where training with the rates that were tried ends, as far as it does."""
        return np.array([item.figure for item in self._trials if math.isfinite(item.figure)])

    def show_rate(self, rate: float) -> None:
        """Mark the rate that is in use."""
        if rate != self._now:
            self._now = rate
            self.update()

    def notice(self) -> str:
        return self._notice

    def legend(self) -> Sequence[Entry]:
        entries = [
            Entry(self.tr("smoothed"), "", self._strong_pen()),
            Entry(self.tr("each step"), "", self._faint_pen()),
        ]
        tried = None if self._search is None else self._search.tried
        if self._trials and tried is not None:
            name = self.tr("{0} after training").format(figure_name(tried.figure_name))
            entries.append(Entry(name, "", rate_pen(self.theme), "circle", line=False, hollow=False))
        return entries

    def _strong_pen(self) -> QPen:
        pen = QPen(series_pen(self.theme, 0))
        pen.setWidth(max(self.theme.line_width, 2))
        return pen

    def _faint_pen(self) -> QPen:
        return QPen(QColor(mix(self.theme.background, self.theme.series[0], FAINT)), 1)

    def prepare(self, width: float) -> None:
        test = self._test
        if test is None:
            return
        ends = self._ends()
        values = np.concatenate([test.smoothed, test.losses, ends[ends <= _most_of_interest(test)]])
        values = values[np.isfinite(values)]
        if self.kind is ScaleKind.LOG:
            values = values[values > 0]
        if len(values):
            high = float(values.max())
            if self.kind is ScaleKind.LINEAR:
                high = max(float(values.min()), min(high, _ceiling(test)))
            self.scale = fit(self.kind, float(values.min()), high, self.scale)
        elif self.scale.kind is not self.kind:
            self.scale = empty(self.kind)

    # --- drawing

    def x_ticks(self, most: int) -> list[Tick]:
        room = 1.2 * self.fonts.small_width(short(1e-7)) + 2 * UNIT_PX
        return super().x_ticks(min(most, int(self.area.width() / room)))

    def y_px(self, values: Floats) -> Floats:
        return np.minimum(super().y_px(values), self.area.bottom())

    def draw_content(self, painter: QPainter) -> None:
        test = self._test
        if test is None or not len(test.rates):
            return
        x = self.x_px(test.rates)
        self._draw_dropped(painter, x, test)
        draw_line(painter, x, self.y_px(test.losses), self._faint_pen(), smooth=self.theme.antialias)
        draw_line(painter, x, self.y_px(test.smoothed), self._strong_pen(), smooth=self.theme.antialias)
        self._draw_now(painter)
        for row, suggestion in enumerate(() if self._trials else test.suggestions):
            self._draw_suggestion(painter, suggestion, row)
        self._draw_trials(painter)

    def _draw_dropped(self, painter: QPainter, x: Floats, test: RangeTest) -> None:
        """Shade the ends that no suggestion was drawn from."""
        if test.stop_reason == "running" or test.last <= test.first:
            return
        shade = QColor(mix(self.theme.background, self.theme.text, DROPPED))
        area = self.area
        left, right = float(x[test.first]), float(x[test.last - 1])
        for begin, end in ((float(x[0]), left), (right, float(x[-1]))):
            if end > begin:
                painter.fillRect(QRectF(begin, area.top(), end - begin, area.height()), shade)
        painter.setFont(self.fonts.small)
        painter.setPen(QColor(self.theme.muted))
        text = self.tr("left out")
        if left - float(x[0]) > self.fonts.small_width(text) + 2 * UNIT_PX:
            painter.drawText(QPointF(float(x[0]) + UNIT_PX, area.bottom() - 1.5 * UNIT_PX), text)

    def _draw_now(self, painter: QPainter) -> None:
        if self._now is None or not self._now > 0:
            return
        at = round(float(self.x_px(np.array([self._now]))[0])) + 0.5
        if not self.area.left() <= at <= self.area.right():
            return
        painter.setPen(rate_pen(self.theme, "dotted"))
        painter.drawLine(QPointF(at, self.area.top()), QPointF(at, self.area.bottom()))
        self._draw_label(painter, at, self.area.bottom() - self.fonts.small_metrics.height() - UNIT_PX, self.tr("now"))

    def _draw_suggestion(self, painter: QPainter, suggestion: Suggestion, row: int) -> None:
        """Where a rule of the range test finds a rate, as long as none was tried: a faint line with its name."""
        at = float(self.x_px(np.array([suggestion.rate]))[0])
        if not self.area.left() <= at <= self.area.right():
            return
        painter.setPen(QPen(QColor(self.theme.muted), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(round(at) + 0.5, self.area.top()), QPointF(round(at) + 0.5, self.area.bottom()))
        self._draw_label(painter, at, self._label_top(row), rule_name(suggestion.name), self.theme.muted)

    def _label_top(self, row: int) -> float:
        return self.area.top() + UNIT_PX + row * (self.fonts.small_metrics.height() + 2)

    def _draw_trials(self, painter: QPainter) -> None:
        """Where training ends with each rate that was tried: full dots where it was trained for longest, hollow ones
        where it was given up before, crosses at the top where it diverged; a line at the suggested rate."""
        pen, size, rate = rate_pen(self.theme), marker_size(self.theme) + 2, self._search and self._search.rate
        if rate:
            at = float(self.x_px(np.array([rate]))[0])
            painter.setPen(rate_pen(self.theme, "solid"))
            painter.drawLine(QPointF(round(at) + 0.5, self.area.top()), QPointF(round(at) + 0.5, self.area.bottom()))
            row = 1 if any(self._end_px(item)[0] <= self._label_top(1) for item in self._trials) else 0
            self._draw_label(painter, at, self._label_top(row), self.tr("suggested {0}").format(short(rate)))
        longest = max((item.epochs for item in self._trials if math.isfinite(item.figure)), default=0)
        for item in self._trials:
            x, y = self.x_px(np.array([item.candidate.rate])), self._end_px(item)
            fill = self.theme.rate if item.epochs == longest else self.theme.background
            shape = "circle" if math.isfinite(item.figure) else "cross"
            if self.area.left() <= x[0] <= self.area.right():
                draw_markers(painter, x, y, shape, size, pen, QColor(fill))

    def _end_px(self, item: Trial) -> Floats:
        """Where it stands; what is above the picture stands at its top."""
        top = self.area.top() + marker_size(self.theme)
        if not math.isfinite(item.figure):
            return np.array([top])
        return np.maximum(self.y_px(np.array([item.figure])), top)

    def _draw_label(self, painter: QPainter, at: float, top: float, text: str, color: str = "") -> None:
        """A word, in the rate's colour, beside a mark, on the side where there is room; none over a low picture."""
        if self.area.height() < LABELS_FROM_ROWS * self.fonts.small_metrics.height():
            return
        width, height = self.fonts.small_width(text), self.fonts.small_metrics.height()
        left = at + 1.5 * UNIT_PX
        if left + width > self.area.right():
            left = at - 1.5 * UNIT_PX - width
        painter.fillRect(QRectF(left - 2, top, width + 4, height), QColor(self.theme.background))
        painter.setFont(self.fonts.small)
        painter.setPen(QColor(color or self.theme.rate))
        painter.drawText(QPointF(left, top + self.fonts.small_metrics.ascent()), text)

    # --- reading off

    def nearest(self, x: float) -> int | None:
        """Place of the step whose rate is nearest to a decimal logarithm."""
        if self._test is None or not len(self._test.rates):
            return None
        return int(np.abs(np.log10(self._test.rates) - x).argmin())

    def draw_over(self, painter: QPainter) -> None:
        if self.pointer is None or self._test is None:
            return
        trial = self.trial_near(self.pointer.x())
        if trial is not None:
            at = float(self.x_px(np.array([trial.candidate.rate]))[0])
            draw_step_line(painter, self.theme, self.area, at, dotted=True)
            draw_readout(painter, self.fonts, self.theme, self.area, self.pointer, self.trial_readout(trial))
            return
        place = self.nearest(self.x_even(self.pointer.x()))
        if place is not None:
            at = float(self.x_px(self._test.rates[[place]])[0])
            draw_step_line(painter, self.theme, self.area, at, dotted=True)
            draw_readout(painter, self.fonts, self.theme, self.area, self.pointer, self.readout(place))

    def trial_near(self, x: float) -> Trial | None:
        """The rate that was tried whose mark is at a place of the picture, in pixels; None where none is."""
        if not self._trials:
            return None
        away = np.abs(self.x_px(np.array([item.candidate.rate for item in self._trials])) - x)
        nearest = int(away.argmin())
        return self._trials[nearest] if away[nearest] <= marker_size(self.theme) else None

    def trial_readout(self, trial: Trial) -> list[Line]:
        """Exact values of a rate that was tried."""
        tried = None if self._search is None else self._search.tried
        name = "" if tried is None else figure_name(tried.figure_name)
        return [
            Line(self.tr("rate tried"), full(trial.candidate.rate), color=self.theme.rate),
            Line(name, full(trial.figure) if math.isfinite(trial.figure) else self.tr("diverged")),
            Line(self.tr("epochs"), str(trial.epochs)),
        ]

    def readout(self, place: int) -> list[Line]:
        """Exact values of a step of the test."""
        test = self._test
        if test is None:
            return []
        color = self.theme.series[0]
        lines = [
            Line(self.tr("rate"), full(test.rates[place]), color=self.theme.rate),
            Line(self.tr("loss"), full(test.losses[place]), color=color),
            Line(self.tr("smoothed"), full(test.smoothed[place]), color=color),
        ]
        if test.stop_reason != "running" and not test.first <= place < test.last:
            lines.append(Line(self.tr("left out"), self.tr("no suggestion from here")))
        return lines

    # --- the hand

    def add_actions(self, menu: QMenu, at: QPointF | None) -> None:
        if at is not None and self._test is not None:
            trial = self.trial_near(at.x())
            rate = float(f"{self.x_at(at.x()):.3g}") if trial is None else trial.candidate.rate
            use = menu.addAction(self.tr("Use the rate {0}").format(short(rate)))
            use.triggered.connect(lambda: self.rate_chosen.emit(rate))

    def hint(self) -> str:
        return self.tr(
            "On a linear scale what explodes leaves the picture at the top, so that the fall before it is seen; a log "
            "scale shows all of it."
        )

    def csv(self) -> str:
        """Rate, loss and smoothed loss of each step, then the rates that were tried, their figure and epochs."""
        header, test = ["rate", "loss", "smoothed", "tried", "epochs"], self._test
        if test is None:
            return csv_text(header, ())
        steps = zip(test.rates.tolist(), test.losses.tolist(), test.smoothed.tolist())
        trials = ((item.candidate.rate, "", "", item.figure, item.epochs) for item in self._trials)
        return csv_text(header, [*((*step, "", "") for step in steps), *trials])


def _as_it_falls(test: RangeTest) -> Floats:
    """All finite losses up to the lowest smoothed one."""
    if not np.isfinite(test.smoothed).any():
        return np.empty(0)
    end = int(np.nanargmin(np.where(np.isfinite(test.smoothed), test.smoothed, np.nan))) + 1
    values = np.concatenate([test.smoothed[:end], test.losses[:end]])
    return values[np.isfinite(values)]


def _most_of_interest(test: RangeTest) -> float:
    """What ends above it stands at the top of the picture, so that the rest of it is seen."""
    values = _as_it_falls(test)
    return FAR_ABOVE * float(values.max()) if len(values) else math.inf


def _ceiling(test: RangeTest) -> float:
    """Where a linear picture ends: as high above the start as the loss has fallen below it."""
    values = _as_it_falls(test)
    span = float(np.ptp(values)) if len(values) else 0.0
    return float(values.max()) + span if span > 0 else math.inf
