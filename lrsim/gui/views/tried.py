"""The rates that were tried before one is advised: what each came to, and taking one of them."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from lrsim.charts.look import PADDING_PX
from lrsim.gui.bridge.binding import show_text
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.views.tried_chart import TriedPlot
from lrsim.gui.widgets.sentence import Sentence
from lrsim.gui.widgets.side_by_side import Beside
from lrsim.gui.words.tried import candidate_words, outcome, taking_words
from lrsim.verdict.tried import Candidate

SIDE_EM = (20, 28)
"""Least and greatest width of what stands beside the chart, in text sizes."""


class TriedView(Beside):
    """A chart of the trials behind the sentence on the run, and a button that takes the rate that won.

    Trials train copies; the run is left as it is until somebody takes a rate, on a new branch.

    Signals
    -------
    chosen(Candidate)
        A rate to go on with, from where it was tried.
    """

    NAME = "tried"
    chosen = Signal(object)

    def __init__(self, bridge: Bridge, themes: ThemeSource) -> None:
        super().__init__()
        self._theme = themes.theme
        self._snapshot = bridge.session.snapshot()
        self.plot = TriedPlot(themes, self.title())
        self.plot.setObjectName(self.NAME)
        self.plot.chosen.connect(self.chosen)
        self._says = Sentence(themes.theme.text, self, lines=8, align=Qt.AlignmentFlag.AlignTop)
        self.take = QPushButton(self)
        self.take.setProperty("role", "primary")
        self.take.clicked.connect(self._take_best)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(PADDING_PX, 6, PADDING_PX, PADDING_PX)
        column.setSpacing(8)
        row = QHBoxLayout()
        row.addWidget(self.take)
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(self._says, 1)
        self.place(self.plot, content, SIDE_EM, QBoxLayout.Direction.BottomToTop)
        themes.follow(self._set_theme)
        bridge.changed.connect(self.show_snapshot)
        self.refresh()

    @staticmethod
    def title() -> str:
        """What it is called for people."""
        return QCoreApplication.translate("TriedView", "What rates came to")

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.fit(theme)
        self._show_sentence()

    # --- what is shown

    def message(self) -> str:
        """What the lines beside the chart say."""
        return self._says.text()

    def refresh(self) -> None:
        tried = self._snapshot.verdict.tried
        if tried is None:
            self.plot.show_notice(self.tr("Nothing was tried: what happens here does not ask for another rate"))
        else:
            self.plot.show_tried(tried)
        best = None if tried is None else tried.best
        self.take.setVisible(best is not None)
        if best is not None:
            text = self.tr("Start again with {0}") if best.start == "start" else self.tr("Go on with {0}")
            show_text(self.take, text.format(candidate_words(Candidate(best.rate, best.falling))))
            self.take.setToolTip(taking_words(best))
        self._show_sentence()

    def _show_sentence(self) -> None:
        tried = self._snapshot.verdict.tried
        untouched = self.tr("The run is untouched.")
        text = untouched if tried is None else f"{outcome(tried)} {untouched}"
        self._says.set_text(text, self._theme.muted if tried is None else self._theme.text)

    # --- the hand

    def _take_best(self) -> None:
        tried = self._snapshot.verdict.tried
        if tried is not None and tried.best is not None:
            self.chosen.emit(tried.best)
