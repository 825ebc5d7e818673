"""A button that opens the list of layers, of which one is shown."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from lrsim.common.numbers import count


class LayerChooser(QToolButton):
    """Chooses a layer; hidden where there is one alone.

    Signals
    -------
    chosen(int)
        Which one, from 0.
    """

    chosen = Signal(int)

    def __init__(self, chart: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setMenu(QMenu(self))
        self.setAccessibleName(self.tr("{0}: layer").format(chart))
        self.setToolTip(self.tr("Chooses the layer whose weights are shown; training goes on with all of them"))

    def offer(self, shapes: Sequence[tuple[int, int]]) -> None:
        """Offer layers of these inputs and units, and choose the first."""
        menu = self.menu()
        menu.clear()
        group = QActionGroup(menu)
        for number, (inputs, units) in enumerate(shapes):
            action = QAction(self.tr("Layer {0}: {1} x {2}").format(number + 1, count(inputs), count(units)), group)
            action.setCheckable(True)
            action.triggered.connect(lambda _checked=False, chosen=number: self.choose(chosen))
            menu.addAction(action)
        self.setVisible(len(shapes) > 1)
        self.choose(0)

    def choose(self, number: int) -> None:
        """Show a layer, from 0."""
        actions = self.menu().actions()
        actions[min(number, len(actions) - 1)].setChecked(True)
        self.setText(self.tr("Layer {0}").format(number + 1))
        self.chosen.emit(number)
