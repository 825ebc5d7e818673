"""The present step written out with its numbers."""

from __future__ import annotations

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from lrsim.charts.look import PADDING_PX
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.bridge.throttle import Throttle
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.panels.equations import Equations
from lrsim.gui.widgets.scroll_column import Tall
from lrsim.session.snapshot import Snapshot

READING_MS = 100
LEAST_EM = 13
"""Least width of the equations."""


class ThisStepPanel(Tall):
    """Prediction, error and update of the current step; the rate stands out in its own colour."""

    def __init__(self, bridge: Bridge, themes: ThemeSource, parent: QWidget | None = None) -> None:
        content = QWidget()
        super().__init__(content, parent)
        self._reader = bridge.reader
        self._missed: Snapshot | None = None
        self.setAccessibleName(self.tr("This step"))
        self._equations = Equations(themes)
        self._equations.setToolTip(self.tr("How the present step changes the parameters, with the numbers in it"))
        column = QVBoxLayout(content)
        column.setContentsMargins(PADDING_PX, 4, PADDING_PX, PADDING_PX)
        column.addWidget(self._equations)
        column.addStretch(1)
        self._throttle = Throttle(self._show, READING_MS, self)
        bridge.changed.connect(self.show_snapshot)
        themes.follow(self._set_theme)

    def text(self) -> str:
        """All of it as plain text."""
        return self._equations.text()

    def _set_theme(self, theme: Theme) -> None:
        self._equations.setMinimumWidth(theme.base_px * LEAST_EM)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show a newer state, at a pace that can be read while training runs."""
        if not self.isVisible():
            self._missed = snapshot
        elif snapshot.playing:
            self._throttle.offer(snapshot)
        else:
            self._throttle.flush(snapshot)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._missed is not None:
            self._throttle.flush(self._missed)

    def _show(self, snapshot: Snapshot) -> None:
        self._missed = None
        self._equations.show_lines(self._reader.explain(snapshot))
