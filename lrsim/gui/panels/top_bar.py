"""The bar at the top: which experiment, which layout, what is happening, and the way to everything else."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from lrsim.gui.bridge.binding import show_text
from lrsim.gui.commands.actions import Actions
from lrsim.gui.look import icons
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.panels.banner import Banner
from lrsim.gui.widgets.fitting import FittingBar
from lrsim.gui.widgets.segments import Segments

MOST_LETTERS = {4: 14, 5: 7}
"""Of the name, at the last levels."""
ELLIPSIS = "\u2026"
BESIDE_LETTERS = 80
"""Room for so many average letters must be left for the verdict to stand beside the buttons."""


class TopBar(FittingBar):
    """Preset, layouts, verdict, undo and redo, palette, themes, menu, keys.

    With less and less room the palette loses its key, the verdict gets a row of its own, and what the menus offer too
    goes.
    """

    LEVELS = 6

    def __init__(
        self,
        actions: Actions,
        banner: Banner,
        menus: dict[str, QMenu],
        themes: ThemeSource,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("topBar")
        self._actions = actions
        self._buttons: list[QToolButton] = []
        self._name, self._most_letters = self.tr("Experiment"), sys.maxsize
        self.preset = self._quiet_button(self.tr("Experiment"), "")
        self.preset.clicked.connect(actions["choose"].trigger)
        self.preset.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.preset.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the arrow stands after the name
        segments = Segments(actions.title("layout"), actions.group("layout"), self)
        self._banner = banner
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(4)
        self._row = row = QHBoxLayout()
        row.setSpacing(8)
        column.addLayout(row)
        row.addWidget(self.preset)
        row.addWidget(segments)
        row.addWidget(banner, 1)
        row.addStretch(0)
        self._in_menus = [self._button(actions[name]) for name in ("undo", "redo")]
        for button in self._in_menus:
            row.addWidget(button)
        self._palette = self._button(actions["palette"])
        row.addWidget(self._palette)
        theme_button = self._menu_button(
            menus["theme"], self.tr("Theme"), self.tr("Light, dark, or large for a projector; training goes on")
        )
        menu_button = self._menu_button(
            menus["main"], self.tr("Menu"), self.tr("Files, panels and settings; training goes on")
        )
        self._drawn = {self.preset: "chevron-down", theme_button: "theme", menu_button: "menu"}
        row.addWidget(theme_button)
        row.addWidget(menu_button)
        self._in_menus.append(theme_button)
        row.addWidget(self._button(actions["keys"]))
        themes.follow(self._set_theme)

    def _set_theme(self, theme: Theme) -> None:
        size = round(theme.base_px * 1.4)
        for button in self._buttons:
            button.setIconSize(QSize(size, size))
        for button, drawing in self._drawn.items():
            button.setIcon(icons.icon(drawing, theme.text, theme.muted, self.devicePixelRatioF()))
        self.follow(theme)

    def set_level(self, level: int) -> None:
        style = Qt.ToolButtonStyle.ToolButtonIconOnly if level else Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        self._palette.setToolButtonStyle(style)
        for button in self._in_menus:
            button.setVisible(level < 3)
        self._put_banner(below=level >= 2)
        self._most_letters = MOST_LETTERS.get(level, sys.maxsize)
        self._show_name()

    def _put_banner(self, *, below: bool) -> None:
        """Beside the buttons, or in a row of its own."""
        letters = self.fontMetrics().averageCharWidth() * BESIDE_LETTERS
        self._banner.setMinimumWidth(0 if below else letters)
        self._banner.set_most_lines(3 if below and self.width() < 1.2 * letters else 2)
        if below != (self._row.indexOf(self._banner) < 0):
            column = self._column
            self._row.removeWidget(self._banner)
            column.removeWidget(self._banner)
            if below:
                column.addWidget(self._banner)
            else:
                self._row.insertWidget(2, self._banner, 1)
            self._row.setStretch(self._row.count() - 1, 0)
            self._row.setStretch(2 if below else 3, 1 if below else 0)

    def show_experiment(self, name: str, path: Path | None = None, changed: bool = False) -> None:
        """Show the name of the experiment; its file, and whether it was changed since, are told in the tooltip."""
        self._name = name or self.tr("Experiment")
        self._show_name()
        words = [self._actions["choose"].toolTip()]
        if len(self._name) > min(MOST_LETTERS.values()):
            words.insert(0, self._name)
        if path is not None:
            words.append(str(path))
        if changed:
            words.append(self.tr("Changed and not saved yet"))
        self.preset.setToolTip("\n".join(words))

    def _show_name(self) -> None:
        """All of the name, or its beginning where there is no room."""
        whole = len(self._name) <= self._most_letters
        show_text(self.preset, self._name if whole else self._name[: self._most_letters - 1].rstrip("-") + ELLIPSIS)

    def _button(self, action: QAction) -> QToolButton:
        button = QToolButton(self)
        button.setDefaultAction(action)
        button.setProperty("role", "quiet")
        button.setAccessibleName(action.text())
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._buttons.append(button)
        return button

    def _menu_button(self, menu: QMenu, name: str, tip: str) -> QToolButton:
        button = self._quiet_button(name, tip)
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        return button

    def _quiet_button(self, name: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setProperty("role", "quiet")
        button.setAccessibleName(name)
        button.setToolTip(tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._buttons.append(button)
        return button
