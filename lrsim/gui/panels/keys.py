"""The list of keys, made from the actions themselves."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractSlider, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from lrsim.charts.look import PADDING_PX
from lrsim.gui.commands.actions import Actions, keys_in_words
from lrsim.gui.look.dress import catch_up
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.widgets.overlay import Overlay

_SCROLLS = {
    Qt.Key.Key_Up: QAbstractSlider.SliderAction.SliderSingleStepSub,
    Qt.Key.Key_Down: QAbstractSlider.SliderAction.SliderSingleStepAdd,
    Qt.Key.Key_PageUp: QAbstractSlider.SliderAction.SliderPageStepSub,
    Qt.Key.Key_PageDown: QAbstractSlider.SliderAction.SliderPageStepAdd,
    Qt.Key.Key_Home: QAbstractSlider.SliderAction.SliderToMinimum,
    Qt.Key.Key_End: QAbstractSlider.SliderAction.SliderToMaximum,
}


class KeysPanel(Overlay):
    """Every action that has a key, by group, and the keys of controls; Escape or the same key again closes it."""

    def __init__(self, actions: Actions, themes: ThemeSource, host: QWidget) -> None:
        super().__init__("keys", themes, host)
        self._registry = actions
        self.setAccessibleName(self.tr("Keys"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        row = self.heading(self.tr("Keys"), themes)
        row.setContentsMargins(PADDING_PX, 8, 8, 0)
        column.addLayout(row)
        column.addWidget(self._scroll)

    def sizeHint(self) -> QSize:
        content = self._scroll.widget()
        if content is None:
            return QSize(0, 0)
        hint = content.sizeHint()
        heading = 4 * self.fontMetrics().height()
        return QSize(hint.width() + 32, hint.height() + 16 + heading)

    def open(self) -> None:
        catch_up(self)
        self._scroll.setWidget(self._content())
        super().open()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.key() in _SCROLLS:
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()  # what lies below is read by these keys, so they are not the window's meanwhile
                return True
            if event.type() == QEvent.Type.KeyPress:
                self._scroll.verticalScrollBar().triggerAction(_SCROLLS[Qt.Key(event.key())])
                return True
        return super().event(event)

    def texts(self) -> list[str]:
        """All that is shown, for those who read it another way."""
        content = self._scroll.widget()
        return [] if content is None else [label.text() for label in content.findChildren(QLabel)]

    def _content(self) -> QWidget:
        sheet = QWidget()
        row = QHBoxLayout(sheet)
        row.setContentsMargins(PADDING_PX, PADDING_PX, PADDING_PX, PADDING_PX)
        row.setSpacing(40)
        columns = [QVBoxLayout(), QVBoxLayout()]
        heights = [0, 0]
        for column in columns:
            column.setSpacing(16)
            row.addLayout(column)
        groups = self._entries()
        metrics = self.fontMetrics()
        widest = max(metrics.horizontalAdvance(keys) for _, entries in groups for keys, _ in entries)
        for title, entries in groups:
            shorter = heights.index(min(heights))
            heights[shorter] += len(entries) + 2
            columns[shorter].addLayout(_table(title, entries, widest))
        for column in columns:
            column.addStretch(1)
        return sheet

    def _entries(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """The title of each group with its keys and what they do, where it has any."""
        listed = []
        for group, actions in self._registry.groups().items():
            entries = [(keys_in_words(action), action.text()) for action in actions if action.shortcuts()]
            if entries:
                listed.append((self._registry.title(group), entries))
        return [*listed, *self._of_controls()]

    def _of_controls(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Keys that belong to a control while it has the keyboard."""
        back = self.tr("Back to the window")
        return [
            (self.tr("While the table of steps is active"), [
                (self.tr("Up, Down, Home, End"), self.tr("Choose a row")),
                (self.tr("Return"), self.tr("Go to its step, as a click")),
                (self.tr("Ctrl+C"), self.tr("Copy the chosen rows")),
                (self.tr("Esc"), back),
            ]),
            (self.tr("While a field is active"), [
                (self.tr("Left, Right, Home, End"), self.tr("Move in the text")),
                (self.tr("Ctrl+Z"), self.tr("Undo typing, else a change")),
                (self.tr("Return"), self.tr("Apply")),
                (self.tr("Esc"), back),
            ]),
        ]  # fmt: skip


def _table(title: str, entries: list[tuple[str, str]], keys_width: int) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(4)
    heading = QLabel(title)
    heading.setProperty("role", "title")
    grid.addWidget(heading, 0, 0, 1, 2)
    for number, (keys, text) in enumerate(entries, start=1):
        words = QLabel(keys)
        words.setProperty("role", "muted")
        words.setMinimumWidth(keys_width)
        grid.addWidget(words, number, 0)
        grid.addWidget(QLabel(text), number, 1)
    grid.setColumnStretch(1, 1)
    return grid
