"""The hand on the marks of a chart over steps: a change of the rate is dragged to another step, or taken away."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QMenu

from lrsim.common.numbers import count, short
from lrsim.gui.chart import marks
from lrsim.gui.chart.chart import Chart
from lrsim.gui.look.theme import rate_pen
from lrsim.session.snapshot import Snapshot

NEAR_PX = 5


def _tr(text: str) -> str:
    return QCoreApplication.translate("MarkHand", text)


class MarkHand:
    """What the hand does with the marks of a chart.

    Parameters
    ----------
    shown
        The state that the chart shows, and the first and last step in sight.
    """

    def __init__(self, chart: Chart, shown: Callable[[], tuple[Snapshot, float, float]]) -> None:
        self._chart = chart
        self._shown = shown
        self._held: marks.Mark | None = None
        self._to: int | None = None
        self._grip = 0.0  # from where the mark stands to where the hand took it, in pixels

    def near(self, at: QPointF, within: float = NEAR_PX) -> marks.Mark | None:
        """The mark at a place: the step that was first to use a rate, and the rate."""
        snapshot, lo, hi = self._shown()
        chart = self._chart
        found = [
            (abs(chart.area.left() + x - at.x()), mark)
            for x, mark in marks.visible_marks(snapshot.rate_marks, lo, hi, chart.offsets)
        ]
        distance, mark = min(found, default=(within + 1, None))
        return mark if distance <= within else None

    def movable(self, at: QPointF) -> marks.Mark | None:
        """The mark at a place, where a hand has made the change."""
        mark = self.near(at) if self._chart.area.contains(at) else None
        return None if mark in self._shown()[0].reductions else mark

    def take(self, at: QPointF) -> bool:
        """Whether there is one at a place to be dragged."""
        self._held, self._to = self.movable(at), None
        if self._held is not None:
            self._grip = at.x() - self._x(self._held[0])
        return self._held is not None

    def _x(self, step: int) -> float:
        return float(self._chart.x_px(np.array([step]))[0])

    def carry(self, at: QPointF) -> None:
        """It is to stand at a place."""
        tip = self._shown()[0].tip
        x = at.x() - self._grip
        if self._held is not None and abs(x - self._x(self._held[0])) < 1:  # a pixel may be many steps wide
            self._to = self._held[0]
        else:
            self._to = min(max(round(self._chart.x_at(x)), 1), tip + 1)
        self._chart.setCursor(Qt.CursorShape.SizeHorCursor)
        self._chart.update()

    def put_down(self, at: QPointF | None) -> None:
        """Let go of it; outside of the chart it stays where it was."""
        held, to = self._held, self._to
        self._held = self._to = None
        if at is not None and held is not None and to is not None and to != held[0]:
            self._chart.rate_moved.emit(held[0], to)
        self._chart.update()

    def show_cursor(self, at: QPointF | None) -> None:
        """Tell by the pointer's shape that there is something to be dragged."""
        if self._chart.pressed:
            return
        if at is not None and self.movable(at) is not None:
            self._chart.setCursor(Qt.CursorShape.SizeHorCursor)
        else:
            self._chart.unsetCursor()

    def draw(self, painter: QPainter) -> bool:
        """What is dragged, and where it would stand; whether there is such a thing."""
        chart = self._chart
        if self._held is None or self._to is None:
            return False
        pen = QPen(rate_pen(chart.theme))
        pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        left = min(max(self._x(self._to), chart.area.left()), chart.area.right())
        painter.drawLine(QPointF(left, chart.area.top()), QPointF(left, chart.area.bottom()))
        text = _tr("{0} from step {1} on").format(short(self._held[1]), count(self._to))
        marks.draw_tag(painter, chart.fonts, chart.theme, chart.area, left, text, chart.theme.rate)
        return True

    def add_actions(self, menu: QMenu, at: QPointF | None) -> None:
        """What can be done with the mark at a place."""
        mark = None if at is None else self.movable(at)
        if mark is not None:
            text = _tr("Take away the change of the rate at step {0}").format(count(mark[0]))
            menu.addAction(text).triggered.connect(lambda: self._chart.rate_moved.emit(mark[0], None))
