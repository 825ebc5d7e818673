"""The bar above the pictures of a sweep: which picture, what the sweep came to, and saving it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from lrsim.charts.look import PADDING_PX
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.widgets.fitting import FittingBar
from lrsim.gui.widgets.segments import Segments
from lrsim.gui.widgets.sentence import Sentence

CHARTS, OVERVIEW, RACE = "charts", "overview", "race"


BESIDE_LETTERS = 45
"""Room for so many average letters must be left for the sentence to stand beside the buttons."""


class SweepBar(FittingBar):
    """Pictures side by side, a sentence beside or below them, and a button.

    Signals
    -------
    chosen(str)
        Another picture is to be shown.
    save_requested()
    """

    LEVELS = 2

    chosen = Signal(str)
    save_requested = Signal()

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sweepBar")
        self.pictures = self._make_pictures()
        self.finding = Sentence(themes.theme.text, self)
        self.save = QPushButton(self.tr("Save\u2026"))
        self.save.setToolTip(self.tr("Writes tables and charts of all finished runs into a folder"))
        self.save.clicked.connect(self.save_requested)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(PADDING_PX, 4, PADDING_PX, 4)
        self._column.setSpacing(4)
        self._row = row = QHBoxLayout()
        row.setSpacing(8)
        self._column.addLayout(row)
        row.addWidget(Segments(self.tr("Picture"), list(self.pictures.values()), self))
        row.addStretch(0)
        row.addWidget(self.save)
        themes.follow(self._set_theme)

    def _make_pictures(self) -> dict[str, QAction]:
        group = QActionGroup(self)
        tips = {
            CHARTS: (self.tr("Charts"), self.tr("A chart for each run, all with the same axes")),
            OVERVIEW: (self.tr("Overview"), self.tr("The final figure of all runs over the swept values")),
            RACE: (self.tr("Race"), self.tr("All runs stepped together, with who leads")),
        }
        made: dict[str, QAction] = {}
        for name, (text, tip) in tips.items():
            action = QAction(text, self)
            action.setToolTip(tip)
            action.setCheckable(True)
            action.triggered.connect(lambda _checked=False, name=name: self.chosen.emit(name))
            group.addAction(action)
            made[name] = action
        made[CHARTS].setChecked(True)
        return made

    @property
    def picture(self) -> str:
        """The chosen picture."""
        return next(name for name, action in self.pictures.items() if action.isChecked())

    def _set_theme(self, theme: Theme) -> None:
        self._text = theme.text
        self.follow(theme)

    def set_level(self, level: int) -> None:
        self._row.removeWidget(self.finding)
        self._column.removeWidget(self.finding)
        self.finding.setMinimumWidth(0 if level else self.fontMetrics().averageCharWidth() * BESIDE_LETTERS)
        self.finding.set_most_lines(3 if level else 2)
        if level:
            self._column.addWidget(self.finding)
        else:
            self._row.insertWidget(1, self.finding, 1)

    def tell(self, text: str, colour: str = "") -> None:
        """Say what the sweep came to, in the tone of a run or as plain text."""
        self.finding.set_text(text, colour or self._text)
