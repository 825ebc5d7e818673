"""The layers of a network as a list that can be edited: units and activation of each, added and taken away."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from lrsim.experiment.fields import Field
from lrsim.gui.look import icons
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.widgets.choice_box import ChoiceBox
from lrsim.gui.widgets.labels import name_box
from lrsim.gui.widgets.number_field import NumberField
from lrsim.gui.words import fields as field_entry
from lrsim.gui.words.fields import text_of

EXTRAS = {"clip": "limit", "leaky_relu": "alpha", "elu": "alpha"}
"""The one more number that an activation takes."""
USUAL = {"clip": "250", "leaky_relu": "0.01", "elu": "1"}
"""What that number is where it is left empty."""
NEW_UNITS = 8
NEW_ACTIVATION = "tanh"
OF_OUTPUT_ALONE = "softmax"

Layer = dict[str, Any]


class LayerRow(QWidget):
    """One layer.

    Signals
    -------
    changed()
    removed()
    """

    changed = Signal()
    removed = Signal()

    def __init__(self, fields: dict[str, Field], number: int, themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(parent)
        self._fields = fields
        self._layer: Layer = {}
        self._number_of_layer = number
        self.units = self._number("units")
        self.activation = ChoiceBox(self)
        text = text_of("model.layers.activation")
        name_box(self.activation, self.tr("{0} of layer {1}").format(text.label, number))
        self.activation.setToolTip(text.explanation)
        self.activation.chosen.connect(lambda value: self._set("activation", value))
        self.extras = {name: self._number(name) for name in dict.fromkeys(EXTRAS.values())}
        self.remove = QToolButton(self)
        self.remove.setProperty("role", "quiet")
        self.remove.setAccessibleName(self.tr("Remove layer {0}").format(number))
        self.remove.setToolTip(self.tr("Takes the layer out; training starts again once you apply"))
        self.remove.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.remove.clicked.connect(self.removed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.units)
        row.addWidget(self.activation, 1)
        for field in self.extras.values():
            row.addWidget(field)
        row.addWidget(self.remove)
        themes.follow(self._set_theme)

    def _set_theme(self, theme: Theme) -> None:
        self.remove.setFixedWidth(round(theme.base_px * 1.6))
        self.remove.setIcon(icons.icon("close", theme.muted, theme.line, self.devicePixelRatioF()))

    def _number(self, name: str) -> NumberField:
        field = self._fields[name]
        text = text_of(field.key)
        entry = NumberField(
            lambda typed: field_entry.parse(field, typed), lambda value: field_entry.show(field, value), self,
            edit=lambda value: field_entry.edit(field, value),
        )  # fmt: skip
        entry.setAccessibleName(self.tr("{0} of layer {1}").format(text.label, self._number_of_layer))
        entry.setToolTip(f"{text.label}: {text.explanation}")
        entry.setAlignment(Qt.AlignmentFlag.AlignRight)
        entry.committed.connect(lambda value: self._set(name, value))
        return entry

    def show_layer(self, layer: Layer, *, last: bool, single: bool) -> None:
        """Show what a layer is."""
        self._layer = dict(layer)
        choices = [word for word in self._fields["activation"].choices if last or word != OF_OUTPUT_ALONE]
        if layer["activation"] not in choices:
            choices.append(layer["activation"])
        self.activation.offer([(word, word) for word in choices])
        self.activation.show_value(layer["activation"])
        self.units.show_value(layer["units"])
        for name, field in self.extras.items():
            field.setVisible(EXTRAS.get(layer["activation"]) == name)
            field.setPlaceholderText(USUAL.get(layer["activation"], ""))
            field.show_value(layer.get(name))
        self.remove.setEnabled(not single)

    def layer(self) -> Layer:
        """The layer as a table of the experiment's format."""
        return self._layer

    def _set(self, name: str, value: object) -> None:
        self._layer[name] = value
        if name == "activation":
            for extra in (*self.extras, "straight_through"):
                if EXTRAS.get(str(value)) != extra and not (extra == "straight_through" and value == "clip"):
                    self._layer.pop(extra, None)
        elif value is None:
            self._layer.pop(name)
        self.changed.emit()


class LayersEditor(QWidget):
    """All layers, from the input to the output.

    Signals
    -------
    changed(object)
        The layers as tables of the experiment's format.
    """

    changed = Signal(object)

    def __init__(self, fields: dict[str, Field], themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fields = fields
        self._themes = themes
        self.rows: list[LayerRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._inputs = QLabel()
        self._inputs.setProperty("role", "muted")
        self._column.addWidget(self._inputs)
        self.add = QPushButton(self.tr("Add a layer"))
        self.add.setToolTip(self.tr("Puts another layer before the output; training starts again once you apply"))
        self.add.clicked.connect(self._add)
        self._column.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)

    def show_inputs(self, text: str) -> None:
        """Say what the first layer is given."""
        self._inputs.setText(text)

    def show_value(self, layers: list[Layer]) -> None:
        """Show other layers; rows that stay keep the keyboard."""
        while len(self.rows) > len(layers):
            row = self.rows.pop()
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        while len(self.rows) < len(layers):
            row = LayerRow(self._fields, len(self.rows) + 1, self._themes, self)
            row.changed.connect(self._tell)
            row.removed.connect(lambda gone=row: self._remove(gone))
            self._column.insertWidget(1 + len(self.rows), row)
            self.rows.append(row)
        for place, (row, layer) in enumerate(zip(self.rows, layers)):
            row.show_layer(layer, last=place == len(layers) - 1, single=len(layers) == 1)

    def _layers(self) -> list[Layer]:
        return [dict(row.layer()) for row in self.rows]

    def _tell(self) -> None:
        self.changed.emit(self._layers())

    def _add(self) -> None:
        layers = self._layers()
        like = layers[-2] if len(layers) > 1 else {"units": NEW_UNITS, "activation": NEW_ACTIVATION}
        layers.insert(len(layers) - 1, dict(like))
        self.changed.emit(layers)

    def _remove(self, gone: LayerRow) -> None:
        self.changed.emit([dict(row.layer()) for row in self.rows if row is not gone])
