"""Sharpness as dots, and dotted the sharpness from which on the rate is too large: limit / rate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtGui import QColor, QPainter, QPen, QShowEvent

from lrsim.common.numbers import Floats, count, full, short
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.chart import marks, not_finite
from lrsim.gui.chart.export import csv_text
from lrsim.gui.chart.frame import Entry
from lrsim.gui.chart.readout import Line
from lrsim.gui.chart.scales import ScaleKind, fit
from lrsim.gui.chart.step_chart import StepPlot
from lrsim.gui.chart.strokes import draw_line, draw_markers, marker_size
from lrsim.gui.look.theme import ThemeSource, rate_pen, series_pen
from lrsim.gui.views.stability.measured import Measures
from lrsim.schedules.timeline import steps_between
from lrsim.session.snapshot import Snapshot

CLOSEST_PX = 4.0
"""Dots nearer than this to the one before are left out."""


class StabilityPlot(StepPlot):
    """Where the dots lie below the dotted line, a step along the sharpest direction shrinks the distance to its floor;
    above it each step overshoots farther."""

    def __init__(self, bridge: Bridge, themes: ThemeSource, title: str) -> None:
        super().__init__(bridge, themes, title, "", ScaleKind.LOG, lambda snapshot: ())
        self.y_title = self.tr("sharpness")
        self.short_y_title = self.tr("sharpness")
        self.failure = ""
        self.measures = Measures(bridge, self)
        self.measures.changed.connect(self.update)
        self.measures.failed.connect(self._fail)
        self._line_steps: Floats = np.zeros(0)
        self._allowed: Floats = np.zeros(0)
        self._found = self.measures.of(self._snapshot)

    # --- what is shown

    def begin(self, snapshot: Snapshot, scaled: bool) -> None:
        """Show another run; `scaled` says whether the optimizer scales its gradient by what it remembers."""
        self.failure = ""
        self.measures.forget(snapshot)
        self.y_title = self.tr("sharpness as the optimizer scales it") if scaled else self.tr("sharpness")
        self.set_curves((), snapshot.run)
        self.show_snapshot(snapshot)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        super().show_snapshot(snapshot)
        if self.isVisible():
            self.measures.follow(snapshot)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.measures.follow(self._snapshot)

    def _fail(self, why: str) -> None:
        self.failure = why
        self.update()

    def notice(self) -> str:
        return self.failure

    @property
    def can_smooth(self) -> bool:
        return False

    @property
    def settled(self) -> bool:
        """Whether all is measured that is wanted of a run at rest."""
        return not self.isVisible() or not self.measures.busy(self._snapshot)

    def legend(self) -> Sequence[Entry]:
        now = self.measures.at(self._snapshot, self._snapshot.step)
        found, allowed = ("", "") if now is None else (now.curvature.largest, now.limit / now.rate)
        words = [value if isinstance(value, str) else short(value) for value in (found, allowed)]
        return [
            Entry(self.tr("sharpness"), words[0], series_pen(self.theme, 0), "circle", line=False, hollow=False),
            Entry(self.tr("limit / rate"), words[1], self._limit_pen()),
        ]

    def _limit_pen(self) -> QPen:
        pen = QPen(rate_pen(self.theme, "dotted"))
        pen.setWidth(max(self.theme.line_width, 2))
        return pen

    def prepare(self, width: float) -> None:
        snapshot = self._snapshot
        self._lo, self._hi = self.view_range.resolve(snapshot.step, snapshot.tip)
        self._found = self.measures.of(snapshot)
        self._allow(int(width))
        seen = (self._found.steps >= self._lo) & (self._found.steps <= self._hi)
        values = np.concatenate([self._found.sharpness[seen], self._allowed])
        values = values[np.isfinite(values)]
        if self.kind is ScaleKind.LOG:
            values = values[values > 0]
        if len(values):
            self.scale = fit(self.kind, float(values.min()), float(values.max()), self.scale)

    def _allow(self, width: int) -> None:
        """The sharpness that the rate of each step in sight allows; its limit as it was measured last before it."""
        found, tip = self._found, self._snapshot.tip
        if not len(found.steps):
            self._line_steps = self._allowed = np.zeros(0)
            return
        if self._bridge.reader.problem_at(self._snapshot).optimizer.decay:
            steps, rates = found.steps, found.rates  # which depend on the count of updates too
        else:
            line = self._bridge.reader.rate_line(self._snapshot)
            first, last = max(int(self._lo), 0), min(int(self._hi) + 1, tip)
            turns = [step + turn for step, _ in (*line.bases, *line.factors) for turn in (-1, 0)]
            done = steps_between(first, max(last, first), width, turns)
            steps, rates = done.astype(np.float64), line.at(done)
        places = np.maximum(np.searchsorted(found.steps, steps, side="right") - 1, 0)
        with np.errstate(all="ignore"):
            self._line_steps, self._allowed = steps, found.limits[places] / rates

    # --- drawing

    def floor_label(self) -> str:
        return "\u2264 0" if self.kind is ScaleKind.LOG and (self._found.sharpness <= 0).any() else ""

    def draw_content(self, painter: QPainter) -> None:
        self._draw_divergence(painter)
        y = self.area.bottom() - np.clip(self.scale.shares(self._allowed), -2, 3) * self.area.height()
        draw_line(painter, self.x_px(self._line_steps), y, self._limit_pen(), smooth=False)
        x, y = self.x_px(self._found.steps), self._edge_px(self._found.sharpness)
        apart = _apart(x, y)
        pen = series_pen(self.theme, 0)
        size = max(0.7 * marker_size(self.theme), 4)
        draw_markers(painter, x[apart], y[apart], "circle", size, QPen(pen.color(), 1), pen.color())
        now = self._found.steps == self._snapshot.step
        ink = QPen(QColor(self.theme.text), 2)
        draw_markers(painter, x[now], y[now], "circle", 1.3 * marker_size(self.theme), ink, pen.color())
        self.draw_marks(painter)

    def _draw_divergence(self, painter: QPainter) -> None:
        known = not_finite.of_run(self._snapshot, self._hi)
        if known is not None:
            label, since = known
            at = self.step_px(max(float(since), self._lo))
            stretch = [(at, max(self.step_px(float(self._snapshot.tip)), at))]
            marks.draw_bad(painter, self.fonts, self.theme, self.area, stretch, at, label)

    # --- reading off

    def readout(self, step: int) -> list[Line]:
        """What was measured at the step that is nearest to the pointer."""
        if not len(self._found.steps):
            return [Line(self.tr("step"), count(step))]
        place = int(np.abs(self._found.steps - step).argmin())
        found = self._found
        sharpness, rate, limit = (float(part[place]) for part in (found.sharpness, found.rates, found.limits))
        return [
            Line(self.tr("after step"), count(int(found.steps[place]))),
            Line(self.tr("sharpness"), full(sharpness), color=self.theme.series[0]),
            Line(self.tr("rate"), full(rate), color=self.theme.rate),
            Line(self.tr("rate x sharpness"), full(rate * sharpness)),
            Line(self.tr("its limit"), short(limit)),
        ]

    def in_words(self) -> str:
        now = self.measures.at(self._snapshot, self._snapshot.step)
        if now is None:
            return self.notice() or self.tr("Sharpness over steps: not measured yet")
        words = self.tr("After step {0} the sharpness is {1}; rate x sharpness is {2} of {3}")
        at = count(self._snapshot.step)
        return words.format(at, short(now.curvature.largest), short(now.product), short(now.limit))

    def hint(self) -> str:
        about = self.tr(
            "Dots: the largest eigenvalue of the Hessian. Dotted: what the rate allows; a dot above it means that "
            "steps along the sharpest direction overshoot farther each time."
        )
        few = self.tr("Steps see batches, the curvature is of all rows or a sample: the true limit is lower.")
        return f"{about} {few}" if self._found.approximate else about

    def csv(self) -> str:
        """What was measured, at each step."""
        found = self.measures.of(self._snapshot)
        header = ["step", "sharpness", "rate", "limit", "lr_sharpness"]
        columns = (found.sharpness, found.rates, found.limits, found.rates * found.sharpness)
        return csv_text(header, zip(found.steps.astype(int).tolist(), *(each.tolist() for each in columns)))


def _apart(x: Floats, y: Floats) -> list[int]:
    """Dots that can be told apart."""
    shown: list[int] = []
    for at in np.flatnonzero(np.isfinite(y)).tolist():
        if not shown or abs(x[at] - x[shown[-1]]) + abs(y[at] - y[shown[-1]]) >= CLOSEST_PX:
            shown.append(at)
    return shown
