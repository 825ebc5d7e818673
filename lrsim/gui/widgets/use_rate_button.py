"""A button that takes a rate."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from lrsim.common.numbers import short
from lrsim.gui.look.theme import Theme, ThemeSource


class UseRateButton(QPushButton):
    """`Use` and a rate, the rate in its own colour."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rate: float | None = None
        self._word = QLabel(self.tr("Use"), self)
        self._number = QLabel(self)
        self._number.setProperty("role", "chosen-rate")
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(10, 3, 10, 3)
        row.setSpacing(4)
        for label in (self._word, self._number):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            row.addWidget(label)
        themes.follow(self._set_theme)

    def _set_theme(self, theme: Theme) -> None:
        self.setMinimumHeight(round(theme.base_px * 2.2))

    def sizeHint(self) -> QSize:
        return self._row.sizeHint()

    def minimumSizeHint(self) -> QSize:
        return self._row.sizeHint()

    def show_rate(self, rate: float | None, tip: str = "") -> None:
        """Offer a rate; None hides the button. A `tip` says what becomes of one that is not just used from now on."""
        if rate != self.rate:
            self.rate = rate
            self._number.setText("" if rate is None else short(rate))
            self.setAccessibleName(self.tr("Use rate {0}").format(self._number.text()))
            self.updateGeometry()
        usual = self.tr("Makes {0} the rate, under a schedule the base of it; undo brings the present one back")
        self.setToolTip(tip or usual.format(self._number.text()))
        self.setVisible(rate is not None)
