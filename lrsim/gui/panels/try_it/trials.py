"""Trials of a model with one input and one output: given, wanted and predicted, and a row for any input."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from lrsim.charts.look import PADDING_PX
from lrsim.common.numbers import full, short, typed
from lrsim.data.dataset import Dataset
from lrsim.gui.bridge.binding import show_property, show_text
from lrsim.gui.widgets.labels import number_label
from lrsim.gui.widgets.number_field import NumberField
from lrsim.gui.words.entries import parse_input

FIRST_INPUT = 100.0


class Trials(QWidget):
    """A row for each trial of the data set; the last one takes any input, in the units of the source.

    Signals
    -------
    changed()
        Another input was typed.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._data: Dataset | None = None
        self._raw = np.zeros((0, 1))
        self._rows: list[tuple[QLabel | NumberField, QLabel, QLabel]] = []
        self.field = NumberField(parse_input, typed, self, edit=full)
        self.field.setAccessibleName(self.tr("Input to try"))
        self.field.setToolTip(self.tr("Any input: the model answers with the parameters of the step shown"))
        self.field.committed.connect(self._try)
        self._wanted = number_label()
        self._answer = number_label()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(PADDING_PX)
        self._grid.setVerticalSpacing(6)

    def rows(self) -> list[tuple[str, str, str]]:
        """(input, wanted, predicted) as shown, the typed input last."""
        return [(given.text(), wanted.text(), predicted.text()) for given, wanted, predicted in self._rows]

    def show_data(self, data: Dataset) -> None:
        """Lay the rows out for other data."""
        self._data = data
        self._clear()
        for column, title in enumerate((self.tr("input"), self.tr("wanted"), self.tr("predicted"))):
            label = number_label(title)
            label.setProperty("role", "muted")
            self._grid.addWidget(label, 0, column)
            self._grid.setColumnStretch(column, 1)
        given = np.array([[x] for x, _ in data.trials], dtype=np.float64).reshape(-1, 1)
        for (x,), (_, wanted) in zip(given.tolist(), data.trials):
            self._add_row(number_label(typed(x)), number_label(typed(wanted)), number_label())
        self._add_row(self.field, self._wanted, self._answer)
        first = FIRST_INPUT if data.trials else float(data.given(np.array([0], dtype=np.intp))[0][0, 0])
        self._raw = np.concatenate([given, [[first]]])
        self.field.show_value(first)
        self._show_wanted(first)

    def inputs(self) -> NDArray[np.floating]:
        """What the network is given, shape (rows, 1)."""
        if self._data is None:
            return self._raw
        return self._data.inputs_for(self._raw)

    def show_answers(self, answers: NDArray[np.floating]) -> None:
        """Show what the network's outputs, shape (rows, 1), are in the units of the source."""
        if self._data is None:
            return
        for (_, _, label), answer in zip(self._rows, self._data.answers(answers)[:, 0].tolist(), strict=True):
            show_text(label, short(answer))
            show_property(label, "role", "" if np.isfinite(answer) else "bad")

    def _try(self, given: float) -> None:
        self._raw[-1] = given
        self._show_wanted(given)
        self.changed.emit()

    def _show_wanted(self, given: float) -> None:
        data = self._data
        if data is not None and data.wanted is not None:
            self._wanted.setText(short(data.wanted(np.array([given]))[0]))
        else:
            self._wanted.setText("?")
        self.field.setCursorPosition(0)

    def _clear(self) -> None:
        self._rows = []
        kept = (self.field, self._wanted, self._answer)
        while item := self._grid.takeAt(0):
            widget = item.widget()
            if widget is not None and widget not in kept:
                widget.deleteLater()

    def _add_row(self, given: QLabel | NumberField, wanted: QLabel, predicted: QLabel) -> None:
        self._rows.append((given, wanted, predicted))
        for column, widget in enumerate(self._rows[-1]):
            self._grid.addWidget(widget, len(self._rows), column)
