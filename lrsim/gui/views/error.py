"""The error over steps: of all of them, or apart by the sample that a step saw."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QPointF
from PySide6.QtGui import QAction, QColor, QPainter
from PySide6.QtWidgets import QMenu

from lrsim.charts.look import QUANTITY_SERIES
from lrsim.charts.thinning import PIXELS_PER_POINT, thinned
from lrsim.common.numbers import Floats, count, full, short
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.chart import log_steps
from lrsim.gui.chart.branches_plot import BranchesPlot
from lrsim.gui.chart.exact_values import difference
from lrsim.gui.chart.export import csv_text
from lrsim.gui.chart.frame import Entry
from lrsim.gui.chart.readout import Line
from lrsim.gui.chart.scales import ScaleKind, fit
from lrsim.gui.chart.step_chart import Curve
from lrsim.gui.chart.strokes import MARKERS, draw_markers, draw_spread, marker_size
from lrsim.gui.look.theme import ThemeSource, series_pen
from lrsim.gui.views.error_curves import FEW, Choice, SampleCurve, choices, curves, usual
from lrsim.gui.views.parameter_chooser import ParameterChooser
from lrsim.gui.views.switches import BY_SAMPLE, Switches
from lrsim.gui.views.view import PlotView, ViewSpec
from lrsim.gui.widgets.switch_box import SwitchRow
from lrsim.history.series import Series
from lrsim.session.snapshot import Snapshot

COLOR_INDEX = QUANTITY_SERIES["error"]
"""Apart from the first two, which are the bias and the weight."""
MOST_STEPS = 1 << 17
"""With more steps in sight samples are not told apart."""
MARKERS_PX = 90
"""How far markers on one curve are apart."""


class ErrorPlot(BranchesPlot):
    """The error of each step, or with the switch that of each sample over the steps that saw it."""

    def __init__(self, bridge: Bridge, themes: ThemeSource, title: str, switches: Switches) -> None:
        super().__init__(bridge, themes, title, "", ScaleKind.LOG, lambda snapshot: [snapshot.error])
        self.y_title = self.tr("|target - prediction|")
        self._whole_title = title
        self._reader = bridge.reader
        self._switches = switches
        self._samples = 0
        self._chosen: tuple[Choice, ...] = ()
        self._apart: list[SampleCurve] = []
        switches.follow(BY_SAMPLE, self._switch)

    def set_samples(self, samples: int, run: int, scaled: bool = False) -> None:
        """Show another experiment.

        Parameters
        ----------
        samples
            How many there are, 0 where steps see several at once.
        scaled
            Whether the error is that of a scaled target.
        """
        self._samples = samples
        self.y_title = self.tr("|target - prediction|, scaled") if scaled else self.tr("|target - prediction|")
        self._chosen = tuple(choices(samples)[place] for place in usual(samples))
        self._apart = []
        self.set_curves([Curve("error", self.tr("error"), COLOR_INDEX)], run)
        self._say_title()

    def choose(self, chosen: Sequence[Choice]) -> None:
        """Draw the curves of these samples."""
        self._chosen = tuple(chosen)
        self._fetched = ()
        self.update()

    def _switch(self, _on: bool) -> None:
        self._fetched = ()
        self._say_title()
        self.update()

    def _say_title(self) -> None:
        self.title = self.tr("Error of each sample") if self.by_sample else self._whole_title
        self.short_title = self.tr("Error")

    @property
    def by_sample(self) -> bool:
        """Whether samples are to be told apart."""
        return self._samples > 1 and self._switches.is_on(BY_SAMPLE)

    @property
    def switches(self) -> tuple[QAction, ...]:
        """The switches that change something here."""
        return (self._switches[BY_SAMPLE],) if self._samples > 1 else ()

    @property
    def can_smooth(self) -> bool:
        return not self._apart

    def _fit_scale(self, series: Series) -> None:
        self._apart = self._told_apart()
        values = np.concatenate([curve.errors[curve.steps >= self._lo] for curve in self._apart] or [np.zeros(0)])
        values = values[np.isfinite(values)]
        if self.kind is ScaleKind.LOG:
            values = values[values > 0]
        if len(values):
            self.scale = fit(self.kind, float(values.min()), float(values.max()), self.scale)
        else:
            super()._fit_scale(series)

    def _told_apart(self) -> list[SampleCurve]:
        """The curves of the chosen samples; none where they are not to be told apart, or can't be yet."""
        snapshot = self._snapshot
        hi = min(math.ceil(self._hi), snapshot.tip)
        lo = max(math.floor(self._lo) - self._samples, 1)  # a point left of what is in sight
        if not self.by_sample or not 0 <= hi - lo < MOST_STEPS:
            return []
        found = self._reader.sample_errors(snapshot, lo, hi)
        if found is None:
            self._fetched = ()  # asked for again with the next frame
            return []
        return curves(found, self._samples, self._chosen)

    # --- drawing

    def legend(self) -> Sequence[Entry]:
        if not self._apart:
            return super().legend()
        entries = []
        for number, curve in enumerate(self._apart):
            value = curve.at(self._snapshot.step)
            tone = "bad" if value is not None and not math.isfinite(value) else ""
            text = "" if value is None or len(self._apart) > len(MARKERS) // 2 else short(value)
            entries.append(Entry(self._name(curve), text, series_pen(self.theme, number),
                                 MARKERS[number % len(MARKERS)], tone=tone))  # fmt: skip
        return entries

    def _name(self, curve: SampleCurve) -> str:
        ranks = {"worst": self.tr("worst: {0}"), "median": self.tr("median: {0}"), "best": self.tr("best: {0}")}
        return ranks.get(curve.rank, "{0}").format(count(curve.sample + 1))

    def draw_content(self, painter: QPainter) -> None:
        series = self._series
        if not self._apart or series is None:
            super().draw_content(painter)
            return
        self._draw_bad(painter, series)
        self._ends = []  # other branches are not told apart by sample
        most = max(int(self.area.width() / PIXELS_PER_POINT), 1)
        for number, curve in enumerate(self._apart):
            visit = int(curve.steps[0] - 1) // self._samples if len(curve.steps) else 0
            steps = curve.steps.astype(np.float64)
            if self.even_factors:
                at, low, high = log_steps.thinned_evenly(steps, curve.errors, most)
            else:
                shown = thinned(steps, curve.errors, most, visit)
                at, low, high = shown.x, shown.low, shown.high
            x, low, high = self.x_px(at), self._edge_px(low), self._edge_px(high)
            draw_spread(painter, x, low, high, series_pen(self.theme, number), smooth=self.theme.antialias)
            places = self._marked(x, (number + 1) / (len(self._apart) + 1))
            draw_markers(painter, x[places], high[places], MARKERS[number % len(MARKERS)], marker_size(self.theme),
                         series_pen(self.theme, number), QColor(self.theme.background))  # fmt: skip
        self.draw_marks(painter)

    def _marked(self, x: Floats, begin: float) -> NDArray[np.intp]:
        """Which points of a curve, at x in pixels, get a marker, the first one at a share of the way to the second."""
        every = max(int(MARKERS_PX * len(x) / max(self.area.width(), 1)), 1)
        if not self.even_factors or not len(x):
            return np.arange(int(begin * every), len(x), every)
        return np.unique(np.searchsorted(x, np.arange(x[0] + begin * MARKERS_PX, x[-1], MARKERS_PX)))

    # --- reading off

    def readout(self, step: int) -> list[Line]:
        """The newest error of each sample by a step; of all samples that of the step."""
        if not self._apart:
            return super().readout(step)
        there = None if self._pinned is None else min(self._pinned, self._snapshot.tip)
        lines = [Line(self.tr("step"), count(step), "" if there is None else f"{step - there:+d}")]
        for number, curve in enumerate(self._apart):
            value, other = curve.at(step), None if there is None else curve.at(there)
            color = self.theme.series[number % len(self.theme.series)]
            text = self.tr("none yet") if value is None else full(value)
            change = "" if value is None or other is None else difference(value, other)
            lines.append(Line(self.tr("sample {0}").format(count(curve.sample + 1)), text, change, color))
        return lines

    def add_actions(self, menu: QMenu, at: QPointF | None) -> None:
        super().add_actions(menu, at)
        menu.addSeparator()
        menu.addActions(self.switches)

    def csv(self) -> str:
        """Step, sample and error of what is drawn; of all samples as every chart over steps."""
        self.prepare(self.area.width())
        if not self._apart:
            return super().csv()
        rows = sorted(
            (step, curve.sample + 1, error)
            for curve in self._apart for step, error in zip(curve.steps.tolist(), curve.errors.tolist())
        )  # fmt: skip
        return csv_text(["step", "sample", "error"], rows)


