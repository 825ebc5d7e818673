"""The final figure over two swept keys as a map: the median of the seeds in each cell, lost cells in words."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsRectItem, QWidget

from lrsim.charts.look import UNIT_PX, contrast, mix
from lrsim.common.metrics import metric_of
from lrsim.common.numbers import full
from lrsim.gui.chart.color_map import one_hue
from lrsim.gui.chart.export import csv_text
from lrsim.gui.chart.plane import Plane
from lrsim.gui.chart.readout import Line
from lrsim.gui.chart.scales import Scale, ScaleKind, empty, exact
from lrsim.gui.chart.ticks import Tick, apart
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.sweep.results import Results
from lrsim.gui.sweep.sweep_view import SweepView
from lrsim.gui.words import sweep as words
from lrsim.gui.words.keys import key_labels
from lrsim.sweep.axes import RATE, KeyAxis, across_and_down, cut, key_axis, lost_word, three_digits
from lrsim.sweep.finals import FinalMap, final_map
from lrsim.sweep.record import Record
from lrsim.sweep.words import label

LOST = 0.10
"""Share of the bad tone in the ground of cells whose runs came to nothing."""
BEST_INSET, CHOSEN_INSET = 0.02, 0.07
"""Where the frames of the best and of the chosen cell are, as shares of a cell."""
CLOSEST = 0.1


class HeatView(SweepView, Plane):
    """Columns are the values of one key (the rate, where it is swept), rows those of the other."""

    def __init__(self, results: Results, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(themes, closest=CLOSEST, bounded=True)
        self.setParent(parent)
        self.setObjectName("map")
        self.setAccessibleName(self.tr("Final figures over two keys"))
        self.title_below = True
        self._map: FinalMap | None = None
        self._colors = one_hue(themes.theme, empty(ScaleKind.LINEAR))
        self._frames: list[QGraphicsRectItem] = []
        self.watch(results)

    # --- what is shown

    def _set_theme(self, theme: Theme) -> None:
        super()._set_theme(theme)
        self.show_results()

    def rebuild(self) -> None:
        """Another sweep: other rows and columns."""
        self.show_all()
        self.show_results()

    def show_results(self) -> None:
        """More runs are done."""
        axes = self._axes()
        self._map = final_map(self.results.records, axes[1], axes[0]) if axes else None
        if self._map is not None:
            self._show_map(self._map)
        self.update()

    def _axes(self) -> tuple[KeyAxis, KeyAxis] | None:
        """Columns and rows of a sweep over two keys."""
        sweep = self.results.sweep
        if sweep is None or len(sweep.over) != 2:
            return None
        values = dict(sweep.over)
        across, down = across_and_down(sweep.keys)
        return key_axis(values[across], across), key_axis(values[down], down)

    def _show_map(self, found: FinalMap) -> None:
        names = key_labels([found.columns.key, found.rows.key])
        self.title = self.tr("Final {0}").format(metric_of(found.metric).words)
        self.x_title, self.y_title = names[found.columns.key], names[found.rows.key]
        rows, columns = found.figures.shape
        self.set_whole((0.0, float(columns)), (0.0, float(rows)))
        finite = found.figures[np.isfinite(found.figures)]
        kind = ScaleKind.LOG if found.log else ScaleKind.LINEAR
        scale = exact(kind, float(finite.min()), float(finite.max())) if finite.size else empty(kind)
        self._colors = one_hue(self.theme, scale)
        self.bar = self._colors if finite.size else None
        self.show_image(found.figures, (0.0, float(columns), 0.0, float(rows)), self._colors)
        self.show_selected()

    def show_selected(self) -> None:
        """Frames around the best cell and the chosen one."""
        for frame in self._frames:
            self.remove(frame)
        self._frames = []
        found, chosen = self._map, self.selected
        if found is None:
            return
        rated = RATE in (found.columns.key, found.rows.key)
        if found.best is not None:
            self._frame(found.best, self.theme.rate if rated else self.theme.text, BEST_INSET)
        if chosen is not None:
            self._frame(found.cell_of(chosen), self.theme.text, CHOSEN_INSET)
        self.update()

    def _frame(self, cell: tuple[int, int], color: str, inset: float) -> None:
        row, column = cell
        first = self.place(column + inset, row + inset)
        last = self.place(column + 1 - inset, row + 1 - inset)
        frame = QGraphicsRectItem(QRectF(first, last))
        pen = QPen(QColor(color), 3)
        pen.setCosmetic(True)
        frame.setPen(pen)
        self.add(frame)
        self._frames.append(frame)

    def notice(self) -> str:
        return "" if self._map is not None else self.tr("The map is drawn of sweeps over two keys.")

    # --- drawing

    def x_title_color(self) -> str:
        return self.theme.rate if self._map is not None and self._map.columns.key == RATE else self.theme.text

    def x_ticks(self, most: int) -> list[Tick]:
        ticks = _middles(self._map.columns, self.x_scale) if self._map else []
        return apart(ticks, self.fonts.small_width, self.area.width(), 2 * UNIT_PX)

    def y_ticks(self, most: int) -> list[Tick]:
        return _middles(self._map.rows, self.y_scale) if self._map else []

    def draw_below(self, painter: QPainter) -> None:
        """A tint where runs came to nothing; what is not run yet stays empty."""
        if self._map is not None:
            box_of, ground = self._boxes(self._map), QColor(self._lost_ground)
            for row, column in np.argwhere(~np.isfinite(self._map.figures)).tolist():
                if self._map.at(row, column):
                    painter.fillRect(box_of(row, column), ground)

    @property
    def _lost_ground(self) -> str:
        return mix(self.theme.background, self.theme.bad, LOST)

    def _boxes(self, found: FinalMap) -> Callable[[int, int], QRectF]:
        """Where the cell of a row and a column lies; worked out for all at once, as a map may have thousands."""
        rows, columns = found.figures.shape
        across = self.x_px(np.arange(columns + 1.0)).tolist()
        up = self.y_px(np.arange(rows + 1.0)).tolist()

        def box(row: int, column: int) -> QRectF:
            left, top = across[column], up[row + 1]
            return QRectF(left, top, across[column + 1] - left, up[row] - top)

        return box

    def draw_marks(self, painter: QPainter) -> None:
        """A figure or a word in each cell that is in sight and has room for it."""
        found = self._map
        if found is None:
            return
        painter.setFont(self.fonts.small)
        box_of, least = self._boxes(found), self.fonts.small_width("0") + UNIT_PX
        for (row, column), figure in np.ndenumerate(found.figures):
            box = box_of(row, column)
            if box.width() < least or not box.intersects(self.area):
                continue
            text, color = self._words(found, row, column, float(figure))
            if self.fonts.small_width(text) + UNIT_PX <= box.width():
                painter.setPen(QColor(color))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _words(self, found: FinalMap, row: int, column: int, figure: float) -> tuple[str, str]:
        """What stands in a cell, and in which colour."""
        theme = self.theme
        if np.isfinite(figure):
            ground = self._colors.name(figure)
            return three_digits(figure), max((theme.text, theme.background), key=lambda ink: contrast(ink, ground))
        records = found.at(row, column)
        if records:
            return lost_word(records), theme.bad
        return "\u2026" if self.results.under_way else words.waiting_word(False), theme.muted

    # --- the hand

    def _records_at(self, at: QPointF) -> list[Record]:
        cell = self.cell_at(at)
        return [] if cell is None or self._map is None else self._map.at(*cell)

    def _record_at(self, at: QPointF) -> Record | None:
        found = self._records_at(at)
        return next((record for record in found if record.index == self.results.selection), found[0] if found else None)

    def readout(self, at: QPointF) -> list[Line]:
        """The runs of the cell at a place with their exact figures and verdicts."""
        found, lines = self._records_at(at), []
        if self._map is None or not found:
            return []
        for key, value in found[0].values:
            lines.append(Line(key_labels([key])[key], label(value), color=self.theme.rate if key == RATE else None))
        name = metric_of(self._map.metric).words
        for record in found:
            # One that exploded has no figure in the map; here it is told as it is.
            known = self.results.record(record.index) or record
            figure = known.final.get(self._map.metric, float("nan"))
            seed = self.tr(", seed {0}").format(record.seed) if len(found) > 1 else ""
            lines.append(Line(f"{name}{seed}", full(figure), color=self.theme.series[0]))
            lines.append(Line(self.tr("verdict"), record.verdict.replace("_", " ")))
        return lines

    def click(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        self.select(self._record_at(at))

    def double_click(self, at: QPointF) -> None:
        if not self.open_run(self._record_at(at)):
            super().double_click(at)

    def hint(self) -> str:
        return self.tr("A click chooses the run in all views, a double click opens it in the stepper.")

    def csv(self) -> str:
        """One line a row of the map, with the medians that are shown."""
        if self._map is None:
            return ""
        columns, rows = self._map.columns, self._map.rows
        header = [f"{rows.key} \\ {columns.key}", *(words.csv_cell(value) for value in columns.values)]
        figures = self._map.figures.tolist()
        return csv_text(header, ([words.csv_cell(value), *line] for value, line in zip(rows.values, figures)))


def _middles(axis: KeyAxis, scale: Scale) -> list[Tick]:
    """The values of a key at the middle of their cells."""
    return [Tick(scale.share(place + 0.5), cut(label(value))) for place, value in enumerate(axis.values)]
