"""What is written in a picture, and where: for tests that nothing is cut and nothing lies over something else."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from PySide6.QtCore import QPoint, QPointF, QRectF
from PySide6.QtGui import QFontMetricsF, QPaintDevice, QPainter
from PySide6.QtWidgets import QAbstractButton, QWidget

OVERLAP_PX = 1.5
"""Boxes of texts may touch by so much: letters do not fill them."""
INK = 0.7
"""Share of a line's height that its letters take."""


@dataclass(frozen=True)
class Written:
    """A text, the box that its letters lie in, in pixels of what it is painted on, and what was to be seen of it."""

    text: str
    box: QRectF
    seen: QRectF
    painted_on: QPaintDevice

    def within(self, widget: QWidget) -> Written:
        """The same in pixels of a widget that what it is painted on may be a part of."""
        part = self.painted_on
        if not isinstance(part, QWidget) or not widget.isAncestorOf(part):
            return self
        at = part.mapTo(widget, QPoint(0, 0))
        return replace(self, box=self.box.translated(at), seen=self.seen.translated(at))


@contextmanager
def listening(monkeypatch) -> Iterator[list[Written]]:
    """Collects what is written by painters meanwhile."""
    found: list[Written] = []
    draw = QPainter.drawText

    def drawn(painter: QPainter, *args: object) -> object:
        text = args[-1]
        if isinstance(text, str) and text.strip():
            found.append(_written(painter, args, text))
        return draw(painter, *args)

    with monkeypatch.context() as patch:
        patch.setattr(QPainter, "drawText", drawn)
        yield found


def _written(painter: QPainter, args: tuple, text: str) -> Written:
    metrics = QFontMetricsF(painter.font())
    if isinstance(args[0], QPointF):
        box = QRectF(args[0].x(), args[0].y() - metrics.ascent(), metrics.horizontalAdvance(text), metrics.height())
    else:
        box = metrics.boundingRect(QRectF(args[0]), int(args[1]), text)
    lines = max(round(box.height() / metrics.height()), 1)
    spare = (1 - INK) * box.height() / lines / 2
    box = painter.combinedTransform().mapRect(box.adjusted(0, spare, 0, -spare))
    ratio = painter.device().devicePixelRatioF()
    box = QRectF(box.x() / ratio, box.y() / ratio, box.width() / ratio, box.height() / ratio)
    seen = QRectF(0, 0, painter.device().width(), painter.device().height())
    if painter.hasClipping():
        seen = seen.intersected(painter.transform().mapRect(painter.clipBoundingRect()))
    return Written(text, box, seen, painter.device())


def faults(widget: QWidget, monkeypatch) -> list[str]:
    """Every text of a picture that is cut or lies over another one or over a button, in words."""
    with listening(monkeypatch) as found:
        widget.grab()
    found = [each.within(widget) for each in found]
    size = widget.size()
    room = QRectF(0, 0, size.width(), size.height()).adjusted(-1, -1, 1, 1)
    said = [f"{each.text!r} is cut" for each in found if not room.contains(each.box) or not _whole(each)]
    for one, other in itertools.combinations(found, 2):
        if one.text != other.text and _over(one.box, other.box):
            said.append(f"{one.text!r} lies over {other.text!r}")
    for button in widget.findChildren(QAbstractButton):
        if button.isVisible():
            place = QRectF(button.rect().translated(button.mapTo(widget, button.rect().topLeft())))
            said += [f"{each.text!r} lies over a button" for each in found if _over(each.box, place)]
    return said


def _whole(each: Written) -> bool:
    return each.seen.adjusted(-1, -1, 1, 1).contains(each.box)


def _over(one: QRectF, other: QRectF) -> bool:
    common = one.intersected(other)
    return common.width() > OVERLAP_PX and common.height() > OVERLAP_PX