class ErrorView(PlotView):
    """The error before each update, of all steps or apart by sample."""

    NAME = "error"

    def __init__(self, bridge: Bridge, themes: ThemeSource) -> None:
        super().__init__()
        self._reader = bridge.reader
        self._samples = 0
        switches = Switches.of(bridge)
        plot = ErrorPlot(bridge, themes, self.title(), switches)
        self.chooser = ParameterChooser(FEW, themes, plot.controls)
        self.chooser.setAccessibleName(self.tr("Samples shown"))
        self.chooser.setToolTip(self.tr("Chooses the samples whose error is drawn; training goes on with all of them"))
        self.chooser.chosen.connect(self._choose)
        plot.controls.put_first(self.chooser)
        self.boxes = SwitchRow([switches[BY_SAMPLE]], themes, self)
        switches.follow(BY_SAMPLE, self._offer)
        self.fill(bridge, plot)
        self.put_below(self.boxes)

    @staticmethod
    def title() -> str:
        return QCoreApplication.translate("ErrorView", "Error of each step")

    def rebuild(self, snapshot: Snapshot) -> None:
        """Another experiment: start over."""
        problem = self._reader.problem_of(snapshot)
        self._samples = problem.samples if problem.batch_size == 1 else 0
        self.plot.set_samples(self._samples, snapshot.run, problem.data.scales_targets)
        names = [self._choice_name(choice) for choice in choices(self._samples)]
        self.chooser.offer(names, usual(self._samples))
        self.boxes.offer(self.plot.switches)
        self._offer(self.plot.by_sample)
        self.show_snapshot(snapshot)

    def _choice_name(self, choice: Choice) -> str:
        ranks = {"worst": self.tr("worst"), "median": self.tr("median"), "best": self.tr("best")}
        return ranks[choice] if isinstance(choice, str) else self.tr("sample {0}").format(count(choice + 1))

    def _offer(self, _on: bool) -> None:
        """Samples can be chosen where they are told apart."""
        self.chooser.setVisible(self.plot.by_sample)
        self.plot.fit_controls()

    def _choose(self, places: Sequence[int]) -> None:
        offered = choices(self._samples)
        self.plot.choose([offered[place] for place in places])


VIEW = ViewSpec(
    ErrorView.NAME,
    ErrorView.title,
    ErrorView,
    column="curves",
    layouts={
        "step": lambda model: model.one_by_one,
        "curves": lambda model: model.one_by_one,
        "landscape": lambda model: model.one_by_one,
        "network": lambda model: model.one_by_one,
    },
)
