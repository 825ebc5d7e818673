"""The training speed on a logarithmic track, with `unlimited` at its end."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from lrsim.gui.bridge.binding import show_position
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.widgets.track_slider import TrackSlider

STEPS_PER_DECADE = 100
DECADES = 6
UNLIMITED = STEPS_PER_DECADE * DECADES + STEPS_PER_DECADE // 2


class SpeedSlider(TrackSlider):
    """Steps a second from 1 to 10^6, then unlimited.

    Signals
    -------
    speed_moved(float)
        Steps a second, inf for unlimited.
    """

    speed_moved = Signal(float)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(themes, parent)
        self.setRange(0, UNLIMITED)
        self.setSingleStep(STEPS_PER_DECADE // 10)
        self.setPageStep(STEPS_PER_DECADE)
        self.valueChanged.connect(lambda position: self.speed_moved.emit(_speed(position)))

    def show_speed(self, speed: float) -> None:
        show_position(self, _position(speed))


def _position(speed: float) -> int:
    if math.isinf(speed):
        return UNLIMITED
    return round(min(max(math.log10(max(speed, 1.0)), 0.0), DECADES) * STEPS_PER_DECADE)


def _speed(position: int) -> float:
    decades = position / STEPS_PER_DECADE
    return math.inf if decades > DECADES else float(f"{10**decades:.2g}")
