"""How the diagram looks: tiles of what units compute, links by size and sign, biases, and words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from lrsim.charts.look import UNIT_PX, mix
from lrsim.common.numbers import Floats
from lrsim.gui.chart.frame import ALIGN_CENTER, ALIGN_RIGHT, Fonts
from lrsim.gui.look.theme import Theme
from lrsim.gui.views.network.geometry import Bias, Diagram, Link, Part, Unit
from lrsim.gui.views.network.parameters import Parameters
from lrsim.gui.views.network.tiles import Outputs
from lrsim.gui.views.regions.colors import PAIR, output_colors

WIDEST, THINNEST = 0.45, 0.06
"""Width of the strongest and the weakest link, in text sizes."""
WIDEST_IN_TILES = 0.14
"""The strongest one is no wider than this share of a tile, lest many cover each other."""
FAINT, SHADES = 0.15, 64
"""How much of its colour the weakest link has, and how many strengths are told apart."""
STRENGTH = 0.9
BAD_MARK = 0.35


@dataclass(frozen=True, eq=False)
class Shown:
    """All that a picture of a network shows.

    Attributes
    ----------
    outputs
        None until they were worked out.
    names
        Of the inputs and of the outputs.
    dead, saturated
        Units that no longer take part.
    chosen
        What the hand or the keyboard points at.
    """

    parameters: Parameters
    outputs: Outputs | None
    names: tuple[tuple[str, ...], tuple[str, ...]]
    image: tuple[int, int] | None
    dead: frozenset[Unit]
    saturated: frozenset[Unit]
    chosen: Part | None


class NetworkPaint:
    """Draws a diagram with a theme."""

    def __init__(self, theme: Theme, fonts: Fonts) -> None:
        self._theme, self._fonts = theme, fonts
        self._signs = [QColor(theme.series[place]) for place in PAIR]

    def draw(self, painter: QPainter, diagram: Diagram, shown: Shown) -> None:
        """Everything but the title."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        for layer in diagram.columns:
            if diagram.joined(layer):
                self._draw_links(painter, diagram, shown, layer)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for unit in diagram.units():
            self._draw_unit(painter, diagram, shown, unit)
        self._draw_words(painter, diagram, shown)
        if isinstance(shown.chosen, Link):
            self._draw_chosen_link(painter, diagram, shown.chosen)

    # --- links

    def _draw_links(self, painter: QPainter, diagram: Diagram, shown: Shown, layer: int) -> None:
        weights = shown.parameters.weights[layer - 1]
        updates = shown.parameters.weight_updates[layer - 1]
        strong, moved = _largest(weights), _largest(updates)
        em = self._theme.base_px
        widest = min(WIDEST * em, WIDEST_IN_TILES * diagram.side)
        for source in range(diagram.drawn[layer - 1]):
            for target in range(diagram.drawn[layer]):
                link = Link(layer, source, target)
                line, weight = diagram.line(link), float(weights[source, target])
                if not np.isfinite(weight):
                    painter.setPen(QPen(QColor(self._theme.bad), 2, Qt.PenStyle.DotLine))
                    painter.drawLine(line)
                    continue
                share = abs(weight) / strong
                width = THINNEST * em + (widest - THINNEST * em) * share
                color = self._theme.series[PAIR[weight < 0]]
                painter.setPen(_pen(_faded(self._theme.background, color, round(share * SHADES)), width, weight < 0))
                painter.drawLine(line)
                update = float(updates[source, target])
                if moved and np.isfinite(update) and update:
                    self._draw_update(painter, line, min(abs(update) / moved, 1.0))

    def _draw_update(self, painter: QPainter, line: QLineF, share: float) -> None:
        """The part that moves: as long as the last update is large beside the largest of its layer."""
        painter.setPen(QPen(QColor(self._theme.text), max(self._theme.line_width, 1)))
        painter.drawLine(line.pointAt(1 - 0.25 * share), line.p2())

    def _draw_chosen_link(self, painter: QPainter, diagram: Diagram, link: Link) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(QPen(QColor(self._theme.text), 2))
        painter.drawLine(diagram.line(link))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    # --- units

    def _draw_unit(self, painter: QPainter, diagram: Diagram, shown: Shown, unit: Unit) -> None:
        tile, outputs = diagram.tile(unit), shown.outputs
        painter.fillRect(tile, QColor(self._theme.surface))
        if outputs is not None and unit.layer < len(outputs.layers):
            self._draw_outputs(painter, tile, shown, outputs, unit)
        off = unit in shown.dead or unit in shown.saturated
        at_hand = shown.chosen == unit
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self._theme.text if at_hand else self._theme.line), 2 if at_hand else 1))
        painter.drawRect(tile)
        if off:
            self._draw_off(painter, tile, unit in shown.dead)
        if unit.layer:
            self._draw_bias(painter, diagram, shown, Bias(unit.layer, unit.number))

    def _draw_outputs(self, painter: QPainter, tile: QRectF, shown: Shown, outputs: Outputs, unit: Unit) -> None:
        values = outputs.layers[unit.layer][:, unit.number]
        reach = outputs.reach[unit.layer] if unit.layer else _largest(values)  # features differ in size
        if shown.image is not None and unit.layer == 1:
            weights = shown.parameters.weights[0][:, unit.number].reshape(shown.image)
            self._draw_plane(painter, tile, weights, _largest(weights))
        elif shown.image is not None and not unit.layer:
            pixels = np.zeros(shown.image)
            pixels.flat[unit.number] = 1.0
            self._draw_plane(painter, tile, pixels, 1.0)  # where in the image it is
        elif outputs.across == 2:
            self._draw_plane(painter, tile, outputs.plane(unit.layer, unit.number)[::-1], reach)
        elif outputs.across == 1:
            self._draw_line(painter, tile, values, reach)
        else:
            self._draw_bar(painter, tile, float(np.mean(values)), reach)

    def _draw_plane(self, painter: QPainter, tile: QRectF, values: Floats, reach: float) -> None:
        pixels = np.ascontiguousarray(output_colors(self._theme, -reach, reach, STRENGTH).pixels(values))
        height, width = values.shape
        image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
        painter.drawImage(tile, image)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)

    def _draw_line(self, painter: QPainter, tile: QRectF, values: Floats, reach: float) -> None:
        middle, half = tile.center().y(), 0.46 * tile.height()
        painter.setPen(QPen(QColor(self._theme.line), 1))
        painter.drawLine(QLineF(tile.left(), middle, tile.right(), middle))
        across = tile.left() + tile.width() * np.arange(len(values)) / max(len(values) - 1, 1)
        finite = np.isfinite(values)
        points = [QPointF(x, middle - half * y) for x, y in zip(across[finite], np.clip(values[finite] / reach, -1, 1))]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(QPen(QColor(self._theme.series[0]), max(self._theme.line_width, 1) + 1))
        painter.drawPolyline(QPolygonF(points))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _draw_bar(self, painter: QPainter, tile: QRectF, value: float, reach: float) -> None:
        middle, half = tile.center().y(), 0.5 * tile.height()
        if np.isfinite(value):
            tall = half * max(min(value / reach, 1.0), -1.0)
            bar = QRectF(tile.left(), middle - max(tall, 0.0), tile.width(), abs(tall))
            painter.fillRect(bar, self._signs[value < 0])
        painter.setPen(QPen(QColor(self._theme.line), 1))
        painter.drawLine(QLineF(tile.left(), middle, tile.right(), middle))

    def _draw_off(self, painter: QPainter, tile: QRectF, dead: bool) -> None:
        """A cross over a dead unit, a stroke over a saturated one."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(QPen(QColor(self._theme.bad), 2))
        painter.drawLine(tile.bottomLeft(), tile.topRight())
        if dead:
            painter.drawLine(tile.topLeft(), tile.bottomRight())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _draw_bias(self, painter: QPainter, diagram: Diagram, shown: Shown, bias: Bias) -> None:
        """A disc whose size is that of the bias beside the largest of its layer; full above 0, a ring below."""
        value, box = shown.parameters.value(bias), diagram.bias(bias)
        largest = _largest(shown.parameters.biases[bias.layer - 1])
        finite, chosen = np.isfinite(value), shown.chosen == bias
        color = self._signs[value < 0] if finite else QColor(self._theme.bad)
        share = abs(value) / largest if finite else 1.0
        away = box.width() / 2 * (1 - max(share, BAD_MARK))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setBrush(QColor(self._theme.background) if value < 0 else color)
        painter.setPen(QPen(QColor(self._theme.text) if chosen else color, 2))
        painter.drawEllipse(box.adjusted(away, away, -away, -away))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    # --- words

    def _draw_words(self, painter: QPainter, diagram: Diagram, shown: Shown) -> None:
        painter.setFont(self._fonts.small)
        painter.setPen(QColor(self._theme.muted))
        last = len(diagram.sizes) - 1
        for layer, names in ((0, shown.names[0]), (last, shown.names[1])):
            for number, name in list(enumerate(names))[: diagram.drawn[layer]]:
                self._draw_name(painter, diagram.tile(Unit(layer, number)), name, at_left=layer == 0)
        height = self._fonts.small_metrics.height()
        for layer in diagram.columns:
            left_out = diagram.sizes[layer] - diagram.drawn[layer]
            if left_out:
                tile = diagram.tile(Unit(layer, diagram.drawn[layer] - 1))
                box = QRectF(tile.center().x() - 100, tile.bottom() + 2, 200, height)
                painter.drawText(box, ALIGN_CENTER, f"+{left_out}")

    def _draw_name(self, painter: QPainter, tile: QRectF, name: str, *, at_left: bool) -> None:
        height, room = self._fonts.small_metrics.height(), 8 * self._theme.base_px
        text = self._fonts.small_metrics.elidedText(name, Qt.TextElideMode.ElideRight, room)
        top = tile.center().y() - height / 2
        if at_left:
            painter.drawText(QRectF(tile.left() - room - UNIT_PX, top, room, height), ALIGN_RIGHT, text)
        else:
            painter.drawText(QPointF(tile.right() + UNIT_PX, top + self._fonts.small_metrics.ascent()), text)


def _largest(values: Floats) -> float:
    finite = np.abs(values[np.isfinite(values)])
    return float(finite.max(initial=0.0)) or 1.0


@lru_cache(maxsize=4 * 64)
def _faded(paper: str, color: str, shade: int) -> QColor:
    return QColor(mix(paper, color, FAINT + (1 - FAINT) * shade / SHADES))


def _pen(color: QColor, width: float, dashed: bool) -> QPen:
    pen = QPen(color, width)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    if dashed:
        pen.setDashPattern([max(6.0 / width, 1.0), max(4.0 / width, 0.8)])
    return pen
