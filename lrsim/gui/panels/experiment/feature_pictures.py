"""Features of two inputs as small pictures over their plane, each to be taken or left."""

from __future__ import annotations

from functools import lru_cache, partial

import numpy as np
from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QVBoxLayout, QWidget

from lrsim.data.basis import BASIS, expanded
from lrsim.data.sources.toy import EDGE
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.panels.experiment.picture_buttons import ButtonRows, PictureButton
from lrsim.gui.views.regions.colors import output_colors

PIXELS = 32
PLAIN = ("x1", "x2")
"""What the network is given where no features are named."""


class FeatureButton(PictureButton):
    """One feature, drawn where the toy sets live."""

    def __init__(self, name: str, themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(name, themes, parent)
        self.setAccessibleName(self.tr("Feature: {0}").format(name))
        self.setToolTip(
            self.tr("Gives the network {0}, or no longer; starts a new run, undo brings this one back").format(name)
        )

    def draw_picture(self, painter: QPainter, box: QRectF, theme: Theme) -> None:
        painter.drawImage(box, _picture(self.text(), theme))


@lru_cache(maxsize=64)
def _picture(name: str, theme: Theme) -> QImage:
    """Of a feature over the plane, the second input upwards."""
    line = np.linspace(-EDGE, EDGE, PIXELS)
    points = np.column_stack([np.tile(line, PIXELS), np.repeat(line[::-1], PIXELS)])
    values = expanded((name,), points).reshape(PIXELS, PIXELS)
    reach = float(np.abs(values).max())
    pixels = np.ascontiguousarray(output_colors(theme, -reach, reach).pixels(values))
    return QImage(pixels.data, PIXELS, PIXELS, 4 * PIXELS, QImage.Format.Format_RGBA8888).copy()


class FeaturePictures(QWidget):
    """One button for each feature; at least one of them is always taken.

    Signals
    -------
    chosen(object)
        The names that `data.basis` is to have, a tuple; empty for the inputs alone.
    """

    chosen = Signal(object)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons = {name: FeatureButton(name, themes, self) for name in BASIS}
        for name, button in self.buttons.items():
            button.clicked.connect(partial(self._take, name))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 2)
        column.addWidget(ButtonRows(self.buttons, themes, self))

    def _take(self, name: str) -> None:
        taken = tuple(each for each, button in self.buttons.items() if button.isChecked())
        if not taken:  # a network needs something to go by
            self.buttons[name].setChecked(True)
        else:
            self.chosen.emit(() if taken == PLAIN else taken)

    def show_basis(self, names: tuple[str, ...]) -> None:
        """Show which features are taken."""
        for name, button in self.buttons.items():
            button.setChecked(name in (names or PLAIN))
