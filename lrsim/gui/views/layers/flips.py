"""Whose updates change sign from step to step: weights that swing are dark, those that go their way are light."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QShowEvent

from lrsim.charts.look import mix
from lrsim.common.numbers import Floats, count, percent
from lrsim.gui.bridge.alive import alive
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.bridge.evaluator import Evaluator
from lrsim.gui.bridge.throttle import Throttle
from lrsim.gui.bridge.turns import Turns
from lrsim.gui.chart.chart import Chart
from lrsim.gui.chart.export import csv_text
from lrsim.gui.chart.frame import Entry
from lrsim.gui.chart.readout import Line, draw_readout
from lrsim.gui.chart.scales import Scale, ScaleKind
from lrsim.gui.chart.ticks import Tick, step_ticks
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.views.layer_chooser import LayerChooser
from lrsim.gui.views.parameters import MOST_CURVES
from lrsim.gui.views.view import PlotView, ViewSpec
from lrsim.instruments.over_time import flip_map, weights_of
from lrsim.session.snapshot import Place, Snapshot

STEPS = 96
"""The last so many steps are looked at."""
MOST_ROWS = 256
"""Of more weights some are shown, evenly among them."""
PLAYING_MS = 200
KEPT, FLIPPED = 0.22, 0.9
"""How much of its colour an update has that keeps its sign, and one that changes it."""


@dataclass(frozen=True, eq=False)
class Found:
    """The map of a layer at a place: the first step in it, which weights are shown, and what became of each, shape
    (steps, weights)."""

    place: Place
    layer: int
    first: int
    weights: NDArray[np.int64]
    flips: Floats


class FlipsPlot(Chart):
    """A row for each weight, a column for each of the last steps."""

    def __init__(self, bridge: Bridge, themes: ThemeSource, title: str) -> None:
        super().__init__(themes, title, "", "", ScaleKind.LINEAR, follows=False)
        self.x_title, self.y_title = self.tr("step"), self.tr("weight number")
        self.short_title = self.tr("Flips")
        self.turns = Turns.of(bridge)
        self.chooser = LayerChooser(title, self.controls)
        self.controls.put_first(self.chooser)
        self.controls.scale_button.hide()
        self.chooser.chosen.connect(self._choose)
        self.failure = ""
        self._evaluator, self._reader = Evaluator.of(bridge), bridge.reader
        self._snapshot = bridge.reader.snapshot()
        self._layer = 0
        self._found: Found | None = None
        self._asked = False
        self._pace = Throttle(self._work_out, PLAYING_MS, self)

    # --- what is shown

    def begin(self, snapshot: Snapshot) -> None:
        """Show another run."""
        self.failure, self._found, self._asked, self._snapshot = "", None, False, snapshot
        self.chooser.offer(self._reader.problem_of(snapshot).network.shapes)
        self.show_snapshot(snapshot)

    def _choose(self, layer: int) -> None:
        self._layer = layer
        self.fit_controls()
        if self.isVisible():
            self._pace.flush(self._snapshot)
        self.update()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show newer steps, as soon as they are worked out."""
        self._snapshot = snapshot
        if self.isVisible():
            self._pace.follow(snapshot)
            if self.notice():
                self.update()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._pace.flush(self._snapshot)

    def _is_known(self) -> bool:
        found = self._found
        return found is not None and (found.place, found.layer) == (self._snapshot.place, self._layer)

    def _work_out(self, snapshot: Snapshot) -> None:
        if self._asked or self.failure or snapshot.step < 2 or self._is_known():
            return
        self._asked, layer = True, self._layer
        inside = weights_of(self._reader.problem_of(snapshot).network.shapes, layer)
        number = inside.stop - inside.start
        shown = np.unique(np.linspace(0, number - 1, min(number, MOST_ROWS)).round().astype(np.int64))
        begin = max(snapshot.step - STEPS - 1, 0)

        def work() -> Found:
            weights = self._reader.stretch(snapshot, begin, snapshot.step, inside.start + shown)
            return Found(snapshot.place, layer, begin + 2, shown, flip_map(weights))

        def take(found: Found) -> None:
            self._take(snapshot, found)

        self._evaluator.ask(self, work, take, self._fail)

    def _take(self, snapshot: Snapshot, found: Found) -> None:
        if not alive(self):
            return
        self._asked = False
        if snapshot.run != self._snapshot.run:
            return
        self._found = found
        self.refresh(self._snapshot.playing)
        if not self._snapshot.playing:
            self._work_out(self._snapshot)

    def _fail(self, why: str) -> None:
        self.failure, self._asked = why, False
        self.update()

    @property
    def settled(self) -> bool:
        """Whether what is seen is of the step that is shown."""
        return not self.isVisible() or bool(self.notice()) or self._is_known()

    def notice(self) -> str:
        if self.failure:
            return self.failure
        return "" if self._snapshot.step >= 2 else self.tr("Press Space to train: two updates are compared")

    def _colors(self) -> tuple[str, str]:
        """Of an update that keeps its sign, and of one that changes it."""
        paper, ink = self.theme.background, self.theme.series[0]
        return mix(paper, ink, KEPT), mix(paper, ink, FLIPPED)

    def legend(self) -> Sequence[Entry]:
        thick, solid, flat = self.theme.base_px * 0.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap
        kept, flipped = (QPen(QColor(color), thick, solid, flat) for color in self._colors())
        now = self._share_now()
        return [
            Entry(self.tr("changes sign"), "" if now is None else percent(now), flipped),
            Entry(self.tr("keeps it"), "", kept),
        ]

    def _share_now(self) -> float | None:
        """Of the updates of the last step in the map that changed sign, among those that did anything."""
        found = self._found
        if found is None or found.layer != self._layer or not np.isfinite(found.flips[-1]).any():
            return None
        return float(np.nanmean(found.flips[-1]))

    def prepare(self, width: float) -> None:
        found = self._found
        if found is None or found.layer != self._layer:
            self.span.whole, self.scale = (0.0, 1.0), Scale(ScaleKind.LINEAR, 0.0, 1.0)
            return
        steps, weights = found.flips.shape
        self.span.whole = (found.first - 0.5, found.first + steps - 0.5)
        self.scale = Scale(ScaleKind.LINEAR, 0.0, float(weights))

    def x_ticks(self, most: int) -> list[Tick]:
        return step_ticks(*self.span.shown, most)

    def y_ticks(self, most: int) -> list[Tick]:
        found = self._found
        if found is None or found.layer != self._layer:
            return []
        rows = np.unique(np.linspace(0, len(found.weights) - 1, max(min(most, 5), 2)).round().astype(int))
        return [Tick(self.scale.share(row + 0.5), count(int(found.weights[row]))) for row in rows.tolist()]

    # --- drawing

    def draw_content(self, painter: QPainter) -> None:
        found = self._found
        if found is None or found.layer != self._layer:
            return
        kept, flipped = (QColor(color).rgba() for color in self._colors())
        values = found.flips.T[::-1]
        pixels = np.where(values == 1.0, np.uint32(flipped), np.where(values == 0.0, np.uint32(kept), np.uint32(0)))
        pixels = np.ascontiguousarray(pixels.astype(np.uint32))
        image = QImage(pixels.data, pixels.shape[1], pixels.shape[0], pixels.strides[0], QImage.Format.Format_ARGB32)
        left, right = self.x_px(np.array(self.span.whole)).tolist()
        painter.drawImage(QRectF(left, self.area.top(), right - left, self.area.height()), image)

    # --- reading off

    def _cell(self, at: QPointF) -> tuple[int, int] | None:
        """Row and column of the map at a place: step and weight."""
        found = self._found
        if found is None or found.layer != self._layer:
            return None
        step = round(self.x_at(at.x())) - found.first
        weight = int((self.area.bottom() - at.y()) / self.area.height() * len(found.weights))
        return (step, weight) if 0 <= step < len(found.flips) and 0 <= weight < len(found.weights) else None

    def draw_over(self, painter: QPainter) -> None:
        cell, found = None if self.pointer is None else self._cell(self.pointer), self._found
        if cell is None or found is None or self.pointer is None:
            return
        value, name = found.flips[cell], self._name(found, cell[1])
        words = {1.0: self.tr("changes sign"), 0.0: self.tr("keeps its sign")}.get(float(value), self.tr("none"))
        lines = [Line(self.tr("step"), count(found.first + cell[0])), Line(name, words)]
        draw_readout(painter, self.fonts, self.theme, self.area, self.pointer, lines)

    def _name(self, found: Found, row: int) -> str:
        network = self._reader.problem_of(self._snapshot).network
        return network.parameter_name(weights_of(network.shapes, found.layer).start + int(found.weights[row]))

    def click(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        cell = self._cell(at)
        if cell is not None and self._found is not None:
            self.seek_requested.emit(self._found.first + cell[0])

    def in_words(self) -> str:
        now = self._share_now()
        if self.notice() or now is None:
            return self.notice() or self.tr("No update of the last step can be compared")
        return self.tr("{0} of the updates of layer {1} change sign").format(percent(now), self._layer + 1)

    def hint(self) -> str:
        return self.tr(
            "A row for each weight, a column for each of the last steps; dark where an update has the other sign than "
            "the one before. Rows that are dark all along swing: the rate is high for them. A click goes to a step."
        )

    def csv(self) -> str:
        """One line a step: 1 where the update of a weight changed sign, 0 where it kept it, empty without one."""
        found = self._found
        if found is None:
            return csv_text(["step"], ())
        names = [self._name(found, row) for row in range(len(found.weights))]
        rows = [["" if np.isnan(value) else int(value) for value in row] for row in found.flips]
        return csv_text(["step", *names], ([found.first + place, *row] for place, row in enumerate(rows)))


class FlipsView(PlotView):
    """Which updates of a layer change sign."""

    NAME = "flips"

    def __init__(self, bridge: Bridge, themes: ThemeSource) -> None:
        super().__init__()
        self.fill(bridge, FlipsPlot(bridge, themes, self.title()))

    @staticmethod
    def title() -> str:
        return QCoreApplication.translate("FlipsView", "Sign flips")

    @property
    def settled(self) -> bool:
        return self.plot.settled

    def rebuild(self, snapshot: Snapshot) -> None:
        """Another experiment."""
        self.plot.begin(snapshot)


VIEW = ViewSpec(
    FlipsView.NAME,
    FlipsView.title,
    FlipsView,
    column="curves",
    layouts={"network": lambda model: model.parameters > MOST_CURVES},
    share=440,
    folds=True,
)
