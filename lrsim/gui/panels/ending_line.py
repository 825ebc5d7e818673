"""Why the run ended and what Space does now, below the verdict; and what it has gone past."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from lrsim.charts.look import PADDING_PX
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.widgets.sentence import Sentence
from lrsim.gui.words.endings import ending_words
from lrsim.session.reader import SessionReader
from lrsim.session.snapshot import Snapshot


class EndingLine(QFrame):
    """One line; not there where there is nothing to say of an end."""

    def __init__(self, bridge: Bridge, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("endingLine")
        self._aside = False
        self._sentence = Sentence(themes.theme.text, self, lines=1)
        row = QHBoxLayout(self)
        row.setContentsMargins(PADDING_PX, 4, PADDING_PX, 4)
        row.addWidget(self._sentence)
        bridge.changed.connect(self.show_snapshot)
        themes.follow(self._set_theme)
        self.hide()

    def text(self) -> str:
        """The whole line; empty where there is nothing to say."""
        return self._sentence.text()

    def _set_theme(self, theme: Theme) -> None:
        self._colour = theme.text
        self._sentence.set_text(self.text(), self._colour)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        words = ending_words(snapshot, SessionReader.problem_of(snapshot).experiment)
        self._sentence.set_text(words, self._colour)
        self._follow()

    def set_aside(self, aside: bool) -> None:
        """Stay away while the run is not what is seen."""
        self._aside = aside
        self._follow()

    def _follow(self) -> None:
        self.setVisible(bool(self.text()) and not self._aside)
