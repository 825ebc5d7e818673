"""The command palette: every action of the window, found by typing a few letters."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from difflib import get_close_matches

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QAction, QColor, QFocusEvent, QKeyEvent, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QLabel,
    QLineEdit,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from lrsim.charts.look import PADDING_PX
from lrsim.gui.commands.actions import Actions, keys_in_words
from lrsim.gui.look.painting import kept
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.widgets.overlay import Overlay

KEYS_ROLE = Qt.ItemDataRole.UserRole + 1
ACTION_ROLE = Qt.ItemDataRole.UserRole + 2
ROWS_SHOWN = 12
CLOSE = 0.8
"""How much of a mistyped word must be right."""
ROW_SHARE = 1.8
"""Height of a row, of that of a line of text."""
WINDOW_LEFT = Qt.FocusReason.ActiveWindowFocusReason

AnyIndex = QModelIndex | QPersistentModelIndex


def plain(text: str) -> str:
    """The letters alone, whatever their case and accents."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", text.casefold()) if letter.isprintable()
                   and not unicodedata.combining(letter))  # fmt: skip


def matches(text: str, typed: str) -> bool:
    """Whether every word typed begins or lies within the text, whatever the order."""
    letters = plain(text)
    return all(word in letters for word in plain(typed).split())


def nearly(texts: Sequence[str], typed: str) -> str | None:
    """What may have been meant by what is typed: words of the texts in place of those that are like none of them."""
    words = sorted({word for text in texts for word in plain(text).split()})
    meant = []
    for word in plain(typed).split():
        close = [word] if any(word in each for each in words) else get_close_matches(word, words, 1, CLOSE)
        if not close:
            return None
        meant += close
    return " ".join(meant)


class PaletteField(QLineEdit):
    """The line to type in; every key pressed in it is its own or the list's, never a shortcut of the window."""

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)


class CommandDelegate(QStyledItemDelegate):
    """An action's words on the left and its keys on the right."""

    def __init__(self, themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = themes.theme

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(0, round(option.fontMetrics.height() * ROW_SHARE))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        super().paint(painter, option, index)
        with kept(painter):
            painter.setPen(QColor(self.theme.muted))
            room = QRect(option.rect).adjusted(0, 0, -PADDING_PX, 0)
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, index.data(KEYS_ROLE))


class Palette(Overlay):
    """Type to filter, Up and Down to choose, Return to do it, Escape to leave."""

    def __init__(self, actions: Actions, themes: ThemeSource, host: QWidget) -> None:
        super().__init__("palette", themes, host)
        self._registry = actions
        self._recent: list[QAction] = []  # the latest first
        self.setAccessibleName(self.tr("Command palette"))
        self._field = PaletteField(self)
        self._field.setPlaceholderText(self.tr("Type a command"))
        self._field.setAccessibleName(self.tr("Command"))
        self._field.textChanged.connect(self._filter)
        self._field.installEventFilter(self)
        self._model = QStandardItemModel(self)
        self._list = QListView(self)
        self._list.setModel(self._model)
        self._list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setAccessibleName(self.tr("Commands"))
        self._list.clicked.connect(self._run)
        self.note = QLabel(self)
        self.note.setProperty("role", "muted")
        self.note.setWordWrap(True)
        self.note.hide()
        self._delegate = CommandDelegate(themes, self._list)
        self._list.setItemDelegate(self._delegate)
        column = QVBoxLayout(self)
        column.setContentsMargins(PADDING_PX, PADDING_PX, PADDING_PX, PADDING_PX)
        column.setSpacing(8)
        column.addWidget(self._field)
        column.addWidget(self.note)
        column.addWidget(self._list, 1)

    def sizeHint(self) -> QSize:
        return QSize(44 * self._theme.base_px, round((ROWS_SHOWN + 2.5) * self._theme.base_px * 2.2))

    def open(self) -> None:
        self._field.clear()
        self._filter("")
        super().open()
        self._field.setFocus(Qt.FocusReason.PopupFocusReason)

    def shown_commands(self) -> list[str]:
        """The words of the commands that match what is typed."""
        return [self._model.item(row).text() for row in range(self._model.rowCount())]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._field:
            if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and self._key(event):
                return True
            if isinstance(event, QFocusEvent) and event.lostFocus() and event.reason() != WINDOW_LEFT:
                self.hide()
            return False
        return super().eventFilter(watched, event)

    def _key(self, event: QKeyEvent) -> bool:
        key = event.key()
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            row = self._list.currentIndex().row() + (1 if key == Qt.Key.Key_Down else -1)
            self._list.setCurrentIndex(self._model.index(row % max(self._model.rowCount(), 1), 0))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._run(self._list.currentIndex())
        elif key == Qt.Key.Key_Escape:
            self.hide()
        else:
            return False
        return True

    def _commands(self) -> list[tuple[str, QAction]]:
        """All that can be done, what was done here of late first."""
        listed = [
            (f"{self._registry.title(group)}: {action.text()}", action)
            for group, actions in self._registry.groups().items()
            for action in actions
            if action.objectName() != "palette"
        ]
        return sorted(listed, key=lambda each: self._recency(each[1]))

    def _recency(self, action: QAction) -> int:
        return self._recent.index(action) if action in self._recent and not self._field.text() else len(self._recent)

    def _filter(self, typed: str) -> None:
        found = self._found(typed)
        shown = [each for each in found if each[1].isEnabled()]
        note = ""
        if not shown:
            note, shown = self._instead(typed, found)
        self.note.setText(note)
        self.note.setVisible(bool(note))
        self.setAccessibleDescription(note)
        self._show(shown)

    def _found(self, typed: str) -> list[tuple[str, QAction]]:
        return [each for each in self._commands() if matches(self._registry.search_words(each[1]), typed)]

    def _instead(
        self, typed: str, out_of_reach: Sequence[tuple[str, QAction]]
    ) -> tuple[str, list[tuple[str, QAction]]]:
        """What to say, and to offer, where nothing that can be done is called so."""
        if out_of_reach:
            return self.tr("{0} can't be done at the moment.").format(out_of_reach[0][1].text()), []
        none = self.tr("No command matches \u201c{0}\u201d.").format(typed.strip())
        meant = nearly([self._registry.search_words(action) for _, action in self._commands()], typed)
        close = [each for each in self._found(meant) if each[1].isEnabled()] if meant else []
        if close:
            return f"{none} " + self.tr("Did you mean one of these?"), close
        return f"{none} " + self.tr("Try a word such as save, rate, sweep, theme or keys."), []

    def _show(self, commands: Sequence[tuple[str, QAction]]) -> None:
        self._model.clear()
        for text, action in commands:
            item = QStandardItem(text)
            item.setToolTip(action.toolTip())
            item.setData(keys_in_words(action), KEYS_ROLE)
            item.setData(action, ACTION_ROLE)
            self._model.appendRow(item)
        self._list.setCurrentIndex(self._model.index(0, 0))

    def _run(self, index: QModelIndex) -> None:
        if index.isValid():
            action = index.data(ACTION_ROLE)
            self._recent = [action, *(each for each in self._recent if each is not action)]
            self.hide()
            action.trigger()
