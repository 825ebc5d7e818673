"""What a range test comes to: the one rate to try first with its ground, and below it what other rules say."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.widgets.labels import wrapped_label
from lrsim.gui.widgets.use_rate_button import UseRateButton
from lrsim.gui.words.finder import ground, others, rule_name, rule_words, two_digits
from lrsim.instruments.range_test import RangeTest, recommended

MOST_OTHERS = 2


class Recommendation(QWidget):
    """The rate to try first, and why.

    Signals
    -------
    rate_chosen(float)
    """

    rate_chosen = Signal(float)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.use = UseRateButton(themes, self)
        self.use.clicked.connect(lambda: self.rate_chosen.emit(self.use.rate))
        title = QLabel(self.tr("recommended"), self)
        title.setProperty("role", "title")
        self._ground = wrapped_label()
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.use)
        row.addWidget(title)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self._ground)
        self.show_test(None)

    def ground(self) -> str:
        """Why this rate."""
        return self._ground.text()

    def show_test(self, test: RangeTest | None) -> None:
        """Show what a test recommends; hidden where it recommends nothing."""
        best = None if test is None else recommended(test)
        self.use.show_rate(None if best is None else two_digits(best.rate))
        text = "" if test is None else ground(test)
        if text != self._ground.text():
            self._ground.setText(text)
        self.setVisible(best is not None)


class OtherRules(QWidget):
    """The rates that the other rules suggest, a row each.

    Signals
    -------
    rate_chosen(float)
    """

    rate_chosen = Signal(float)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        title = QLabel(self.tr("Other rules"), self)
        title.setProperty("role", "muted")
        self.uses = [UseRateButton(themes, self) for _ in range(MOST_OTHERS)]
        self._names = [QLabel(self) for _ in range(MOST_OTHERS)]
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        grid.addWidget(title, 0, 0, 1, 3)
        for row, (name, button) in enumerate(zip(self._names, self.uses), start=1):
            name.setProperty("role", "muted")
            button.clicked.connect(lambda _checked=False, each=button: self.rate_chosen.emit(each.rate))
            grid.addWidget(name, row, 0)
            grid.addWidget(button, row, 1)
        grid.setColumnStretch(2, 1)
        self.show_test(None)

    def show_test(self, test: RangeTest | None) -> None:
        """Show what other rules than the recommended one suggest; hidden where there are none."""
        found = [] if test is None else others(test)
        for place, (name, button) in enumerate(zip(self._names, self.uses)):
            item = found[place] if place < len(found) else None
            button.show_rate(None if item is None else two_digits(item.rate))
            name.setText("" if item is None else rule_name(item.name))
            name.setToolTip("" if item is None else rule_words(item.name))
        self.setVisible(bool(found))
