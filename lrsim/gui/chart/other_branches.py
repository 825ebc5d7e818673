"""The other branches of a run beside the one at hand: dotted, named at their ends, never squeezing its scale."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter

from lrsim.charts.look import UNIT_PX
from lrsim.common.numbers import Floats
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.chart.frame import Fonts
from lrsim.gui.chart.scales import ScaleKind
from lrsim.gui.look.theme import Theme
from lrsim.history.series import Series
from lrsim.session.branches import BranchShown
from lrsim.session.snapshot import Snapshot

MOST = 8
"""Branches that are drawn, those that were begun last."""
GRAIN = 8
"""A range is fetched anew once it has moved by this part of it: what others did does not change."""
FAR_TIMES = {ScaleKind.LINEAR: 1.0, ScaleKind.LOG: 2.0, ScaleKind.SYMLOG: 2.0}
"""How far beyond the values of the branch at hand others count, as a multiple of what these span."""
LEAST_DECADES = 1.0

Fetch = Callable[[BranchShown, int, int], Series]


def others(snapshot: Snapshot) -> list[BranchShown]:
    """Branches beside the one at hand that are in sight and have something of their own."""
    found = [each for each in snapshot.branches if not (each.current or each.hidden) and each.tip > each.parts]
    return found[-MOST:]


@dataclass(frozen=True)
class _Fetched:
    tip: int
    lo: int
    hi: int
    key: object
    series: Series


class OtherBranches:
    """Series of other branches, kept as long as they show the same."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], _Fetched] = {}
        self.shown: list[tuple[BranchShown, Series]] = []

    def forget(self) -> None:
        """Another run, or other columns."""
        self._known.clear()
        self.shown = []

    def update(self, snapshot: Snapshot, lo: int, hi: int, key: object, fetch: Fetch) -> None:
        """Have those at hand that show something between two steps.

        Parameters
        ----------
        key
            What else a series depends on.
        """
        kept: dict[tuple[int, int], _Fetched] = {}
        self.shown = []
        grain = max((hi - lo) // GRAIN, 1)
        lo, hi = lo // grain * grain, -(-hi // grain) * grain
        for each in others(snapshot):
            first, last = max(lo, each.parts), min(hi, each.tip)
            if first >= last:
                continue
            name = (snapshot.run, each.number)
            found = self._known.get(name)
            if found is None or (found.tip, found.lo, found.hi, found.key) != (each.tip, first, last, key):
                found = _Fetched(each.tip, first, last, key, fetch(each, first, last))
            kept[name] = found
            self.shown.append((each, found.series))
        self._known = kept


def drawn_in(kind: ScaleKind, low: float, high: float, values: Floats) -> Floats:
    """Values of others as far as they count beside those of the branch at hand, which lie between low and high."""
    values = values[np.isfinite(values)]
    if kind is ScaleKind.LOG:
        values = values[values > 0]
        if not (0 < low <= high):
            return values
        span = max(math.log10(high / low), LEAST_DECADES) * FAR_TIMES[kind]
        with np.errstate(over="ignore", under="ignore"):  # what lies beyond all numbers limits nothing
            return np.clip(values, low / np.float64(10) ** span, high * np.float64(10) ** span)
    if kind is ScaleKind.SYMLOG:  # in both signs, so many decades beyond the largest of this branch
        with np.errstate(over="ignore"):
            reach = (max(abs(low), abs(high)) or 1.0) * np.float64(10) ** (LEAST_DECADES * FAR_TIMES[kind])
        return np.clip(values, -reach, reach)
    span = (high - low or abs(high) or 1.0) * FAR_TIMES[kind]
    return np.clip(values, low - span, high + span)


def draw_names(
    painter: QPainter, fonts: Fonts, theme: Theme, area: QRectF, ends: Sequence[tuple[float, float, str]]
) -> None:
    """What branches are called, each beside the end of its line (x and y in pixels), none over another."""
    height = fonts.small_metrics.height()
    taken: list[QRectF] = []
    painter.setFont(fonts.small)
    for x, y, text in ends:
        text = fonts.small_metrics.elidedText(text, Qt.TextElideMode.ElideRight, round(0.45 * area.width()))
        width = fonts.small_width(text)
        left = min(x + UNIT_PX, area.right() - width - UNIT_PX)
        top = min(max(y - height / 2, area.top()), area.bottom() - height)
        box = _free(QRectF(left, top, width, height), taken, area)
        if box is None:
            continue
        taken.append(box)
        paper = QColor(theme.background)
        paper.setAlphaF(0.8)
        painter.fillRect(box.adjusted(-2, 0, 2, 0), paper)
        painter.setPen(QColor(theme.muted))
        painter.drawText(QPointF(box.left(), box.top() + fonts.small_metrics.ascent()), text)


def _free(box: QRectF, taken: Sequence[QRectF], area: QRectF) -> QRectF | None:
    """The place, or the nearest one above or below it that is free; None where there is none."""
    for away in range(8):
        for sign in (1, -1):
            moved = box.translated(0, sign * away * box.height())
            inside = area.top() <= moved.top() and moved.bottom() <= area.bottom()
            if inside and not any(moved.intersects(other) for other in taken):
                return moved
    return None


class OthersShown(QObject):
    """Whether other branches are drawn in the plots over steps of a window.

    Signals
    -------
    changed()
        They are from now on, or no longer.
    """

    changed = Signal()

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self.on = True

    @classmethod
    def of(cls, bridge: Bridge) -> OthersShown:
        """That of all plots which read from a bridge, made when first asked for."""
        found = bridge.findChild(cls)
        return cls(bridge) if found is None else found

    def choose(self, on: bool) -> None:
        """Draw them, or leave them out."""
        if on != self.on:
            self.on = on
            self.changed.emit()
