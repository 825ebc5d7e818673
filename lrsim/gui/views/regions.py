"""What the model answers everywhere on the plane of its two inputs."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from lrsim.gui.bridge import Bridge
from lrsim.gui.plots.plot_view import PlotView
from lrsim.gui.plots.regions_plot import RegionsPlot
from lrsim.gui.theme import Theme
from lrsim.gui.turns import Turns
from lrsim.session import Snapshot

ALIKE = 1.001
"""Both inputs span the same, up to this factor: they are taken to be in the same unit."""


class RegionsView(PlotView):
    """Decision regions, or the height of the output, for models of two inputs."""

    NAME = "regions"

    def __init__(self, bridge: Bridge, theme: Theme) -> None:
        super().__init__()
        self._session = bridge.session
        plot = RegionsPlot(bridge.session, theme, self.title())
        plot.turns = Turns.of(bridge)
        self.fill(bridge, plot)

    @staticmethod
    def title() -> str:
        return QCoreApplication.translate("RegionsView", "Decision regions")

    def rebuild(self, snapshot: Snapshot) -> None:
        """Another experiment: other samples."""
        data = self._session.problem_of(snapshot).data
        inputs = data.X_train.shape[1]
        if inputs != 2:
            self.plot.set_notice(self.tr("Drawn for models with two inputs. This one has {0}.").format(inputs))
            return
        output = data.target_names[0] if data.target_names else self.tr("output")
        self.plot.title = self.title() if data.classes else self.tr("Learned {0}").format(output)
        spans = sorted(float(high - low) for low, high in data.domain)
        alike = data.scaler.kind == "none" and spans[1] <= ALIKE * spans[0]
        self.plot.set_data(data, snapshot.run, alike)
        self.plot.show_snapshot(snapshot)
