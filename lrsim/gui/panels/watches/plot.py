"""Watches over steps."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lrsim.common.numbers import count, full
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.chart.exact_values import difference
from lrsim.gui.chart.readout import Line
from lrsim.gui.chart.scales import ScaleKind
from lrsim.gui.chart.step_chart import Curve, StepPlot
from lrsim.gui.look.theme import ThemeSource
from lrsim.history.series import Series
from lrsim.session.marked import Watch
from lrsim.session.snapshot import Snapshot


class WatchPlot(StepPlot):
    """One curve a watch; what is not known yet of the past is left out until it is."""

    def __init__(self, bridge: Bridge, themes: ThemeSource, title: str) -> None:
        super().__init__(bridge, themes, title, "", ScaleKind.LINEAR, self._now)
        self._watches: tuple[Watch, ...] = ()
        self._left_out: frozenset[int] = frozenset()

    def notice(self) -> str:
        if self._curves:
            return super().notice()
        usable = any(not watch.why_not for watch in self._snapshot.watches)
        none = self.tr("Write a watch, or take one that is ready-made")
        return self.tr("Every watch is left out") if usable else none

    def _now(self, snapshot: Snapshot) -> Sequence[float | None]:
        return [watch.value for watch in self._watches]

    def show_snapshot(self, snapshot: Snapshot) -> None:
        shown = [
            (place, watch)
            for place, watch in enumerate(snapshot.watches)
            if not watch.why_not and watch.id not in self._left_out
        ]
        self._watches = tuple(watch for _, watch in shown)
        curves = [Curve(watch.name, watch.name, place) for place, watch in shown]
        if tuple(curves) != self._curves or snapshot.run != self._run:
            self.set_curves(curves, snapshot.run)
        super().show_snapshot(snapshot)

    def leave_out(self, watches: frozenset[int]) -> None:
        """Draw all but some of the watches."""
        if watches != self._left_out:
            self._left_out = watches
            self.show_snapshot(self._snapshot)

    def read(self, columns: Sequence[str], lo: int, hi: int, points: int) -> Series:
        return self._bridge.reader.watch_series(self._snapshot, self._watches, lo, hi, points)

    def readout(self, step: int) -> list[Line]:
        there = None if self._pinned is None else min(self._pinned, self._snapshot.tip)
        lines = [Line(self.tr("step"), count(step), "" if there is None else f"{step - there:+d}")]
        for curve, watch in zip(self._curves, self._watches):
            color = self.theme.series[curve.index % len(self.theme.series)]
            lines.append(self._line(watch, step, there, color))
            lines += self.read_smoothed(curve, step, color)
        return lines

    def _line(self, watch: Watch, step: int, there: int | None, color: str) -> Line:
        if step == 0:
            return Line(watch.name, self.tr("none yet"), "", color)
        reader = self._bridge.reader
        value = reader.watch_value(self._snapshot, watch, step)
        if value is None:
            return Line(watch.name, "\u2026", "", color)
        if math.isnan(value) and step <= watch.early:
            return Line(watch.name, self.tr("none yet"), "", color)
        before = None if not there else reader.watch_value(self._snapshot, watch, there)
        return Line(watch.name, full(value), "" if before is None else difference(value, before), color)
