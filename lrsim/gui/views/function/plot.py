"""One output over one input, in the source's units: the learned function, the wanted one, samples and trial inputs."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QAction, QColor, QPainter, QPen
from PySide6.QtWidgets import QMenu

from lrsim.charts.look import UNIT_PX
from lrsim.common.numbers import Floats, count, full, short
from lrsim.data.dataset import Dataset
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.bridge.evaluator import Evaluator, rows_within
from lrsim.gui.chart.chart import Chart
from lrsim.gui.chart.export import csv_text
from lrsim.gui.chart.frame import Entry
from lrsim.gui.chart.marks import draw_step_line
from lrsim.gui.chart.readout import Line, draw_readout
from lrsim.gui.chart.scales import ScaleKind, empty, fit
from lrsim.gui.chart.span import Span
from lrsim.gui.chart.strokes import draw_line, draw_markers, marker_size
from lrsim.gui.look.theme import ThemeSource, series_pen
from lrsim.gui.views.switches import TEST_POINTS, Switches
from lrsim.session.snapshot import Snapshot

GRID_PX = 3
ROOM = 0.08
"""Share of the inputs' span that is left free at both sides."""
NEAR_PX = 10
MOST_SAMPLES = 2000
"""More samples than this are drawn thinned, evenly over the rows."""
MOVING, RESTING = 500_000_000, 2_000_000_000
"""Multiplications for a curve while the run goes on, and where it stands still."""
COARSEST = 16
SMALLEST_SPAN, MOST_OUT = 1e-9, 20.0
"""Least and most of the inputs' span that can be seen."""


