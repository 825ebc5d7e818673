"""The losses of racing runs over steps, with one cursor for all."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen

from lrsim.gui.chart.chart import Chart
from lrsim.gui.chart.export import csv_text
from lrsim.gui.chart.scales import ScaleKind, empty, fit
from lrsim.gui.chart.strokes import draw_line, draw_markers, marker_size
from lrsim.gui.chart.thinning import Floats, thinned
from lrsim.gui.chart.ticks import Tick, step_ticks
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.sweep.race import METRIC, Runner
from lrsim.sweep.axes import LOG_FROM
from lrsim.sweep.ranking import exploded
from lrsim.sweep.words import metric_words


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
        self.y_title = metric_words(METRIC)
        self.setObjectName("race")
        self._runners: Sequence[Runner] = ()
        self._step = 0
        self._selection: int | None = None
        self._last = 1.0
        self._range: tuple[float, float] | None = None
        self._kind_chosen = False
        self.controls.scale_chosen.connect(self._remember_kind)

    def _remember_kind(self, _kind: ScaleKind) -> None:
        self._kind_chosen = True

    def show_race(self, runners: Sequence[Runner], step: int, selection: int | None) -> None:
        grown = len(runners) != len(self._runners)
        self._runners, self._step, self._selection = runners, step, selection
        self._last = max((float(runner.record.steps) for runner in runners), default=1.0)
        if grown and not self._kind_chosen and runners:
            self.set_scale(ScaleKind.LOG if self._spans_much() else ScaleKind.LINEAR)
        self.update()

    def _spans_much(self) -> bool:
        """Whether the losses are so far apart that those of the last steps would lie on one another."""
        losses = self._losses()
        return bool(losses.size and losses.min() > 0 and losses.max() >= LOG_FROM * losses.min())

    def _losses(self) -> Floats:
        """Losses of runs that stay within bounds."""
        outside = exploded([runner.record for runner in self._runners])
        inside = [
            runner.losses for runner in self._runners
            if not runner.record.diverged and runner.record.index not in outside
        ] or [runner.losses for runner in self._runners]  # fmt: skip
        values = np.concatenate(inside) if inside else np.empty(0)
        return values[np.isfinite(values)]

    def notice(self) -> str:
        return "" if self._runners else self.tr("The race can begin as soon as runs are done.")

    def prepare(self, width: float) -> None:
        values = self._losses()
        values = values[values > 0] if self.kind is ScaleKind.LOG else values
        self.scale = fit(self.kind, float(values.min()), float(values.max())) if values.size else empty(self.kind)

    @property
    def _shown(self) -> tuple[float, float]:
        return self._range or (0.0, self._last)

    def x_at(self, x: float) -> float:
        low, high = self._shown
        return low + (x - self.area.left()) / self.area.width() * (high - low)

    def _x(self, steps: Floats) -> Floats:
        low, high = self._shown
        return self.area.left() + (steps - low) / (high - low) * self.area.width()

    def x_ticks(self, most: int) -> list[Tick]:
        return step_ticks(*self._shown, most)

    def draw_content(self, painter: QPainter) -> None:
        for runner in self._runners:
            color = runner.color(self.theme)
            chosen = runner.record.index == self._selection
            pen = QPen(color, max(self.theme.line_width, 1) + (2 if chosen else 0.5))
            steps, losses = thinned(runner.steps, runner.losses, int(self.area.width()))
            y = self.area.bottom() - self.scale.shares(losses) * self.area.height()
            draw_line(painter, self._x(steps), y, pen, smooth=self.theme.antialias)
            self._draw_head(painter, runner, pen)
        x = round(float(self._x(np.array([float(self._step)]))[0])) + 0.5
        painter.setPen(QPen(QColor(self.theme.text), 1))
        painter.drawLine(QPointF(x, self.area.top()), QPointF(x, self.area.bottom()))

    def _draw_head(self, painter: QPainter, runner: Runner, pen: QPen) -> None:
        """Where the run stands at the cursor."""
        loss = runner.at(self._step)
        if math.isfinite(loss) and not runner.fell_by(self._step):
            at = self._x(np.array([float(min(self._step, runner.record.steps))]))
            y = self.area.bottom() - self.scale.shares(np.array([loss])) * self.area.height()
            size = marker_size(self.theme) * 1.3
            draw_markers(painter, at, y, runner.marker, size, QPen(pen.color(), 1.5), pen.color())

    def _near(self, at: QPointF) -> Runner | None:
        """The run whose curve passes near a place."""

        def distance(runner: Runner) -> float:
            loss = runner.at(round(self.x_at(at.x())))
            y = self.area.bottom() - self.scale.share(loss) * self.area.height()
            return abs(y - at.y()) if math.isfinite(y) else math.inf

        nearest = min(self._runners, key=distance, default=None)
        return nearest if nearest is not None and distance(nearest) < 10 else None

    def click(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        runner = self._near(at)
        if runner is not None:
            self.chosen.emit(runner.record.index)
        else:
            self.seek_requested.emit(round(self.x_at(at.x())))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        runner = self._near(event.position()) if self.area.contains(event.position()) else None
        if runner is not None:
            self.opened.emit(runner.record.index)
        else:
            super().mouseDoubleClickEvent(event)

    def zoom(self, factor: float, anchor: float) -> None:
        low, high = (anchor + (end - anchor) * factor for end in self._shown)
        if high - low >= 2:
            self._range = (max(low, 0.0), min(high, self._last))
            self.update()

    def pan(self, distance: float) -> None:
        low, high = self._shown
        distance = max(-low, min(distance, self._last - high))
        self._range = (low + distance, high + distance)
        self.update()

    def show_all(self) -> None:
        self._range = None
        self.update()

    def hint(self) -> str:
        return self.tr("A click moves the cursor of all runs, or chooses the run under it.")

    def csv(self) -> str:
        rows = [
            [runner.record.name, runner.record.seed, int(step), float(loss)]
            for runner in self._runners
            for step, loss in zip(runner.steps, runner.losses)
        ]
        return csv_text(["run", "seed", "step", METRIC], rows)
