"""A field of the experiment: its name, a control that suits it, and below what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QSizePolicy, QWidget

from lrsim.experiment.fields import Field, layer_fields
from lrsim.gui.bridge.binding import show_checked, show_property
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.panels.experiment.layers_editor import LayersEditor
from lrsim.gui.widgets.choice_box import ChoiceBox
from lrsim.gui.widgets.labels import wrapped_label
from lrsim.gui.widgets.number_field import NumberField
from lrsim.gui.words import fields
from lrsim.gui.words.fields import text_of

Control = ChoiceBox | QCheckBox | LayersEditor | NumberField


class FieldRow(QWidget):
    """Shows a value and tells when a hand has changed it.

    Signals
    -------
    edited(str, object)
        The key and its new value; whether it is wanted, for tables and given weights.
    """

    edited = Signal(str, object)

    def __init__(self, field: Field, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        text = text_of(field.key)
        self.explanation = text.explanation
        self.label = QLabel(text.label)
        self.label.setProperty("role", "muted")
        self.label.setWordWrap(True)
        self.control = self._make_control(themes)
        if field.live:
            self.control.setProperty("role", "chosen-rate")
        for widget in (self.label, self.control):
            widget.setToolTip(text.explanation)
        self.label.setBuddy(self.control)  # a box of choices has no other name for readers
        self.control.setAccessibleName(
            self.tr("{0} of the experiment").format(text.label) if field.live else text.label
        )
        self.control.setAccessibleDescription(text.explanation)
        self._problem = wrapped_label(role="bad")
        self._problem.hide()
        self._grid = grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        if isinstance(self.control, LayersEditor):
            grid.addWidget(self.label, 0, 0)
            grid.addWidget(self.control, 1, 0, 1, 2)
        else:
            grid.addWidget(self.label, 0, 0, Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(self.control, 0, 1)
            grid.setColumnStretch(0, 2)
            grid.setColumnStretch(1, 3)
        grid.addWidget(self._problem, 2, 0, 1, 2)

    def _make_control(self, themes: ThemeSource) -> Control:
        field = self.field
        if field.kind == "choice":
            box = ChoiceBox(self)
            box.chosen.connect(self._edit)
            return box
        if field.kind in ("switch", "table", "given"):
            check = QCheckBox(self)
            check.toggled.connect(self._edit)
            return check
        if field.kind == "layers":
            layers = LayersEditor(layer_fields(), themes, self)
            layers.changed.connect(self._edit)
            return layers
        entry = NumberField(
            lambda typed: fields.parse(field, typed), lambda value: fields.show(field, value), self,
            edit=lambda value: fields.edit(field, value),
        )  # fmt: skip
        if field.kind in ("number", "whole"):
            entry.setAlignment(Qt.AlignmentFlag.AlignRight)
        entry.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        entry.committed.connect(self._edit)
        return entry

    # --- what is shown

    def show_value(self, value: Any, default: Any, choices: Sequence[str], pending: bool) -> None:
        """Show a value; `default` is what an empty field stands for, `pending` marks a change that is not applied."""
        show_property(self.label, "role", "title" if pending else "muted")
        control = self.control
        if isinstance(control, ChoiceBox):
            items = fields.choice_items(self.field, choices)
            if self.field.optional:
                items.insert(0, (fields.default_words(default), None))
            control.offer(items)
            control.show_value(value)
        elif isinstance(control, QCheckBox):
            on = self._is_on(value, default)
            show_checked(control, on)
            control.setText(self.tr("on") if on else self.tr("off"))
        elif isinstance(control, LayersEditor):
            control.show_value(value)
        else:
            if self.field.optional:
                control.setPlaceholderText(fields.default_words(default))
            control.show_value(value)

    def _is_on(self, value: Any, default: Any) -> bool:
        if self.field.kind == "table":
            return value is not None
        return bool(default if value is None else value)

    def put_below(self, widget: QWidget) -> None:
        """Give the field something more to be changed by, over the whole width."""
        self._grid.addWidget(widget, 1, 0, 1, 2)

    def preview(self, value: object) -> None:
        """Show a number that is about to be chosen."""
        if isinstance(self.control, NumberField):
            self.control.show_value(value)

    def show_problem(self, text: str) -> None:
        """Say what is wrong with the value; an empty text says that nothing is."""
        self._problem.setText(text)
        self._problem.setVisible(bool(text))

    def problem(self) -> str:
        """What is said to be wrong."""
        return self._problem.text()

    # --- the hand

    def _edit(self, value: object) -> None:
        self.edited.emit(self.field.key, value)
