"""The error over steps."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Signal

from lrsim.charts.look import QUANTITY_SERIES
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.chart.chart import PlotView
from lrsim.gui.chart.scales import ScaleKind
from lrsim.gui.chart.step_chart import Curve, StepPlot
from lrsim.gui.look.theme import ThemeSource
from lrsim.session.snapshot import Snapshot

COLOR_INDEX = QUANTITY_SERIES["error"]
"""Apart from the first two, which are the bias and the weight."""


class ErrorView(PlotView):
    """The error of each step, before its update.

    Signals
    -------
    seek_requested(int)
        A step was chosen.
    """

    NAME = "error"
    seek_requested = Signal(int)

    def __init__(self, bridge: Bridge, themes: ThemeSource) -> None:
        super().__init__()
        y_title = self.tr("|target - prediction|")
        plot = StepPlot(bridge, themes, self.title(), y_title, ScaleKind.LOG, self._values)
        plot.seek_requested.connect(self.seek_requested)
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
