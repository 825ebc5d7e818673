"""One swept key with its values, typed in TOML syntax or spread over a logarithmic range."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QSize, QStringListModel, Qt, Signal
from PySide6.QtWidgets import QComboBox, QCompleter, QHBoxLayout, QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget

from lrsim.common.toml import toml_value
from lrsim.common.validation import ExperimentError
from lrsim.experiment.fields import all_fields
from lrsim.experiment.keys import known_keys, parse_assignment
from lrsim.gui.bridge.binding import show_property
from lrsim.gui.look import icons
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.widgets.labels import wrapped_label
from lrsim.gui.words.entries import parse_rate
from lrsim.gui.words.fields import text_of
from lrsim.sweep.axes import RATE
from lrsim.sweep.values import Value, split_values
from lrsim.sweep.words import rate_text

MOST_IN_RANGE = 200
NOT_SWEPT = ("name", "description", "claim", "source", "sweep")
"""Keys that make no difference to a run."""


def sweepable_keys() -> list[str]:
    """The keys that are worth offering."""
    return [key for key in known_keys() if key.partition(".")[0] not in NOT_SWEPT and "." in key]


class KeyRow(QWidget):
    """A dotted key, its values, and below them what is wrong.

    Signals
    -------
    edited()
    removed()
    """

    edited = Signal()
    removed = Signal()

    def __init__(self, themes: ThemeSource, key: str, values: Sequence[Value], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key_box = QComboBox(self)
        self.key_box.setEditable(True)
        self.key_box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.key_box.addItems(sweepable_keys())
        self.key_box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.key_box.setMinimumContentsLength(8)
        completer = QCompleter(QStringListModel(sweepable_keys(), self), self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.key_box.setCompleter(completer)
        self.key_box.setAccessibleName(self.tr("Key to sweep"))
        self.key_box.setCurrentText(key)
        self.values_field = QLineEdit(values_text(values), self)
        self.values_field.setCursorPosition(0)
        self.values_field.setAccessibleName(self.tr("Values"))
        self.values_field.setPlaceholderText(self.tr('0.1, 0.01 or "adam", "sgd"'))
        self.values_field.setToolTip(self.tr("Values in TOML syntax with commas between them; each gets a run"))
        self.remove = QToolButton(self)
        self.remove.setProperty("role", "quiet")
        self.remove.setToolTip(self.tr("Sweeps this key no longer"))
        self.remove.setAccessibleName(self.tr("Remove this key"))
        self.spread = QToolButton(self)
        self.spread.setText(self.tr("Range"))
        self.spread.setCheckable(True)
        self.spread.setToolTip(self.tr("Spreads the values evenly over powers of ten"))
        self.range = LogRange(self)
        self.range.hide()
        self._problem = wrapped_label(role="bad")
        self._problem.hide()
        self._lay_out()
        self.key_box.editTextChanged.connect(self._key_changed)
        self.values_field.textEdited.connect(lambda _: self.edited.emit())
        self.remove.clicked.connect(self.removed)
        self.spread.toggled.connect(self.range.setVisible)
        self.range.made.connect(self.set_values)
        themes.follow(self._set_theme)
        self._explain()

    def _lay_out(self) -> None:
        first = QHBoxLayout()
        first.setSpacing(4)
        first.addWidget(self.key_box, 1)
        first.addWidget(self.remove)
        second = QHBoxLayout()
        second.setSpacing(4)
        second.addWidget(self.values_field, 1)
        second.addWidget(self.spread)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(first)
        column.addLayout(second)
        column.addWidget(self.range)
        column.addWidget(self._problem)

    def _set_theme(self, theme: Theme) -> None:
        self.remove.setIcon(icons.icon("close", theme.muted, theme.line, self.devicePixelRatioF()))
        self.remove.setIconSize(QSize(theme.base_px, theme.base_px))
        self._theme = theme
        self._color()

    @property
    def key(self) -> str:
        """The dotted key that is swept."""
        return self.key_box.currentText().strip()

    def values(self) -> list[Value]:
        """The typed values; ExperimentError says what can't be read."""
        text = self.values_field.text().strip()
        if not text:
            raise ExperimentError(self.key, "expected at least one value")
        return [parse_assignment(f"{self.key}={piece}")[1] for piece in split_values(self.key, text)]

    def set_values(self, values: Sequence[Value]) -> None:
        """As if they had been typed."""
        self.values_field.setText(values_text(values))
        self.values_field.setCursorPosition(0)
        self.edited.emit()

    def problem(self) -> str:
        """What is wrong with the values; empty where nothing is."""
        return self._problem.text()

    def show_problem(self, text: str) -> None:
        """Say what is wrong with key or values; an empty text says that nothing is."""
        self._problem.setText(text)
        self._problem.setVisible(bool(text))
        show_property(self.values_field, "invalid", "true" if text else "false")

    def _key_changed(self, _text: str) -> None:
        self._explain()
        self._color()
        self.edited.emit()

    def _explain(self) -> None:
        self.key_box.setToolTip(text_of(self.key).explanation if self.key in all_fields() else "")

    def _color(self) -> None:
        """The rate's values in its own colour."""
        sheet = f"color: {self._theme.rate}; font-weight: 600;" if self.key == RATE else ""
        self.values_field.setStyleSheet(sheet)


