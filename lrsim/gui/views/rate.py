"""The learning rate over the whole training: what was used, where it stands, and what is to come."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen, QShowEvent
from PySide6.QtWidgets import QMenu

from lrsim.charts.look import UNIT_PX, mix
from lrsim.common.numbers import Floats, count, full
from lrsim.gui.bridge.binding import new_gesture
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.bridge.turns import Turns
from lrsim.gui.chart import marks
from lrsim.gui.chart.chart import Chart
from lrsim.gui.chart.export import csv_text
from lrsim.gui.chart.frame import Entry
from lrsim.gui.chart.mark_hand import MarkHand
from lrsim.gui.chart.other_branches import OthersShown, draw_names, others
from lrsim.gui.chart.readout import Line, draw_readout
from lrsim.gui.chart.scales import ScaleKind, empty, fit
from lrsim.gui.chart.span import Span
from lrsim.gui.chart.strokes import draw_line, draw_markers, marker_size
from lrsim.gui.chart.ticks import Tick, step_ticks
from lrsim.gui.chart.view_range import AxisLink
from lrsim.gui.look.theme import ThemeSource, rate_pen
from lrsim.gui.views.view import PlotView
from lrsim.schedules.timeline import RateTimeline, steps_between
from lrsim.session.snapshot import Snapshot

TO_COME = 0.5
"""How much of the rate's colour is left in what is to come."""
MANY_TIMES = 20.0
LOW_QUARTER = 0.25
"""Where a quarter of the rates is so many times below the highest, they are shown on a log scale."""
MOST_LINES = 12
"""With more changes in sight than this, those by callbacks have no line of their own."""
FEWEST_STEPS = 4.0
NEAR_PX = 12
SIGNIFICANT = 4

Steps = NDArray[np.int64]


