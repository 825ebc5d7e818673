"""Small multiples: a chart for each combination of values, all with the same axes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QMenu, QScrollArea, QWidget

from lrsim.charts.look import CORNER_PX, PADDING_PX, QUANTITY_SERIES, SPLIT_STYLES, UNIT_PX
from lrsim.common.metrics import Metric, Split
from lrsim.common.numbers import count, full
from lrsim.gui.chart.export import csv_text
from lrsim.gui.chart.frame import Entry, draw_legend, label_width, legend_width
from lrsim.gui.chart.picture import Picture
from lrsim.gui.chart.readout import Line, draw_readout
from lrsim.gui.chart.scales import Scale
from lrsim.gui.chart.span import Span
from lrsim.gui.look.theme import ThemeSource, series_pen
from lrsim.gui.sweep.cell_paint import Axes, CellPainter, own_scale, parts_width, value_ticks
from lrsim.gui.sweep.cells import ACCURACY, Cell, Grid, cells_of, columns_for, loss_scale
from lrsim.gui.sweep.results import Results
from lrsim.gui.sweep.sweep_view import SweepView
from lrsim.gui.words import sweep
from lrsim.sweep.cells import Frame, frame
from lrsim.sweep.live import LiveRun
from lrsim.sweep.record import Record

USUAL_VERDICT = "oscillating"
TITLES_MEASURED = 30
LEAST_EM = (14.0, 8.5)
"""Least width and height of a chart in text sizes."""


class GridView(QScrollArea):
    """The charts, as large as there is room for, and scrolled where they are too many.

    Signals
    -------
    open_requested(int, int)
        Index of a run and the step at which to open it.
    """

    open_requested = Signal(int, int)

    def __init__(self, results: Results, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = Multiples(results, themes)
        self.canvas.open_requested.connect(self.open_requested)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(self.canvas)
        results.began.connect(self._fit)
        themes.changed.connect(self._fit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.canvas.setMinimumHeight(self.canvas.needed_height(self.viewport().width(), self.viewport().height()))


class Multiples(SweepView, Picture):
    """All charts on one canvas, with linked axes and one pointer for all."""

    def __init__(self, results: Results, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(themes, parent=parent)
        self._cells: list[Cell] = []
        self._frame: Frame = frame(())
        self._loss = loss_scale(self._frame.losses)
        self.span = Span(1.0)
        self._grid = Grid(1, (), ())
        self.setObjectName("grid")
        self.setAccessibleName(self.tr("Charts of all runs"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        results.went_on.connect(self.show_results)
        self.watch(results)

    # --- what is shown

    def rebuild(self) -> None:
        """Another sweep: a chart for each of its combinations of values."""
        self._cells = cells_of(self.results.runs)
        self.span.show_all()
        self.show_results()

    def show_results(self) -> None:
        """More runs are done, or further."""
        self._frame = frame(self.results.records, self.results.live)
        self._loss = loss_scale(self._frame.losses)
        self.span.whole = self._frame.epoch_range
        self.update()

    def _done(self, cell: Cell) -> list[Record]:
        found = [self.results.record(spec.index) for spec in cell.specs]
        return [record for record in found if record is not None]

    def _live(self, cell: Cell) -> list[LiveRun]:
        found = [self.results.live_run(spec.index) for spec in cell.specs]
        return [run for run in found if run is not None]

    # --- layout

    @property
    def _least(self) -> tuple[float, float]:
        return LEAST_EM[0] * self.theme.base_px, LEAST_EM[1] * self.theme.base_px

    def needed_height(self, width: float, height: float) -> int:
        """Height at which no chart gets too low."""
        if not self._cells:
            return 0
        columns = columns_for(self._cells, width, height, self._least)
        return math.ceil(self.fonts.row + -(-len(self._cells) // columns) * self._least[1])

    def _laid_out(self, size: QSize) -> Grid:
        fonts = self.fonts
        columns = columns_for(self._cells, size.width(), size.height(), self._least)
        rows = -(-len(self._cells) // columns)
        small, base = fonts.small_metrics.height(), fonts.base_metrics.height()
        top = fonts.row + UNIT_PX
        gap = 2 * PADDING_PX
        bottom = small + 2 * UNIT_PX
        row_gap = base + 3 * UNIT_PX
        ragged = bottom if len(self._cells) % columns else 0  # the row above the last has labels too
        height = (size.height() - top - bottom - ragged - row_gap * rows) / rows
        ends = [*self._cells[columns - 1 :: columns], self._cells[-1]]
        left = self._label_room([ACCURACY] if self._frame.twin else self._scales(self._cells[::columns]), height)
        right = self._label_room(self._scales(ends), height) if self._frame.twin else PADDING_PX
        width = (size.width() - left - right - gap * (columns - 1)) / columns
        outer, plots = [], []
        for place in range(len(self._cells)):
            row, column = divmod(place, columns)
            late = ragged if row == rows - 1 else 0
            x = left + column * (width + gap)
            y = top + row_gap + row * (height + row_gap) + late
            plots.append(QRectF(x, y, max(width, 10), max(height, 10)))
            outer.append(QRectF(x - gap / 2, y - row_gap, width + gap, height + row_gap + UNIT_PX))
        return Grid(columns, tuple(outer), tuple(plots))

    def _scales(self, cells: Sequence[Cell]) -> list[Scale]:
        """Those by which the losses of some charts are drawn: the common one, and their own of runs that exploded."""
        own = [own_scale(self._frame, self._done(cell)) for cell in cells]
        return [self._loss, *(scale for scale in own if scale is not None)]

    def _label_room(self, scales: Sequence[Scale], height: float) -> float:
        widest = max(label_width(self.fonts, value_ticks(scale, height, self.fonts)) for scale in scales)
        return widest + PADDING_PX + UNIT_PX

    # --- drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            painter.fillRect(event.rect(), QColor(self.theme.background))
            self._grid = self._laid_out(self.size()) if self._cells else Grid(1, (), ())
            self._draw(painter, self._grid, QRectF(event.rect()))
            self._draw_selection(painter)
            self._draw_pointer(painter)
            self.draw_focus(painter)
        finally:
            painter.end()

    def draw_exported(self, painter: QPainter, size: QSize) -> None:
        """Everything, without pointer and selection."""
        self._draw(painter, self._laid_out(size), QRectF(0, 0, size.width(), size.height()))

    def _draw(self, painter: QPainter, grid: Grid, visible: QRectF) -> None:
        if not self._cells:
            return
        right = max(box.right() for box in grid.outer) - PADDING_PX
        draw_legend(painter, self.fonts, self.theme, self._legend(right - PADDING_PX), PADDING_PX, 0, right)
        cell_painter = CellPainter(
            self.theme, self.fonts, self._frame, self._loss, under_way=self.results.under_way,
            short=self._titles_are_short(grid.plots[0].width()),
        )  # fmt: skip
        for place, cell in enumerate(self._cells):
            if grid.outer[place].intersects(visible):
                axes = Axes(grid.is_left(place), grid.is_right(place), grid.is_lowest(place), *self.span.shown)
                cell_painter.draw(painter, grid.plots[place], cell, self._done(cell), self._live(cell), axes)

    def _titles_are_short(self, room: float) -> bool:
        """Whether some title and the verdict beside it have no room for many words; then all have few."""
        cells = self._cells[:: max(1, len(self._cells) // TITLES_MEASURED)]
        widest = max(parts_width(sweep.title_parts(cell.specs[0]), self.fonts.base_metrics) for cell in cells)
        return widest + self.fonts.small_width(USUAL_VERDICT) + 2 * UNIT_PX > room

    def _legend(self, room: float) -> list[Entry]:
        """Each curve by its name; where that is too long, the hues and the line styles by theirs."""
        names = {"accuracy": self.tr("accuracy"), "loss": self.tr("loss")}
        quantities = ["accuracy", "loss"] if self._frame.twin else ["loss"]
        splits = [("training", self.tr("training"))]
        if self._frame.held_out:
            splits.append(("validation", self.tr("validation")))
        entries = [
            Entry(f"{word} {names[quantity]}", "", self._pen(quantity, split))
            for quantity in quantities for split, word in splits
        ]  # fmt: skip
        if sum(legend_width(self.fonts, self.theme, entry) for entry in entries) <= room:
            return entries
        hues = [Entry(names[quantity], "", self._pen(quantity, "training")) for quantity in quantities]
        return hues + [Entry(word, "", self._pen(quantities[-1], split)) for split, word in splits[1:]]

    def _pen(self, quantity: str, split: str) -> QPen:
        pen = QPen(series_pen(self.theme, QUANTITY_SERIES[quantity], SPLIT_STYLES[split]))
        pen.setWidthF(max(pen.widthF(), 1.5))
        return pen

    def _draw_selection(self, painter: QPainter) -> None:
        for cell, box in zip(self._cells, self._grid.outer):
            if any(spec.index == self.results.selection for spec in cell.specs):
                painter.setPen(QPen(QColor(self.theme.text), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(box.adjusted(2, 2, -2, UNIT_PX), CORNER_PX, CORNER_PX)

    def _draw_pointer(self, painter: QPainter) -> None:
        """A line at the same epoch in all charts, and the exact values of the one under the pointer."""
        place = self._grid.at(self.pointer.x(), self.pointer.y()) if self.pointer else None
        if place is None or self.pointer is None or not self._grid.plots[place].contains(self.pointer):
            return
        area = self._grid.plots[place]
        epoch = self._epoch_at(area, self.pointer.x())
        low, high = self.span.shown
        share = (epoch - low) / (high - low)
        painter.setPen(QPen(QColor(self.theme.muted), 1))
        for plot in self._grid.plots:
            x = round(plot.left() + share * plot.width()) + 0.5
            painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
        lines = self.readout(self._cells[place], epoch)
        if len(lines) > 1:
            draw_readout(painter, self.fonts, self.theme, QRectF(self.rect()), self.pointer, lines)

    def _epoch_at(self, area: QRectF, x: float) -> int:
        at = self._at(area, x)
        return max(1, min(round(at), math.ceil(self._frame.epochs)))

    def readout(self, cell: Cell, epoch: int) -> list[Line]:
        """The figures of a cell's runs at an epoch."""
        lines = [Line(sweep.epoch_word(), count(epoch))]
        records = self._done(cell)
        for record in records[:4]:
            seed = self.tr(", seed {0}").format(record.seed) if len(cell.specs) > 1 else ""
            for metric in (Metric(quantity, split) for quantity in ("accuracy", "loss") for split in Split):
                values = record.history.get(metric.name)
                if values is not None and len(values) >= epoch:
                    color = self.theme.series[QUANTITY_SERIES[metric.quantity]]
                    lines.append(Line(f"{metric.words}{seed}", full(values[epoch - 1]), color=color))
        return lines

    # --- the hand

    def _at(self, area: QRectF, x: float) -> float:
        """The place on the axis of epochs at a pixel of a chart."""
        low, high = self.span.shown
        return low + (x - area.left()) / area.width() * (high - low)

    def drag(self, before: QPointF, now: QPointF) -> None:
        if self._grid.plots:
            area = self._grid.plots[0]
            self.span.move(self._at(area, before.x()) - self._at(area, now.x()))
            self.update()

    def click(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        place = self._grid.at(at.x(), at.y())
        self.results.select(None if place is None else self._next_run(self._cells[place]))

    def _next_run(self, cell: Cell) -> int:
        """The run of a cell to choose: one after another where it has several."""
        indices = [spec.index for spec in cell.specs]
        if self.results.selection in indices:
            return indices[(indices.index(self.results.selection) + 1) % len(indices)]
        return indices[0]

    def double_click(self, at: QPointF) -> None:
        place = self._grid.at(at.x(), at.y())
        self.open_run(None if place is None else self._chosen(self._cells[place]))

    def _chosen(self, cell: Cell) -> Record | None:
        """The selected run of a cell, else its first that is done."""
        done = self._done(cell)
        return next((record for record in done if record.index == self.results.selection), done[0] if done else None)

    def wheelEvent(self, event: QWheelEvent) -> None:
        parent = self.parentWidget()
        scrolled = parent is not None and self.height() > parent.height()
        if not self._cells or (scrolled and not event.modifiers() & Qt.KeyboardModifier.ControlModifier):
            event.ignore()
            return
        super().wheelEvent(event)

    def zoom_at(self, factor: float, at: QPointF) -> None:
        if self._grid.plots:
            area = self._grid.plots[self._grid.at(at.x(), at.y()) or 0]
            self.span.zoom(factor, self._at(area, at.x()))
            self.update()

    def slide(self, share: float) -> None:
        low, high = self.span.shown
        self.span.move(share * (high - low))
        self.update()

    def show_all(self) -> None:
        """All epochs."""
        self.span.show_all()
        self.update()

    def add_actions(self, menu: QMenu, at: QPointF | None) -> None:
        place = self._grid.at(at.x(), at.y()) if at is not None else None
        record = self._chosen(self._cells[place]) if place is not None else None
        if record is None or place is None or at is None:
            return
        epoch = self._epoch_at(self._grid.plots[place], at.x())
        step = min(epoch * record.steps_per_epoch, record.steps)
        menu.addSeparator()
        menu.addAction(self.tr("Open this run")).triggered.connect(lambda: self.open_run(record))
        there = menu.addAction(self.tr("Open this run at epoch {0}").format(count(epoch)))
        there.triggered.connect(lambda: self.open_run(record, step))

    def hint(self) -> str:
        return self.tr("A click chooses the run in all views, a double click opens it in the stepper.")

    def csv(self) -> str:
        """The curves in long form: a line for each run and epoch."""
        records = self.results.records
        names = sorted({name for record in records for name in record.history})
        rows = []
        for record in records:
            for epoch in range(record.epochs):
                figures = [float(record.history[name][epoch]) if name in record.history else "" for name in names]
                rows.append([record.name, record.seed, epoch + 1, *figures])
        return csv_text(["run", "seed", "epoch", *names], rows)