class LogRange(QWidget):
    """From, to and values per power of ten.

    Signals
    -------
    made(list of float)
    """

    made = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.low, self.high, self.density = QLineEdit("1e-7"), QLineEdit("10"), QLineEdit("1")
        self.fill = QToolButton(self)
        self.fill.setText(self.tr("Fill in"))
        self.fill.setToolTip(self.tr("Replaces the values by those of the range"))
        self._problem = wrapped_label(role="bad")
        self._problem.hide()
        row = QHBoxLayout()
        row.setSpacing(4)
        fields = ((self.tr("from"), self.low), (self.tr("to"), self.high), (self.tr("per decade"), self.density))
        for name, field in fields:
            label = QLabel(name)
            label.setProperty("role", "muted")
            field.setAccessibleName(name)
            field.setMinimumWidth(24)
            row.addWidget(label)
            row.addWidget(field, 1)
            field.returnPressed.connect(self.make)
        self.fill.clicked.connect(self.make)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.fill, 0, Qt.AlignmentFlag.AlignRight)
        column.addWidget(self._problem)

    def make(self) -> None:
        """Hand over the range that is typed, or say what is wrong with it."""
        try:
            values = log_range(parse_rate(self.low.text()), parse_rate(self.high.text()), self.density.text())
        except ValueError as error:
            self._problem.setText(str(error))
            self._problem.show()
            return
        self._problem.hide()
        self.made.emit(values)


def log_range(low: float, high: float, density: str) -> list[float]:
    """Values from `low` to `high`, `density` to each power of ten, of three digits; ValueError for a bad range."""
    if not density.strip().isdigit() or int(density) < 1:
        raise ValueError(f'expected a whole number >= 1 per decade, got "{density.strip()}"')
    if not low < high:
        raise ValueError(f"expected from < to, got {low:g} and {high:g}")
    count = math.floor(math.log10(high / low) * int(density) + 1e-9) + 1
    if count > MOST_IN_RANGE:
        raise ValueError(f"expected at most {MOST_IN_RANGE} values, got {count}")
    return [float(f"{low * 10 ** (place / int(density)):.3g}") for place in range(count)]


def values_text(values: Sequence[Value]) -> str:
    """Values as they are typed: numbers short but exact, all else as in TOML."""
    return ", ".join(_value_text(value) for value in values)


def _value_text(value: Value) -> str:
    if isinstance(value, float) and float(rate_text(value)) == value:
        return rate_text(value)
    return toml_value(list(value) if isinstance(value, tuple) else value)
