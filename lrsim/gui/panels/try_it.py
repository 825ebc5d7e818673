"""The model put to the test: the inputs that the data set names, and any other."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from lrsim.datasets import Dataset
from lrsim.gui.binding import show_property, show_text
from lrsim.gui.bridge import Bridge
from lrsim.gui.numbers import short
from lrsim.gui.theme import PADDING_PX, Theme
from lrsim.gui.throttle import Throttle
from lrsim.gui.widgets.number_field import NumberField
from lrsim.session import Snapshot

READING_MS = 60
FIRST_INPUT = 100.0


class TryItPanel(QScrollArea):
    """Input, wanted and predicted output, following the run; the last row takes any input."""

    def __init__(self, bridge: Bridge, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = bridge.session
        self._snapshot: Snapshot | None = None
        self._inputs = np.zeros((0, 1))
        self._rows: list[tuple[QLabel | NumberField, QLabel, QLabel]] = []
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(self.tr("Try it"))
        self.field = NumberField(self._parse, _joined, self)
        self.field.setAccessibleName(self.tr("Input to try"))
        self.field.setToolTip(self.tr("Any input: the model answers with the parameters of the step shown"))
        self.field.committed.connect(self._try)
        self.field.complained.connect(self._complain)
        self._wanted = _number_label()
        self._answer = _number_label()
        self._message = QLabel()
        self._message.setWordWrap(True)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(PADDING_PX)
        self._grid.setVerticalSpacing(6)
        self._content = content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(PADDING_PX, 4, PADDING_PX, PADDING_PX)
        column.setSpacing(8)
        column.addLayout(self._grid)
        column.addWidget(self._message)
        column.addStretch(1)
        self.setWidget(content)
        self._throttle = Throttle(self._show, READING_MS, self)
        bridge.run_changed.connect(self.rebuild)
        bridge.changed.connect(self.show_snapshot)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self.setMinimumWidth(theme.base_px * 15)

    def sizeHint(self) -> QSize:
        return self._content.sizeHint()

    def rows(self) -> list[tuple[str, str, str]]:
        """(input, wanted, predicted) as shown, the typed input last."""
        return [(given.text(), wanted.text(), predicted.text()) for given, wanted, predicted in self._rows]

    def message(self) -> str:
        """Why the typed input was not taken."""
        return self._message.text()

    def rebuild(self, snapshot: Snapshot) -> None:
        """Lay the rows out for another experiment."""
        data = self._session.problem.data
        self._snapshot = snapshot
        self._clear()
        for column, title in enumerate((self.tr("input"), self.tr("wanted"), self.tr("predicted"))):
            label = _number_label(title)
            label.setProperty("role", "muted")
            self._grid.addWidget(label, 0, column)
            self._grid.setColumnStretch(column, 1)
        trials = data.trials if data.X_train.shape[1] == 1 else ()
        for given, wanted in trials:
            self._add_row(_number_label(short(given)), _number_label(short(wanted)), _number_label())
        self._add_row(self.field, self._wanted, self._answer)
        first = (FIRST_INPUT,) if data.X_train.shape[1] == 1 else tuple(map(float, data.X_train[0]))
        self._inputs = np.array([*((given,) for given, _ in trials), first], dtype=data.X_train.dtype)
        self._complain("")
        self.field.show_value(first)
        self._show_wanted(data, first)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        if not self.isVisible():
            return
        if snapshot.playing:
            self._throttle.offer(snapshot)
        else:
            self._throttle.flush(snapshot)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._snapshot is not None:
            self._throttle.flush(self._snapshot)

    def _show(self, snapshot: Snapshot) -> None:
        answers = self._session.predict(snapshot.theta, self._inputs)
        classes = self._session.problem.data.classes
        for (_, _, label), answer in zip(self._rows, answers, strict=True):
            finite = bool(np.isfinite(answer).all())
            show_text(label, classes[int(np.argmax(answer))] if classes and finite else _joined(answer))
            show_property(label, "role", "" if finite else "bad")

    def _try(self, given: tuple[float, ...]) -> None:
        self._inputs[-1] = given
        self._show_wanted(self._session.problem.data, given)
        if self._snapshot is not None:
            self._show(self._snapshot)

    def _show_wanted(self, data: Dataset, given: tuple[float, ...]) -> None:
        if data.wanted is not None and len(given) == 1:
            self._wanted.setText(short(data.wanted(np.array(given))[0]))
        else:
            self._wanted.setText("?")
        self.field.setCursorPosition(0)

    def _parse(self, text: str) -> tuple[float, ...]:
        return parse_inputs(text, self._session.problem.data.X_train.shape[1])

    def _complain(self, why: str) -> None:
        self._message.setText(why)
        self._message.setVisible(bool(why))
        show_property(self._message, "role", "bad" if why else "")

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


def parse_inputs(text: str, inputs: int) -> tuple[float, ...]:
    """`inputs` finite numbers, separated by commas or spaces; ValueError says what is wrong."""
    try:
        given = tuple(float(word) for word in text.replace(",", " ").replace(";", " ").split())
    except ValueError:
        given = ()
    if len(given) != inputs or not np.isfinite(given).all():
        words = QCoreApplication.translate("TryItPanel", 'expected {0} finite number(s), got "{1}"')
        raise ValueError(words.format(inputs, text.strip()))
    return given


def _joined(values: Iterable[float]) -> str:
    return ", ".join(short(value) for value in values)


def _number_label(text: str = "") -> QLabel:
    label = QLabel(text)
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
