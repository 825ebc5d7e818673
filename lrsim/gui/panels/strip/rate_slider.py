"""The learning rate on a logarithmic track."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from lrsim.common.numbers import short
from lrsim.gui.bridge.binding import new_gesture, show_position
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.widgets.track_slider import TrackSlider

LOWEST_DECADE = -8
HIGHEST_DECADE = 1
STEPS_PER_DECADE = 1000


class RateSlider(TrackSlider):
    """Rates from 1e-8 to 10; what lies outside is shown at the end of the track.

    Signals
    -------
    rate_moved(float, int)
        The rate under the hand and the number of the drag that it belongs to.
    """

    rate_moved = Signal(float, int)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(themes, parent)
        self.setRange(LOWEST_DECADE * STEPS_PER_DECADE, HIGHEST_DECADE * STEPS_PER_DECADE)
        self.setPageStep(STEPS_PER_DECADE // 4)
        self.setSingleStep(STEPS_PER_DECADE // 20)
        self.marks = [(decade * STEPS_PER_DECADE, short(10.0**decade)) for decade in range(LOWEST_DECADE, 2)]
        self._gesture = 0
        self.sliderPressed.connect(self._begin_gesture)
        self.valueChanged.connect(self._tell)

    def show_rate(self, rate: float) -> None:
        show_position(self, _position(rate))

    def handle_colour(self) -> str:
        return self._theme.rate

    def _begin_gesture(self) -> None:
        self._gesture = new_gesture()

    def _tell(self, position: int) -> None:
        gesture = self._gesture if self.isSliderDown() else 0
        self.rate_moved.emit(_rate(position), gesture)


def _position(rate: float) -> int:
    decade = math.log10(rate) if rate > 0 else LOWEST_DECADE
    return round(min(max(decade, LOWEST_DECADE), HIGHEST_DECADE) * STEPS_PER_DECADE)


def _rate(position: int) -> float:
    """Three significant digits: what a hand can mean, and short enough to read out."""
    return float(f"{10 ** (position / STEPS_PER_DECADE):.3g}")
