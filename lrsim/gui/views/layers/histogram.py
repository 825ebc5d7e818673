"""How the weights of a layer are spread, over all steps: the darker, the more of them lie there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QShowEvent

from lrsim.common.numbers import count, percent, short
from lrsim.gui.bridge.alive import alive
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.bridge.evaluator import Evaluator
from lrsim.gui.bridge.throttle import Throttle
from lrsim.gui.chart import marks, not_finite
from lrsim.gui.chart.color_map import one_hue
from lrsim.gui.chart.export import csv_text
from lrsim.gui.chart.frame import Entry
from lrsim.gui.chart.readout import Line
from lrsim.gui.chart.scales import Scale, ScaleKind, fit
from lrsim.gui.chart.step_chart import StepPlot
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.views.layer_chooser import LayerChooser
from lrsim.gui.views.parameters import MOST_CURVES
from lrsim.gui.views.view import PlotView, ViewSpec
from lrsim.history.path import Known
from lrsim.instruments.over_time import Histograms, histograms, weights_of
from lrsim.session.snapshot import Place, Snapshot

POINTS = 120
"""Moments of a run that are looked at, about."""
PLAYING_MS = 300


@dataclass(frozen=True, eq=False)
class Found:
    """Histograms at steps, shape (n,), of a layer at a place; `whole` when all that is wanted is there."""

    place: Place
    layer: int
    steps: NDArray[np.int64]
    spread: Histograms | None
    whole: bool


class HistogramPlot(StepPlot):
    """A column for each of some steps, from the start on, with the weights from the least to the greatest."""

    def __init__(self, bridge: Bridge, themes: ThemeSource, title: str) -> None:
        super().__init__(bridge, themes, title, "", ScaleKind.LINEAR, lambda snapshot: ())
        self.y_title = self.tr("weight")
        self.short_title = self.tr("Spread")
        self.chooser = LayerChooser(title, self.controls)
        self.controls.put_first(self.chooser)
        self.controls.scale_button.hide()
        self.chooser.chosen.connect(self._choose)
        self.failure = ""
        self._evaluator = Evaluator.of(bridge)
        self._known = Known()
        self._layer = 0
        self._found: Found | None = None
        self._asked: tuple[Place, int] | None = None
        self._pace = Throttle(self._work_out, PLAYING_MS, self)
        self._painted: tuple[tuple[object, ...], QImage] | None = None

    # --- what is shown

    def begin(self, snapshot: Snapshot) -> None:
        """Show another run."""
        self.failure, self._found, self._asked, self._known = "", None, None, Known()
        self.set_curves((), snapshot.run)
        self.chooser.offer(self._bridge.reader.problem_of(snapshot).network.shapes)
        self.show_snapshot(snapshot)

    def _choose(self, layer: int) -> None:
        self._layer = layer
        self._axis_width = 0.0
        self.fit_controls()
        if self.isVisible():
            self._pace.flush(self._snapshot)
        self.update()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        super().show_snapshot(snapshot)
        if self.isVisible():
            self._pace.follow(snapshot)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._pace.flush(self._snapshot)

    def _work_out(self, snapshot: Snapshot) -> None:
        layer, found = self._layer, self._found
        if snapshot.run != self._run or self.failure:
            return
        if found is not None and (found.place, found.layer, found.whole) == (snapshot.place, layer, True):
            return
        if self._asked is not None:
            return  # the newest is asked for once this is answered
        self._asked = snapshot.place, layer
        known = self._known
        places = weights_of(self._bridge.reader.problem_of(snapshot).network.shapes, layer)

        def work() -> Found:
            path = self._bridge.reader.path(snapshot, POINTS, known)
            whole = path.complete or snapshot.playing
            return Found(snapshot.place, layer, path.steps, histograms(path.thetas[:, places]), whole)

        self._evaluator.ask(self, work, self._take, self._fail)

    def _take(self, found: Found) -> None:
        if not alive(self):
            return
        self._asked = None
        if found.place.run is not self._snapshot.place.run:
            return
        self._found = found
        self.update()
        if not self._snapshot.playing:
            self._work_out(self._snapshot)

    def _fail(self, why: str) -> None:
        self.failure, self._asked = why, None
        self.update()

    @property
    def settled(self) -> bool:
        """Whether what is seen is of the step that is shown."""
        found = self._found
        known = found is not None and (found.place, found.layer) == (self._snapshot.place, self._layer) and found.whole
        return not self.isVisible() or bool(self.notice()) or known

    def notice(self) -> str:
        return self.failure or (self.tr("Press Space to train") if self._snapshot.tip == 0 else "")

    @property
    def can_smooth(self) -> bool:
        return False

    def legend(self) -> Sequence[Entry]:
        colors = one_hue(self.theme, Scale(ScaleKind.LINEAR, 0.0, 1.0)).names
        thick, solid, flat = self.theme.base_px * 0.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap
        words = ((self.tr("few"), colors[len(colors) // 5]), (self.tr("many weights"), colors[-1]))
        return [Entry(text, "", QPen(QColor(color), thick, solid, flat)) for text, color in words]

    @property
    def _spread(self) -> Histograms | None:
        found = self._found
        return None if found is None or found.layer != self._layer else found.spread

    def prepare(self, width: float) -> None:
        self._lo, self._hi = self.view_range.resolve(self._snapshot.step, self._snapshot.tip)
        if self._spread is not None:
            edges = self._spread.edges
            self.scale = fit(self.kind, float(edges[0]), float(edges[-1]), self.scale)

    # --- drawing

    def draw_content(self, painter: QPainter) -> None:
        found, spread = self._found, self._spread
        if found is not None and spread is not None:
            first, last = self._reach(found.steps)
            top, bottom = self.y_px(spread.edges[[-1, 0]]).tolist()
            box = QRectF(first, top, max(last - first, 1.0), max(bottom - top, 1.0))
            painter.drawImage(box, self._image(found, spread, first, last))
        self._draw_divergence(painter)
        self.draw_marks(painter)

    def _reach(self, steps: NDArray[np.int64]) -> tuple[float, float]:
        """Left and right end of what is known, in pixels within the area."""
        ends = self.x_px(steps[[0, -1]])
        return max(float(ends[0]), self.area.left()), min(float(ends[1]), self.area.right())

    def _image(self, found: Found, spread: Histograms, first: float, last: float) -> QImage:
        """A pixel for each column in sight and each bin, the greatest weights first."""
        key = (id(found), first, last, self._lo, self._hi, self.even_factors, self.theme.name)
        if self._painted is None or self._painted[0] != key:
            across = np.linspace(first, last, max(int(last - first), 1))
            steps = np.array([self.x_at(x) for x in across.tolist()])
            middles = (found.steps[1:] + found.steps[:-1]) / 2
            shares = spread.shares[np.searchsorted(middles, steps)].T[::-1]
            most = float(spread.shares.max()) or 1.0
            colors = one_hue(self.theme, Scale(ScaleKind.LINEAR, 0.0, 1.0))
            shades = np.ascontiguousarray(np.where(shares > 0, np.sqrt(shares / most), np.nan))
            pixels = np.ascontiguousarray(colors.pixels(shades))
            height, width = shares.shape
            image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()
            self._painted = key, image
        return self._painted[1]

    def _draw_divergence(self, painter: QPainter) -> None:
        known = not_finite.of_run(self._snapshot, self._hi)
        if known is not None:
            label, since = known
            at = self.step_px(max(float(since), self._lo))
            stretch = [(at, max(self.step_px(float(self._snapshot.tip)), at))]
            marks.draw_bad(painter, self.fonts, self.theme, self.area, stretch, at, label)

    # --- reading off

    def readout(self, step: int) -> list[Line]:
        """The share of the weights in the bin under the pointer, at the step that was looked at nearest to it."""
        found, spread = self._found, self._spread
        if found is None or spread is None or self.pointer is None:
            return [Line(self.tr("step"), count(step))]
        row = int(np.abs(found.steps - step).argmin())
        value = self.scale.value((self.area.bottom() - self.pointer.y()) / self.area.height())
        place = int(np.clip(np.searchsorted(spread.edges, value) - 1, 0, len(spread.edges) - 2))
        low, high = spread.edges[[place, place + 1]].tolist()
        return [
            Line(self.tr("after step"), count(int(found.steps[row]))),
            Line(self.tr("weights"), self.tr("{0} to {1}").format(short(low), short(high))),
            Line(self.tr("share"), percent(float(spread.shares[row, place])), color=self.theme.series[0]),
        ]

    def in_words(self) -> str:
        spread = self._spread
        if self.notice() or spread is None:
            return self.notice() or self.tr("Not worked out yet")
        seen = np.flatnonzero(spread.shares[-1])
        if not len(seen):
            return self.tr("No weight of layer {0} is finite").format(self._layer + 1)
        low, high = float(spread.edges[seen[0]]), float(spread.edges[seen[-1] + 1])
        words = self.tr("The weights of layer {0} lie from {1} to {2}")
        return words.format(self._layer + 1, short(low), short(high))

    def hint(self) -> str:
        return self.tr("A column for each of some steps: the darker, the more of the layer's weights lie there.")

    def csv(self) -> str:
        """One line a step, with the share of the weights in each bin, named by its lower edge."""
        found, spread = self._found, self._spread
        if found is None or spread is None:
            return csv_text(["step"], ())
        header = ["step", *(f"from {low!r}" for low in spread.edges[:-1].tolist())]
        return csv_text(header, ([step, *row] for step, row in zip(found.steps.tolist(), spread.shares.tolist())))


class HistogramView(PlotView):
    """How the weights of a layer are spread, over steps."""

    NAME = "histogram"

    def __init__(self, bridge: Bridge, themes: ThemeSource) -> None:
        super().__init__()
        self.fill(bridge, HistogramPlot(bridge, themes, self.title()))

    @staticmethod
    def title() -> str:
        return QCoreApplication.translate("HistogramView", "Spread of the weights")

    @property
    def settled(self) -> bool:
        return self.plot.settled

    def rebuild(self, snapshot: Snapshot) -> None:
        """Another experiment."""
        self.plot.begin(snapshot)


VIEW = ViewSpec(
    HistogramView.NAME,
    HistogramView.title,
    HistogramView,
    column="curves",
    layouts={"network": lambda model: model.parameters > MOST_CURVES},
    share=440,
    folds=True,
)
