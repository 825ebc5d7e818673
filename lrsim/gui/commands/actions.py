"""Every action of the window in one list: menus, the palette, the keys' list and the tooltips are made from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QWidget

from lrsim.charts.look import mix
from lrsim.gui.look import icons
from lrsim.gui.look.theme import Theme, ThemeSource

ONE_RUN, MANY_RUNS = "one run", "many runs"
"""What is on screen: an action that means something for one of them alone is out of reach while the other is seen."""


@dataclass(frozen=True)
class ActionSpec:
    """The declaration of an action.

    Parameters
    ----------
    name
        What it is called in the code.
    group
        The id of the group that it stands in.
    title, tip
        What it is called for people, and what it does to training.
    do
        Does it; called with the window.
    keys
        Key sequences that trigger it, the usual one first.
    icon
        Name of its drawing; none where it is always shown in words.
    icon_text
        What a button says beside the drawing; the title where it is empty.
    synonyms
        Words by which people look for it, apart from those of its title.
    repeats
        Whether it is done again and again while its key is held down.
    choice
        Whether it is checkable and excludes the other choices of its group.
    enabled
        Whether it can be done from the start on.
    seen
        What has to be on screen for it, `ONE_RUN` or `MANY_RUNS`; empty for either.
    """

    name: str
    group: str
    title: str
    tip: str
    do: Callable[[Any], object]
    keys: tuple[str, ...] = ()
    icon: str = ""
    icon_text: str = ""
    synonyms: str = ""
    repeats: bool = False
    choice: bool = False
    enabled: bool = True
    seen: str = ""


class Actions(QObject):
    """A registry of the window's actions in groups; in a group they stand in the order in which they were added.

    Parameters
    ----------
    window
        What the actions act on. The shortcuts work wherever the focus is in it; a text field with the focus keeps its
        own keys.
    groups
        Ids of the groups in order, with their titles; titles are for people alone and may be alike.
    themes
        The colours of the icons.
    """

    def __init__(self, window: QWidget, groups: Mapping[str, str], themes: ThemeSource) -> None:
        super().__init__(window)
        self._window = window
        self._themes = themes
        self._titles = dict(groups)
        self._groups: dict[str, list[QAction]] = {group: [] for group in groups}
        self._choices: dict[str, QActionGroup] = {}
        self._actions: dict[str, QAction] = {}
        self._icons: dict[str, str] = {}
        self._synonyms: dict[str, str] = {}
        self._seen_for: dict[str, str] = {}
        self._possible: dict[str, bool] = {}
        self._seen = ONE_RUN
        themes.changed.connect(self._set_theme)

    def add(self, spec: ActionSpec) -> QAction:
        """Make an action of its declaration.

        Raises
        ------
        KeyError
            There is no such group.
        """
        action = QAction(spec.title, self._window)
        action.setShortcuts([QKeySequence(key) for key in spec.keys])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setAutoRepeat(spec.repeats)
        if spec.icon_text:
            action.setIconText(spec.icon_text)
        if spec.choice:
            action.setCheckable(True)
            if spec.group not in self._choices:
                self._choices[spec.group] = QActionGroup(self)
            self._choices[spec.group].addAction(action)
        action.triggered.connect(lambda _checked=False: spec.do(self._window))
        self.take(spec.name, spec.group, action, spec.tip, spec.icon, spec.synonyms)
        self._seen_for[spec.name] = spec.seen
        self.enable(spec.name, spec.enabled)
        return action

    def enable(self, name: str, possible: bool) -> None:
        """Whether an action can be done at all; it is within reach where what it is about is seen as well."""
        self._possible[name] = possible
        self._actions[name].setEnabled(possible and self._seen_for[name] in ("", self._seen))

    def show(self, seen: str) -> None:
        """Something else is on screen from now on: `ONE_RUN` or `MANY_RUNS`."""
        self._seen = seen
        for name, about in self._seen_for.items():
            if about:
                self.enable(name, self._possible[name])

    def take(self, name: str, group: str, action: QAction, tip: str, icon: str = "", synonyms: str = "") -> None:
        """List an action that was made elsewhere."""
        self._groups[group].append(action)
        action.setObjectName(name)
        self._icons[name] = icon
        self._synonyms[name] = synonyms
        self._actions[name] = action
        self.explain(name, tip)
        self._window.addAction(action)
        self._paint(name, self._themes.theme)

    def explain(self, name: str, tip: str) -> None:
        """Say what an action does, with its keys."""
        action = self._actions[name]
        words = keys_in_words(action)
        action.setToolTip(f"{tip} ({words})" if words else tip)

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def title(self, group: str) -> str:
        """What a group is called for people."""
        return self._titles[group]

    def group(self, group: str) -> list[QAction]:
        """The actions of a group, in order."""
        return list(self._groups[group])

    def groups(self) -> dict[str, list[QAction]]:
        """The actions by the ids of their groups, in order."""
        return {group: list(actions) for group, actions in self._groups.items()}

    def items(self) -> list[tuple[str, QAction]]:
        """Names and actions, in order."""
        return [(action.objectName(), action) for actions in self._groups.values() for action in actions]

    def search_words(self, action: QAction) -> str:
        """Everything by which an action may be looked for: its group, its title and its synonyms."""
        name = action.objectName()
        group = next(group for group, actions in self._groups.items() if action in actions)
        return f"{self.title(group)} {action.text()} {self._synonyms[name]}"

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
