"""The weights of larger models: chosen ones, or how those of a layer are spread."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QVBoxLayout

from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.chart.branches_plot import BranchesPlot
from lrsim.gui.chart.scales import ScaleKind
from lrsim.gui.chart.step_chart import Curve
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.views.layer_chooser import LayerChooser
from lrsim.gui.views.parameter_chooser import ParameterChooser
from lrsim.gui.views.parameters import MOST_CURVES
from lrsim.gui.views.view import ModelFacts, View, ViewSpec
from lrsim.gui.views.weight_bands import WeightBands
from lrsim.session.snapshot import Snapshot


class WeightsView(View):
    """Up to eight parameters over steps where each is recorded, else bands between the quantiles of a layer."""

    NAME = "weights"

    def __init__(self, bridge: Bridge, themes: ThemeSource) -> None:
        super().__init__()
        self._reader = bridge.reader
        self._names: Sequence[str] = ()
        self._shown: list[int] = []
        self._run = -1
        self.curves = BranchesPlot(bridge, themes, self.title(), self.tr("value"), ScaleKind.LINEAR, self._values)
        self.bands = WeightBands(bridge, themes, self.title())
        self.chooser = ParameterChooser(MOST_CURVES, themes, self.curves.controls)
        self.chooser.chosen.connect(self._choose)
        self.curves.controls.put_first(self.chooser)
        self.layers = LayerChooser(self.title(), self.bands.controls)
        self.layers.chosen.connect(self._show_layer)
        self.bands.controls.put_first(self.layers)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for plot in (self.curves, self.bands):
            plot.setObjectName(self.NAME)
            plot.seek_requested.connect(self.seek_requested)
            plot.rate_moved.connect(self.rate_moved)
            layout.addWidget(plot)
        self.follow(bridge)

    @staticmethod
    def title() -> str:
        return QCoreApplication.translate("WeightsView", "Weights and biases")

    def rebuild(self, snapshot: Snapshot) -> None:
        """Another experiment: other parameters."""
        problem = self._reader.problem_of(snapshot)
        self._run = snapshot.run
        each = problem.records_parameters
        self.curves.setVisible(each)
        self.bands.setVisible(not each)
        self._names = problem.parameter_names if each else ()
        if each:
            shown = np.linspace(0, len(self._names) - 1, min(MOST_CURVES, len(self._names))).round().astype(int)
            self.chooser.offer(self._names, shown.tolist())
            self._choose(shown.tolist())
        else:
            self.bands.set_layers(self._reader.start_spread(snapshot), snapshot.run)
            self.layers.offer(problem.network.shapes)
        self.show_snapshot(snapshot)

    def _show_layer(self, number: int) -> None:
        self.bands.choose(number)
        self.bands.short_title = self.tr("Weights")
        self.bands.title = self.tr("Weights of layer {0}").format(number + 1)
        self.bands.fit_controls()

    def _choose(self, places: Sequence[int]) -> None:
        self._shown = list(places)
        curves = [Curve(self._names[at], self._names[at], number) for number, at in enumerate(self._shown)]
        self.curves.title = self.tr("{0} of {1} parameters").format(len(curves), len(self._names))
        self.curves.short_title = self.tr("Weights")
        self.curves.set_curves(curves, self._run)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self.curves.show_snapshot(snapshot)
        self.bands.show_snapshot(snapshot)

    def _values(self, snapshot: Snapshot) -> Sequence[float | None]:
        return [float(snapshot.theta[number]) for number in self._shown]


def _many(model: ModelFacts) -> bool:
    return model.parameters > MOST_CURVES


VIEW = ViewSpec(
    WeightsView.NAME,
    WeightsView.title,
    WeightsView,
    column="curves",
    layouts={"step": _many, "curves": _many},
)
