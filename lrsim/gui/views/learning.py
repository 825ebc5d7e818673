"""How training goes: loss and accuracy, of the training rows and of those held out."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from lrsim.gui.bridge import Bridge
from lrsim.gui.plots.learning_plot import LearningPlot
from lrsim.gui.theme import Theme
from lrsim.session import Snapshot


class LearningView(QWidget):
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
        self.plot = LearningPlot(bridge, theme, self.title())
        self.plot.setObjectName(self.NAME)
        self.plot.seek_requested.connect(self.seek_requested)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.plot)
        self.rebuild(bridge.session.snapshot())
        bridge.run_changed.connect(self.rebuild)
        bridge.changed.connect(self.show_snapshot)

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

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self.plot.show_snapshot(snapshot)

    def set_theme(self, theme: Theme) -> None:
        self.plot.set_theme(theme)
