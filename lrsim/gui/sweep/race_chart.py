"""The losses of racing runs over steps, with one cursor for all."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen

from lrsim.charts.thinning import PIXELS_PER_POINT, thinned
from lrsim.common.metrics import metric_of
from lrsim.common.numbers import Floats, count
from lrsim.gui.chart.chart import Chart
from lrsim.gui.chart.export import csv_text
from lrsim.gui.chart.scales import ScaleKind, empty, fit
from lrsim.gui.chart.span import Span
from lrsim.gui.chart.strokes import draw_band, draw_line, draw_markers, marker_size, shade
from lrsim.gui.chart.ticks import Tick, step_ticks
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.sweep.race import METRIC, Runner, standings
from lrsim.sweep.axes import LOG_FROM
from lrsim.sweep.ranking import exploded

MOST_CURVES = 100
"""More curves would hide each other, and take longer than a frame."""


class RaceChart(Chart):
    """The curves and the cursor.

    Signals
    -------
    chosen(int)
    opened(int)
    """

    chosen = Signal(object)
    opened = Signal(int)

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__(themes, "", "", "", ScaleKind.LINEAR, follows=False)
        self.title = self.tr("Race over steps")
        self.x_title = self.tr("step")
        self.y_title = metric_of(METRIC).words
        self.setObjectName("race")
        self._runners: Sequence[Runner] = ()
        self._leading: Sequence[Runner] = ()
        self._bounded: Floats = np.empty(0)
        self._step = 0
        self._selection: int | None = None
        self.span = Span(2.0)
        self._kind_chosen = False
        self.controls.scale_chosen.connect(self._remember_kind)

    def _remember_kind(self, _kind: ScaleKind) -> None:
        self._kind_chosen = True

    def show_race(self, runners: Sequence[Runner], step: int, selection: int | None) -> None:
        """Show the curves of these runs with the cursor at a step."""
        grown = len(runners) != len(self._runners)
        if runners is not self._runners:
            last = max((runner.record.steps for runner in runners), default=1)
            self._runners = runners
            self._leading = standings(runners, last)[:MOST_CURVES]
            self._bounded = self._losses()
            self.span.whole = (0.0, float(last))
            self.title = self._title()
        self._step, self._selection = step, selection
        if grown and not self._kind_chosen and runners:
            self.set_scale(ScaleKind.LOG if self._spans_much() else ScaleKind.LINEAR)
        self.update()

    def _spans_much(self) -> bool:
        """Whether the losses are so far apart that those of the last steps would lie on one another."""
        losses = self._bounded
        return bool(losses.size and losses.min() > 0 and losses.max() >= LOG_FROM * losses.min())

    def _title(self) -> str:
        if len(self._runners) <= MOST_CURVES:
            return self.tr("Race over steps")
        return self.tr("Race over steps, the {0} best of {1} runs").format(MOST_CURVES, count(len(self._runners)))

    @property
    def _drawn(self) -> list[Runner]:
        """Those that do best at the end, the last one to be drawn is the chosen one."""
        chosen = [runner for runner in self._runners if runner.record.index == self._selection]
        return [*(runner for runner in self._leading if runner not in chosen), *chosen]

    def _losses(self) -> Floats:
        """Losses of runs that stay within bounds."""
        outside = exploded([runner.record for runner in self._runners])
        inside = [
            runner.losses for runner in self._leading
            if not runner.record.diverged and runner.record.index not in outside
        ] or [runner.losses for runner in self._leading]  # fmt: skip
        values = np.concatenate(inside) if inside else np.empty(0)
        return values[np.isfinite(values)]

    def notice(self) -> str:
        return "" if self._runners else self.tr("The race can begin as soon as runs are done.")

    def prepare(self, width: float) -> None:
        values = self._bounded
        values = values[values > 0] if self.kind is ScaleKind.LOG else values
        self.scale = fit(self.kind, float(values.min()), float(values.max())) if values.size else empty(self.kind)

    def x_ticks(self, most: int) -> list[Tick]:
        return step_ticks(*self.span.shown, most)

    def draw_content(self, painter: QPainter) -> None:
        for runner in self._drawn:
            color = runner.color(self.theme)
            chosen = runner.record.index == self._selection
            pen = QPen(color, max(self.theme.line_width, 1) + (2 if chosen else 0.5))
            shown = thinned(runner.steps, runner.losses, int(self.area.width() / PIXELS_PER_POINT))
            places = self.x_px(shown.x)
            if shown.size > 1:
                draw_band(painter, places, self.y_px(shown.low), self.y_px(shown.high), shade(color))
            draw_line(painter, places, self.y_px(shown.mean), pen, smooth=self.theme.antialias)
            self._draw_head(painter, runner, pen)
        x = round(float(self.x_px(np.array([float(self._step)]))[0])) + 0.5
        painter.setPen(QPen(QColor(self.theme.text), 1))
        painter.drawLine(QPointF(x, self.area.top()), QPointF(x, self.area.bottom()))

    def _draw_head(self, painter: QPainter, runner: Runner, pen: QPen) -> None:
        """Where the run stands at the cursor."""
        loss = runner.at(self._step)
        if math.isfinite(loss) and not runner.fell_by(self._step):
            at = self.x_px(np.array([float(min(self._step, runner.record.steps))]))
            y = self.y_px(np.array([loss]))
            size = marker_size(self.theme) * 1.3
            draw_markers(painter, at, y, runner.marker, size, QPen(pen.color(), 1.5), pen.color())

    def _near(self, at: QPointF) -> Runner | None:
        """The run whose curve passes near a place."""

        def distance(runner: Runner) -> float:
            loss = runner.at(round(self.x_at(at.x())))
            y = float(self.y_px(np.array([loss]))[0])
            return abs(y - at.y()) if math.isfinite(y) else math.inf

        nearest = min(self._drawn, key=distance, default=None)
        return nearest if nearest is not None and distance(nearest) < 10 else None

    def click(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        runner = self._near(at)
        if runner is not None:
            self.chosen.emit(runner.record.index)
        else:
            self.seek_requested.emit(round(self.x_at(at.x())))

    def double_click(self, at: QPointF) -> None:
        runner = self._near(at) if self.area.contains(at) else None
        if runner is not None:
            self.opened.emit(runner.record.index)
        else:
            super().double_click(at)

    def hint(self) -> str:
        return self.tr("A click moves the cursor of all runs, or chooses the run under it.")

    def csv(self) -> str:
        rows = [
            [runner.record.name, runner.record.seed, int(step), float(loss)]
            for runner in self._runners
            for step, loss in zip(runner.steps, runner.losses)
        ]
        return csv_text(["run", "seed", "step", METRIC], rows)
