"""What a search for a rate comes to: the one rate that did best when it was tried, and what it was held against."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from lrsim.gui.bridge.binding import show_text
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.widgets.labels import wrapped_label
from lrsim.gui.widgets.use_rate_button import UseRateButton
from lrsim.instruments.range_report import trials_in_words
from lrsim.instruments.range_test import RangeSearch


class Recommendation(QWidget):
    """The suggested rate with a button that takes it, and what was tried.

    Signals
    -------
    rate_chosen(float)
    """

    rate_chosen = Signal(float)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.use = UseRateButton(themes, self)
        self.use.clicked.connect(lambda: self.rate_chosen.emit(self.use.rate))
        self._title = QLabel(self.tr("suggested"), self)
        self._title.setProperty("role", "title")
        self._ground = wrapped_label()
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.use)
        row.addWidget(self._title)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self._ground)
        self.show_search(None, 0.0)

    def ground(self) -> str:
        """What was tried, and what it came to."""
        return self._ground.text()

    def show_search(self, search: RangeSearch | None, lr: float) -> None:
        """Show what was found so far, hidden where nothing was tried yet; `lr` is the rate in use."""
        rate = None if search is None else search.rate
        self.use.show_rate(rate)
        self.use.setEnabled(rate != lr)
        self._title.setVisible(rate is not None)
        text = "" if search is None else trials_in_words(search)
        show_text(self._ground, text)
        self.setVisible(bool(text))
