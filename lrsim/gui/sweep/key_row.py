"""One swept key with its values, typed in TOML syntax or spread over a logarithmic range."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QSize, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget

from lrsim.common.numbers import short
from lrsim.common.toml import toml_value
from lrsim.common.validation import ExperimentError
from lrsim.experiment.field_texts import in_a_layer
from lrsim.experiment.fields import Field, all_fields, layer_fields
from lrsim.experiment.keys import parse_assignment
from lrsim.gui.bridge.binding import show_property
from lrsim.gui.look import icons
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.sweep.key_box import KeyBox
from lrsim.gui.widgets.labels import wrapped_label
from lrsim.gui.words.entries import parse_rate
from lrsim.gui.words.keys import label_of
from lrsim.sweep.axes import RATE
from lrsim.sweep.values import Value, split_values

MOST_IN_RANGE = 200


class KeyRow(QWidget):
    """A key, its values, and below them what is wrong.

    Signals
    -------
    edited()
    removed()
    """

    edited = Signal()
    removed = Signal()

    def __init__(
        self, themes: ThemeSource, keys: Sequence[str], key: str, values: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self._begun = bool(values)
        self._read = ("", "")
        self._values: list[Value] = []
        self.key_box = KeyBox(themes, self)
        self.key_box.offer(keys)
        self.key_box.show_key(key)
        self.values_field = QLineEdit(values, self)
        self.values_field.setCursorPosition(0)
        self.values_field.textChanged.connect(self._tell_values)
        self._tell_values(values)
        self.remove = QToolButton(self)
        self.remove.setProperty("role", "quiet")
        self.remove.setToolTip(self.tr("Sweeps this no longer"))
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
        self.values_field.textEdited.connect(self._begin)
        self.remove.clicked.connect(self.removed)
        self.spread.toggled.connect(self._show_range)
        self.range.made.connect(self.set_values)
        themes.follow(self._set_theme)
        self._explain()

    def _tell_values(self, values: str) -> None:
        """All of the values are in the tooltip, however narrow the field."""
        tip = self.tr("Values with commas between them; each gets a run")
        self.values_field.setToolTip(f"{tip}\n{values}" if values else tip)

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

    @property
    def key(self) -> str:
        """The dotted key that is swept."""
        return self.key_box.key()

    @property
    def awaited(self) -> bool:
        """Whether the hand has not come to the values yet, so that there is nothing to complain about."""
        return not self._begun and (self.key_box.typing or not self.key or field_of(self.key) is not None)

    def offer(self, keys: Sequence[str]) -> None:
        """Other keys to choose among."""
        self.key_box.offer(keys)

    def text(self) -> str:
        """The values as they are typed."""
        return self.values_field.text().strip()

    def values(self) -> list[Value]:
        """The typed values; ExperimentError says what can't be read."""
        key, text = typed = self.key, self.text()
        if not text:
            raise ExperimentError(key, "expected at least one value")
        if typed != self._read:
            self._values = [parse_assignment(f"{key}={piece}")[1] for piece in split_values(key, text)]
            self._read = typed
        return list(self._values)

    def set_values(self, values: Sequence[Value]) -> None:
        """As if they had been typed."""
        self.values_field.setText(values_text(values))
        self.values_field.setCursorPosition(0)
        self._begin()

    def problem(self) -> str:
        """What is wrong with the values; empty where nothing is."""
        return self._problem.text()

    def show_problem(self, text: str) -> None:
        """Say what is wrong with key or values; an empty text says that nothing is."""
        self._problem.setText(text)
        self._problem.setVisible(bool(text))
        show_property(self.values_field, "invalid", "true" if text else "false")

    def _show_range(self, shown: bool) -> None:
        """Show or hide the fields of a range; they open with the ends of the values that stand there."""
        self.range.setVisible(shown)
        try:
            numbers = [value for value in self.values() if isinstance(value, (int, float)) and value > 0]
        except ExperimentError:
            numbers = []
        if shown and len(numbers) > 1:
            self.range.set_ends(min(numbers), max(numbers))

    def _begin(self) -> None:
        self._begun = True
        self.edited.emit()

    def _key_changed(self) -> None:
        self._explain()
        self.edited.emit()

    def _explain(self) -> None:
        """Examples of values, and what the fields are called; those of the rate are in its own colour."""
        label = label_of(self.key)
        self.values_field.setAccessibleName(self.tr("Values of {0}").format(label))
        self.spread.setAccessibleName(self.tr("Range of {0}").format(label))
        self.remove.setAccessibleName(self.tr("Remove {0} from the sweep").format(label))
        self.range.call(label)
        self.values_field.setPlaceholderText(_example(self.key))
        show_property(self.values_field, "role", "chosen-rate" if self.key == RATE else "")


def field_of(key: str) -> Field | None:
    """The field that a key belongs to, that of one layer included; None where there is no such key."""
    return all_fields().get(key) if in_a_layer(key) is None else layer_fields().get(key.rpartition(".")[2])


def _example(key: str) -> str:
    """Values that a key may take, as they are typed."""
    field = field_of(key)
    if field is None:
        return QCoreApplication.translate("KeyRow", "values with commas between")
    if field.kind == "switch":
        return "true, false"
    if field.choices:
        return ", ".join(field.choices[:3])
    return "1, 2, 4" if field.kind == "whole" else "0.1, 0.01"


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
        row, below = QHBoxLayout(), QHBoxLayout()
        for line in (row, below):
            line.setSpacing(4)
        fields = (
            (row, self.tr("from"), self.low),
            (row, self.tr("to"), self.high),
            (below, self.tr("per decade"), self.density),
        )
        self._fields = {name: field for _, name, field in fields}
        for line, name, field in fields:
            label = QLabel(name)
            label.setProperty("role", "muted")
            field.setMinimumWidth(24)
            field.setCursorPosition(0)
            line.addWidget(label)
            line.addWidget(field, 1)
            field.returnPressed.connect(self.make)
        self.fill.clicked.connect(self.make)
        below.addWidget(self.fill)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addLayout(below)
        column.addWidget(self._problem)

    def set_ends(self, low: float, high: float) -> None:
        """As if they had been typed."""
        for field, end in ((self.low, low), (self.high, high)):
            field.setText(short(end))
            field.setCursorPosition(0)

    def call(self, key: str) -> None:
        """Tell readers whose range it is."""
        for name, field in self._fields.items():
            field.setAccessibleName(f"{key}: {name}")
        self.fill.setAccessibleName(self.tr("Fill in the range of {0}").format(key))

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
    if isinstance(value, float) and float(short(value)) == value:
        return short(value)
    return toml_value(list(value) if isinstance(value, tuple) else value)
