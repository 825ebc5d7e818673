"""What the views of a single plot have in common."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from lrsim.gui.bridge import Bridge
from lrsim.gui.plots.chart import Chart
from lrsim.gui.theme import Theme
from lrsim.session import Snapshot


class PlotView(QWidget):
    """A plot that fills its view, follows the run, and is set up anew for another one.

    A view that is made of it names itself, makes its plot, and calls `fill` at the end of its own making.
    """

    NAME = ""

    def fill(self, bridge: Bridge, plot: Chart) -> None:
        """Show the plot, from the run as it stands on."""
        self.plot: Any = plot
        plot.setObjectName(self.NAME)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(plot)
        self.rebuild(bridge.session.snapshot())
        bridge.run_changed.connect(self.rebuild)
        bridge.changed.connect(self.show_snapshot)

    def rebuild(self, snapshot: Snapshot) -> None:
        """Set the plot up for another run."""
        raise NotImplementedError

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self.plot.show_snapshot(snapshot)

    def set_theme(self, theme: Theme) -> None:
        self.plot.set_theme(theme)
