"""The foot of the experiment's panel: what a field does, and what waits to be applied."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from lrsim.charts.look import PADDING_PX
from lrsim.gui.bridge.binding import show_text
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.widgets.labels import wrapped_label
from lrsim.gui.widgets.sentence import Sentence


class PendingBar(QFrame):
    """What the focused field does, and below it what waits, with the two ways to go on.

    Signals
    -------
    applied()
    discarded()
    """

    applied = Signal()
    discarded = Signal()

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pending")
        self._theme = themes.theme
        self._explanation = Sentence(themes.theme.muted, self, lines=3)
        self._sentence = wrapped_label()
        self._problem = wrapped_label(role="bad")
        self.apply = QPushButton(self.tr("Apply"))
        self.apply.setProperty("role", "primary")
        self.apply.setToolTip(self.tr("Starts a new run from step 0; undo brings this one back"))
        self.discard = QPushButton()
        self.apply.clicked.connect(self.applied)
        self.discard.clicked.connect(self.discarded)
        self._buttons = QWidget()
        row = QHBoxLayout(self._buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.apply)
        row.addWidget(self.discard)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(PADDING_PX, 8, PADDING_PX, 8)
        column.setSpacing(6)
        column.addWidget(self._explanation)
        column.addWidget(self._problem)
        column.addWidget(self._sentence)
        column.addWidget(self._buttons)
        themes.follow(self._set_theme)
        self.explain("")
        self.show_state(0, "", blocked=False, applying=False)

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._explanation.set_text(self._explanation.text(), theme.muted)

    def explain(self, text: str) -> None:
        """Say what a field does; without one, what can be done here."""
        standing = self.tr("A change here starts training anew; a fork (F) makes it in mid-run.")
        self._explanation.set_text(text or standing, self._theme.muted)

    def explanation(self) -> str:
        """What is said of a field."""
        return self._explanation.text()

    def sentence(self) -> str:
        """What is said of the changes that wait; empty where there are none."""
        return self._sentence.text() if not self._sentence.isHidden() else ""

    def show_state(self, changes: int, problem: str, *, blocked: bool, applying: bool) -> None:
        """Say how many changes wait, and what is wrong with them where no field says it."""
        if applying:
            text = self.tr("Loading the data for the new run; this one stands still meanwhile.")
        elif changes == 1:
            text = self.tr("One change waits. Training starts again from step 0 when you apply.")
        else:
            text = self.tr("{0} changes wait. Training starts again from step 0 when you apply.").format(changes)
        self._sentence.setText(text)
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self._sentence.setVisible(changes > 0)
        self._buttons.setVisible(changes > 0)
        self.apply.setEnabled(not blocked and not applying)
        show_text(self.discard, self.tr("Cancel") if applying else self.tr("Discard"))
        self.discard.setToolTip(
            self.tr("Stops loading; the changes wait as before")
            if applying else self.tr("Forgets the changes; training goes on as it was")
        )  # fmt: skip
