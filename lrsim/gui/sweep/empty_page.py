"""What stands where the pictures of a sweep will be: what a sweep shows, and the button that runs it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.widgets.labels import wrapped_label

WIDTH_EM = 36


class EmptyPage(QWidget):
    """Says what a sweep is, offers to run it, and the way back to one that has stepped aside.

    Signals
    -------
    run_requested()
    back_requested()
    """

    run_requested = Signal()
    back_requested = Signal()

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._block = QWidget(self)
        self._title = QLabel(self.tr("Many runs, side by side"), self)
        self._title.setProperty("role", "large")
        says = wrapped_label(self.tr("A sweep trains the experiment once for each value, and compares:"))
        self._summary = wrapped_label(role="muted")
        self.run = QPushButton(self.tr("Run"), self)
        self.run.setProperty("role", "primary")
        self.run.setToolTip(self.tr("Trains all runs; the run in the other layouts goes on untouched"))
        self.back = QPushButton(self)
        self.back.setToolTip(self.tr("They were kept when another experiment was loaded"))
        self.back.hide()
        self.run.clicked.connect(self.run_requested)
        self.back.clicked.connect(self.back_requested)
        column = QVBoxLayout(self._block)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self._title)
        column.addWidget(says)
        column.addLayout(self._pictures())
        column.addSpacing(4)
        column.addWidget(self._summary)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.run)
        buttons.addWidget(self.back)
        buttons.addStretch(1)
        column.addLayout(buttons)
        outer = QVBoxLayout(self)
        outer.addStretch(1)
        outer.addWidget(self._block, 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(2)
        themes.follow(self._set_theme)

    def _pictures(self) -> QGridLayout:
        """The pictures that there will be, and what each shows."""
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        lines = (
            (self.tr("Charts"), self.tr("the curves of each run, all with the same axes")),
            (self.tr("Overview"), self.tr("the final figure over the values, with the best marked")),
            (self.tr("Race"), self.tr("all runs stepped together from the same start")),
        )
        for row, (name, text) in enumerate(lines):
            title = QLabel(name)
            title.setProperty("role", "title")
            grid.addWidget(title, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(wrapped_label(text), row, 1)
        grid.setColumnStretch(1, 1)
        return grid

    def _set_theme(self, theme: Theme) -> None:
        self._em = theme.base_px
        self._fit()

    def _fit(self) -> None:
        self._block.setFixedWidth(max(1, min(WIDTH_EM * self._em, self.width() - 2 * self._em)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def show_plan(self, summary: str, ready: bool) -> None:
        """What would be run, and whether it can be."""
        self._summary.setText(summary)
        self.run.setEnabled(ready)

    def show_way_back(self, name: str | None) -> None:
        """Offer the runs of another experiment; None where there are none."""
        self.back.setText("" if name is None else self.tr("Show the runs of {0}").format(name))
        self.back.setVisible(name is not None)
