"""How training goes: loss and accuracy, of the training rows and of those held out."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Signal

from lrsim.gui.bridge import Bridge
from lrsim.gui.plots.learning_plot import LearningPlot
from lrsim.gui.plots.plot_view import PlotView
from lrsim.gui.theme import Theme
from lrsim.session import Snapshot


class LearningView(PlotView):
    """Loss and, where answers are right or wrong, accuracy over steps.

    Signals
    -------
    seek_requested(int)
        A step was chosen.
    """

    NAME = "learning"
    seek_requested = Signal(int)

    def __init__(self, bridge: Bridge, theme: Theme) -> None:
        super().__init__()
        self._session = bridge.session
        plot = LearningPlot(bridge, theme, self.title())
        plot.seek_requested.connect(self.seek_requested)
        self.fill(bridge, plot)

    @staticmethod
    def title() -> str:
        return QCoreApplication.translate("LearningView", "Loss and accuracy")

    def rebuild(self, snapshot: Snapshot) -> None:
        """Another experiment: other figures."""
        problem = self._session.problem_of(snapshot)
        loss = problem.experiment.training.loss.replace("_", " ")
        averaged = len(problem.data.X_test) > 0 or not problem.records_parameters
        self.plot.set_metrics(problem.metrics, loss, averaged, snapshot.run)
        self.show_snapshot(snapshot)
