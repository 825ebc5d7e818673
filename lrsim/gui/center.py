"""What stands between the panels: the views of one run, or the sweep of many."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget, QWidget

from lrsim.gui import stage
from lrsim.gui.bridge import Bridge
from lrsim.gui.stage import Stage
from lrsim.gui.sweep.page import SweepPage
from lrsim.gui.theme import Theme

SWEEP = "sweep"
LAYOUTS = (*stage.LAYOUTS, SWEEP)


class Center(QStackedWidget):
    """One layout at a time; what is hidden costs nothing."""

    def __init__(self, bridge: Bridge, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.stage = Stage(bridge, theme)
        self.sweep = SweepPage(bridge, theme)
        self.addWidget(self.stage)
        self.addWidget(self.sweep)

    @property
    def layout_name(self) -> str:
        return SWEEP if self.currentWidget() is self.sweep else self.stage.layout_name

    def choose(self, layout: str) -> None:
        """Show one of `LAYOUTS`."""
        if layout == SWEEP:
            self.setCurrentWidget(self.sweep)
        else:
            self.stage.choose(layout)
            self.setCurrentWidget(self.stage)

    def set_theme(self, theme: Theme) -> None:
        self.stage.set_theme(theme)
        self.sweep.set_theme(theme)

    def reset(self) -> None:
        """Give each part its usual share."""
        self.stage.reset()
        self.sweep.reset()
