"""A chart with something beside it, or above or below it where the two are narrow."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from lrsim.gui.bridge.seen import WhenSeen
from lrsim.gui.look.theme import Theme
from lrsim.gui.widgets.scroll_column import Tall

BESIDE_EM = 38
"""From so many times the text size on there is room for two beside each other."""
CHART_EM = 6
QWIDGETSIZE_MAX = (1 << 24) - 1


class Beside(WhenSeen):
    """Shares its room between a chart and what belongs to it; `place` is called once, `fit` with each theme."""

    def place(self, chart: QWidget, side: QWidget, widths_em: tuple[int, int], narrow: QBoxLayout.Direction) -> None:
        """Lay the two out.

        Parameters
        ----------
        widths_em
            Least and greatest width of the side in text sizes.
        narrow
            From the chart to the side where they do not stand beside each other.
        """
        self._chart, self._widths_em, self._narrow = chart, widths_em, narrow
        self._em = 0
        self._content = side
        self._side = Tall(side, self)
        self._side.setMinimumHeight(1)
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(0)
        self._box.addWidget(chart, 1)
        self._box.addWidget(self._side)

    def fit(self, theme: Theme) -> None:
        """Suit the text size of a theme."""
        self._em = theme.base_px
        self._chart.setMinimumHeight(CHART_EM * self._em)
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        beside = self.width() >= max(BESIDE_EM * self._em, self.height())
        direction = QBoxLayout.Direction.LeftToRight if beside else self._narrow
        if direction != self._box.direction():
            self._box.setDirection(direction)
        self._box.setStretch(1, 0 if beside else 1)
        least, greatest = (width * self._em for width in self._widths_em)
        width = max(least, self._side.minimumSizeHint().width(), min(greatest, self.width() // 3))
        needed = self._content.sizeHint().height()
        self._side.setMaximumHeight(QWIDGETSIZE_MAX if beside else needed)
        self._side.setMaximumWidth(width if beside else QWIDGETSIZE_MAX)
        self._side.setMinimumWidth(width if beside else 0)
