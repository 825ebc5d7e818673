"""Buttons over the diagram that add and take away layers and units, and a choice of activation for each layer."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from lrsim.charts.look import PADDING_PX, UNIT_PX
from lrsim.common.validation import ExperimentError
from lrsim.experiment.fields import layer_fields
from lrsim.experiment.specs import Experiment
from lrsim.gui.look.dress import catch_up
from lrsim.gui.look.theme import Theme
from lrsim.gui.views.network.layers import (
    Layers,
    fewer_layers,
    layers_of,
    more_layers,
    with_activation,
    with_layers,
    with_units,
)

OF_OUTPUT_ALONE = "softmax"
BUTTON_EM = 1.7


class _Head(QWidget):
    """What stands over one layer: its activation, and + and - for its units where these are free."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.fewer, self.more, self.activation = QToolButton(self), QToolButton(self), QToolButton(self)
        self.fewer.setText("\u2212")
        self.more.setText("+")
        self.activation.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.activation.setMenu(QMenu(self.activation))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(UNIT_PX)
        for button in (self.fewer, self.activation, self.more):
            button.setProperty("role", "quiet")
            row.addWidget(button)

    def show_counters(self, shown: bool) -> None:
        """Show + and -, or leave them out: of the output, and where there is no room."""
        for button in (self.fewer, self.more):
            button.setVisible(shown)
        layout = self.layout()
        if layout is not None:
            layout.invalidate()


class LayerButtons(QObject):
    """The heads of all layers that are drawn, and the two buttons for layers at the right of the title.

    Signals
    -------
    wanted(object, str)
        An experiment with other layers, and what undo calls it.
    refused(str)
        It can't be had; the sentence says why.
    """

    wanted = Signal(object, str)
    refused = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self._experiment: Experiment | None = None
        self._heads: dict[int, _Head] = {}
        self.fewer_layers, self.more_layers = QToolButton(parent), QToolButton(parent)
        for button, text, name, change in (
            (self.fewer_layers, self.tr("\u2212 layer"), self.tr("Remove a hidden layer"), fewer_layers),
            (self.more_layers, self.tr("+ layer"), self.tr("Add a hidden layer"), more_layers),
        ):
            button.setText(text)
            button.setProperty("role", "quiet")
            button.setAccessibleName(name)
            button.setToolTip(self.tr("{0}; training starts anew, undo brings this run back").format(name))
            button.clicked.connect(lambda _checked=False, change=change, name=name: self._ask(change, name))

    def height_in(self, theme: Theme) -> int:
        """Of a head, in pixels."""
        return round(BUTTON_EM * theme.base_px) + UNIT_PX

    def show_experiment(self, experiment: Experiment) -> None:
        """Offer changes of another one."""
        self._experiment = experiment
        for head in self._heads.values():
            head.hide()
            head.deleteLater()
        layers = layers_of(experiment)
        self._heads = {place: self._head(layers, place) for place in range(len(layers))}
        self.fewer_layers.setEnabled(len(layers) > 1)

    def _head(self, layers: Layers, place: int) -> _Head:
        head, last = _Head(self._parent), place == len(layers) - 1
        name = str(layers[place]["activation"])
        head.activation.setText(name)
        head.activation.setAccessibleName(self.tr("Network: activation of layer {0}").format(place + 1))
        head.activation.setToolTip(self.tr("Another activation; training starts anew, undo brings this run back"))
        self._fill(head.activation, name, place, last)
        for button, more, words in (
            (head.fewer, -1, self.tr("One unit fewer in layer {0}")),
            (head.more, 1, self.tr("One unit more in layer {0}")),
        ):
            said = words.format(place + 1)
            button.setAccessibleName(said)
            button.setToolTip(self.tr("{0}; training starts anew, undo brings this run back").format(said))
            button.setEnabled(more > 0 or layers[place]["units"] > 1)
            button.clicked.connect(
                lambda _checked=False, more=more, said=said: self._ask(
                    lambda found: with_units(found, place, more), said
                )
            )
        head.show()
        return head

    def _fill(self, button: QToolButton, now: str, place: int, last: bool) -> None:
        group = QActionGroup(button.menu())
        for name in layer_fields()["activation"].choices:
            if name != OF_OUTPUT_ALONE or last:
                action = QAction(name, group)
                action.setCheckable(True)
                action.setChecked(name == now)
                said = self.tr("{0} in layer {1}").format(name, place + 1)
                action.triggered.connect(
                    lambda _checked=False, name=name, said=said: self._ask(
                        lambda found: with_activation(found, place, name), said
                    )
                )
                button.menu().addAction(action)

    def place(self, centers: Mapping[int, float], top: float, width: int, theme: Theme) -> None:
        """Stand the heads of layers over the middles of their columns; layers that are not among them are left out."""
        height, ordered = self.height_in(theme), sorted(centers.values())
        room = min((b - a for a, b in pairwise(ordered)), default=float(width)) - UNIT_PX
        for place, head in self._heads.items():
            catch_up(head)  # what was hidden may still have the text size of another theme
            head.show_counters(place < len(self._heads) - 1)
            if head.sizeHint().width() > room:
                head.show_counters(False)
            wide = head.sizeHint().width()
            head.setVisible(place in centers and wide <= room)
            if place in centers:
                left = min(max(round(centers[place]) - wide // 2, 0), width - wide)
                head.setGeometry(left, round(top), wide, height)
        right = width - PADDING_PX
        for button in (self.more_layers, self.fewer_layers):
            button.adjustSize()
            right -= button.width()
            button.move(right, UNIT_PX)
            right -= UNIT_PX

    def _ask(self, change: object, label: str) -> None:
        experiment = self._experiment
        if experiment is None or not callable(change):
            return
        try:
            changed = with_layers(experiment, change(layers_of(experiment)))
        except ExperimentError as error:
            self.refused.emit(str(error))
            return
        self.wanted.emit(changed, label)
