"""The sharpness over steps among the views."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.views.stability.plot import StabilityPlot
from lrsim.gui.views.view import PlotView, ViewSpec, always
from lrsim.session.snapshot import Snapshot


class StabilityView(PlotView):
    """How sharp the loss is where the run stands, against what the rate allows."""

    NAME = "stability"

    def __init__(self, bridge: Bridge, themes: ThemeSource) -> None:
        super().__init__()
        self._reader = bridge.reader
        self.fill(bridge, StabilityPlot(bridge, themes, self.title()))

    @staticmethod
    def title() -> str:
        return QCoreApplication.translate("StabilityView", "Sharpness")

    @property
    def settled(self) -> bool:
        return self.plot.settled

    def rebuild(self, snapshot: Snapshot) -> None:
        """Another experiment."""
        self.plot.begin(snapshot, self._reader.problem_of(snapshot).optimizer.name != "sgd")


VIEW = ViewSpec(
    StabilityView.NAME,
    StabilityView.title,
    StabilityView,
    column="curves",
    layouts={"landscape": always},
    share=440,
)
