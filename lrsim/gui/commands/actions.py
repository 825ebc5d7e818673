"""Every action of the window in one list: menus, the palette, the keys' list and the tooltips are made from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QWidget

from lrsim.charts.look import mix
from lrsim.gui.look import icons
from lrsim.gui.look.theme import Theme, ThemeSource


class Actions(QObject):
    """A registry of the window's actions in the order in which they were added, in named groups.

    Parameters
    ----------
    window : QWidget
        The shortcuts work wherever the focus is in it; a text field with the focus keeps its own keys.
    """

    def __init__(self, window: QWidget, themes: ThemeSource) -> None:
        super().__init__(window)
        self._window = window
        self._themes = themes
        self._actions: dict[str, QAction] = {}
        self._icons: dict[str, str] = {}
        self._groups: dict[str, list[QAction]] = {}
        themes.changed.connect(self._set_theme)

    def add(
        self,
        name: str,
        group: str,
        text: str,
        tip: str,
        slot: Callable[[], object] | None = None,
        *,
        keys: Iterable[str] = (),
        icon: str = "",
        repeats: bool = False,
        checkable: bool = False,
    ) -> QAction:
        """Add an action; `tip` says what it does to training, `slot` is called without arguments."""
        action = QAction(text, self._window)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setAutoRepeat(repeats)
        action.setCheckable(checkable)
        if slot is not None:
            action.triggered.connect(lambda _checked=False: slot())
        self.take(name, group, action, tip, icon)
        return action

    def take(self, name: str, group: str, action: QAction, tip: str, icon: str) -> None:
        """List an action that was made elsewhere."""
        action.setObjectName(name)
        self._icons[name] = icon
        self._actions[name] = action
        self.explain(name, tip)
        self._groups.setdefault(group, []).append(action)
        self._window.addAction(action)
        self._paint(name, self._themes.theme)

    def explain(self, name: str, tip: str) -> None:
        """Say what an action does, with its keys."""
        action = self._actions[name]
        words = keys_in_words(action)
        action.setToolTip(f"{tip} ({words})" if words else tip)

    def choice(self, names: Iterable[str]) -> None:
        """Make checkable actions exclude one another."""
        group = QActionGroup(self)
        for name in names:
            group.addAction(self._actions[name])

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def groups(self) -> dict[str, list[QAction]]:
        """The actions by group, in order."""
        return {name: list(actions) for name, actions in self._groups.items()}

    def items(self) -> list[tuple[str, QAction]]:
        """Names and actions, in order."""
        return list(self._actions.items())

    def _set_theme(self, theme: Theme) -> None:
        for name in self._actions:
            self._paint(name, theme)

    def _paint(self, name: str, theme: Theme) -> None:
        drawing = self._icons[name]
        if drawing:
            disabled = mix(theme.muted, theme.background, 0.5)
            self._actions[name].setIcon(icons.icon(drawing, theme.text, disabled, self._window.devicePixelRatioF()))


def keys_in_words(action: QAction) -> str:
    """The keys of an action as people read them, or an empty string."""
    words = [key.toString(QKeySequence.SequenceFormat.NativeText) for key in action.shortcuts()]
    return ", ".join(words)
