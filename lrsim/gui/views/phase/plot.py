"""A parameter now against the same one after the next step: where it rests, swings or runs away is seen at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QActionGroup, QColor, QPainter, QPen
from PySide6.QtWidgets import QMenu

from lrsim.common.numbers import Floats, count, full, short
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.bridge.turns import Turns
from lrsim.gui.chart.chart import Chart
from lrsim.gui.chart.export import csv_text
from lrsim.gui.chart.frame import Entry
from lrsim.gui.chart.readout import Line, draw_readout
from lrsim.gui.chart.scales import Scale, ScaleKind, empty, fit
from lrsim.gui.chart.strokes import draw_line, draw_markers, marker_size
from lrsim.gui.look.theme import ThemeSource, series_pen
from lrsim.session.snapshot import Snapshot

STEPS = 120
"""The path is that of so many steps up to the present one."""
FADES = 6
"""Strengths in which it is drawn, the oldest part the faintest."""
NEAR_PX = 12
MOST_OFFERED = 24
"""Parameters that the menu offers."""


class PhasePlot(Chart):
    """Each point is a step: across the value before it, up the value after it.

    On the diagonal nothing moves. A point goes from side to side of it where the parameter swings, and away from where
    the path crosses it where the swing grows.
    """

    MARKS_STEP = True

    def __init__(self, bridge: Bridge, themes: ThemeSource, title: str) -> None:
        super().__init__(themes, title, "", "", ScaleKind.LINEAR, follows=False)
        self.controls.hide()
        self._reader = bridge.reader
        self.turns = Turns.of(bridge)
        self._snapshot: Snapshot = bridge.reader.snapshot()
        self._names: tuple[str, ...] = ()
        self._chosen = ""
        self._steps: Floats = np.zeros(0)
        self._values: Floats = np.zeros(0)
        self._fetched: tuple[object, ...] = ()

    # --- what is shown

    def set_names(self, names: Sequence[str], snapshot: Snapshot) -> None:
        """Show another run, whose recorded parameters have these names; without any it says why."""
        self._names = tuple(names)
        self._chosen = self._chosen if self._chosen in self._names else next(iter(self._names), "")
        self._snapshot, self._fetched = snapshot, ()
        self.scale = empty(self.kind)
        self._name_axes()

    def choose(self, name: str) -> None:
        """Follow another parameter."""
        self._chosen, self._fetched = name, ()
        self._name_axes()

    def _name_axes(self) -> None:
        self.x_title = self.tr("{0} before the step").format(self._chosen)
        self.y_title = self.tr("{0} after it").format(self._chosen)
        self.update()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show newer steps."""
        self._snapshot = snapshot
        self.refresh(snapshot.playing)

    def notice(self) -> str:
        if not self._names:
            return self.tr("Drawn for models whose parameters are recorded one by one")
        return "" if self._snapshot.step > 0 else self.tr("Press Space to train")

    def legend(self) -> Sequence[Entry]:
        pen, muted = series_pen(self.theme, 0), QPen(QColor(self.theme.muted), 1, Qt.PenStyle.DotLine)
        words = self.tr("last {0} steps").format(count(max(len(self._values) - 1, 0)))
        return [Entry(words, "", pen), Entry(self.tr("no move"), "", muted)]

    def prepare(self, width: float) -> None:
        snapshot = self._snapshot
        wanted = (snapshot.version, snapshot.run, self._chosen)
        if wanted != self._fetched:
            first, last = max(snapshot.step - STEPS, 0), snapshot.step
            found = self._reader.series(snapshot, [self._chosen], first, last, 4 * STEPS)
            seen = (found.x >= first) & (found.x <= last)
            # A bin of several steps is a state of its own only where replay has brought its rows back.
            self._fetched = wanted if found.exact else ()
            self._steps, self._values = found.x[seen], found.low[self._chosen][seen] if found.exact else np.zeros(0)
            self._steps = self._steps[: len(self._values)]
        finite = self._values[np.isfinite(self._values)]
        if len(finite):
            self.scale = fit(self.kind, float(finite.min()), float(finite.max()), self.scale)
        self.x_unit, self.span.whole = self.scale.unit, (self.scale.lo, self.scale.hi)

    @property
    def x_scale(self) -> Scale:
        return self.scale  # both axes show the same

    @property
    def settled(self) -> bool:
        """Whether the rows of all its steps are there."""
        return not self.isVisible() or bool(self.notice()) or bool(self._fetched)

    # --- drawing

    def draw_content(self, painter: QPainter) -> None:
        ends = np.array([self.scale.value(0), self.scale.value(1)])
        muted = QPen(QColor(self.theme.muted), 1, Qt.PenStyle.DotLine)
        draw_line(painter, self.x_px(ends), self.y_px(ends), muted, smooth=False)
        if len(self._values) < 2:
            return
        x, y = self.x_px(self._values[:-1]), self.y_px(self._values[1:])
        pen = series_pen(self.theme, 0)
        edges = np.linspace(0, len(x) - 1, FADES + 1).astype(int)
        for part, (first, last) in enumerate(zip(edges[:-1], edges[1:]), start=1):
            color = QColor(pen.color())
            color.setAlphaF(0.15 + 0.85 * part / FADES)
            faded = QPen(pen)
            faded.setColor(color)
            draw_line(painter, x[first : last + 1], y[first : last + 1], faded, smooth=self.theme.antialias)
        paper = QColor(self.theme.background)
        draw_markers(painter, x, y, "circle", marker_size(self.theme) * 0.6, QPen(pen.color(), 1), paper)
        size, ink = marker_size(self.theme) * 1.3, QColor(self.theme.text)
        draw_markers(painter, x[-1:], y[-1:], "circle", size, QPen(ink, 2), QColor(pen.color()))

    # --- reading off

    def _near(self, at: QPointF) -> int | None:
        """Which of the points is near a place."""
        if len(self._values) < 2:
            return None
        away = np.hypot(self.x_px(self._values[:-1]) - at.x(), self.y_px(self._values[1:]) - at.y())
        away = np.where(np.isfinite(away), away, np.inf)
        place = int(away.argmin())
        return place if away[place] <= NEAR_PX else None

    def draw_over(self, painter: QPainter) -> None:
        place = None if self.pointer is None else self._near(self.pointer)
        if place is None or self.pointer is None:
            return
        before, after = self._values[place : place + 2].tolist()
        lines = [
            Line(self.tr("step"), count(int(self._steps[place + 1]))),
            Line(self.tr("before"), full(before)),
            Line(self.tr("after"), full(after)),
            Line(self.tr("move"), short(after - before)),
        ]
        draw_readout(painter, self.fonts, self.theme, self.area, self.pointer, lines)

    def in_words(self) -> str:
        if self.notice() or len(self._values) < 2:
            return self.notice()
        before, after = self._values[-2:].tolist()
        return self.tr("{0} went from {1} to {2} in step {3}").format(
            self._chosen, short(before), short(after), count(int(self._steps[-1]))
        )

    def hint(self) -> str:
        return self.tr(
            "Each point is a step: across the value before it, up the value after it; on the dotted line nothing "
            "moves. A click goes to a point's step."
        )

    def csv(self) -> str:
        """Step, value before and value after it."""
        self.prepare(self.area.width())
        rows = zip(self._steps[1:].astype(int).tolist(), self._values[:-1].tolist(), self._values[1:].tolist())
        return csv_text(["step", f"{self._chosen} before", f"{self._chosen} after"], rows)

    # --- the hand

    def click(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        place = self._near(at)
        if place is not None:
            self.seek_requested.emit(int(self._steps[place + 1]))

    def zoom(self, factor: float, anchor: float) -> None:
        """Both axes always show all of the path."""

    def pan(self, distance: float) -> None:
        """Both axes always show all of the path."""

    def add_actions(self, menu: QMenu, at: QPointF | None) -> None:
        choices = menu.addMenu(self.tr("Parameter"))
        group = QActionGroup(choices)
        for name in self._names[:MOST_OFFERED]:
            action = choices.addAction(name)
            action.setCheckable(True)
            action.setChecked(name == self._chosen)
            action.setActionGroup(group)
            action.triggered.connect(lambda _checked=False, name=name: self.choose(name))
