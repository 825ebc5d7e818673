"""The key of a sweep, chosen or typed in the words of the Experiment panel, or typed as it is written in a file."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSignalBlocker, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QCompleter, QListView, QWidget

from lrsim.experiment.fields import all_fields, applies, layer_fields
from lrsim.experiment.keys import value_at
from lrsim.experiment.specs import Experiment
from lrsim.gui.look.dress import dress
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.widgets.labels import name_box
from lrsim.gui.words.keys import explanation_of, label_of
from lrsim.sweep.axes import RATE

NO_VALUES = ("table", "given", "layers")
"""Kinds of fields whose values nobody types in a line."""
SEARCH_ROLE = Qt.ItemDataRole.UserRole + 1
MOST_OFFERED = 12


def sweepable_keys(experiment: Experiment) -> list[str]:
    """The keys worth offering: those of its own sweep, the rate, what its training depends on, then all others."""
    fields = [field for field in all_fields().values() if field.kind not in NO_VALUES]
    layers = [
        f"model.layers[{place}].{name}" for place in range(len(experiment.model.layers)) for name in layer_fields()
    ]
    now = [field.key for field in fields if applies(field.key, lambda key: value_at(experiment, key))]
    others = [field.key for field in fields if field.key not in now]
    return list(dict.fromkeys([*experiment.sweep.over, RATE, *now, *layers, *others]))


class WordsCompleter(QCompleter):
    """Finds keys by their words as well as by their names in a file, and fills in the words."""

    def pathFromIndex(self, index: QModelIndex | QPersistentModelIndex) -> str:
        return str(index.data(Qt.ItemDataRole.DisplayRole))


class KeyBox(QComboBox):
    """Shows the words of a key, with the key itself in the tooltip."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.setMaxVisibleItems(MOST_OFFERED)
        self._offered: list[str] = []
        self._keys = QStandardItemModel(self)
        self.setModel(self._keys)
        self._found = WordsCompleter(self._keys, self)
        self._found.setCompletionRole(SEARCH_ROLE)
        self._found.setFilterMode(Qt.MatchFlag.MatchContains)
        self._found.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._found.setMaxVisibleItems(MOST_OFFERED)
        self._popup = QListView()
        self._found.setPopup(self._popup)
        self.setCompleter(self._found)
        self._popup.setProperty("role", "popup")
        name_box(self, self.tr("What to sweep"))
        line = self.lineEdit()
        if line is not None:
            line.setPlaceholderText(self.tr("such as Batch"))
            line.editingFinished.connect(self._say_in_words)
        self.editTextChanged.connect(self._explain)
        themes.follow(self._set_theme)

    def _set_theme(self, theme: Theme) -> None:
        dress(self._popup, theme)  # a window of its own, which has nothing from this one

    def offer(self, keys: Sequence[str]) -> None:
        """Other keys to choose among; what is shown stays."""
        if list(keys) == self._offered:
            return
        self._offered = list(keys)
        shown = self.key()
        with QSignalBlocker(self):  # no hand has chosen anything
            self._fill(keys)
            self.show_key(shown)
        self._explain()

    def _fill(self, keys: Sequence[str]) -> None:
        self._keys.clear()
        for key in keys:
            item = QStandardItem(label_of(key))
            item.setData(key, Qt.ItemDataRole.UserRole)
            item.setData(f"{label_of(key)} {key}", SEARCH_ROLE)
            item.setToolTip(explanation_of(key))
            self._keys.appendRow(item)
        self._tell_apart()

    def _tell_apart(self) -> None:
        """Two of the same words also get their keys."""
        items = [self._keys.item(row) for row in range(self._keys.rowCount())]
        words = [item.text() for item in items]
        for item, text in zip(items, words):
            if words.count(text) > 1:
                item.setText(f"{text} ({item.data(Qt.ItemDataRole.UserRole)})")

    @property
    def typing(self) -> bool:
        """Whether the hand is on it."""
        line = self.lineEdit()
        return line is not None and (line.hasFocus() or self._popup.isVisible())

    def key(self) -> str:
        """The dotted key; what is typed where that is none."""
        text = self.currentText().strip()
        for row in range(self._keys.rowCount()):
            item = self._keys.item(row)
            if item.text().casefold() == text.casefold():
                return str(item.data(Qt.ItemDataRole.UserRole))
        return text

    def show_key(self, key: str) -> None:
        """Show a key in its words."""
        row = self.findData(key)
        self.setCurrentIndex(row)
        self.setEditText(self.itemText(row) if row >= 0 else label_of(key))
        line = self.lineEdit()
        if line is not None:
            line.setCursorPosition(0)

    def _say_in_words(self) -> None:
        key = self.key()
        if self.findData(key) >= 0 and self.currentText() != self.itemText(self.findData(key)):
            self.show_key(key)

    def _explain(self) -> None:
        self.setToolTip(explanation_of(self.key()))
