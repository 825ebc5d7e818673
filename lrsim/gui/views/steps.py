"""The iteration table: what each step saw, predicted and changed."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from lrsim.gui.bridge import Bridge
from lrsim.gui.theme import Theme
from lrsim.gui.turns import Turns
from lrsim.gui.widgets.step_table import StepTable
from lrsim.session import Snapshot


class StepsView(QWidget):
    """All steps of the run as a table.

    Signals
    -------
    seek_requested(int)
        A row was opened with a double click or Enter.
    """

    NAME = "steps"
    seek_requested = Signal(int)

    def __init__(self, bridge: Bridge, theme: Theme) -> None:
        super().__init__()
        self.table = StepTable(bridge.session, theme)
        self.table.turns = Turns.of(bridge)
        self.table.setAccessibleName(self.title())
        self.table.seek_requested.connect(self.seek_requested)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table)
        self.rebuild(bridge.session.snapshot())
        bridge.run_changed.connect(self.rebuild)
        bridge.changed.connect(self.show_snapshot)

    @staticmethod
    def title() -> str:
        return QCoreApplication.translate("StepsView", "Steps")

    def rebuild(self, snapshot: Snapshot) -> None:
        """Another experiment: other columns."""
        self.table.rebuild(snapshot)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self.table.show_snapshot(snapshot)

    def set_theme(self, theme: Theme) -> None:
        self.table.set_theme(theme)