class RatePlot(Chart):
    """A chart of the rate of each step; the place where training stands can be dragged up and down.

    Signals
    -------
    rate_dragged(float, int)
        The base rate under the hand and the number of the drag that it belongs to.
    """

    rate_dragged = Signal(float, int)

    def __init__(self, bridge: Bridge, themes: ThemeSource, title: str) -> None:
        super().__init__(themes, title, "", "", ScaleKind.LINEAR, follows=False)
        self.x_title, self.y_title = self.tr("step"), self.tr("learning rate")
        self.turns = Turns.of(bridge)
        self._reader = bridge.reader
        self._snapshot: Snapshot = bridge.reader.snapshot()
        self._line: RateTimeline = bridge.reader.rate_line(self._snapshot)
        self._proposed: RateTimeline | None = None
        self.span = Span(FEWEST_STEPS)
        self._steps: Steps = np.zeros(1, dtype=np.int64)
        self._rates: Floats = np.zeros(1)
        self._proposed_rates: Floats | None = None
        self._worked_out: tuple[object, ...] = ()
        self._kind_chosen = False
        self._gesture = 0
        self._held: tuple[float, float] | None = None
        self._elsewhere: int | None = None
        self.controls.scale_chosen.connect(self._keep_kind)
        self._marks = MarkHand(self, lambda: (self._snapshot, *self.span.shown))
        self._link = AxisLink.of(bridge)
        self._link.cursor_moved.connect(self._show_elsewhere)
        self._others_shown = OthersShown.of(bridge)
        self._others_shown.changed.connect(self.update)

    def _keep_kind(self) -> None:
        """A scale chosen by hand stays."""
        self._kind_chosen = True

    # --- what is shown

    def rebuild(self, snapshot: Snapshot) -> None:
        """Another experiment: all of its training, on the scale that suits its rates."""
        self.span.show_all()
        self._proposed = None
        self.show_snapshot(snapshot)
        self.choose_kind()

    def choose_kind(self) -> None:
        """The scale that suits the rates of the whole training, unless a hand has chosen one."""
        if self._kind_chosen:
            return
        rates = self._line.at(steps_between(0, int(self._whole()) - 1, 500))
        rates = rates[np.isfinite(rates) & (rates > 0)]
        wide = len(rates) > 0 and rates.max() > MANY_TIMES * np.quantile(rates, LOW_QUARTER)
        kind = ScaleKind.LOG if wide else ScaleKind.LINEAR
        if kind is not self.kind:
            self.set_scale(kind)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show a newer state."""
        self._snapshot = snapshot
        self._line = self._reader.rate_line(snapshot)
        self.refresh(snapshot.playing)

    def propose(self, line: RateTimeline | None) -> None:
        """Draw what the rates would be after a change that waits to be applied, beside what they are."""
        if line != self._proposed:
            self._proposed = line
            self.update()

    def _whole(self) -> float:
        """Steps of the training, or those that were taken where they are more."""
        return float(max(self._line.foreseen(self._snapshot.tip), self._snapshot.tip, FEWEST_STEPS))

    def legend(self) -> Sequence[Entry]:
        entries = [Entry(self.tr("used"), "", self._used_pen()), Entry(self.tr("to come"), "", self._coming_pen())]
        if self._proposed is not None:
            entries.append(Entry(self.tr("once applied"), "", rate_pen(self.theme, "dotted")))
        by_hand, by_callback = self._changes()
        pen = rate_pen(self.theme)
        if by_hand:
            entries.append(Entry(self.tr("by hand"), "", pen, "diamond", line=False, hollow=False))
        if by_callback:
            entries.append(Entry(self.tr("on plateau"), "", pen, "triangle", line=False))
        return entries

    def _used_pen(self) -> QPen:
        pen = QPen(rate_pen(self.theme))
        pen.setWidth(max(self.theme.line_width, 2))
        return pen

    def _coming_pen(self) -> QPen:
        pen = QPen(QColor(mix(self.theme.background, self.theme.rate, TO_COME)), max(self.theme.line_width, 2))
        pen.setCosmetic(True)
        return pen

    def _changes(self) -> tuple[list[marks.Mark], list[marks.Mark]]:
        """Changes by hand and by a callback: step that was first to use the rate, and the base rate."""
        reduced = {step for step, _ in self._snapshot.reductions}
        found = self._snapshot.rate_marks
        return [mark for mark in found if mark[0] not in reduced], [mark for mark in found if mark[0] in reduced]

    def prepare(self, width: float) -> None:
        self.span.whole = (0.0, self._whole())
        low, high = self.span.shown
        key = (self._line, self._proposed, low, high, int(width), self._whole())
        if key != self._worked_out:
            self._worked_out = key
            first, last = max(int(low) - 1, 0), max(int(min(high, self._whole())), 1)
            changed = (*self._line.bases, *self._line.factors)
            turns = [*(step for step, _ in changed), *(section[0] for section in self._line.later)]
            edges = [step + turn for step in turns for turn in (-1, 0)]
            self._steps = steps_between(first, last - 1, int(width), edges)
            self._rates = self._line.at(self._steps)
            self._proposed_rates = None if self._proposed is None else self._proposed.at(self._steps)
        self._fit_scale()

    def _fit_scale(self) -> None:
        values = self._rates if self._proposed_rates is None else np.append(self._rates, self._proposed_rates)
        values = values[np.isfinite(values)]
        if self.kind is ScaleKind.LOG:
            values = values[values > 0]
        if len(values):
            low = 0.0 if self.kind is ScaleKind.LINEAR else float(values.min())
            self.scale = fit(self.kind, low, float(values.max()), self.scale)
        elif self.scale.kind is not self.kind:
            self.scale = empty(self.kind)

    # --- drawing

    def x_ticks(self, most: int) -> list[Tick]:
        return step_ticks(*self.span.shown, most)

    def y_px(self, values: Floats) -> Floats:
        return np.clip(super().y_px(values), self.area.top(), self.area.bottom())

    def draw_content(self, painter: QPainter) -> None:
        x, y, tip = self.x_px(self._steps + 1), self.y_px(self._rates), self._snapshot.tip
        split = int(np.searchsorted(self._steps, tip))  # the first step that was not taken
        smooth = self.theme.antialias
        ends = self._draw_others(painter)
        draw_line(painter, x[max(split - 1, 0) :], y[max(split - 1, 0) :], self._coming_pen(), smooth=smooth)
        if self._proposed_rates is not None:
            draw_line(painter, x, self.y_px(self._proposed_rates), rate_pen(self.theme, "dotted"), smooth=smooth)
        draw_line(painter, x[:split], y[:split], self._used_pen(), smooth=smooth)
        draw_names(painter, self.fonts, self.theme, self.area, ends)
        self._draw_epochs_without_rate(painter)
        painter.setClipping(False)
        self._draw_changes(painter)
        self._draw_handle(painter)

    def _draw_others(self, painter: QPainter) -> list[tuple[float, float, str]]:
        """Other rates that branches used, dotted; where each line ends, and what the branch is called."""
        ends = []
        pen = QPen(self._coming_pen())
        pen.setStyle(Qt.PenStyle.DotLine)
        for shown in others(self._snapshot) if self._others_shown.on else ():
            own = (self._steps >= shown.parts) & (self._steps < shown.tip)
            steps = self._steps[own]
            rates = self._reader.branch_rate_line(self._snapshot, shown).at(steps)
            if np.array_equal(rates, self._rates[own], equal_nan=True):
                continue  # what sets it apart is not the rate
            x, y = self.x_px(steps + 1), self.y_px(rates)
            draw_line(painter, x, y, pen, smooth=False)
            if np.isfinite(y[-1]):
                ends.append((float(x[-1]), float(y[-1]), shown.title))
        return ends

    def _draw_epochs_without_rate(self, painter: QPainter) -> None:
        """Say where an expression has no rate, which ends training there."""
        bad = np.flatnonzero(~np.isfinite(self._rates))
        if not len(bad):
            return
        first = int(self._steps[bad[0]])
        begin, end = self.x_px(np.array([first + 1, self._steps[bad[-1]] + 1])).tolist()
        text = self.tr("no rate from about step {0}").format(count(first + 1))
        marks.draw_bad(painter, self.fonts, self.theme, self.area, [(begin, end)], begin, text)

    def _draw_changes(self, painter: QPainter) -> None:
        by_hand, by_callback = self._changes()
        shown = marks.visible_marks(self._snapshot.rate_marks, *self.span.shown, self.offsets)
        label_from = self.area.left() + self.fonts.small_width(self.y_title) + 2 * UNIT_PX
        lined = shown if len(shown) <= MOST_LINES else [item for item in shown if item[1] in by_hand]
        marks.draw_rate_marks(painter, self.fonts, self.theme, self.area, lined, label_from)
        kept = {mark for _, mark in shown}
        for changes, shape, fill in ((by_hand, "diamond", self.theme.rate),
                                     (by_callback, "triangle", self.theme.background)):  # fmt: skip
            steps = np.array([step for step, rate in changes if (step, rate) in kept], dtype=np.int64)
            if len(steps):
                y = self.y_px(self._line.at(steps - 1))
                size = marker_size(self.theme) + 2
                draw_markers(painter, self.x_px(steps), y, shape, size, rate_pen(self.theme), QColor(fill))

    def _handle(self) -> QPointF:
        """Where the next step and its rate are."""
        snapshot = self._snapshot
        x = self.x_px(np.array([snapshot.step + 1]))
        y = self.y_px(np.array([snapshot.rate]))
        return QPointF(min(float(x[0]), self.area.right()), float(y[0]))

    def _draw_handle(self, painter: QPainter) -> None:
        at = self._handle()
        if not (self.area.left() <= at.x() and np.isfinite(at.y())):
            return
        marks.draw_step_line(painter, self.theme, self.area, at.x())
        size = 1.6 * marker_size(self.theme) + 2
        pen = QPen(QColor(self.theme.rate), max(self.theme.line_width, 2))
        fill = QColor(self.theme.rate if self._held else self.theme.background)
        draw_markers(painter, np.array([at.x()]), np.array([at.y()]), "circle", size, pen, fill)

    # --- reading off

    def _cursor_step(self) -> int | None:
        if self.pointer is None:
            return None
        return int(min(max(round(self.x_at(self.pointer.x())), 1), self._whole()))

    def pointer_moved(self) -> None:
        step = self._cursor_step()
        self._link.cursor_moved.emit(None if step is None else min(step, self._snapshot.tip))
        near = self.pointer is not None and self._near_handle(self.pointer)
        if near and self._held is None:
            self.setCursor(Qt.CursorShape.SizeVerCursor)
        elif self._held is None:
            self._marks.show_cursor(self.pointer)

    def _show_elsewhere(self, step: int | None) -> None:
        if step != self._elsewhere:
            self._elsewhere = step
            self.update()

    def draw_over(self, painter: QPainter) -> None:
        step = self._cursor_step()
        at = self._elsewhere if step is None else step
        low, high = self.span.shown
        if at is not None and low <= at <= high:
            x = float(self.x_px(np.array([at]))[0])
            marks.draw_step_line(painter, self.theme, self.area, x, dotted=True)
        if not self._marks.draw(painter) and step is not None and self.pointer is not None:
            draw_readout(painter, self.fonts, self.theme, self.area, self.pointer, self.readout(step))

    def readout(self, step: int) -> list[Line]:
        """A step, its epoch and its exact rate."""
        done = np.array([step - 1])
        name = self.tr("rate") if step <= self._snapshot.tip else self.tr("rate to come")
        lines = [
            Line(self.tr("step"), count(step)),
            Line(self.tr("epoch"), count(self._snapshot.grid.epoch_of(step))),
            Line(name, full(float(self._line.at(done)[0])), color=self.theme.rate),
        ]
        if self._proposed is not None:
            lines.append(Line(self.tr("once applied"), full(float(self._proposed.at(done)[0])), color=self.theme.rate))
        by_hand, by_callback = self._changes()
        if step in {changed for changed, _ in by_hand}:
            lines.append(Line(self.tr("changed"), self.tr("by hand")))
        if step in {changed for changed, _ in by_callback}:
            lines.append(Line(self.tr("changed"), self.tr("on plateau")))
        return lines

    def hint(self) -> str:
        return self.tr(
            "Drag the circle up or down: the rate from the next step on. A click on a change goes to its step; one "
            "that was made by hand can be dragged to another step. The wheel zooms, dragging moves, a double click "
            "shows all."
        )

    # --- the hand

    def _near_handle(self, at: QPointF) -> bool:
        return (at - self._handle()).manhattanLength() <= NEAR_PX

    def mousePressEvent(self, event: QMouseEvent) -> None:
        rate = self._snapshot.rate
        if event.button() == Qt.MouseButton.LeftButton and self._near_handle(event.position()) and rate > 0:
            self._gesture = new_gesture()
            self._held = (self._snapshot.parts.held, rate)
            self.update()
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held is None:
            super().mouseMoveEvent(event)
            return
        base, rate = self._held
        under = self.scale.value((self.area.bottom() - event.position().y()) / self.area.height())
        if under > 0:
            self.rate_dragged.emit(float(f"{base * (under / rate):.{SIGNIFICANT - 1}g}"), self._gesture)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._held is None:
            super().mouseReleaseEvent(event)
            return
        self._held = None
        self.unsetCursor()
        self.update()

    def click(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        mark = self._marks.near(at, NEAR_PX / 2)
        if mark is not None:
            self.seek_requested.emit(mark[0])

    def take(self, at: QPointF) -> bool:
        return self._marks.take(at)

    def carry(self, at: QPointF) -> None:
        self._marks.carry(at)

    def put_down(self, at: QPointF | None) -> None:
        self._marks.put_down(at)

    def add_actions(self, menu: QMenu, at: QPointF | None) -> None:
        step = None if at is None else min(max(round(self.x_at(at.x())), 0), self._snapshot.tip)
        if step is not None and self._snapshot.tip:
            go = menu.addAction(self.tr("Go to step {0}").format(count(step)))
            go.triggered.connect(lambda: self.seek_requested.emit(step))
        self._marks.add_actions(menu, at)

    def csv(self) -> str:
        """Step and rate of what is drawn."""
        self.prepare(self.area.width())
        return csv_text(["step", "rate"], zip((self._steps + 1).tolist(), self._rates.tolist()))


class RateView(PlotView):
    """The rate that each step used, where it was changed and by whom, and what the schedule has in store.

    Signals
    -------
    rate_dragged(float, int)
        The base rate under the hand and the number of the drag that it belongs to.
    """

    NAME = "rate"
    rate_dragged = Signal(float, int)

    def __init__(self, bridge: Bridge, themes: ThemeSource) -> None:
        super().__init__()
        self._missed: Snapshot | None = None
        plot = RatePlot(bridge, themes, self.title())
        plot.rate_dragged.connect(self.rate_dragged)
        self.fill(bridge, plot)

    @staticmethod
    def title() -> str:
        return QCoreApplication.translate("RateView", "Learning rate")

    def rebuild(self, snapshot: Snapshot) -> None:
        """Another experiment, with a schedule of its own."""
        self.plot.rebuild(snapshot)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        if self.isVisible():
            self.plot.show_snapshot(snapshot)
        else:
            self._missed = snapshot

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._missed is not None:
            self.plot.show_snapshot(self._missed)
            self._missed = None
