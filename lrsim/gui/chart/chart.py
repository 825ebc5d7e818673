"""The base of every chart: a title with a legend, two axes, and the hand on them."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QMenu

from lrsim.charts.look import PADDING_PX, UNIT_PX
from lrsim.common.numbers import Floats, count, short
from lrsim.gui.bridge.turns import Turns
from lrsim.gui.chart.controls import ChartControls
from lrsim.gui.chart.frame import (
    Entry,
    draw_legend,
    draw_title,
    draw_x_axis,
    draw_y_axis,
    fitting,
    label_width,
    legend_room,
    legend_rows,
)
from lrsim.gui.chart.picture import Picture
from lrsim.gui.chart.scales import Scale, ScaleKind, empty
from lrsim.gui.chart.span import Span
from lrsim.gui.chart.ticks import Tick, axis_ticks
from lrsim.gui.look.painting import kept
from lrsim.gui.look.theme import Theme, ThemeSource

LEAST_ROWS = 4.5
"""Least height of picture and axes in lines of small text."""
MANY = 1e12
"""From here on, numbers of the horizontal axis are not written as counts."""

Steps = NDArray[np.int64]


@dataclass(frozen=True)
class Head:
    """What stands over a chart: room for the title, and the legend beside it or in rows under it."""

    title_room: float
    title_height: float
    beside: Sequence[Entry] = ()
    under: Sequence[Sequence[Entry]] = ()
    first_row: float = 0.0

    def top_of(self, number: int, row: float) -> float:
        """The upper edge of a row under the title; the first one may be higher, for the buttons in it."""
        return self.title_height + (self.first_row + (number - 1) * row if number else 0.0)


class Chart(Picture):
    """A picture with two axes; a hand zooms and moves the horizontal one.

    A subclass says what there is: `prepare` (fetch what is visible and choose the scales), `draw_content`, `legend`,
    `x_ticks`, and as `span` how far the x axis reaches and may be zoomed.

    Signals
    -------
    seek_requested(int)
        A step was chosen in the chart.
    rate_moved(int, object)
        The change of the rate that a step was the first to use is to be used from another step on; None: not at all.
    """

    seek_requested = Signal(int)
    rate_moved = Signal(int, object)
    MARKS_STEP = False
    """Whether something in it belongs to the present step alone, such as the sample that it was taken on."""

    def __init__(
        self, themes: ThemeSource, title: str, x_title: str, y_title: str, kind: ScaleKind, *, follows: bool
    ) -> None:
        super().__init__(themes, title)
        self.x_title, self.y_title = x_title, y_title
        self.short_title = ""
        self.short_y_title = ""
        """What stand for the title and for that of the vertical axis where they have no room, if there are such."""
        self.kind = kind
        self.scale: Scale = empty(kind)
        self.x_kind, self.x_unit = ScaleKind.LINEAR, 1.0
        self.span = Span()
        self.title_below = False
        """Whether the title of the horizontal axis has a row of its own, rather than the end of that of the ticks."""
        self.area = QRectF(0, 0, 100, 100)
        self.controls = ChartControls(themes, kind, self, title, follows=follows)
        self.controls.scale_chosen.connect(self.set_scale)
        self.controls.resized.connect(self.fit_controls)
        self.turns: Turns | None = None
        self._axis_width = 0.0
        self._y_ticks: list[Tick] = []
        self.setMinimumSize(QSize(160, 120))

    # --- what a subclass says

    def prepare(self, width: float) -> None:
        """Fetch what is visible on `width` pixels and choose `scale` and `span`."""
        raise NotImplementedError

    def legend(self) -> Sequence[Entry]:
        """The curves, named."""
        return ()

    def x_ticks(self, most: int) -> list[Tick]:
        """Ticks of the horizontal axis."""
        return axis_ticks(self.x_scale, most)

    def y_ticks(self, most: int) -> list[Tick]:
        """Ticks of the vertical axis."""
        return axis_ticks(self.scale, most)

    def draw_content(self, painter: QPainter) -> None:
        """Draw inside of `area`."""
        raise NotImplementedError

    def draw_over(self, painter: QPainter) -> None:
        """Draw what belongs to the pointer, over everything else; left out of saved pictures."""

    def in_words(self) -> str:
        values = [f"{entry.name} {entry.value}".strip() for entry in self.legend()]
        return self.notice() or self.tr("{0} over {1}").format(self.y_title, self.x_title) + ": " + ", ".join(values)

    def notice(self) -> str:
        """What to say instead of a picture; empty where there is one."""
        return ""

    def y_label(self) -> str:
        """What is written over the vertical axis."""
        return self.y_title

    def floor_label(self) -> str:
        """What the lower edge of the vertical axis means where values are drawn there that have no place on it."""
        return ""

    # --- places

    @property
    def x_scale(self) -> Scale:
        """What is seen of the horizontal axis."""
        return Scale(self.x_kind, *self.span.shown, self.x_unit)

    def x_at(self, x: float) -> float:
        """The value of the horizontal axis at a pixel."""
        return self.x_scale.value((x - self.area.left()) / self.area.width())

    def x_even(self, x: float) -> float:
        """Where a pixel is on the horizontal axis, in the units in which it is even."""
        scale = self.x_scale
        return scale.lo + (x - self.area.left()) / self.area.width() * (scale.hi - scale.lo)

    def x_px(self, values: Floats | Steps) -> Floats:
        """Pixels of values of the horizontal axis."""
        return self.area.left() + self.x_scale.shares(values.astype(np.float64)) * self.area.width()

    def offsets(self, values: Floats | Steps) -> Floats:
        """Pixels of values of the horizontal axis, from the left edge of the area."""
        return self.x_px(values) - self.area.left()

    def y_px(self, values: Floats) -> Floats:
        """Pixels of values of the vertical axis."""
        return self.area.bottom() - self.scale.shares(values) * self.area.height()

    # --- drawing

    def _set_theme(self, theme: Theme) -> None:
        """Change colours and sizes."""
        super()._set_theme(theme)
        self._axis_width = 0.0
        self._place_controls()

    def set_scale(self, kind: ScaleKind) -> None:
        """Change the scale of the vertical axis."""
        self.kind = kind
        self._axis_width = 0.0
        self.controls.show_kind(kind)
        self._place_controls()
        self.update()

    def refresh(self, playing: bool) -> None:
        """Draw anew: at once, or while training runs as soon as it is this chart's turn."""
        if not self.isVisible():
            return
        if playing and self.turns is not None:
            self.turns.ask(self, at_once=self.MARKS_STEP)
        else:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        began = time.perf_counter()
        painter = QPainter(self)
        try:
            painter.fillRect(self.rect(), QColor(self.theme.background))
            self._move_controls()
            self._draw(painter, QSizeF(self.size()), reserved=self._taken())
            self._draw_pointer(painter)
            self.draw_focus(painter)
        finally:
            painter.end()  # one left open by an exception would end the process
        if self.turns is not None:
            self.turns.took(self, 1000 * (time.perf_counter() - began))

    def _taken(self) -> int:
        """What the buttons take of the width."""
        return 0 if self.controls.isHidden() else self.controls.width() + UNIT_PX

    def _draw_pointer(self, painter: QPainter) -> None:
        if not self.notice():
            self.draw_over(painter)

    def draw_exported(self, painter: QPainter, size: QSize) -> None:
        """Draw without buttons and pointer."""
        self._draw(painter, QSizeF(size), reserved=0)

    def _draw(self, painter: QPainter, size: QSizeF, reserved: float) -> None:
        if self.notice():
            self._draw_notice(painter, size, reserved)
            return
        head = self._head(size, reserved)
        if self._is_low(size, head):
            buttons: list[list[Entry]] = (
                [[]] if reserved and not self._beside_title(reserved) else []
            )  # their row stays
            head = Head(head.title_room, head.title_height, under=buttons, first_row=head.first_row)
        if self._is_low(size, head):
            draw_title(painter, self.fonts, self.theme, self._fitting_title(head.title_room), head.title_room)
            return
        self._lay_out(size, head)
        self._draw_frame(painter, size, head)
        with kept(painter):
            painter.setClipRect(self.area.adjusted(-1, -1, 1, 1))
            self.draw_content(painter)

    def _head(self, size: QSizeF, reserved: float) -> Head:
        """Where title and legend have room, `reserved` pixels at the right being taken by buttons."""
        below = bool(reserved) and not self._beside_title(reserved)
        title_room = size.width() - PADDING_PX - (0 if below else reserved)
        title_height = self.fonts.row
        if reserved and not below:  # the buttons may be higher
            title_height = max(title_height, self.controls.height())
        entries = self.legend()
        title_width = self.fonts.title_width(self.title) + PADDING_PX
        needed = legend_room(self.fonts, self.theme, entries)
        if not below and title_width + 2 * UNIT_PX + needed <= title_room - PADDING_PX:
            return Head(title_room, self.fonts.row, beside=entries)
        whole = size.width() - 2 * PADDING_PX
        rooms = (whole - reserved, whole) if below else (whole,)
        rows = legend_rows(self.fonts, self.theme, fitting(self.fonts, self.theme, entries, rooms[0]), rooms)
        first = max(self.fonts.row, self.controls.height() + UNIT_PX) if below else self.fonts.row
        return Head(title_room, title_height, under=rows if below or entries else [], first_row=first)

    def _is_low(self, size: QSizeF, head: Head) -> bool:
        """Whether there is no height for a picture under what stands over it."""
        small = self.fonts.small_metrics.height()
        return size.height() < head.top_of(len(head.under), self.fonts.row) + LEAST_ROWS * small

    def _beside_title(self, reserved: float) -> bool:
        """Whether there is room for the buttons beside the title."""
        widths = [self.fonts.title_width(title) for title in (self.title, self.short_title) if title]
        return min(widths, default=0.0) + 2 * PADDING_PX + reserved <= self.width()

    def _lay_out(self, size: QSizeF, head: Head) -> None:
        """Choose the area below title and legend, and what is seen in it."""
        top = head.top_of(len(head.under), self.fonts.row) + UNIT_PX
        self.area = self._area(size, top)
        self.prepare(self.area.width())
        self._y_ticks = self.y_ticks(int(self.area.height() / (2.5 * self.fonts.small_metrics.height())))
        width = label_width(self.fonts, self._y_ticks)
        self._axis_width = max(self._axis_width, math.ceil(width / UNIT_PX) * UNIT_PX)
        self.area = self._area(size, top)

    def _draw_frame(self, painter: QPainter, size: QSizeF, head: Head) -> None:
        """Title, legend and axes, around the area."""
        fonts, theme = self.fonts, self.theme
        end = draw_title(painter, fonts, theme, self._fitting_title(head.title_room), head.title_room)
        draw_legend(painter, fonts, theme, head.beside, end + 4 * UNIT_PX, UNIT_PX, head.title_room)
        for number, entries in enumerate(head.under):
            top = head.top_of(number, fonts.row)
            draw_legend(painter, fonts, theme, entries, PADDING_PX, top, size.width())
        painter.setFont(fonts.small)
        painter.setPen(QColor(theme.text))
        y_label = self.y_label()
        if self.short_y_title and fonts.small_width(y_label) > self.area.width():
            y_label = self.short_y_title
        y_title = fonts.small_metrics.elidedText(y_label, Qt.TextElideMode.ElideRight, self.area.width())
        painter.drawText(QPointF(self.area.left(), self.area.top() - UNIT_PX), y_title)
        draw_y_axis(painter, fonts, theme, self.area, self._y_ticks, self.floor_label())
        last = self.x_at(self.area.right())
        widest = fonts.small_width(count(round(last)) if abs(last) < MANY else short(last))
        across = self.x_ticks(max(2, int(self.area.width() / (1.4 * widest + 5 * UNIT_PX))))
        draw_x_axis(
            painter, fonts, theme, self.area, across, self.x_title, self.x_title_color(), below=self.title_below
        )

    def x_title_color(self) -> str:
        """The colour of the horizontal axis' title."""
        return self.theme.text

    def _area(self, size: QSizeF, top: float) -> QRectF:
        small = self.fonts.small_metrics.height()
        left = PADDING_PX + self._axis_width + 2 * UNIT_PX
        top += small + UNIT_PX
        bottom = size.height() - (2 if self.title_below else 1) * small - 2 * UNIT_PX
        return QRectF(left, top, max(size.width() - left - PADDING_PX, 10), max(bottom - top, 10))

    def _fitting_title(self, room: float) -> str:
        fits = self.fonts.title_width(self.title) <= room - PADDING_PX
        return self.title if fits or not self.short_title else self.short_title

    def _draw_notice(self, painter: QPainter, size: QSizeF, reserved: float) -> None:
        beside = reserved if self._beside_title(reserved) else 0
        room = size.width() - beside - PADDING_PX
        top = self.fonts.row + UNIT_PX
        box = QRectF(2 * PADDING_PX, top, size.width() - 4 * PADDING_PX, size.height() - 2 * top)
        flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
        painter.setFont(self.fonts.base)
        painter.setPen(QColor(self.theme.muted))
        if painter.boundingRect(box, flags, self.notice()).height() > box.height():  # the title does not balance it
            box.setBottom(size.height())
        if painter.boundingRect(box, flags, self.notice()).height() > box.height():
            painter.setFont(self.fonts.small)
        if painter.boundingRect(box, flags, self.notice()).height() > box.height():  # there is room for one of them
            box = QRectF(UNIT_PX, 0, size.width() - 2 * UNIT_PX - beside, size.height())
        painter.drawText(box, flags, self.notice())
        if box.top() > 0:
            draw_title(painter, self.fonts, self.theme, self._fitting_title(room), room)

    # --- the hand

    def contains(self, at: QPointF) -> bool:
        return self.area.contains(at)

    def middle(self) -> QPointF:
        return self.area.center()

    def zoom(self, factor: float, anchor: float) -> None:
        """Show `factor` times as much of the x axis, keeping `anchor` (in its even units) in place."""
        self.span.zoom(factor, anchor)
        self.update()

    def pan(self, distance: float) -> None:
        """Move the x axis by a distance in its even units."""
        self.span.move(distance)
        self.update()

    def show_all(self) -> None:
        """Show everything there is."""
        self.span.show_all()
        self.update()

    def zoom_at(self, factor: float, at: QPointF) -> None:
        self.zoom(factor, self.x_even(at.x()))

    def drag(self, before: QPointF, now: QPointF) -> None:
        self.pan(self.x_even(before.x()) - self.x_even(now.x()))

    def slide(self, share: float) -> None:
        scale = self.x_scale
        self.pan(share * (scale.hi - scale.lo))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place_controls()

    def fit_controls(self) -> None:
        """Make room for longer, shorter, more or fewer controls."""
        self._place_controls()

    def _place_controls(self) -> None:
        self.controls.adjustSize()
        self._move_controls()

    def _move_controls(self) -> None:
        """To the right of the title, or below it where the two have no room beside each other."""
        below = not self._beside_title(self._taken())
        top = UNIT_PX + (self.fonts.row if below else (self.fonts.row - self.controls.height()) // 2)
        self.controls.move(max(self.width() - self.controls.width() - UNIT_PX, 0), max(top, 0))

    def make_menu(self, at: QPointF | None = None) -> QMenu:
        """The context menu for a place in the plot."""
        menu = super().make_menu(at)
        first = menu.actions()[0]
        menu.insertActions(first, list(self.controls.scale_actions.values()))
        menu.insertSeparator(first)
        return menu
