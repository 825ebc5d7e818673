"""Curves over steps beside those of the other branches of the run, which are dotted and named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtGui import QPainter

from lrsim.common.numbers import Floats, full
from lrsim.gui.chart.other_branches import OtherBranches, OthersShown, draw_names, drawn_in
from lrsim.gui.chart.readout import Line
from lrsim.gui.chart.step_chart import Curve, StepPlot
from lrsim.gui.chart.strokes import draw_spread
from lrsim.gui.look.theme import series_pen
from lrsim.history.series import Series

MOST_READ = 2
"""Curves of another branch that are told under the pointer."""


class BranchesPlot(StepPlot):
    """A plot over steps that shows what other branches have in the same columns."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._others = OtherBranches()
        self._ends: list[tuple[float, float, str]] = []
        self._others_shown = OthersShown.of(self._bridge)
        self._others_shown.changed.connect(self._show_others)

    def set_curves(self, curves: Sequence[Curve], run: int, notice: str = "") -> None:
        self._others.forget()
        super().set_curves(curves, run, notice)

    def fetch(self, columns: Sequence[str], lo: int, hi: int, points: int) -> Series:
        self._fetch_others(columns, lo, hi, points)
        return super().fetch(columns, lo, hi, points)

    def _fetch_others(self, columns: Sequence[str], lo: int, hi: int, points: int) -> None:
        if not self._others_shown.on:
            self._others.forget()
            return
        snapshot, reader = self._snapshot, self._bridge.reader
        self._others.update(
            snapshot, lo, hi, (tuple(columns), points, self.even_factors),
            lambda shown, first, last: self.laid_out(
                lambda a, b, most: reader.branch_series(snapshot, shown, columns, a, b, most), first, last, points
            ),
        )  # fmt: skip

    def _show_others(self) -> None:
        self._fetched = ()
        self.update()

    def _beside(self, values: Floats, column: str | None = None) -> Floats:
        """Finite values of the branch at hand, and those of others as far as they count beside them."""
        if not len(values) or not self._others.shown:
            return values
        names = [curve.column for curve in self._curves] if column is None else [column]
        found = [
            part[name][(series.x >= self._lo) & (series.x <= self._hi)]
            for _, series in self._others.shown for name in names for part in (series.low, series.high)
        ]  # fmt: skip
        return np.concatenate(
            [values, drawn_in(self.kind, float(values.min()), float(values.max()), np.concatenate(found))]
        )

    def draw_behind(self, painter: QPainter) -> None:
        """The other branches of the run, dotted."""
        self._ends = []
        for shown, series in self._others.shown:
            x = self.x_px(series.x)
            for curve in self._curves:
                low, high = (self.curve_px(curve, part[curve.column]) for part in (series.low, series.high))
                draw_spread(painter, x, low, high, series_pen(self.theme, curve.index, "dotted"), smooth=False)
            self._end(x, self.curve_px(self._curves[0], series.high[self._curves[0].column]), shown.title)

    def _end(self, x: Floats, y: Floats, title: str) -> None:
        """Note where the line of a branch ends in sight, and what the branch is called."""
        seen = np.flatnonzero(np.isfinite(y) & (x >= self.area.left()) & (x <= self.area.right() + 1))
        if len(seen):
            self._ends.append((float(x[seen[-1]]), float(y[seen[-1]]), title))

    def draw_marks(self, painter: QPainter) -> None:
        """What other branches are called, and the marks of this one."""
        draw_names(painter, self.fonts, self.theme, self.area, self._ends)
        super().draw_marks(painter)

    def readout(self, step: int) -> list[Line]:
        return [*super().readout(step), *self.read_others(step)]

    def read_others(self, step: int) -> list[Line]:
        """What other branches have at a step, each under what it is called."""
        lines = []
        columns = [curve.column for curve in self._curves]
        for shown, _ in self._others.shown:
            if not shown.parts < step <= shown.tip:
                continue
            lines.append(Line(shown.title, ""))
            series = self._bridge.reader.branch_series(self._snapshot, shown, columns, step, step, 1)
            for curve in self._curves[:MOST_READ]:
                value = full(float(series.low[curve.column][-1])) if series.exact else "\u2026"
                lines.append(Line(curve.name, value, color=self.theme.series[curve.index % len(self.theme.series)]))
        return lines
