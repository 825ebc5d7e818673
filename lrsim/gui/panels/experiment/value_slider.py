"""A slider beside a field: the values that a hand usually wants; the field takes any other."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from lrsim.gui.bridge.binding import show_position
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.widgets.choice_box import OWN_KEYS
from lrsim.gui.widgets.track_slider import TrackSlider

KEYPAD = Qt.KeyboardModifier.KeypadModifier
SETTLING_MS = 400
"""A key that is pressed again within this time goes on with the same change."""

STOPS: dict[str, Sequence[float]] = {
    "data.samples": (10, 20, 30, 50, 70, 100, 150, 200, 250, 300, 400, 500, 700, 1000, 1500, 2000),
    "data.noise": tuple(percent / 100 for percent in range(51)),
    "data.test_fraction": tuple(percent / 100 for percent in range(0, 95, 5)),
}
"""The fields that have one, with its values, rising."""


class ValueSlider(TrackSlider):
    """Moves over a list of values.

    Signals
    -------
    previewed(object)
        The value under the hand, which is still moving.
    settled(object)
        A value that the hand has left it at.
    """

    previewed = Signal(object)
    settled = Signal(object)

    def __init__(self, stops: Sequence[float], themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(themes, parent)
        self._stops = stops
        self._value: object = None
        self.setRange(0, len(stops) - 1)
        self.setPageStep(max(len(stops) // 5, 1))
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(SETTLING_MS)
        self._rest.timeout.connect(self._settle)
        self.valueChanged.connect(self._follow_hand)
        self.sliderReleased.connect(self._settle)

    def show_value(self, value: float) -> None:
        """Show a value from elsewhere, at the nearest stop; a hand that is on it is left alone."""
        if not self.isSliderDown() and not self._rest.isActive():
            self._value = value
            show_position(self, _nearest(self._stops, value))

    def _follow_hand(self, position: int) -> None:
        self.previewed.emit(self._stops[position])
        if not self.isSliderDown():
            self._rest.start()

    def _settle(self) -> None:
        self._rest.stop()
        value = self._stops[self.value()]
        if value != self._value:
            self._value = value
            self.settled.emit(value)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._rest.stop()
        super().mousePressEvent(event)

    def event(self, event: QEvent) -> bool:
        # These keys are the window's shortcuts elsewhere.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _is_own(event):
            event.accept()
            return True
        return super().event(event)


def _is_own(event: QKeyEvent) -> bool:
    return event.key() in (*OWN_KEYS, Qt.Key.Key_Left, Qt.Key.Key_Right) and not event.modifiers() & ~KEYPAD


def _nearest(stops: Sequence[float], value: float) -> int:
    place = min(bisect_left(stops, value), len(stops) - 1)
    return place - 1 if place and value - stops[place - 1] < stops[place] - value else place
