"""The parts of a chart around its curves: title, legend, axes; and where they lie."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from lrsim.charts.look import PADDING_PX, UNIT_PX, mix
from lrsim.gui.chart.strokes import draw_markers, marker_size
from lrsim.gui.chart.ticks import Tick
from lrsim.gui.look.theme import Theme, font

ENTRY_GAP = 4 * UNIT_PX
DOTS = "\u2026"
ALIGN_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
ALIGN_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
ALIGN_CENTER = Qt.AlignmentFlag.AlignCenter


@dataclass(frozen=True)
class Entry:
    """A line of the legend: how a curve looks, its name, and its value now. Tone ``bad`` marks a bad value."""

    name: str
    value: str
    pen: QPen
    marker: str | None = None
    line: bool = True
    hollow: bool = True
    tone: str = ""


def _measurer(metrics: QFontMetricsF) -> Callable[[str], float]:
    """Widths of texts in pixels, remembered: most texts of a frame were there in the last one."""

    @lru_cache(maxsize=2048)
    def width(text: str) -> float:  # a method of Qt would have its help text written out for the cache
        return metrics.horizontalAdvance(text)

    return width


class Fonts:
    """The fonts of a theme with their measures, made once."""

    def __init__(self, theme: Theme) -> None:
        self.title = font(theme, bold=True)
        self.base = font(theme)
        self.small = font(theme, theme.small_px)
        self.title_metrics = QFontMetricsF(self.title)
        self.base_metrics = QFontMetricsF(self.base)
        self.small_metrics = QFontMetricsF(self.small)
        self.row = round(self.base_metrics.height()) + 2 * UNIT_PX
        self.small_width = _measurer(self.small_metrics)
        self.base_width = _measurer(self.base_metrics)
        self.title_width = _measurer(self.title_metrics)


def draw_title(painter: QPainter, fonts: Fonts, theme: Theme, text: str, width: float) -> float:
    """The title at the top left; returns where it ends."""
    shown = fonts.title_metrics.elidedText(text, Qt.TextElideMode.ElideRight, width - PADDING_PX)
    painter.setFont(fonts.title)
    painter.setPen(QColor(theme.text))
    painter.drawText(QRectF(PADDING_PX, UNIT_PX, width, fonts.row), ALIGN_LEFT, shown)
    return PADDING_PX + fonts.title_width(shown)


def legend_width(fonts: Fonts, theme: Theme, entry: Entry) -> float:
    """Pixels that an entry takes, room for a growing value included."""
    value = max(fonts.base_width(entry.value), fonts.base_width("0.0000"))
    name = fonts.base_width(entry.name)
    return (
        _sample_width(theme, entry) + name + (value + 1.5 * UNIT_PX if entry.value else 0) + 1.5 * UNIT_PX + ENTRY_GAP
    )


def _sample_width(theme: Theme, entry: Entry) -> float:
    return theme.base_px * (1.6 if entry.line else 0.7)


def fitting(fonts: Fonts, theme: Theme, entries: Sequence[Entry], room: float) -> list[Entry]:
    """The entries, as many of their values left out, from the last one on, as it takes to have all names in `room`."""
    shown = list(entries)
    for place in reversed(range(len(shown))):
        if legend_room(fonts, theme, shown) <= room:
            break
        shown[place] = replace(shown[place], value="")
    return shown


def legend_room(fonts: Fonts, theme: Theme, entries: Sequence[Entry]) -> float:
    """Pixels that entries take side by side."""
    return sum(legend_width(fonts, theme, entry) for entry in entries) - ENTRY_GAP


def legend_rows(fonts: Fonts, theme: Theme, entries: Sequence[Entry], rooms: Sequence[float]) -> list[list[Entry]]:
    """The entries in rows, each as wide as its room, the last of which holds for all further rows."""
    rows: list[list[Entry]] = [[]]
    left = 0.0
    for entry in entries:
        width = legend_width(fonts, theme, entry)
        while left + width - 4 * UNIT_PX > rooms[min(len(rows), len(rooms)) - 1] and (
            rows[-1] or len(rows) < len(rooms)
        ):
            rows.append([])
            left = 0.0
        rows[-1].append(entry)
        left += width
    return rows


def draw_legend(
    painter: QPainter, fonts: Fonts, theme: Theme, entries: Sequence[Entry], left: float, top: float, right: float
) -> None:
    """Entries in a row from `left`; those that do not fit before `right` are left out, a dot row says so."""
    painter.setFont(fonts.base)
    dots = 0.0 if legend_room(fonts, theme, entries) <= right - left else fonts.base_width(DOTS) + ENTRY_GAP
    for entry in entries:
        width = legend_width(fonts, theme, entry)
        if left + width - ENTRY_GAP + dots > right:
            painter.setPen(QColor(theme.muted))
            painter.drawText(QRectF(left, top, fonts.base_width(DOTS) + 2, fonts.row), ALIGN_LEFT, DOTS)
            return
        _draw_entry(painter, fonts, theme, entry, left, top, width)
        left += width


def _draw_entry(
    painter: QPainter, fonts: Fonts, theme: Theme, entry: Entry, left: float, top: float, width: float
) -> None:
    sample, middle = _sample_width(theme, entry), top + fonts.row / 2
    if entry.line:
        painter.setPen(entry.pen)
        painter.drawLine(QLineF(left, middle, left + sample, middle))
    if entry.marker:
        fill = QColor(theme.background if entry.hollow else entry.pen.color())
        place = np.array([left + sample / 2, middle])
        draw_markers(painter, place[:1], place[1:], entry.marker, marker_size(theme), entry.pen, fill)
    at = left + sample + 1.5 * UNIT_PX
    painter.setPen(QColor(theme.text))
    painter.drawText(QRectF(at, top, width, fonts.row), ALIGN_LEFT, entry.name)
    if entry.value:
        at += fonts.base_width(entry.name) + 1.5 * UNIT_PX
        painter.setPen(QColor(theme.bad if entry.tone == "bad" else theme.muted))
        painter.drawText(QRectF(at, top, width, fonts.row), ALIGN_LEFT, entry.value)


def label_width(fonts: Fonts, ticks: Sequence[Tick]) -> float:
    """Room for the labels of a vertical axis."""
    return max((fonts.small_width(tick.text) for tick in ticks), default=0.0)


def draw_y_axis(
    painter: QPainter, fonts: Fonts, theme: Theme, area: QRectF, ticks: Sequence[Tick], floor: str = ""
) -> None:
    """Grid lines over the area, labels at its left, and a word on its lower edge where there is one to say."""
    painter.setFont(fonts.small)
    labelled, minor = _grid_colors(theme)
    height, above = fonts.small_metrics.height(), math.inf
    for tick in sorted(ticks, key=lambda each: each.share):
        if not -0.001 <= tick.share <= 1.001:
            continue
        y = round(area.bottom() - tick.share * area.height())
        painter.fillRect(QRectF(area.left(), y, area.width(), 1), labelled if tick.text else minor)
        if tick.text and y + height / 2 <= above and not (floor and tick.share * area.height() < height):
            above = y - height / 2
            painter.setPen(QColor(theme.muted))
            box = QRectF(0, y - height / 2, area.left() - 1.5 * UNIT_PX, height)
            painter.drawText(box, ALIGN_RIGHT, tick.text)
    if floor:
        painter.setPen(QColor(theme.muted))
        painter.drawText(QRectF(0, area.bottom() - height / 2, area.left() - 1.5 * UNIT_PX, height), ALIGN_RIGHT, floor)


@lru_cache(maxsize=8)
def _grid_colors(theme: Theme) -> tuple[QColor, QColor]:
    """Of labelled and of minor grid lines; mixed, not translucent: that would be slow to draw."""
    # Black on white would drown the curves.
    labelled = mix(theme.background, theme.line, 0.25) if theme.line == theme.text else theme.line
    return QColor(labelled), QColor(mix(theme.background, labelled, 0.5))


def draw_x_axis(
    painter: QPainter, fonts: Fonts, theme: Theme, area: QRectF, ticks: Sequence[Tick], title: str, color: str,
    *, below: bool = False,
) -> None:  # fmt: skip
    """The base line, labels below it, and the title in its colour at the right end of their row or of one `below`."""
    painter.setFont(fonts.small)
    painter.setPen(QPen(QColor(theme.muted), 1))
    base = round(area.bottom()) + 0.5
    painter.drawLine(QPointF(area.left(), base), QPointF(area.right(), base))
    top = area.bottom() + UNIT_PX
    height = fonts.small_metrics.height()
    title = fonts.small_metrics.elidedText(title, Qt.TextElideMode.ElideRight, area.width())
    title_width = fonts.small_width(title)
    title_left = area.right() - title_width
    before, edge = -math.inf, area.right() + PADDING_PX
    for tick in sorted(ticks, key=lambda each: each.share):
        if not -0.001 <= tick.share <= 1.001:
            continue
        x = round(area.left() + tick.share * area.width()) + 0.5
        painter.drawLine(QPointF(x, base), QPointF(x, base + 3))
        half = fonts.small_width(tick.text) / 2
        left = max(min(x - half, edge - 2 * half), area.left() - UNIT_PX)  # the other axis has labels before it
        if tick.text and left > before + UNIT_PX and (below or x + half < title_left - 2 * UNIT_PX):
            before = left + 2 * half
            painter.drawText(QRectF(left - 2, top, 2 * half + 4, height), ALIGN_CENTER, tick.text)
    painter.setPen(QColor(color))
    top += height if below else 0
    painter.drawText(QRectF(title_left, top, title_width + 2, height), ALIGN_RIGHT, title)
