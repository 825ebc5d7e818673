"""Where units and links of a diagram stand, and which of many are drawn."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF

MOST_UNITS = 16
"""Of a layer; the first ones are drawn and the others counted."""
MOST_COLUMNS = 9
"""Layers, the inputs among them; of more those in the middle are left out."""
LEFT_OUT_AFTER = 5
TILE_EM, LEAST_EM = 4.5, 1.1
"""Largest and least side of a tile, in text sizes."""
GAP = 0.22
"""Between two tiles of a column, in sides of a tile."""
NEAR_PX = 6
"""How near to a link the hand has to be."""


@dataclass(frozen=True)
class Unit:
    """Unit `number` of a layer, both from 0; layer 0 are the inputs."""

    layer: int
    number: int


@dataclass(frozen=True)
class Link:
    """The weight from unit `source` of the layer before to unit `target` of `layer` (from 1)."""

    layer: int
    source: int
    target: int


@dataclass(frozen=True)
class Bias:
    """The bias of unit `number` of `layer` (from 1)."""

    layer: int
    number: int


Part = Unit | Link | Bias


class Diagram:
    """A network of layers of these sizes, the inputs first, within an area.

    Attributes
    ----------
    columns
        The layers that are drawn.
    side
        Of a tile, in pixels.
    """

    def __init__(self, sizes: tuple[int, ...], area: QRectF, em: int) -> None:
        self.sizes = sizes
        self._area = area
        many = len(sizes) > MOST_COLUMNS
        last = MOST_COLUMNS - LEFT_OUT_AFTER
        layers = range(len(sizes))
        self.columns = tuple([*layers[:LEFT_OUT_AFTER], *layers[-last:]] if many else layers)
        rows = max(self._fits(size, em) for size in sizes)
        across = area.width() / (1.9 * len(self.columns))
        self.side = max(min(area.height() / (rows * (1 + GAP)), across, TILE_EM * em), LEAST_EM * em)
        self.drawn = {layer: min(self._fits(sizes[layer], em), sizes[layer]) for layer in self.columns}
        self._tiles: dict[Unit, QRectF] = {}
        self._lines: dict[Link, QLineF] = {}

    def _fits(self, size: int, em: int) -> int:
        return min(size, MOST_UNITS, max(int(self._area.height() / (LEAST_EM * em * (1 + GAP))), 1))

    def left(self, layer: int) -> float:
        """Left edge of the tiles of a layer."""
        place, steps = self.columns.index(layer), max(len(self.columns) - 1, 1)
        return self._area.left() + place * (self._area.width() - self.side) / steps

    def tile(self, unit: Unit) -> QRectF:
        """Where a unit stands."""
        if unit not in self._tiles:
            self._tiles[unit] = self._tile(unit)
        return self._tiles[unit]

    def _tile(self, unit: Unit) -> QRectF:
        rows = self.drawn[unit.layer]
        pitch = self.side * (1 + GAP)
        top = self._area.center().y() - (rows * pitch - GAP * self.side) / 2
        return QRectF(self.left(unit.layer), top + unit.number * pitch, self.side, self.side)

    def bias(self, bias: Bias) -> QRectF:
        """The mark of a bias: at the lower left corner of its unit."""
        tile, side = self.tile(Unit(bias.layer, bias.number)), max(self.side * 0.3, 8.0)
        return QRectF(tile.left() - side / 2, tile.bottom() - side / 2, side, side)

    def line(self, link: Link) -> QLineF:
        """From the right of the one unit to the left of the other."""
        if link not in self._lines:
            self._lines[link] = self._line(link)
        return self._lines[link]

    def _line(self, link: Link) -> QLineF:
        begin, end = self.tile(Unit(link.layer - 1, link.source)), self.tile(Unit(link.layer, link.target))
        return QLineF(begin.right(), begin.center().y(), end.left(), end.center().y())

    def units(self) -> list[Unit]:
        """Those that are drawn."""
        return [Unit(layer, number) for layer in self.columns for number in range(self.drawn[layer])]

    def joined(self, layer: int) -> bool:
        """Whether the links into a layer are drawn: the layer before is, too."""
        return layer in self.columns and layer - 1 in self.columns

    def at(self, place: QPointF) -> Part | None:
        """What is there; of links the nearest."""
        for unit in self.units():
            if unit.layer and self.bias(Bias(unit.layer, unit.number)).adjusted(-2, -2, 2, 2).contains(place):
                return Bias(unit.layer, unit.number)
        for unit in self.units():
            if self.tile(unit).contains(place):
                return unit
        return self._link_at(place)

    def _link_at(self, place: QPointF) -> Link | None:
        found: tuple[float, Link] | None = None
        for layer in self.columns:
            if not (self.joined(layer) and self.left(layer - 1) + self.side <= place.x() <= self.left(layer)):
                continue
            for source in range(self.drawn[layer - 1]):
                for target in range(self.drawn[layer]):
                    line = self.line(Link(layer, source, target))
                    share = (place.x() - line.x1()) / line.dx() if line.dx() else 0.0
                    away = abs(line.y1() + share * line.dy() - place.y())
                    if away <= NEAR_PX and (found is None or away < found[0]):
                        found = away, Link(layer, source, target)
        return None if found is None else found[1]
