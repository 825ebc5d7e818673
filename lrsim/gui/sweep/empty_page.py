"""What stands where the pictures of a sweep will be: what a sweep shows, and the button that runs it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from lrsim.charts.look import PADDING_PX
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.widgets.labels import wrapped_label
from lrsim.gui.widgets.scroll_column import Tall

WIDTH_EM = 36


class EmptyPage(Tall):
    """Says what a sweep is, offers to run it, and the way back to one that has stepped aside.

    Signals
    -------
    run_requested()
    back_requested()
    """

    run_requested = Signal()
    back_requested = Signal()

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        content = QWidget()
        super().__init__(content, parent)
        self._block = QWidget()
        self._title = QLabel(self.tr("Many runs, side by side"), self)
        self._title.setProperty("role", "large")
        says = wrapped_label(self.tr("A sweep trains the experiment once for each value, and compares:"))
        self._summary = wrapped_label(role="muted")
        self.run = QPushButton(self.tr("Run"), self)
        self.run.setProperty("role", "primary")
        self.run.setAccessibleName(self.tr("Run the proposed sweep"))
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
        outer = QGridLayout(content)
        outer.setContentsMargins(PADDING_PX, PADDING_PX, PADDING_PX, PADDING_PX)
        outer.addWidget(self._block, 1, 1)
        for line, stretch in ((0, 1), (2, 2)):
            outer.setRowStretch(line, stretch)
        for line, stretch in ((0, 1), (1, 1000), (2, 1)):
            outer.setColumnStretch(line, stretch)
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
        self._block.setMaximumWidth(WIDTH_EM * theme.base_px)

    def show_plan(self, summary: str, ready: bool) -> None:
        """What would be run, and whether it can be."""
        self._summary.setText(summary)
        self.run.setEnabled(ready)

    def show_way_back(self, name: str | None) -> None:
        """Offer the runs of another experiment; None where there are none."""
        self.back.setText("" if name is None else self.tr("Show the runs of {0}").format(name))
        self.back.setVisible(name is not None)