class FunctionPlot(Chart):
    """A chart of a model with one input and one output.

    The vertical axis is fitted to the samples and the wanted function. The learned function may leave it: where it
    does, a note says how far.
    """

    MARKS_STEP = True

    def __init__(self, bridge: Bridge, themes: ThemeSource, title: str, switches: Switches) -> None:
        super().__init__(themes, title, "", "", ScaleKind.LINEAR, follows=False)
        self._switches = switches
        self.short_title = self.tr("Function")
        switches.follow(TEST_POINTS, self._show_held_out)
        self._held_out = np.zeros((2, 0))  # inputs and outputs
        self.x_title, self.y_title = self.tr("input"), self.tr("output")
        self._reader = bridge.reader
        self._evaluator = Evaluator.of(bridge)
        self._failure = ""
        self._every = 1  # of the training rows, one in so many is drawn
        self._snapshot: Snapshot = bridge.reader.snapshot()
        self._data: Dataset | None = None
        self._notice = ""
        self._x = np.zeros(0)
        self._y = np.zeros(0)
        self.span = Span(closest_share=SMALLEST_SPAN, farthest_share=MOST_OUT, bounded=False)
        self._grid = np.zeros(0)
        self._learned = np.zeros(0)
        self._wanted_curve: Floats | None = None
        self._predicted: tuple[object, ...] = ()

    # --- what is shown

    def set_data(self, data: Dataset, snapshot: Snapshot) -> None:
        """Show the samples of another experiment, whose run the snapshot shows."""
        self._data, self._snapshot, self._notice = data, snapshot, ""
        rows = len(data.X_train)
        self._every = -(-rows // MOST_SAMPLES) or 1
        inputs, targets = data.given(np.arange(0, rows, self._every))
        self._x, self._y = inputs[:, 0], targets[:, 0]
        every = -(-len(data.X_test) // MOST_SAMPLES) or 1
        inputs, targets = data.given(np.arange(rows, rows + len(data.X_test), every))
        self._held_out = np.stack([inputs[:, 0], targets[:, 0]])
        ends = data.scaler.unscaled(np.array([[data.X_train.min()], [data.X_train.max()]], dtype=float))
        seen = [*ends[:, 0].tolist(), *(x for x, _ in data.trials)]
        low, high = min(seen), max(seen)
        room = ROOM * (high - low) or 1.0
        self.span.whole = (low - room, high + room)
        self._predicted, self._failure = (), ""
        self._grid = self._learned = np.zeros(0)
        self._wanted_curve = None
        self.show_all()

    def _show_held_out(self, _shown: bool) -> None:
        self.update()

    @property
    def _held_out_shown(self) -> Floats:
        """Inputs and outputs of the held-out samples, where they are to be seen, shape (2, n)."""
        return self._held_out if self._switches.is_on(TEST_POINTS) else self._held_out[:, :0]

    @property
    def switches(self) -> tuple[QAction, ...]:
        """The switches that change something here."""
        return (self._switches[TEST_POINTS],) if self._held_out.shape[1] else ()

    def add_actions(self, menu: QMenu, at: QPointF | None) -> None:
        menu.addSeparator()
        menu.addActions(self.switches)

    def set_notice(self, text: str) -> None:
        """Step aside, saying why."""
        self._data, self._notice = None, text
        self.controls.hide()
        self.update()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show newer parameters."""
        self._snapshot = snapshot
        self.refresh(snapshot.playing)

    def notice(self) -> str:
        return self._notice

    def legend(self) -> Sequence[Entry]:
        theme = self.theme
        dashed = QPen(QColor(theme.muted), theme.line_width, Qt.PenStyle.DashLine)
        entries = [Entry(self.tr("learned"), "", series_pen(theme, 0))]
        if self._data is not None and self._data.wanted is not None:
            entries.append(Entry(self.tr("wanted"), "", dashed))
        pen = QPen(QColor(theme.text), 1)
        name = self._of_all(self.tr("samples"), len(self._x), 0 if self._data is None else len(self._data.X_train))
        entries.append(Entry(name, "", pen, "circle", line=False, hollow=False))
        if self._held_out_shown.size:
            rows = 0 if self._data is None else len(self._data.X_test)
            name = self._of_all(self.tr("held out"), self._held_out.shape[1], rows)
            entries.append(Entry(name, "", pen, "circle", line=False))
        if self._data is not None and self._data.trials:
            entries.append(Entry(self.tr("trials"), "", QPen(QColor(theme.series[2]), 1), "diamond", line=False))
        return entries

    def _of_all(self, name: str, drawn: int, rows: int) -> str:
        """What samples are called, with how many of them are drawn where that is not all."""
        return name if drawn == rows else self.tr("{0} ({1} of {2})").format(name, count(drawn), count(rows))

    def prepare(self, width: float) -> None:
        points = max(int(width) // GRID_PX, 32)
        key = (self._snapshot.version, self._snapshot.run, self.span.shown, points)
        if key != self._predicted:
            self._predicted = key
            grid = self._grid_with_corners(points)
            if Evaluator.is_little(self._snapshot, len(grid)):
                self._take_curve(grid, self._predict(grid))
            elif self._data is not None:
                self._order_curve(self._data, self._snapshot, points)
        self._fit_scale()

    @property
    def settled(self) -> bool:
        """Whether the curve is that of the newest parameters."""
        if self._data is None or not self.isVisible():
            return True
        return bool(self._predicted) and not self._evaluator.is_asked_by(self)

    def _take_curve(self, grid: Floats, learned: Floats) -> None:
        self._grid, self._learned, self._failure = grid, learned, ""
        self._wanted_curve = self._wanted(grid)

    def _order_curve(self, data: Dataset, snapshot: Snapshot, points: int) -> None:
        """Have the curve worked out beside the window, at fewer points where each takes long."""
        most = rows_within(snapshot, MOVING if snapshot.playing else RESTING)
        grid = np.linspace(*self.span.shown, min(max(most, COARSEST), points))

        def work() -> Floats:
            return data.answers(self._evaluator.outputs(self._reader, snapshot, data.inputs_for(grid[:, None])))[:, 0]

        def done(learned: Floats) -> None:
            if snapshot.run == self._snapshot.run and self._data is data:
                self._take_curve(grid, learned)
                self.update()

        def failed(why: str) -> None:
            if snapshot.run == self._snapshot.run:
                self._failure = why
                self.update()

        self._evaluator.ask(self, work, done, failed)

    def _learned_at(self, inputs: Floats) -> Floats:
        """The output at inputs: exact where the window has time for it, else as the curve is drawn."""
        if Evaluator.is_little(self._snapshot, len(inputs)):
            return self._predict(inputs)
        if not len(self._grid):
            return np.full(len(inputs), np.nan)
        return np.interp(inputs, self._grid, self._learned, left=np.nan, right=np.nan)

    def _grid_with_corners(self, points: int) -> Floats:
        """Even inputs, and those of the samples, so that the curve passes where it is measured."""
        low, high = self.span.shown
        even = np.linspace(low, high, points)
        if len(self._x) > points:
            return even
        return np.union1d(even, self._x[(self._x >= low) & (self._x <= high)])

    def _predict(self, inputs: Floats) -> Floats:
        if self._data is None:
            return np.full(len(inputs), np.nan)
        with np.errstate(all="ignore"):
            outputs = self._reader.predict(self._snapshot, self._data.inputs_for(inputs[:, None]))
            return self._data.answers(outputs)[:, 0]

    def _wanted(self, inputs: Floats) -> Floats | None:
        if self._data is None or self._data.wanted is None:
            return None
        return np.asarray(self._data.wanted(inputs), dtype=float)

    def _fit_scale(self) -> None:
        low, high = self.span.shown
        sample_in_sight = (self._x >= low) & (self._x <= high)
        parts = [self._y[sample_in_sight]]
        wanted = self._wanted_curve
        if wanted is not None:
            parts.append(wanted)
        if self.kind is not ScaleKind.LINEAR or wanted is None:
            parts.append(self._learned)
        values = np.concatenate(parts)
        values = values[np.isfinite(values)]
        if self.kind is ScaleKind.LOG:
            values = values[values > 0]
        if len(values):
            self.scale = fit(self.kind, float(values.min()), float(values.max()), self.scale)
        elif self.scale.kind is not self.kind:
            self.scale = empty(self.kind)

    # --- drawing

    def draw_content(self, painter: QPainter) -> None:
        theme = self.theme
        x = self.x_px(self._grid)
        wanted = self._wanted_curve
        if wanted is not None:
            pen = QPen(QColor(theme.muted), theme.line_width, Qt.PenStyle.DashLine)
            draw_line(painter, x, self.y_px(wanted), pen, smooth=theme.antialias)
        draw_line(painter, x, self.y_px(self._learned), series_pen(theme, 0), smooth=theme.antialias)
        self._draw_trials(painter)
        self._draw_samples(painter)
        self._draw_note(painter)

    def _draw_trials(self, painter: QPainter) -> None:
        trials = np.array(self._data.trials if self._data else (), dtype=float).reshape(-1, 2)
        pen = QPen(QColor(self.theme.series[2]), self.theme.line_width)
        xs, ys = self.x_px(trials[:, 0]), self.y_px(trials[:, 1])
        fill = QColor(self.theme.background)
        draw_markers(painter, xs, ys, "diamond", marker_size(self.theme) + 1, pen, fill)

    def _draw_samples(self, painter: QPainter) -> None:
        theme = self.theme
        xs, ys = self.x_px(self._x), self.y_px(self._y)
        pen, fill = QPen(QColor(theme.text), 1), QColor(theme.background)
        x, y = self._held_out_shown
        draw_markers(painter, self.x_px(x), self.y_px(y), "circle", marker_size(theme) + 1, pen, fill)
        pen, fill = QPen(QColor(theme.background), 1), QColor(theme.text)
        draw_markers(painter, xs, ys, "circle", marker_size(theme) + 1, pen, fill)
        current = self.current_sample()
        if current is None:
            return
        at_x, at_y = float(xs[current]), float(ys[current])
        reached = self.y_px(self._learned_at(self._x[[current]]))[0]
        if math.isfinite(reached):
            painter.setPen(QPen(QColor(theme.text), theme.line_width, Qt.PenStyle.DotLine))
            painter.drawLine(QLineF(at_x, at_y, at_x, float(reached)))
        ring = QPen(QColor(theme.text), max(theme.line_width, 2))
        at = slice(current, current + 1)
        draw_markers(painter, xs[at], ys[at], "circle", 2 * marker_size(theme) + 2, ring, QColor(0, 0, 0, 0))

    def current_sample(self) -> int | None:
        """The sample that the current step saw, if it saw one alone."""
        step = self._snapshot.step
        rows = self._reader.rows(self._snapshot, step, step) if step else None
        sample = rows[0].sample if rows else None
        return None if sample is None or sample % self._every else sample // self._every

    def _draw_note(self, painter: QPainter) -> None:
        """Say where the learned function can't be drawn or leaves the picture."""
        finite = np.isfinite(self._learned)
        area = self.area
        painter.setFont(self.fonts.small)
        if self._failure:
            painter.setPen(QColor(self.theme.bad))
            painter.drawText(QPointF(area.left() + 2 * UNIT_PX, area.top() + 5 * UNIT_PX), self._failure)
            return
        if len(finite) and not finite.any():
            painter.setPen(QColor(self.theme.bad))
            text = self.tr("The learned function is not finite since step {0}")
            since = self._snapshot.diverged_at
            text = text.format("?" if since is None else count(since))
            painter.drawText(QPointF(area.left() + 2 * UNIT_PX, area.top() + 5 * UNIT_PX), text)
            return
        if not len(finite):
            return
        shares = self.scale.shares(self._learned[finite])
        if not ((shares < 0) | (shares > 1)).any():
            return
        low, high = float(self._learned[finite].min()), float(self._learned[finite].max())
        text = self.tr("learned: {0} to {1}").format(short(low), short(high))
        width = self.fonts.small_width(text)
        painter.setPen(QColor(self.theme.muted))
        painter.drawText(QPointF(area.right() - width - UNIT_PX, area.bottom() - UNIT_PX), text)

    def draw_over(self, painter: QPainter) -> None:
        if self.pointer is None:
            return
        near = self._near_sample(self.pointer)
        if near is None:
            draw_step_line(painter, self.theme, self.area, self.pointer.x(), dotted=True)
        lines = self.readout(self.x_at(self.pointer.x())) if near is None else self.sample_readout(near)
        draw_readout(painter, self.fonts, self.theme, self.area, self.pointer, lines)

    def _near_sample(self, at: QPointF) -> int | None:
        if not len(self._x):
            return None
        distance = np.hypot(self.x_px(self._x) - at.x(), self.y_px(self._y) - at.y())
        nearest = int(distance.argmin())
        return nearest if distance[nearest] <= NEAR_PX else None

    def readout(self, x: float) -> list[Line]:
        """Exact values of the curves at an input."""
        at = np.array([x])
        lines = [Line(self.tr("input"), full(x))]
        lines.append(Line(self.tr("learned"), full(float(self._learned_at(at)[0])), color=self.theme.series[0]))
        wanted = self._wanted(at)
        if wanted is not None:
            lines.append(Line(self.tr("wanted"), full(float(wanted[0]))))
        return lines

    def sample_readout(self, number: int) -> list[Line]:
        """A sample (from 0) with what is predicted for it; samples are counted from 1 for people."""
        x, y = float(self._x[number]), float(self._y[number])
        learned = float(self._learned_at(np.array([x]))[0])
        return [
            Line(self.tr("sample"), str(number * self._every + 1)),
            Line(self.tr("input"), full(x)),
            Line(self.tr("target"), full(y)),
            Line(self.tr("learned"), full(learned), color=self.theme.series[0]),
            Line(self.tr("difference"), full(y - learned)),
        ]

    # --- the hand

    def show_all(self) -> None:
        self.controls.show()
        super().show_all()

    def csv(self) -> str:
        """Input, learned and (where known) wanted output at the inputs that are drawn."""
        self.prepare(self.area.width())
        columns = [self._grid.tolist(), self._learned.tolist()]
        header = ["input", "learned"]
        wanted = self._wanted_curve
        if wanted is not None:
            header.append("wanted")
            columns.append(wanted.tolist())
        return csv_text(header, zip(*columns))
