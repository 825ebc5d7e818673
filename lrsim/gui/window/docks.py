"""The panels at the sides: where they stand, and bringing them back."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QMainWindow, QToolButton, QWidget

from lrsim.charts.look import PADDING_PX
from lrsim.gui.look import icons
from lrsim.gui.look.theme import Theme, ThemeSource

LEFT = Qt.DockWidgetArea.LeftDockWidgetArea
RIGHT = Qt.DockWidgetArea.RightDockWidgetArea
BOTTOM = Qt.DockWidgetArea.BottomDockWidgetArea
SIDES = LEFT | RIGHT
BELOW_EM = 19
BELOW_SHARE = 0.36
"""Usual height of what opens below the views: so many times the text size, and at most this share of the window."""


class Docks(QObject):
    """The docks of `window`: `experiment` on the left, `this_step` over `try_it` on the right; below what was added."""

    def __init__(
        self, window: QMainWindow, experiment: QWidget, this_step: QWidget, try_it: QWidget, themes: ThemeSource
    ) -> None:
        super().__init__(window)
        self._window = window
        self._themes = themes
        self._theme = themes.theme
        self._folded: set[str] = set()
        self._titles: dict[str, DockTitle] = {}
        self._last = try_it
        self._below: list[str] = []
        window.setCorner(Qt.Corner.BottomLeftCorner, LEFT)
        window.setCorner(Qt.Corner.BottomRightCorner, RIGHT)
        self._docks = {
            "experiment": self._dock("experiment", self.tr("Experiment"), experiment),
            "this_step": self._dock("this_step", self.tr("This step"), this_step),
            "try_it": self._dock("try_it", self.tr("Try it"), try_it),
        }
        themes.changed.connect(self._set_theme)
        self.reset()

    def add_below(self, name: str, title: str, panel: QWidget) -> None:
        """Offer a panel below the views, one in the place of the other; it is folded until asked for."""
        dock = self._docks[name] = self._dock(name, title, panel)
        dock.setAllowedAreas(SIDES | BOTTOM)
        dock.toggleViewAction().triggered.connect(lambda shown: self._follow_toggle(name, shown))
        self._below.append(name)
        self._place_below(name)

    def _place_below(self, name: str) -> None:
        dock = self._docks[name]
        dock.setFloating(False)
        self._window.addDockWidget(BOTTOM, dock)
        dock.hide()

    def toggle(self, name: str) -> None:
        """Show a panel that opens below, or fold it away."""
        if self._docks[name].isVisible():
            self._docks[name].close()
        else:
            self._bring_up(name)

    def _follow_toggle(self, name: str, shown: bool) -> None:
        if shown:
            self._bring_up(name)

    def _bring_up(self, name: str) -> None:
        dock = self._docks[name]
        for other in self._below:
            if other != name and self._window.dockWidgetArea(self._docks[other]) == BOTTOM:
                self._docks[other].close()
        dock.show()
        dock.raise_()
        if not dock.isFloating() and self._window.dockWidgetArea(dock) == BOTTOM:
            height = min(BELOW_EM * self._theme.base_px, round(BELOW_SHARE * self._window.height()))
            self._window.resizeDocks([dock], [height], Qt.Orientation.Vertical)

    def __getitem__(self, name: str) -> QDockWidget:
        return self._docks[name]

    def toggle_actions(self) -> dict[str, QAction]:
        """The actions that show or fold a panel, by name."""
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
        for name in self._below:
            self._place_below(name)
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
        """Hide panels that there is no room for, remembering which were shown; others that were hidden so come back."""
        for name in names:
            if not self._docks[name].isHidden():
                self._folded.add(name)
                self._docks[name].hide()
        for name in self._folded.difference(names):  # last, as a window that has no room for one grows
            self._folded.discard(name)
            self._docks[name].show()

    def unfold(self) -> None:
        """Show again what was folded for want of room."""
        self.fold()

    def _set_theme(self, theme: Theme) -> None:
        grown = theme.base_px != self._theme.base_px
        self._theme = theme
        if grown:
            self.size(theme)

    def _dock(self, name: str, title: str, panel: QWidget) -> QDockWidget:
        dock = QDockWidget(title, self._window)
        dock.setObjectName(name)
        dock.setAllowedAreas(SIDES)
        dock.setWidget(panel)
        self._titles[name] = DockTitle(dock, self._themes)
        dock.setTitleBarWidget(self._titles[name])
        return dock


class DockTitle(QWidget):
    """Drag it to move the panel; the buttons take it out of the window and fold it away."""

    def __init__(self, dock: QDockWidget, themes: ThemeSource) -> None:
        super().__init__(dock)
        self._label = QLabel(dock.windowTitle(), self)
        self._label.setProperty("role", "title")
        self._float = self._button(self.tr("Takes the panel out of the window or puts it back"), self.tr("Float"))
        self._float.clicked.connect(lambda: dock.setFloating(not dock.isFloating()))
        self._close = self._button(self.tr("Folds the panel away; the menu and Ctrl+K bring it back"), self.tr("Fold"))
        self._close.clicked.connect(dock.close)
        row = QHBoxLayout(self)
        row.setContentsMargins(PADDING_PX, 6, 6, 4)
        row.setSpacing(2)
        row.addWidget(self._label, 1)
        row.addWidget(self._float)
        row.addWidget(self._close)
        themes.follow(self._set_theme)

    def _set_theme(self, theme: Theme) -> None:
        for button, drawing in ((self._float, "float"), (self._close, "close")):
            button.setIcon(icons.icon(drawing, theme.muted, theme.line, self.devicePixelRatioF()))
            button.setIconSize(QSize(theme.base_px, theme.base_px))

    def _button(self, tip: str, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setProperty("role", "quiet")
        button.setToolTip(tip)
        button.setAccessibleName(name)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button
