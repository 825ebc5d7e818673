"""A button that opens a list of parameters, of which a few may be ticked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from lrsim.gui.bridge.binding import quiet
from lrsim.gui.look.theme import Theme, ThemeSource

ROWS_SHOWN = 12


class ParameterChooser(QToolButton):
    """Chooses up to `most` of some names.

    Signals
    -------
    chosen(object)
        Places of the ticked names, in order.
    """

    chosen = Signal(object)

    def __init__(self, most: int, themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(parent)
        self._most = most
        self.setText(self.tr("Choose"))
        self.setAccessibleName(self.tr("Parameters shown"))
        self.setToolTip(self.tr("Chooses which parameters are drawn; training goes on with all of them"))
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Parameters"))
        self.list.itemChanged.connect(self._tick)
        self.list.itemActivated.connect(self._switch)
        self._rule = QLabel()
        self._rule.setWordWrap(True)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self._rule)
        column.addWidget(self.list)
        menu = QMenu(self)
        action = QWidgetAction(menu)
        action.setDefaultWidget(content)
        menu.addAction(action)
        self.setMenu(menu)
        themes.follow(self._set_theme)

    def _set_theme(self, theme: Theme) -> None:
        self.list.setMinimumSize(QSize(theme.base_px * 12, round(theme.base_px * 1.9 * ROWS_SHOWN)))

    def offer(self, names: Sequence[str], ticked: Sequence[int]) -> None:
        """Show other names with some of them ticked."""
        with quiet(self.list):
            self.list.clear()
            for place, name in enumerate(names):
                item = QListWidgetItem(name, self.list)
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                item.setCheckState(Qt.CheckState.Checked if place in ticked else Qt.CheckState.Unchecked)
        self._say()

    def ticked(self) -> list[int]:
        """Places of the names that are ticked."""
        rows = range(self.list.count())
        return [row for row in rows if self.list.item(row).checkState() is Qt.CheckState.Checked]

    def _switch(self, item: QListWidgetItem) -> None:
        checked = item.checkState() is Qt.CheckState.Checked
        item.setCheckState(Qt.CheckState.Unchecked if checked else Qt.CheckState.Checked)

    def _tick(self, item: QListWidgetItem) -> None:
        ticked = self.ticked()
        if not 0 < len(ticked) <= self._most:
            checked = item.checkState() is Qt.CheckState.Checked
            with quiet(self.list):
                item.setCheckState(Qt.CheckState.Unchecked if checked else Qt.CheckState.Checked)
            self._say()
            return
        self._say()
        self.chosen.emit(ticked)

    def _say(self) -> None:
        text = self.tr("{0} of {1} shown, {2} at most")
        self._rule.setText(text.format(len(self.ticked()), self.list.count(), self._most))
