"""The stage that stands open: where it is in the update, what is looked at, and its numbers."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from lrsim.common.numbers import count
from lrsim.debugger.opened_stage import OpenedStage
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.panels.this_step.chips import StageChips
from lrsim.gui.panels.this_step.focus import FocusRow
from lrsim.gui.panels.this_step.table import StageTable
from lrsim.gui.words.stages import stage_words

MOST_TABLES = 2


class StageHead(QWidget):
    """Step and stage, all stages as buttons, and the choice of sample and unit."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = QLabel(self)
        self._title.setProperty("role", "title")
        self._title.setWordWrap(True)
        self.chips = StageChips(themes, self)
        self.focus = FocusRow(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(6)
        for widget in (self._title, self.chips, self.focus):
            column.addWidget(widget)

    def show_stage(self, stage: OpenedStage) -> None:
        """Show where it stands."""
        self._title.setText(self.tr("Step {0}, {1}").format(count(stage.step), stage_words(stage.stage)))
        self.chips.show_stages(stage.stages, stage.at)
        self.focus.show_stage(stage)


class StageTables(QWidget):
    """The arrays of a stage.

    Signals
    -------
    parameter_set(str, float)
        A hand gave a parameter another value.
    refused(str)
        Why what was typed can't be used.
    """

    parameter_set = Signal(str, float)
    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tables = [StageTable(self) for _ in range(MOST_TABLES)]
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(12)
        for table in self.tables:
            table.parameter_set.connect(self.parameter_set)
            table.refused.connect(self.refused)
            column.addWidget(table)

    def show_stage(self, stage: OpenedStage) -> None:
        """Show its arrays."""
        for widget, table in zip(self.tables, stage.tables):
            widget.show_table(table)
        for place, widget in enumerate(self.tables):
            widget.setVisible(place < len(stage.tables))
