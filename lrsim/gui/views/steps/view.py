"""The view of all steps."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QVBoxLayout

from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.bridge.turns import Turns
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.views.steps.table import StepTable
from lrsim.gui.views.view import View, ViewSpec, always
from lrsim.session.snapshot import Snapshot


class StepsView(View):
    """All steps of the run as a table; a click or Enter asks for a step."""

    NAME = "steps"

    def __init__(self, bridge: Bridge, themes: ThemeSource) -> None:
        super().__init__()
        self.table = StepTable(bridge.reader, themes)
        self.table.turns = Turns.of(bridge)
        self.table.setAccessibleName(self.title())
        self.table.seek_requested.connect(self.seek_requested)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table)
        self.follow(bridge)

    @staticmethod
    def title() -> str:
        return QCoreApplication.translate("StepsView", "Steps")

    def rebuild(self, snapshot: Snapshot) -> None:
        """Another experiment: other columns."""
        self.table.rebuild(snapshot)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self.table.show_snapshot(snapshot)


VIEW = ViewSpec(
    StepsView.NAME,
    StepsView.title,
    StepsView,
    column="details",
    layouts={"step": always},
    share=320,
    folds=True,
)
