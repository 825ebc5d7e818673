"""Which plane is looked at: two parameters, random directions, or those of the path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QCompleter, QHBoxLayout, QMenu, QPushButton, QSizePolicy, QWidget

from lrsim.charts.look import PADDING_PX, UNIT_PX
from lrsim.gui.bridge.binding import quiet
from lrsim.gui.views.surface.survey import Choice
from lrsim.gui.widgets.choice_box import ChoiceBox
from lrsim.gui.widgets.labels import name_box

MOST_LISTED = 64
"""Names in a list; others are typed."""
LETTERS = 4


class ParameterBox(QComboBox):
    """A parameter, chosen from a list or typed by its name.

    Signals
    -------
    chosen(int)
        Its place.
    """

    chosen = Signal(int)

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._place_of: Callable[[str], int | None] = lambda _name: None
        self._name = ""
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(LETTERS)
        name_box(self, name)
        self.setToolTip(self.tr("The parameter along this axis, such as {0}; training goes on").format("W1[0,0]"))
        completer = self.completer()
        if isinstance(completer, QCompleter):
            completer.setCaseSensitivity(Qt.CaseSensitivity.CaseSensitive)
        self.activated.connect(self._take)
        line = self.lineEdit()
        if line is not None:
            line.editingFinished.connect(self._take)

    def offer(self, names: list[str], place_of: Callable[[str], int | None]) -> None:
        """Show other names; `place_of` knows the place of any."""
        self._place_of = place_of
        with quiet(self):
            self.clear()
            self.addItems(names)

    def show_name(self, name: str) -> None:
        """Show a name from elsewhere."""
        self._name = name
        with quiet(self):
            self.setEditText(name)

    def _take(self) -> None:
        name = self.currentText().strip()
        if name == self._name:
            return
        place = self._place_of(name)
        if place is None:
            self.show_name(self._name)  # none of this model's
            return
        self.chosen.emit(place)


class PlaneBar(QWidget):
    """The choice of a plane.

    Signals
    -------
    chosen(object)
        A `Choice` of the hand.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._choice = Choice("path")
        self._name_of: Callable[[int], str] = str
        self.kind = ChoiceBox(self)
        name_box(self.kind, self.tr("Plane"))
        self.kind.setToolTip(self.tr("Which plane through the parameters is looked at; training goes on"))
        self.kind.chosen.connect(lambda kind: self._choose(replace(self._choice, kind=kind)))
        self.kind.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.boxes = (
            ParameterBox(self.tr("Parameter across"), self), ParameterBox(self.tr("Parameter up"), self)
        )  # fmt: skip
        for axis, box in enumerate(self.boxes):
            box.chosen.connect(lambda place, axis=axis: self._put(axis, place))
        self.other = QPushButton(self.tr("Other directions"), self)
        self.other.setToolTip(self.tr("Draws two other random directions; training goes on"))
        self.other.clicked.connect(self.draw_others)
        row = QHBoxLayout(self)
        row.setContentsMargins(PADDING_PX, 0, PADDING_PX, UNIT_PX)
        row.setSpacing(2 * UNIT_PX)
        for widget in (self.kind, *self.boxes, self.other):
            row.addWidget(widget)
        row.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def offer(self, parameters: int, name_of: Callable[[int], str], place_of: Callable[[str], int | None]) -> Choice:
        """Choices for another model; returns the usual one."""
        self._name_of = name_of
        kinds = [(self.tr("Two parameters"), "parameters")]
        if parameters > 2:
            kinds = [(self.tr("Path's main directions"), "path"), *kinds, (self.tr("Random directions"), "random")]
        self.kind.offer(kinds)
        names = [name_of(place) for place in range(min(parameters, MOST_LISTED))]
        for box in self.boxes:
            box.offer(names, place_of)
        usual = Choice("path") if parameters > 2 else Choice("parameters", (1, 0))
        self._show(usual)
        return usual

    def add_to(self, menu: QMenu) -> None:
        """The choice of the kind in a menu, for where the bar has no room."""
        for place in range(self.kind.count()):
            kind = self.kind.itemData(place)
            action = menu.addAction(self.kind.itemText(place))
            action.setCheckable(True)
            action.setChecked(kind == self._choice.kind)
            action.triggered.connect(lambda _checked=False, kind=kind: self.kind.choose(kind))
        if self._choice.kind == "random":
            menu.addAction(self.other.text()).triggered.connect(self.draw_others)

    def draw_others(self) -> None:
        """Other random directions."""
        self._choose(replace(self._choice, kind="random", seed=self._choice.seed + 1))

    def _put(self, axis: int, place: int) -> None:
        """A parameter on an axis; where the other axis has it already they change places."""
        before = self._choice.places
        places = (place, before[1]) if axis == 0 else (before[0], place)
        if places[0] == places[1]:
            places = (before[1], before[0])
        self._choose(replace(self._choice, places=places))

    def _choose(self, choice: Choice) -> None:
        self._show(choice)
        self.chosen.emit(choice)

    def _show(self, choice: Choice) -> None:
        self._choice = choice
        self.kind.show_value(choice.kind)
        for box, place in zip(self.boxes, choice.places, strict=True):
            box.show_name(self._name_of(place))
            box.setVisible(choice.kind == "parameters")
        self.other.setVisible(choice.kind == "random")
