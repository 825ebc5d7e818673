"""What the source of an experiment says should happen, below the verdict on what does."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from lrsim.charts.look import PADDING_PX
from lrsim.experiment.specs import Experiment
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.widgets.sentence import Sentence
from lrsim.gui.words.keys import in_words


class ClaimLine(QFrame):
    """The claim in one or two lines, the source in the tooltip; not there where an experiment makes no claim."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("claimLine")
        self._claim = ""
        self._wanted = True
        self._tight = False
        self._asked = False  # for it, although there is little room
        self._says = QLabel(self.tr("The source says"), self)
        self._says.setProperty("role", "muted")
        self._sentence = Sentence(themes.theme.text, self, lines=1)
        row = QHBoxLayout(self)
        row.setContentsMargins(PADDING_PX, 4, PADDING_PX, 4)
        row.setSpacing(8)
        row.addWidget(self._says)
        row.addWidget(self._sentence, 1)
        self.toggle = QAction(self.tr("Claim of the source"), self)
        self.toggle.setCheckable(True)
        self.toggle.setChecked(True)
        self.toggle.toggled.connect(self._want)
        themes.follow(self._set_theme)
        self._follow()

    def text(self) -> str:
        """The whole claim."""
        return self._claim

    def _set_theme(self, theme: Theme) -> None:
        self._colour = theme.text
        self._sentence.set_text(self._claim, self._colour)

    def show_experiment(self, experiment: Experiment) -> None:
        """Show what the experiment claims."""
        self._claim = in_words(experiment.claim)
        self._says.setToolTip(experiment.source)
        self._sentence.set_text(self._claim, self._colour)
        self._follow()

    def set_tight(self, tight: bool) -> None:
        """Step aside where there is little room, until somebody asks for it."""
        if tight != self._tight:
            self._tight, self._asked = tight, False
            self._follow()

    def _want(self, wanted: bool) -> None:
        self._wanted = self._asked = wanted
        self._follow()

    def _follow(self) -> None:
        there = self._wanted and bool(self._claim) and (self._asked or not self._tight)
        if there == self.isHidden():
            self.setVisible(there)
