"""Curves over steps: thinned to the pixels at hand, followed, marked, and read off exactly."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QActionGroup, QColor, QPainter, QPen
from PySide6.QtWidgets import QMenu

from lrsim.charts.look import UNIT_PX
from lrsim.charts.smoothing import REACH, smoothed
from lrsim.common.numbers import Floats, count, full, short
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.bridge.turns import Turns
from lrsim.gui.chart import log_steps, marks, not_finite
from lrsim.gui.chart.chart import Chart
from lrsim.gui.chart.exact_values import ExactValues, Values, difference
from lrsim.gui.chart.export import csv_text
from lrsim.gui.chart.frame import Entry
from lrsim.gui.chart.mark_hand import MarkHand
from lrsim.gui.chart.readout import Line, draw_readout
from lrsim.gui.chart.scales import Scale, ScaleKind, empty, fit
from lrsim.gui.chart.strokes import MARKERS, draw_line, draw_markers, draw_spread, faded, marker_size
from lrsim.gui.chart.ticks import Tick, log_step_ticks, nice, step_ticks
from lrsim.gui.chart.view_range import AxisLink, ViewRange
from lrsim.gui.look.theme import ThemeSource, series_pen
from lrsim.history.series import Series
from lrsim.session.snapshot import Snapshot

PIXELS_PER_BIN = 2
MARKER_PX = 110
SMOOTHING = (0, 5, 20, 100)
"""Lengths of running means that are offered, in steps."""


@dataclass(frozen=True)
class Curve:
    """A recorded column with its name and its place among the colours and markers."""

    column: str
    name: str
    index: int


def bin_size(series: Series) -> float:
    """Steps in each bin."""
    return 1.0 if series.exact or len(series.x) < 2 else float(np.median(np.diff(series.x)))


class StepPlot(Chart):
    """A chart whose x axis is the step.

    `values_now` gives the value of each curve at the snapshot's step, for the legend.
    """

    def __init__(
        self,
        bridge: Bridge,
        themes: ThemeSource,
        title: str,
        y_title: str,
        kind: ScaleKind,
        values_now: Callable[[Snapshot], Sequence[float | None]],
    ) -> None:
        super().__init__(themes, title, "", y_title, kind, follows=True)
        self.x_title = self.tr("step")
        self._bridge = bridge
        self.turns = Turns.of(bridge)
        self._values_now = values_now
        self._snapshot: Snapshot = bridge.reader.snapshot()
        self._curves: tuple[Curve, ...] = ()
        self._run = self._snapshot.run
        self._series: Series | None = None
        self._fetched: tuple[object, ...] = ()
        self._lo, self._hi = 0.0, 1.0
        self._exact = ExactValues(bridge.reader, ())
        self._pinned: int | None = None
        self._elsewhere: int | None = None
        self._own_range = ViewRange(self)
        self._link = AxisLink.of(bridge)
        self._link.switched.connect(self._switch_link)
        self._link.range.changed.connect(self._range_changed)
        self._link.cursor_moved.connect(self._show_elsewhere)
        self._own_range.changed.connect(self._range_changed)
        self.controls.follow_toggled.connect(lambda follow: self.view_range.set_follow(follow))
        self._empty_notice = ""
        self._marks = MarkHand(self, lambda: (self._snapshot, self._lo, self._hi))
        self.references: list[float] = []
        self.smoothing = 0
        self._smooth: dict[str, tuple[Floats, Floats]] = {}

    # --- what is shown

    @property
    def view_range(self) -> ViewRange:
        """The range in force: the shared one while the axes are linked."""
        return self._link.range if self._link.enabled else self._own_range

    @property
    def visible_steps(self) -> tuple[float, float]:
        """First and last step in sight."""
        return self._lo, self._hi

    def set_curves(self, curves: Sequence[Curve], run: int, notice: str = "") -> None:
        """Show other columns, those of a run; without any, `notice` says why."""
        self._run = run
        self._curves = tuple(curves)
        self._empty_notice = notice
        self._exact = ExactValues(self._bridge.reader, [curve.column for curve in curves])
        self._pinned = None
        self._series = None
        self._fetched = ()
        self.scale = empty(self.kind)
        self._axis_width = 0.0
        self.update()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show a newer state; nothing is fetched before it is drawn."""
        if snapshot.run != self._run:
            return  # its columns are not known yet
        self._snapshot = snapshot
        self.refresh(snapshot.playing)

    def notice(self) -> str:
        if not self._curves:
            return self._empty_notice
        return self.tr("Press Space to train") if self._snapshot.tip == 0 else ""

    def legend(self) -> Sequence[Entry]:
        entries = []
        for curve, value in zip(self._curves, self._values_now(self._snapshot)):
            text = "" if value is None else short(value)
            tone = "bad" if value is not None and not math.isfinite(value) else ""
            marker = MARKERS[curve.index % len(MARKERS)] if len(self._curves) > 1 else None
            entries.append(Entry(curve.name, text, series_pen(self.theme, curve.index), marker, tone=tone))
        return entries

    def prepare(self, width: float) -> None:
        snapshot = self._snapshot
        self._lo, self._hi = self.view_range.resolve(snapshot.step, snapshot.tip)
        lo, hi = max(math.floor(self._lo), 0), min(math.ceil(self._hi), snapshot.tip)
        points = max(int(width) // PIXELS_PER_BIN, 16)
        wanted = (snapshot.version, snapshot.run, lo, hi, points, self.kind, self.even_factors, self.smoothing)
        if wanted == self._fetched:
            return
        self._fetched = wanted
        if lo > hi:
            self._series = None
            return
        columns = [curve.column for curve in self._curves]
        self._series = self.fetch(columns, lo, hi, points)
        self._smooth = self._smoothed(columns, lo, hi, points) if self.smoothing else {}
        self._fit_scale(self._series)

    def fetch(self, columns: Sequence[str], lo: int, hi: int, points: int) -> Series:
        """What is drawn of steps lo to hi."""
        return self.laid_out(lambda first, last, most: self.read(columns, first, last, most), lo, hi, points)

    def read(self, columns: Sequence[str], lo: int, hi: int, points: int) -> Series:
        """The columns of steps lo to hi, in bins of one size."""
        return self._bridge.reader.series(self._snapshot, columns, lo, hi, points)

    def laid_out(self, fetch: log_steps.Fetch, lo: int, hi: int, points: int) -> Series:
        """Steps lo to hi as fine as the axis shows them."""
        return log_steps.fetched(fetch, lo, hi, points) if self.even_factors else fetch(lo, hi, points)

    def _smoothed(self, columns: Sequence[str], lo: int, hi: int, points: int) -> dict[str, tuple[Floats, Floats]]:
        """Steps and running means of each column; of bins of several steps that of their middles."""
        before = max(lo - REACH * self.smoothing, 0)  # so that what is in sight does not depend on what is
        found = self.laid_out(
            lambda first, last, most: self.read(columns, first, last, most),
            before,
            hi,
            points * (hi - before + 1) // (hi - lo + 1),
        )
        seen = found.x >= lo
        middles = {name: found.low[name] / 2 + found.high[name] / 2 for name in columns}
        return {
            name: (found.x[seen], smoothed(found.x, values, self.smoothing)[seen]) for name, values in middles.items()
        }

    def _beside(self, values: Floats, column: str | None = None) -> Floats:
        """Finite values in sight, and those of what else is drawn as far as it counts beside them."""
        return values

    def _fit_scale(self, series: Series) -> None:
        in_sight = (series.x >= self._lo) & (series.x <= self._hi)
        if in_sight.sum() < 2:
            in_sight[:] = True
        values = np.concatenate([part[c.column][in_sight] for c in self._curves for part in (series.low, series.high)])
        values = values[np.isfinite(values)]
        if self.kind is ScaleKind.LOG:
            values = values[values > 0]
        values = self._beside(values)
        if len(values):
            self.scale = fit(self.kind, float(values.min()), float(values.max()), self.scale)
        elif self.scale.kind is not self.kind:
            self.scale = empty(self.kind)

    # --- drawing

    def floor_label(self) -> str:
        series = self._series
        if self.kind is not ScaleKind.LOG or series is None:
            return ""
        lowest = min(np.nanmin(series.low[curve.column], initial=np.inf) for curve in self._curves)
        return "" if lowest > 0 else "0" if lowest == 0 else "\u2264 0"

    def x_ticks(self, most: int) -> list[Tick]:
        return log_step_ticks(self.x_scale, most) if self.even_factors else step_ticks(self._lo, self._hi, most)

    @property
    def even_factors(self) -> bool:
        """Whether steps are laid out by their logarithm."""
        return self.view_range.even_factors

    @property
    def x_scale(self) -> Scale:
        return log_steps.scale(self._lo, self._hi) if self.even_factors else Scale(self.x_kind, self._lo, self._hi)

    def y_label(self) -> str:
        if not self.smoothing or not self.can_smooth:
            return self.y_title
        return self.tr("{0}, mean of about {1} steps").format(self.y_title, count(self.smoothing)).strip(", ")

    @property
    def can_smooth(self) -> bool:
        """Whether what is drawn are curves of one value a step."""
        return True

    def set_smoothing(self, steps: int) -> None:
        """Draw running means of about so many steps over the curves, which become faint; 0 for none."""
        self.smoothing = steps
        self.update()

    def draw_content(self, painter: QPainter) -> None:
        series = self._series
        if series is None:
            return
        self._draw_bad(painter, series)
        self.draw_behind(painter)
        x = self.x_px(series.x)
        for curve in self._curves:
            low, high = (self._edge_px(part[curve.column]) for part in (series.low, series.high))
            pen = series_pen(self.theme, curve.index)
            draw_spread(painter, x, low, high, faded(pen) if self.smoothing else pen, smooth=self.theme.antialias)
        self.draw_smoothed(painter)
        if len(self._curves) > 1:
            for curve in self._curves:
                self._draw_markers(painter, series, curve)
        self.draw_marks(painter)

    def draw_smoothed(self, painter: QPainter) -> None:
        """The running means, where they are wanted."""
        for curve in self._curves if self._smooth else ():
            steps, means = self._smooth[curve.column]
            pen = QPen(series_pen(self.theme, curve.index))
            pen.setWidth(max(self.theme.line_width, 2))
            draw_line(painter, self.x_px(steps), self.curve_px(curve, means), pen, smooth=self.theme.antialias)

    def draw_behind(self, painter: QPainter) -> None:
        """What lies behind the curves."""

    def curve_px(self, curve: Curve, values: Floats) -> Floats:
        """Pixels of a curve's values, those out of sight at the edge of the area."""
        return self._edge_px(values)

    def _edge_px(self, values: Floats) -> Floats:
        """Pixels of values, those out of sight at the edge of the area."""
        return self.area.bottom() - np.clip(self.scale.shares(values), 0, 1) * self.area.height()

    def draw_marks(self, painter: QPainter) -> None:
        """Where training stands, and over the plot the changes of the rate."""
        if self._snapshot.step < self._snapshot.tip:
            marks.draw_step_line(painter, self.theme, self.area, self.step_px(self._snapshot.step))
        for value in self.references:
            marks.draw_reference(painter, self.fonts, self.theme, self.area, self.y_px(np.array([value]))[0], value)
        painter.setClipping(False)
        shown = marks.visible_marks(self._snapshot.rate_marks, self._lo, self._hi, self.offsets)
        label_from = self.area.left() + self.fonts.small_width(self.y_label()) + 2 * UNIT_PX
        marks.draw_rate_marks(painter, self.fonts, self.theme, self.area, shown, label_from)

    def step_px(self, step: float) -> float:
        """The pixel of a step."""
        return float(self.x_px(np.array([float(step)]))[0])

    def _draw_markers(self, painter: QPainter, series: Series, curve: Curve) -> None:
        """Markers at round steps, so that they stay with the curve when it moves."""
        spacing = max(nice((self._hi - self._lo) * MARKER_PX / self.area.width()), 1.0)
        offset = (0.5 + curve.index / max(len(self._curves), 1)) / 2
        at = (np.arange(math.floor(self._lo / spacing), math.ceil(self._hi / spacing) + 1) + offset) * spacing
        if self.even_factors:
            places = np.arange(self.area.left() + offset * MARKER_PX, self.area.right(), MARKER_PX)
            at = np.array([self.x_at(place) for place in places.tolist()])
        at = at[(at >= series.x[0]) & (at <= series.x[-1])]
        if not len(at):
            return
        places = np.minimum(np.searchsorted(series.x, at), len(series.x) - 1)
        x = self.x_px(series.x[places])
        y = self._edge_px(series.high[curve.column][places])
        marker = MARKERS[curve.index % len(MARKERS)]
        pen, fill = series_pen(self.theme, curve.index), QColor(self.theme.background)
        draw_markers(painter, x, y, marker, marker_size(self.theme), pen, fill)

    def _draw_bad(self, painter: QPainter, series: Series) -> None:
        """Bands over the bins that hold NaN or infinities, and the step where the run stopped being finite."""
        columns = [curve.column for curve in self._curves]
        found = not_finite.of_series(self._snapshot, series, columns, bin_size(series), (self._lo, self._hi))
        if found is not None:
            edges = [self.x_px(np.clip(stretch, self._lo, self._hi)).tolist() for stretch in found.stretches]
            at = self.step_px(min(max(float(found.begin), self._lo), self._hi))
            marks.draw_bad(painter, self.fonts, self.theme, self.area, [(a, b) for a, b in edges], at, found.label)

    # --- the cursor

    def _cursor_step(self) -> int | None:
        if self.pointer is None or self._snapshot.tip == 0:
            return None
        return min(max(round(self.x_at(self.pointer.x())), 0), self._snapshot.tip)

    def pointer_moved(self) -> None:
        self._link.cursor_moved.emit(self._cursor_step())
        self._marks.show_cursor(self.pointer)

    def _show_elsewhere(self, step: int | None) -> None:
        if step != self._elsewhere:
            self._elsewhere = step
            self.update()

    def draw_over(self, painter: QPainter) -> None:
        step = self._cursor_step()
        for at in (self._pinned, self._elsewhere if step is None else step):
            if at is not None and self._lo <= at <= self._hi:
                marks.draw_step_line(painter, self.theme, self.area, self.step_px(at), dotted=True)
        if not self._marks.draw(painter) and step is not None and self.pointer is not None:
            draw_readout(painter, self.fonts, self.theme, self.area, self.pointer, self.readout(step))

    def readout(self, step: int) -> list[Line]:
        """Exact values of every curve at a step, with differences to the second cursor where there is one."""
        here = self._exact.at(self._snapshot, step)
        there = None if self._pinned is None else self._exact.at(self._snapshot, min(self._pinned, self._snapshot.tip))
        lines = [Line(self.tr("step"), count(step), "" if there is None else f"{step - there.step:+d}")]
        for number, curve in enumerate(self._curves):
            color = self.theme.series[curve.index % len(self.theme.series)]
            lines.append(self._value_line(curve.name, number, here, there, color))
            lines += self.read_smoothed(curve, step, color)
        if here is not None and here.rate is not None:
            lines.append(Line(self.tr("rate"), full(here.rate), color=self.theme.rate))
        return lines

    def read_smoothed(self, curve: Curve, step: int, color: str) -> list[Line]:
        """The running mean of a curve, as it is drawn at a step; nothing where none is."""
        steps, means = self._smooth.get(curve.column, (np.zeros(0), np.zeros(0)))
        if not (self.smoothing and len(steps)):
            return []
        mean = float(means[int(np.abs(steps - step).argmin())])
        return [Line(self.tr("{0}, mean").format(curve.name), full(mean), color=color)]

    def _value_line(self, name: str, number: int, here: Values | None, there: Values | None, color: str) -> Line:
        if here is None:
            return Line(name, "\u2026", "", color)
        value = here.values[number]
        if math.isnan(value) and here.step == 0:
            return Line(name, self.tr("none yet"), "", color)
        change = "" if there is None else difference(value, there.values[number])
        return Line(name, full(value), change, color)

    def pin(self, step: int | None) -> None:
        """Place a second cursor, or take it away."""
        self._pinned = step
        self.update()

    # --- the hand

    def zoom(self, factor: float, anchor: float) -> None:
        self.view_range.zoom(factor, anchor, self._snapshot.tip)

    def pan(self, distance: float) -> None:
        self.view_range.pan(distance, self._snapshot.tip)

    def show_all(self) -> None:
        self.view_range.show_all()

    def click(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        step = min(max(round(self.x_at(at.x())), 0), self._snapshot.tip)
        if modifiers & Qt.KeyboardModifier.ShiftModifier:
            self.pin(None if self._pinned == step else step)
            return
        mark = self._marks.near(at)
        if mark is not None:
            self.seek_requested.emit(mark[0])

    def take(self, at: QPointF) -> bool:
        return self._marks.take(at)

    def carry(self, at: QPointF) -> None:
        self._marks.carry(at)

    def put_down(self, at: QPointF | None) -> None:
        self._marks.put_down(at)

    def hint(self) -> str:
        return self.tr(
            "The wheel zooms, dragging moves, a double click shows all. Shift+click places a second cursor: the "
            "difference to it is shown. A click on a change of the rate goes to its step; one that "
            "was made by hand can be dragged to another step."
        )

    def add_actions(self, menu: QMenu, at: QPointF | None) -> None:
        follow = menu.addAction(self.tr("Follow the newest step"))
        follow.setCheckable(True)
        follow.setChecked(self.view_range.follow)
        follow.toggled.connect(self.view_range.set_follow)
        link = menu.addAction(self.tr("Link x axes"))
        link.setCheckable(True)
        link.setChecked(self._link.enabled)
        link.toggled.connect(self.set_linked)
        even = menu.addAction(self.tr("Steps by their logarithm"))
        even.setCheckable(True)
        even.setChecked(self.even_factors)
        even.toggled.connect(self.view_range.set_even_factors)
        if self.can_smooth:
            self._add_smoothing(menu)
        menu.addSeparator()
        if at is not None and self._snapshot.tip:
            step = min(max(round(self.x_at(at.x())), 0), self._snapshot.tip)
            go = menu.addAction(self.tr("Go to step {0}").format(count(step)))
            go.triggered.connect(lambda: self.seek_requested.emit(step))
            second = menu.addAction(self.tr("Place second cursor\tShift+click"))
            second.triggered.connect(lambda: self.pin(step))
        self._marks.add_actions(menu, at)
        if at is not None and self._series is not None:
            value = self._value_at(at)
            line = menu.addAction(self.tr("Reference line at {0}").format(short(value)))
            line.triggered.connect(lambda: self.refer_to([*self.references, value]))
        if self.references:
            menu.addAction(self.tr("Remove reference lines")).triggered.connect(lambda: self.refer_to([]))
        if self._pinned is not None:
            menu.addAction(self.tr("Remove second cursor")).triggered.connect(lambda: self.pin(None))

    def _value_at(self, at: QPointF) -> float:
        """The value of the vertical axis at a place, to three digits: what a hand can mean."""
        return float(f"{self.scale.value((self.area.bottom() - at.y()) / self.area.height()):.3g}")

    def refer_to(self, values: Sequence[float]) -> None:
        """Draw dotted lines at these values of the vertical axis."""
        self.references = list(values)
        self.update()

    def _add_smoothing(self, menu: QMenu) -> None:
        """A choice of running means."""
        choices = menu.addMenu(self.tr("Smooth"))
        group = QActionGroup(choices)
        for steps in SMOOTHING:
            words = self.tr("mean of about {0} steps").format(count(steps)) if steps else self.tr("as it is")
            action = choices.addAction(words)
            action.setCheckable(True)
            action.setChecked(steps == self.smoothing)
            action.setActionGroup(group)
            action.triggered.connect(lambda _checked=False, steps=steps: self.set_smoothing(steps))

    def set_linked(self, linked: bool) -> None:
        """Move all plots over steps together, starting from this one, or each on its own."""
        if linked:
            self._link.range.copy_from(self._own_range)
        self._link.set_enabled(linked)

    def _switch_link(self, linked: bool) -> None:
        if not linked:
            self._own_range.copy_from(self._link.range)
        self._range_changed()

    def _range_changed(self) -> None:
        self.controls.show_follow(self.view_range.follow)
        self.update()

    def csv(self) -> str:
        """Step and values where each bin is one step, else minimum and maximum of each bin."""
        self.prepare(self.area.width())
        names = [curve.column for curve in self._curves]
        series = self._series
        if series is None:
            return csv_text(["step", *names], ())
        if series.exact:
            columns = [series.low[name].tolist() for name in names]
            steps = [int(x) for x in series.x]
            return csv_text(["step", *names], zip(steps, *columns))
        header = ["step"] + [f"{name}_{end}" for name in names for end in ("min", "max")]
        columns = [part[name].tolist() for name in names for part in (series.low, series.high)]
        return csv_text(header, zip(series.x.tolist(), *columns))
