"""Inputs that are the pixels of an image, drawn as one."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QImage, QPaintEvent
from PySide6.QtWidgets import QWidget

from lrsim.charts.look import mix
from lrsim.common.numbers import Floats
from lrsim.data.dataset import Dataset
from lrsim.gui.look.painting import painting
from lrsim.gui.look.theme import Theme, ThemeSource

SHADES = 64
ROWS_JUDGED = 500
"""Training rows from which the darkest and the brightest pixel are taken."""


class Inks:
    """How the pixels of a data set are drawn: the lowest as the background, the highest as the text."""

    def __init__(self, data: Dataset) -> None:
        self._height: int
        self._width: int
        self._height, self._width = data.image or (1, data.X_train.shape[1])
        with np.errstate(all="ignore"):
            pixels = data.scaler.unscaled(data.X_train[:ROWS_JUDGED])
        pixels = pixels[np.isfinite(pixels)]
        self._low = float(pixels.min()) if pixels.size else 0.0
        self._high = float(pixels.max()) if pixels.size else 1.0

    def images(self, raw: Floats, theme: Theme) -> list[QImage]:
        """An image for each row of inputs (n, pixels) in the units of the source."""
        with np.errstate(all="ignore"):
            # halves, since the whole span of the largest floats is no float
            span = (self._high / 2 - self._low / 2) or 0.5
            shares = np.nan_to_num((raw / 2 - self._low / 2) / span, nan=0.0, posinf=1.0, neginf=0.0)
        places = (np.clip(shares, 0.0, 1.0) * (SHADES - 1) + 0.5).astype(np.intp)
        pixels = _shades(theme)[places].reshape(-1, self._height, self._width)
        return [self._image(np.ascontiguousarray(each)) for each in pixels]

    def _image(self, pixels: NDArray[np.uint32]) -> QImage:
        return QImage(
            pixels.tobytes(), self._width, self._height, 4 * self._width, QImage.Format.Format_RGB32
        ).copy()  # the bytes are gone with this call  # fmt: skip


@lru_cache(maxsize=8)
def _shades(theme: Theme) -> NDArray[np.uint32]:
    names = (mix(theme.background, theme.text, level / (SHADES - 1)) for level in range(SHADES))
    return np.array([0xFF000000 | int(name[1:], 16) for name in names], dtype=np.uint32)


def fitting(image: QSize, room: QRect) -> QRect:
    """Where an image lies in a room: in its middle, each pixel as large as there is room for."""
    times = min(room.width() / max(image.width(), 1), room.height() / max(image.height(), 1))
    times = float(int(times)) if times >= 1 else times
    size = QSize(round(image.width() * times), round(image.height() * times))
    found = QRect(room.topLeft(), size)
    found.moveCenter(room.center())
    return found


class ImagePicture(QWidget):
    """One sample, as large as there is room for."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._inks: Inks | None = None
        self._raw: Floats = np.zeros((1, 0))
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent, False)
        themes.changed.connect(self.update)

    def show_data(self, data: Dataset) -> None:
        """Draw samples of other data from now on."""
        self._inks = Inks(data) if data.image is not None else None

    def show_sample(self, raw: Floats, words: str) -> None:
        """Show inputs of shape (1, pixels) in the units of the source; `words` say what is seen."""
        self._raw = raw
        self.setAccessibleName(words)
        self.setToolTip(words)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._inks is None or not self._raw.size:
            return
        with painting(self) as painter:
            image = self._inks.images(self._raw, self._themes.theme)[0]
            painter.drawImage(fitting(image.size(), self.rect()), image)
