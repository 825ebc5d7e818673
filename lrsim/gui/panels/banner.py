"""What is happening, in one sentence, and the rate to try next."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.bridge.throttle import Throttle
from lrsim.gui.look import icons
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.widgets.sentence import Sentence
from lrsim.gui.widgets.use_rate_button import UseRateButton
from lrsim.gui.words.keys import in_words
from lrsim.gui.words.tried import taking_words
from lrsim.session.snapshot import Snapshot
from lrsim.verdict.tried import Candidate

READING_MS = 250  # a sentence that changes faster than this cannot be read
TONES = ("good", "warn", "bad")


class Banner(QWidget):
    """The verdict with its icon and tone.

    Signals
    -------
    rate_suggested(float)
        The suggested rate was accepted, to be used from here on.
    candidate_suggested(Candidate)
        The suggested rate was accepted as it was tried.
    trials_asked()
        Somebody wants to see the rates that were tried.
    """

    rate_suggested = Signal(float)
    candidate_suggested = Signal(object)
    trials_asked = Signal()

    def __init__(self, bridge: Bridge, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = themes.theme
        self._tone = ""
        self._icon = QLabel(self)
        self._sentence = Sentence(themes.theme.text, self)
        self._candidate: Candidate | None = None
        self.trials = QToolButton(self)
        self.trials.setProperty("role", "quiet")
        self.trials.setAccessibleName(self.tr("Rates tried"))
        self.trials.setToolTip(self.tr("Shows what each rate came to that was tried on a copy of the run"))
        self.trials.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.trials.clicked.connect(self.trials_asked)
        self.trials.hide()
        self._use = UseRateButton(themes, self)
        self._use.clicked.connect(self.accept)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 4, 0)
        row.setSpacing(8)
        row.addWidget(self._icon)
        row.addWidget(self._sentence, 1)
        row.addWidget(self.trials)
        row.addWidget(self._use)
        self._throttle = Throttle(self._show, READING_MS, self)
        bridge.changed.connect(self.show_snapshot)
        themes.follow(self._set_theme)

    def sentence(self) -> str:
        """All of the sentence, also what is elided."""
        return self._sentence.text()

    def set_most_lines(self, lines: int) -> None:
        """Wrap the sentence up to so many lines."""
        self._sentence.set_most_lines(lines)

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        size = round(theme.base_px * 1.4)
        self.trials.setIcon(icons.icon("trials", theme.text, theme.muted, self.devicePixelRatioF()))
        self.trials.setIconSize(QSize(size, size))
        tone, self._tone = self._tone, ""
        self._show_tone(tone or "neutral")
        self._sentence.set_text(self._sentence.text(), self._colour())

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Tell the verdict of a newer state, at a pace that can be read while training runs."""
        self._throttle.follow(snapshot)

    def _show(self, snapshot: Snapshot) -> None:
        if snapshot.tip == 0 and not snapshot.playing:
            self._show_tone("neutral")
            self._sentence.set_text(self.tr("Press Space to train, or Right for a single step."), self._colour())
            self._use.show_rate(None)
            self.trials.hide()
            return
        verdict = snapshot.verdict
        before = self._sentence.text()
        self._show_tone(verdict.tone)
        self._sentence.set_text(in_words(verdict.text), self._colour())
        if self._sentence.text() != before:
            _announce(self._sentence)
        tried = verdict.tried
        self._candidate = None if tried is None else tried.best
        self.trials.setVisible(tried is not None)
        same = self._candidate is None and verdict.suggested_rate == snapshot.parts.held
        tip = "" if self._candidate is None else taking_words(self._candidate)
        self._use.show_rate(None if same else verdict.suggested_rate, tip)

    def _show_tone(self, tone: str) -> None:
        if tone != self._tone:
            self._tone = tone
            drawing = tone if tone in TONES else "neutral"
            size = round(self._theme.base_px * 1.5)
            colour = self._theme.tone(tone)
            self._icon.setPixmap(icons.pixmap(drawing, colour, size, self.devicePixelRatioF()))

    def _colour(self) -> str:
        return self._theme.bad if self._tone == "bad" else self._theme.text

    def accept(self) -> None:
        """Take the suggested rate, if there is one, as it was tried."""
        if self._use.rate is None:
            return
        if self._candidate is not None:
            self.candidate_suggested.emit(self._candidate)
        else:
            self.rate_suggested.emit(self._use.rate)


def _announce(sentence: Sentence) -> None:
    """Have a new sentence read out once the reader is done with what it says."""
    if QAccessible.isActive():
        event = QAccessibleAnnouncementEvent(sentence, sentence.text())
        event.setPoliteness(QAccessible.AnnouncementPoliteness.Polite)
        QAccessible.updateAccessibility(event)
