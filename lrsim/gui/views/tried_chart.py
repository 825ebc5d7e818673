"""What each rate that was tried came to, over the rates: a mark each, the run itself among them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen

from lrsim.charts.look import UNIT_PX, mix
from lrsim.common.numbers import Floats, count, full, short
from lrsim.gui.chart.chart import Chart
from lrsim.gui.chart.export import csv_text
from lrsim.gui.chart.frame import Entry
from lrsim.gui.chart.readout import Line, draw_readout
from lrsim.gui.chart.scales import ScaleKind, empty, fit
from lrsim.gui.chart.span import Span
from lrsim.gui.chart.strokes import draw_markers, marker_size
from lrsim.gui.chart.ticks import Tick
from lrsim.gui.look.theme import ThemeSource, rate_pen, series_pen
from lrsim.gui.words.tried import candidate_words, figure_word, figure_words, trial_words
from lrsim.verdict.tried import Candidate, Trial, Tried

ROOM = 0.12
"""Share of the axis that is left free at both sides."""
MANY_TIMES = 30.0
"""Figures that span as much are shown on a log scale."""
NOISE = 0.12
"""How much of the text's colour the band of chance has."""
REACH_PX = 24
"""A mark is meant by a pointer that is no farther away."""


class TriedPlot(Chart):
    """A chart whose horizontal axis is the rate, logarithmic, and whose marks can be chosen.

    Signals
    -------
    chosen(Candidate)
        A mark was clicked.
    """

    chosen = Signal(object)

    def __init__(self, themes: ThemeSource, title: str) -> None:
        super().__init__(themes, title, "", "", ScaleKind.LINEAR, follows=False)
        self.x_title, self.short_title = self.tr("learning rate"), self.tr("Rates tried")
        self._tried: Tried | None = None
        self._notice = ""
        self.x_kind = ScaleKind.LOG
        self.span = Span(0.05, bounded=False)
        self.span.whole = (-4.0, 0.0)
        self._kind_chosen = False
        self.controls.scale_chosen.connect(self._keep_kind)

    def _keep_kind(self) -> None:
        """A scale chosen by hand stays."""
        self._kind_chosen = True

    # --- what is shown

    def show_notice(self, text: str) -> None:
        """There is nothing to show: say why."""
        self._tried, self._notice = None, text
        self.controls.hide()
        self.update()

    def show_tried(self, tried: Tried) -> None:
        """Show what was tried so far."""
        if tried == self._tried:
            return
        self._tried, self._notice = tried, ""
        self.y_title = figure_word(tried)
        rates = np.log10([trial.candidate.rate for trial in self._trials()])
        low, high = float(rates.min()), float(rates.max())
        room = ROOM * max(high - low, 1.0)
        if (low - room, high + room) != self.span.whole:
            self.span.whole = (low - room, high + room)
            self.show_all()
        self._choose_kind()
        self.controls.show()
        self.update()

    def _choose_kind(self) -> None:
        figures = self._figures()
        if self._kind_chosen or not len(figures):
            return
        wide = figures.min() > 0 and figures.max() > MANY_TIMES * figures.min()
        kind = ScaleKind.LOG if wide else ScaleKind.LINEAR
        if kind is not self.kind:
            self.set_scale(kind)

    def _trials(self) -> tuple[Trial, ...]:
        return () if self._tried is None else (self._tried.own, *self._tried.trials)

    def _figures(self) -> Floats:
        """The finite ones."""
        figures = np.array([trial.figure for trial in self._trials()])
        return figures[np.isfinite(figures)]

    def notice(self) -> str:
        return self._notice

    def in_words(self) -> str:
        if self._tried is None:
            return self._notice
        trials = "; ".join(trial_words(trial) for trial in self._tried.trials)
        own = self.tr("this run {0}").format(trial_words(self._tried.own))
        return f"{self.y_title}: {own}; {trials}"

    def legend(self) -> Sequence[Entry]:
        trials, pen = self._trials()[1:], series_pen(self.theme, 0)
        kinds = {trial.candidate.falling for trial in trials if math.isfinite(trial.figure)}
        entries = [Entry(self.tr("this run"), "", self._pen(self.theme.text), "square", line=False)]
        if False in kinds:
            entries.append(Entry(self.tr("a rate tried"), "", pen, "circle", line=False, hollow=False))
        if True in kinds:
            entries.append(Entry(self.tr("falling to 0"), "", pen, "triangle", line=False, hollow=False))
        if not all(math.isfinite(trial.figure) for trial in trials):
            entries.append(Entry(self.tr("diverged"), "", self._pen(self.theme.bad), "cross", line=False))
        return entries

    def _pen(self, color: str) -> QPen:
        return QPen(QColor(color), max(self.theme.line_width, 2))

    def prepare(self, width: float) -> None:
        figures = self._figures()
        if self.kind is ScaleKind.LOG:
            figures = figures[figures > 0]
        if len(figures):
            self.scale = fit(self.kind, float(figures.min()), float(figures.max()), self.scale)
        elif self.scale.kind is not self.kind:
            self.scale = empty(self.kind)

    def x_ticks(self, most: int) -> list[Tick]:
        room = 1.2 * self.fonts.small_width(short(1e-7)) + 2 * UNIT_PX
        return super().x_ticks(min(most, int(self.area.width() / room)))

    # --- drawing

    def _places(self) -> list[QPointF]:
        """Where the marks stand; those that diverged at the upper edge."""
        trials = self._trials()
        x = self.x_px(np.array([trial.candidate.rate for trial in trials]))
        y = self.y_px(np.array([trial.figure for trial in trials]))
        top = self.area.top() + marker_size(self.theme)
        return [QPointF(a, max(b, top) if math.isfinite(b) else top) for a, b in zip(x.tolist(), y.tolist())]

    def draw_content(self, painter: QPainter) -> None:
        if self._tried is None:
            return
        self._draw_chance(painter)
        self._draw_best(painter)
        for trial, place in reversed(list(zip(self._trials(), self._places()))):
            self._draw_mark(painter, trial, place)

    def _draw_chance(self, painter: QPainter) -> None:
        """A line at what the run itself has, and how far from it chance alone may lead."""
        tried = self._tried
        if tried is None or not math.isfinite(tried.own.figure):
            return
        own, noise = tried.own.figure, tried.noise
        y = self.y_px(np.array([own, own + noise, own - noise]))
        if noise > 0 and np.isfinite(y).all():
            shade = QColor(mix(self.theme.background, self.theme.text, NOISE))
            painter.fillRect(QRectF(self.area.left(), y[1], self.area.width(), y[2] - y[1]), shade)
        painter.setPen(QPen(QColor(self.theme.muted), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(self.area.left(), y[0]), QPointF(self.area.right(), y[0]))

    def _draw_best(self, painter: QPainter) -> None:
        found = next((item for item in zip(self._trials(), self._places()) if self._is_best(item[0])), None)
        if found is None:
            return
        trial, place = found
        painter.setPen(rate_pen(self.theme, "solid"))
        x = round(place.x()) + 0.5
        painter.drawLine(QPointF(x, self.area.top()), QPointF(x, self.area.bottom()))
        text, metrics = candidate_words(trial.candidate), self.fonts.small_metrics
        left = x + 1.5 * UNIT_PX
        if left + self.fonts.small_width(text) > self.area.right():
            left = x - 1.5 * UNIT_PX - self.fonts.small_width(text)
        painter.setFont(self.fonts.small)
        painter.setPen(QColor(self.theme.rate))
        painter.drawText(QPointF(left, self.area.bottom() - UNIT_PX - metrics.descent()), text)

    def _is_best(self, trial: Trial) -> bool:
        return self._tried is not None and trial is not self._tried.own and trial.candidate == self._tried.best

    def _draw_mark(self, painter: QPainter, trial: Trial, place: QPointF) -> None:
        own = self._tried is not None and trial is self._tried.own
        color = self.theme.text if own else self.theme.rate if self._is_best(trial) else self.theme.series[0]
        shape = "square" if own else "triangle" if trial.candidate.falling else "circle"
        size = marker_size(self.theme) + 4
        fill = QColor(color if not own else self.theme.background)
        if not math.isfinite(trial.figure):
            color, shape = self.theme.bad, "cross"
        draw_markers(painter, np.array([place.x()]), np.array([place.y()]), shape, size, self._pen(color), fill)

    # --- reading off

    def _meant(self, at: QPointF) -> Trial | None:
        """The trial whose mark is nearest to a pointer; None where none is near."""
        near = [((place - at).manhattanLength(), trial) for trial, place in zip(self._trials(), self._places())]
        found = min(near, key=lambda item: item[0], default=None)
        return found[1] if found is not None and found[0] <= REACH_PX else None

    def draw_over(self, painter: QPainter) -> None:
        trial = None if self.pointer is None else self._meant(self.pointer)
        if trial is not None and self.pointer is not None:
            draw_readout(painter, self.fonts, self.theme, self.area, self.pointer, self.readout(trial))

    def readout(self, trial: Trial) -> list[Line]:
        """Exact values of a trial."""
        own = self._tried is not None and trial is self._tried.own
        lines = [
            Line(self.tr("this run") if own else self.tr("rate"), full(trial.candidate.rate), color=self.theme.rate),
            Line(self.y_title, full(trial.figure) if math.isfinite(trial.figure) else figure_words(trial.figure)),
            Line(self.tr("epochs"), count(trial.epochs)),
        ]
        if trial.candidate.falling:
            lines.append(Line(self.tr("rate falls"), self.tr("to 0, along half a cosine")))
        return lines

    # --- the hand

    def click(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        trial = self._meant(at)
        if trial is not None and self._tried is not None and trial is not self._tried.own:
            self.chosen.emit(trial.candidate)

    def hint(self) -> str:
        return self.tr(
            "Each mark is a copy of the run that was trained with another rate on the same batches. A click takes that "
            "rate on a new branch; undo leads back. Within the band, differences may be chance."
        )

    def csv(self) -> str:
        """Rate, whether it falls, from where, epochs and figure of each trial, the run itself first."""
        rows = [
            (*_fields(trial.candidate), trial.epochs, trial.figure, int(self._is_best(trial)))
            for trial in self._trials()
        ]
        name = "loss" if self._tried is None else self._tried.figure_name
        return csv_text(["rate", "falling", "from", "epochs", name, "advised"], rows)


def _fields(candidate: Candidate) -> tuple[float, int, str]:
    return candidate.rate, int(candidate.falling), candidate.start
