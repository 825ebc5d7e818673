"""One set of inputs, by number or typed, and what the model makes of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from lrsim.charts.look import PADDING_PX
from lrsim.common.numbers import count, full, short, typed
from lrsim.data.dataset import Dataset
from lrsim.gui.bridge.binding import show_property, show_text
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.widgets.labels import number_label, wrapped_label
from lrsim.gui.widgets.number_field import NumberField
from lrsim.gui.widgets.sample_images import ImagePicture
from lrsim.gui.words.entries import parse_count, parse_input

MOST_INPUTS = 12
"""More are not typed one by one: a sample is chosen by its number."""
MOST_OUTPUTS = 12
MOST_LISTED = 3
"""Numbers that stand beside each other where there are several targets."""
IMAGE_EM = 6
"""Height of a sample that is an image, in sizes of the text."""


class SampleForm(QWidget):
    """The number of a sample, a field for each input in the units of the source, and the outputs.

    Signals
    -------
    changed()
        Other inputs are to be tried.
    """

    changed = Signal()

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._data: Dataset | None = None
        self._raw = np.zeros((1, 0))
        self.picture = ImagePicture(themes, self)
        self.picture.hide()
        themes.follow(self._set_theme)
        self.fields: list[NumberField] = []
        self._outputs: list[tuple[QLabel, QLabel]] = []
        self.sample = NumberField(self._parse_sample, str, self)
        self.sample.setAccessibleName(self.tr("Sample to try"))
        self.sample.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.sample.committed.connect(lambda number: self._take_sample(number - 1))
        self._of = wrapped_label(role="muted")
        self._wanted = number_label()
        self._verdict = number_label()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(PADDING_PX)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1, 1)

    def _set_theme(self, theme: Theme) -> None:
        self.picture.setFixedHeight(IMAGE_EM * theme.base_px)

    def show_data(self, data: Dataset) -> None:
        """Lay the form out for other data, with its first sample (the first one held out, if any)."""
        self._data = data
        self._clear()
        self._add(self.tr("sample"), self.sample)
        self._grid.addWidget(self._of, self._grid.rowCount(), 0, 1, 2)
        rows, held_out = len(data.X_train) + len(data.X_test), len(data.X_test)
        words = self.tr("of {0}, the last {1} are held out") if held_out else self.tr("of {0}")
        self._of.setText(words.format(count(rows), count(held_out)))
        self.sample.setToolTip(self.tr("Shows the model this sample; training goes on"))
        if data.image is not None:
            self.picture.show_data(data)
            self._grid.addWidget(self.picture, self._grid.rowCount(), 0, 1, 2)
            self.picture.show()
        if len(data.input_names) <= MOST_INPUTS:
            for place, name in enumerate(data.input_names):
                self._add(name, self._input_field(place, name))
        self._add(self.tr("wanted"), self._wanted)
        self._add(self.tr("predicted"), self._verdict)
        self._add_outputs(data)
        self._take_sample(len(data.X_train) if held_out else 0)

    def _add_outputs(self, data: Dataset) -> None:
        outputs = data.Y_train.shape[1]
        names = data.classes if outputs > 1 else (self.tr("output"),)
        if not data.classes:
            names = data.target_names
        for name in names[:MOST_OUTPUTS]:
            label, value = wrapped_label(name, "muted"), number_label()
            row = self._grid.rowCount()
            self._grid.addWidget(label, row, 0)
            self._grid.addWidget(value, row, 1)
            self._outputs.append((label, value))

    def _input_field(self, place: int, name: str) -> NumberField:
        field = NumberField(parse_input, typed, self, edit=full)
        field.setAccessibleName(name)
        field.setToolTip(self.tr("Any number: the model answers with the parameters of the step shown"))
        field.setAlignment(Qt.AlignmentFlag.AlignRight)
        field.committed.connect(lambda value, at=place: self._try(at, value))
        self.fields.append(field)
        return field

    def _add(self, name: str, widget: QWidget) -> None:
        row = self._grid.rowCount()
        self._grid.addWidget(wrapped_label(name, "muted"), row, 0)
        self._grid.addWidget(widget, row, 1)
        widget.show()

    def _clear(self) -> None:
        self.fields, self._outputs = [], []
        self.picture.hide()
        kept = (self.sample, self.picture, self._of, self._wanted, self._verdict)
        while item := self._grid.takeAt(0):
            widget = item.widget()
            if widget is not None and widget not in kept:
                widget.hide()
                widget.deleteLater()

    def inputs(self) -> NDArray[np.floating]:
        """What the network is given, shape (1, features)."""
        if self._data is None:
            return self._raw
        return self._data.inputs_for(self._raw)

    def answers(self) -> dict[str, str]:
        """What is shown, by its label."""
        return {label.text(): value.text() for label, value in self._outputs} | {
            "wanted": self._wanted.text(), "predicted": self._verdict.text()
        }  # fmt: skip

    def show_answers(self, answers: NDArray[np.floating]) -> None:
        """Show the network's outputs, shape (1, outputs), numbers in the units of the source."""
        data = self._data
        if data is None:
            return
        answers = data.answers(answers)
        finite = bool(np.isfinite(answers).all())
        best = int(data.class_of(answers)[0]) if data.classes and finite else None
        if data.classes:
            show_text(self._verdict, self.tr("not finite") if best is None else data.classes[best])
        else:
            show_text(self._verdict, _listed(answers[0], short))
        show_property(self._verdict, "role", "title" if finite else "bad")
        for place, ((_, label), value) in enumerate(zip(self._outputs, answers[0].tolist())):
            show_text(label, short(value))
            leads = best == place and len(self._outputs) > 1
            show_property(label, "role", "bad" if not np.isfinite(value) else "title" if leads else "")

    def _parse_sample(self, text: str) -> int:
        number = parse_count(text)
        rows = 0 if self._data is None else len(self._data.X_train) + len(self._data.X_test)
        if not 1 <= number <= rows:
            raise ValueError(self.tr("expected a sample from 1 to {0}, got {1}").format(count(rows), number))
        return number

    def _take_sample(self, number: int) -> None:
        data = self._data
        if data is None:
            return
        self._raw, target = data.given(np.array([number], dtype=np.intp))
        self.sample.show_value(number + 1)
        self.picture.show_sample(self._raw, self.tr("Sample {0}").format(count(number + 1)))
        for field, value in zip(self.fields, self._raw[0].tolist()):
            field.show_value(value)
        wanted = data.classes[int(data.class_of(target)[0])] if data.classes else _listed(target[0], typed)
        self._wanted.setText(wanted)
        self.changed.emit()

    def _try(self, place: int, value: float) -> None:
        self._raw = self._raw.copy()
        self._raw[0, place] = value
        self._wanted.setText("?")
        self.changed.emit()


def _listed(values: NDArray[np.floating], words: Callable[[float], str]) -> str:
    """Numbers of one or several targets in their order."""
    found = [words(value) for value in values[:MOST_LISTED].tolist()]
    return ", ".join([*found, "…"] if len(values) > MOST_LISTED else found)
