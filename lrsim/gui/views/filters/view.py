"""The weights of the first layer as images, among the views."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QShowEvent

from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.views.filters.plot import FiltersPlot
from lrsim.gui.views.view import PlotView, ViewSpec
from lrsim.session.snapshot import Snapshot


class FiltersView(PlotView):
    """What each unit of the first layer looks for in an image."""

    NAME = "filters"

    def __init__(self, bridge: Bridge, themes: ThemeSource) -> None:
        super().__init__()
        self.fill(bridge, FiltersPlot(bridge, themes, self.title()))

    @staticmethod
    def title() -> str:
        return QCoreApplication.translate("FiltersView", "First-layer weights")

    def rebuild(self, snapshot: Snapshot) -> None:
        """Another experiment."""
        self.plot.begin(snapshot)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.plot.update()


VIEW = ViewSpec(
    FiltersView.NAME,
    FiltersView.title,
    FiltersView,
    column="details",
    layouts={"curves": lambda model: model.images},
    share=680,
)
