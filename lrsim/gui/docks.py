"""The panels at the sides: where they stand, and bringing them back."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from lrsim.gui.theme import Theme
from lrsim.gui.widgets.dock_title import DockTitle

LEFT = Qt.DockWidgetArea.LeftDockWidgetArea
RIGHT = Qt.DockWidgetArea.RightDockWidgetArea
SIDES = LEFT | RIGHT


class Docks(QObject):
    """The docks of `window`: `experiment` on the left, `this_step` over `try_it` on the right."""

    def __init__(self, window: QMainWindow, experiment: QWidget, this_step: QWidget, try_it: QWidget, theme: Theme):
        super().__init__(window)
        self._window = window
        self._theme = theme
        self._folded: set[str] = set()
        self._titles: dict[str, DockTitle] = {}
        self._last = try_it
        self._docks = {
            "experiment": self._dock("experiment", self.tr("Experiment"), experiment),
            "this_step": self._dock("this_step", self.tr("This step"), this_step),
            "try_it": self._dock("try_it", self.tr("Try it"), try_it),
        }
        self.reset()

    def __getitem__(self, name: str) -> QDockWidget:
        return self._docks[name]

    def toggle_actions(self) -> dict[str, QAction]:
        return {f"panel_{name}": dock.toggleViewAction() for name, dock in self._docks.items()}

    def reset(self) -> None:
        """Every panel in its place, shown."""
        self._folded.clear()
        for name, side in (("experiment", LEFT), ("this_step", RIGHT), ("try_it", RIGHT)):
            dock = self._docks[name]
            dock.setFloating(False)
            self._window.addDockWidget(side, dock)
            dock.show()
        self._window.splitDockWidget(self._docks["this_step"], self._docks["try_it"], Qt.Orientation.Vertical)
        self.size(self._theme)

    def size(self, theme: Theme) -> None:
        """Usual widths and heights for the size of the text."""
        em = theme.base_px
        left, step, trial = (self._docks[name] for name in ("experiment", "this_step", "try_it"))
        wide = self._window.width() > 120 * em
        widths = [23 * em, 22 * em] if wide else [18 * em, 20 * em]
        self._window.resizeDocks([left, step], widths, Qt.Orientation.Horizontal)
        needed = self._last.sizeHint().height() + self._titles["try_it"].sizeHint().height() + 4
        self._window.resizeDocks([trial], [needed], Qt.Orientation.Vertical)

    def fold(self, *names: str) -> None:
        """Hide panels that there is no room for, remembering which were shown."""
        for name in names:
            if not self._docks[name].isHidden():
                self._folded.add(name)
                self._docks[name].hide()

    def unfold(self) -> None:
        """Show again what was folded for want of room."""
        for name in self._folded:
            self._docks[name].show()
        self._folded.clear()

    def set_theme(self, theme: Theme) -> None:
        grown = theme.base_px != self._theme.base_px
        self._theme = theme
        for title in self._titles.values():
            title.set_theme(theme)
        if grown:
            self.size(theme)

    def _dock(self, name: str, title: str, panel: QWidget) -> QDockWidget:
        dock = QDockWidget(title, self._window)
        dock.setObjectName(name)
        dock.setAllowedAreas(SIDES)
        dock.setWidget(panel)
        self._titles[name] = DockTitle(dock, self._theme)
        dock.setTitleBarWidget(self._titles[name])
        return dock
