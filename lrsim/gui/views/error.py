"""The error over steps."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from lrsim.charts.look import QUANTITY_SERIES
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.chart.scales import ScaleKind
from lrsim.gui.chart.step_chart import Curve, StepPlot
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.views.view import PlotView, ViewSpec
from lrsim.session.snapshot import Snapshot

COLOR_INDEX = QUANTITY_SERIES["error"]
"""Apart from the first two, which are the bias and the weight."""


class ErrorView(PlotView):
    """The error of each step, before its update."""

    NAME = "error"

    def __init__(self, bridge: Bridge, themes: ThemeSource) -> None:
        super().__init__()
        y_title = self.tr("|target - prediction|")
        plot = StepPlot(bridge, themes, self.title(), y_title, ScaleKind.LOG, self._values)
        self.fill(bridge, plot)

    @staticmethod
    def title() -> str:
        return QCoreApplication.translate("ErrorView", "Error of each step")

    def rebuild(self, snapshot: Snapshot) -> None:
        """Another experiment: start over."""
        self.plot.set_curves([Curve("error", self.tr("error"), COLOR_INDEX)], snapshot.run)
        self.show_snapshot(snapshot)

    def _values(self, snapshot: Snapshot) -> Sequence[float | None]:
        return [snapshot.error]


VIEW = ViewSpec(
    ErrorView.NAME,
    ErrorView.title,
    ErrorView,
    column="curves",
    layouts={"step": lambda model: model.one_by_one, "curves": lambda model: model.one_by_one},
)
