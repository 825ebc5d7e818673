"""The learning rate over the whole training."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtGui import QShowEvent

from lrsim.gui.bridge import Bridge
from lrsim.gui.plots.plot_view import PlotView
from lrsim.gui.plots.rate_plot import RatePlot
from lrsim.gui.theme import Theme
from lrsim.session import Snapshot


class RateView(PlotView):
    """The rate that each step used, where it was changed and by whom, and what the schedule has in store.

    Signals
    -------
    seek_requested(int)
        A step was chosen.
    rate_dragged(float, int)
        The base rate under the hand and the number of the drag that it belongs to.
    """

    NAME = "rate"
    seek_requested = Signal(int)
    rate_dragged = Signal(float, int)

    def __init__(self, bridge: Bridge, theme: Theme) -> None:
        super().__init__()
        self._missed: Snapshot | None = None
        plot = RatePlot(bridge, theme, self.title())
        plot.seek_requested.connect(self.seek_requested)
        plot.rate_dragged.connect(self.rate_dragged)
        self.fill(bridge, plot)

    @staticmethod
    def title() -> str:
        return QCoreApplication.translate("RateView", "Learning rate")

    def rebuild(self, snapshot: Snapshot) -> None:
        """Another experiment, with a schedule of its own."""
        self.plot.rebuild(snapshot)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        if self.isVisible():
            self.plot.show_snapshot(snapshot)
        else:
            self._missed = snapshot

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._missed is not None:
            self.plot.show_snapshot(self._missed)
            self._missed = None
