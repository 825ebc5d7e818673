"""How the weights of a layer are spread, over steps: bands between quantiles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPen

from lrsim.common.numbers import Floats, count, full
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.chart import marks, not_finite
from lrsim.gui.chart.epoch_reader import EpochReader
from lrsim.gui.chart.export import csv_text
from lrsim.gui.chart.frame import Entry
from lrsim.gui.chart.readout import Line
from lrsim.gui.chart.scales import ScaleKind, fit
from lrsim.gui.chart.step_chart import StepPlot
from lrsim.gui.chart.strokes import draw_band, draw_line
from lrsim.gui.look.theme import ThemeSource, series_pen
from lrsim.training.epochs import QUANTILES

WIDE, NARROW = 0.18, 0.3
"""How opaque the bands are: nine weights of ten, and half of them (which lies over the other)."""


class WeightBands(StepPlot):
    """Quantiles of the weights of one layer at the end of each epoch, from the start on."""

    def __init__(self, bridge: Bridge, themes: ThemeSource, title: str) -> None:
        super().__init__(bridge, themes, title, "", ScaleKind.LINEAR, lambda snapshot: ())
        self.y_title = self.tr("weight")
        self._epochs = EpochReader(bridge.reader)
        self._start = np.zeros((1, len(QUANTILES)))
        self._layer = 0
        self._steps = np.zeros(1)
        self._spread = np.zeros((1, len(QUANTILES)))
        self._spread_of: tuple[object, int] = (None, 0)

    def set_layers(self, start: Floats, run: int) -> None:
        """Show another experiment; `start` are the quantiles at step 0, shape (layers, 5)."""
        self._start = start
        self._epochs.forget()
        self._spread_of = (None, 0)
        self.set_curves((), run)
        self.choose(0)

    def choose(self, layer: int) -> None:
        """Show a layer, from 0."""
        self._layer = layer
        self._spread_of = (None, 0)
        self._axis_width = 0.0
        self.update()

    def notice(self) -> str:
        return self.tr("Press Space to train") if self._snapshot.tip == 0 else ""

    def legend(self) -> Sequence[Entry]:
        thick, solid, flat = self.theme.base_px * 0.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap
        pens = [QPen(self._band_color(alpha), thick, solid, flat) for alpha in (NARROW + WIDE, WIDE)]
        return [
            Entry(self.tr("median"), "", series_pen(self.theme, 0)),
            Entry(self.tr("half"), "", pens[0]),
            Entry(self.tr("9 of 10"), "", pens[1]),
        ]

    @property
    def can_smooth(self) -> bool:
        return False

    def prepare(self, width: float) -> None:
        snapshot = self._snapshot
        self._lo, self._hi = self.view_range.resolve(snapshot.step, snapshot.tip)
        epochs = self._epochs.at(snapshot)
        if self._spread_of[0] is not epochs or self._spread_of[1] != self._layer:
            self._spread_of = (epochs, self._layer)
            self._steps = np.concatenate([[0.0], epochs.steps.astype(np.float64)])
            self._spread = np.concatenate([self._start[None, self._layer], epochs.spread[:, self._layer]])
        seen = self._spread[(self._steps >= self._lo) & (self._steps <= self._hi)]
        values = seen[np.isfinite(seen)]
        if self.kind is ScaleKind.LOG:
            values = values[values > 0]
        if len(values):
            self.scale = fit(self.kind, float(values.min()), float(values.max()), self.scale)

    def floor_label(self) -> str:
        return "\u2264 0" if self.kind is ScaleKind.LOG and (self._spread <= 0).any() else ""

    def draw_content(self, painter: QPainter) -> None:
        self._draw_divergence(painter)
        x = self.x_px(self._steps)
        shares = np.clip(self.scale.shares(self._spread), -2, 3)
        y = self.area.bottom() - shares * self.area.height()
        for low, high, alpha in ((0, 4, WIDE), (1, 3, NARROW)):
            draw_band(painter, x, y[:, low], y[:, high], self._band_color(alpha))
        draw_line(painter, x, y[:, 2], series_pen(self.theme, 0), smooth=self.theme.antialias)
        self.draw_marks(painter)

    def _draw_divergence(self, painter: QPainter) -> None:
        known = not_finite.of_run(self._snapshot, self._hi)
        if known is not None:
            label, since = known
            at = self.step_px(max(float(since), self._lo))
            stretch = [(at, max(self.step_px(float(self._snapshot.tip)), at))]
            marks.draw_bad(painter, self.fonts, self.theme, self.area, stretch, at, label)

    def _band_color(self, alpha: float) -> QColor:
        color = QColor(self.theme.series[0])
        color.setAlphaF(alpha)
        return color

    def readout(self, step: int) -> list[Line]:
        """The quantiles at the last epoch that had ended by a step."""
        place = max(int(np.searchsorted(self._steps, step, side="right")) - 1, 0)
        at = int(self._steps[place])
        lines = [Line(self.tr("after step"), count(at))]
        for share, value in reversed(list(zip(QUANTILES, self._spread[place].tolist()))):
            lines.append(Line(f"{share:.0%}".replace("%", " %"), full(value), color=self.theme.series[0]))
        return lines

    def hint(self) -> str:
        return self.tr("Half of the layer's weights lie in the dark band, nine of ten in the light one.")

    def csv(self) -> str:
        """Step and quantiles of each epoch."""
        header = ["step", *(f"{share:g}" for share in QUANTILES)]
        return csv_text(header, zip(self._steps.astype(int).tolist(), *self._spread.T.tolist()))
