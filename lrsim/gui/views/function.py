"""The learned function against the samples that it learns from and the function that it is meant to learn."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from lrsim.gui.bridge import Bridge
from lrsim.gui.plots.function_plot import FunctionPlot
from lrsim.gui.plots.plot_view import PlotView
from lrsim.gui.theme import Theme
from lrsim.gui.turns import Turns
from lrsim.session import Snapshot


class FunctionView(PlotView):
    """Output over input, for models with one of each."""

    NAME = "function"

    def __init__(self, bridge: Bridge, theme: Theme) -> None:
        super().__init__()
        self._bridge = bridge
        plot = FunctionPlot(bridge.session, theme, self.title())
        plot.turns = Turns.of(bridge)
        self.fill(bridge, plot)

    @staticmethod
    def title() -> str:
        return QCoreApplication.translate("FunctionView", "Learned function")

    def rebuild(self, snapshot: Snapshot) -> None:
        """Another experiment: other samples."""
        data = self._bridge.session.problem.data
        inputs, outputs = data.X_train.shape[1], data.Y_train.shape[1]
        if inputs == outputs == 1:
            self.plot.set_data(data)
        else:
            text = self.tr("Drawn for models with one input and one output. This one has {0} and {1}.")
            self.plot.set_notice(text.format(inputs, outputs))
        self.show_snapshot(snapshot)
