"""The bar above the pictures of a sweep: which picture, what the sweep came to, and saving it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from lrsim.charts.look import PADDING_PX
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.widgets.segments import Segments
from lrsim.gui.widgets.sentence import Sentence

CHARTS, OVERVIEW, RACE = "charts", "overview", "race"


class SweepBar(QFrame):
    """Pictures side by side, a sentence, and a button.

    Signals
    -------
    chosen(str)
        Another picture is to be shown.
    save_requested()
    """

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
        row = QHBoxLayout(self)
        row.setContentsMargins(PADDING_PX, 4, PADDING_PX, 4)
        row.setSpacing(8)
        row.addWidget(Segments(self.tr("Picture"), list(self.pictures.values()), self))
        row.addWidget(self.finding, 1)
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

    def tell(self, text: str, colour: str = "") -> None:
        """Say what the sweep came to, in the tone of a run or as plain text."""
        self.finding.set_text(text, colour or self._text)
