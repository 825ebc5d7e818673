"""How a sample is drawn in the grid: its image, what the model says of it, and what marks it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from lrsim.charts.look import CORNER_PX, UNIT_PX
from lrsim.gui.chart.frame import ALIGN_LEFT, Fonts
from lrsim.gui.look import icons
from lrsim.gui.look.theme import Theme
from lrsim.gui.widgets.sample_images import fitting

IMAGE_EM = 3.6
"""Least side of an image, in sizes of the text."""
LONGEST = 16
"""Letters of a caption beyond which it is shortened."""


@dataclass(frozen=True)
class Caption:
    """What stands below an image; what is wrong has an icon before its words."""

    text: str
    right: bool


def caption_of(wanted: str, given: str | None, share: float) -> Caption:
    """What the model says in few words; `given` is None where an output is not finite."""
    if given is None:
        return Caption(QCoreApplication.translate("ImageGrid", "NaN"), False)
    if given == wanted:
        return Caption(f"{given}  {100 * share:.0f} %", True)
    return Caption(QCoreApplication.translate("ImageGrid", "{0}, not {1}").format(given, wanted), False)


class ImagePaint:
    """Draws samples at given places; knows sizes, but neither samples nor scroll bars.

    Attributes
    ----------
    cell
        Size of a sample with all around it.
    """

    def __init__(self, theme: Theme, image: QSize, longest: str) -> None:
        """`longest` is the longest name of a class."""
        self.theme = theme
        self.fonts = Fonts(theme)
        self._icon_px = theme.small_px
        self._caption = math.ceil(self.fonts.small_metrics.height())
        side = theme.base_px * IMAGE_EM
        times = max(round(side / max(image.width(), image.height(), 1)), 1)
        width, height = image.width() * times, image.height() * times
        longest = longest[: LONGEST // 2]
        widest = caption_of(longest, longest + " ", 1.0).text, caption_of(longest, longest, 1.0).text
        words = max(map(self.fonts.small_width, widest)) + self._icon_px + UNIT_PX
        self._image = QSize(width, height)
        self.cell = QSize(
            math.ceil(max(width, words)) + 3 * UNIT_PX, math.ceil(height + self._caption) + 3 * UNIT_PX
        )  # fmt: skip

    def draw(self, painter: QPainter, at: QRect, image: QImage, caption: Caption | None, *, marked: bool) -> None:
        """A sample in its cell; `marked` says that the current step was computed on it."""
        inside = at.adjusted(UNIT_PX, UNIT_PX, -UNIT_PX, -UNIT_PX)
        room = QRect(inside.topLeft(), QSize(inside.width(), self._image.height()))
        place = fitting(image.size(), room)
        painter.drawImage(place, image)
        painter.setPen(QPen(QColor(self.theme.line), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(place.adjusted(-1, -1, 0, 0))
        if marked:
            self._draw_mark(painter, QRectF(place))
        if caption is not None:
            self._draw_caption(painter, QRectF(inside.left(), room.bottom() + UNIT_PX, inside.width(), self._caption),
                               caption)  # fmt: skip

    def _draw_mark(self, painter: QPainter, image: QRectF) -> None:
        """A corner that is turned down."""
        side = self.theme.base_px * 0.8
        corner = image.topLeft() - QPointF(1, 1)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.theme.text))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.drawPolygon(QPolygonF([corner, corner + QPointF(side, 0), corner + QPointF(0, side)]))
        painter.setPen(QPen(QColor(self.theme.background), 1))
        painter.drawLine(corner + QPointF(side, 0), corner + QPointF(0, side))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _draw_caption(self, painter: QPainter, box: QRectF, caption: Caption) -> None:
        icon = 0 if caption.right else self._icon_px + UNIT_PX
        text = self.fonts.small_metrics.elidedText(caption.text, Qt.TextElideMode.ElideRight, box.width() - icon)
        width = self.fonts.small_width(text) + icon
        left = box.left() + (box.width() - width) / 2
        if not caption.right:
            ratio = painter.device().devicePixelRatioF()
            drawing = icons.pixmap("bad", self.theme.bad, self._icon_px, ratio)
            painter.drawPixmap(QPointF(left, box.top() + (box.height() - self._icon_px) / 2), drawing)
        painter.setFont(self.fonts.small)
        painter.setPen(QColor(self.theme.muted if caption.right else self.theme.bad))
        painter.drawText(QRectF(left + icon, box.top(), width - icon + 2, box.height()), ALIGN_LEFT, text)

    def draw_chosen(self, painter: QPainter, at: QRect) -> None:
        """A frame around the chosen sample."""
        painter.setPen(QPen(QColor(self.theme.text), 2))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.drawRoundedRect(QRectF(at).adjusted(1, 1, -1, -1), CORNER_PX, CORNER_PX)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
