"""The present step written out with its numbers, or the stage of the next one that stands open."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from lrsim.charts.look import PADDING_PX
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.panels.this_step.equations import Equations
from lrsim.gui.panels.this_step.stage_view import StageHead, StageTables
from lrsim.gui.widgets.scroll_column import Tall
from lrsim.session.snapshot import Snapshot

LEAST_EM = 13
"""Least width of the equations."""


class ThisStepPanel(Tall):
    """Prediction, error and update of the current step; the rate stands out in its own colour.

    It says which step it is: of a model whose steps take long to write out it is one that was current just now. While a
    stage of the next update stands open that one is shown with its arrays.

    Signals
    -------
    refused(str)
        Why a value that was typed can't be used.
    """

    refused = Signal(str)

    def __init__(self, bridge: Bridge, themes: ThemeSource, parent: QWidget | None = None) -> None:
        content = QWidget()
        super().__init__(content, parent)
        self._reader = bridge.reader
        self._session = bridge.session
        self._step = 0
        self._missed: Snapshot | None = None
        self.setAccessibleName(self.tr("This step"))
        self._equations = Equations(themes)
        self._equations.setToolTip(self.tr("How the present step changes the parameters, with the numbers in it"))
        column = QVBoxLayout(content)
        column.setContentsMargins(PADDING_PX, 4, PADDING_PX, PADDING_PX)
        self.head = StageHead(themes)
        self.head.chips.chosen.connect(self._session.open_stage)
        self.head.focus.chosen.connect(self._inspect)
        self.tables = StageTables()
        self.tables.parameter_set.connect(lambda name, value: self._session.fork(self._step, {name: value}))
        self.tables.refused.connect(self.refused)
        for widget in (self.head, self._equations, self.tables):
            column.addWidget(widget)
        self.head.hide()
        self.tables.hide()
        column.addStretch(1)
        bridge.changed.connect(self.show_snapshot)
        themes.follow(self._set_theme)

    def text(self) -> str:
        """All of it as plain text."""
        return self._equations.text()

    def _set_theme(self, theme: Theme) -> None:
        self._equations.setMinimumWidth(theme.base_px * LEAST_EM)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show the step of a newer state, in the same frame as all else that belongs to it."""
        if self.isVisible():
            self._show(snapshot)
        else:
            self._missed = snapshot

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._missed is not None:
            self._show(self._missed)

    def _show(self, snapshot: Snapshot) -> None:
        self._missed = None
        self._step, stage = snapshot.step, snapshot.stage
        self._equations.show_lines(self._reader.explain(snapshot) if stage is None else stage.lines)
        if stage is not None:
            self.head.show_stage(stage)
            self.tables.show_stage(stage)
        self.head.setVisible(stage is not None)
        self.tables.setVisible(stage is not None)

    def _inspect(self, sample: int, unit: int) -> None:
        self._session.inspect(None if sample < 0 else sample, unit)
