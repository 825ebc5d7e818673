"""Small multiples: a chart for each combination of values, all with the same axes."""

from __future__ import annotations

import math
from pathlib import Path

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QGuiApplication,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QMenu, QScrollArea, QWidget

from lrsim.charts.look import CORNER_PX, PADDING_PX, QUANTITY_SERIES, SPLIT_STYLES, UNIT_PX
from lrsim.common.numbers import count, full
from lrsim.gui.chart.export import ask_and_save, csv_text, save_image
from lrsim.gui.chart.frame import Entry, Fonts, draw_legend, label_width, legend_width
from lrsim.gui.chart.readout import Line, draw_readout
from lrsim.gui.chart.scales import Scale
from lrsim.gui.chart.ticks import axis_ticks
from lrsim.gui.look.theme import Theme, ThemeSource, series_pen
from lrsim.gui.sweep.cell_paint import Axes, CellPainter
from lrsim.gui.sweep.cells import ACCURACY, Cell, Frame, Grid, cells_of, columns_for, frame_of
from lrsim.gui.sweep.results import Results
from lrsim.gui.words import sweep
from lrsim.sweep.live import LiveRun
from lrsim.sweep.record import Record

NOTCH = 120
ZOOM_PER_NOTCH = 1.25
DRAG_FROM_PX = 4
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


class Multiples(QWidget):
    """All charts on one canvas, with linked axes and one pointer for all.

    Signals
    -------
    open_requested(int, int)
    """

    open_requested = Signal(int, int)

    def __init__(self, results: Results, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._results = results
        self._theme = themes.theme
        self._fonts = Fonts(themes.theme)
        themes.changed.connect(self._set_theme)
        self._cells: list[Cell] = []
        self._frame: Frame = frame_of([])
        self._low, self._high = 0.0, 1.0
        self._zoomed = False
        self._pointer: QPointF | None = None
        self._pressed: QPointF | None = None
        self._dragged: QPointF | None = None
        self._grid = Grid(1, (), ())
        self.setObjectName("grid")
        self.setAccessibleName(self.tr("Charts of all runs"))
        self.setMouseTracking(True)
        results.began.connect(self._rebuild)
        results.grew.connect(self._refresh)
        results.went_on.connect(self._refresh)
        results.selected.connect(self.update)

    # --- what is shown

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._fonts = Fonts(theme)
        self.update()

    def _rebuild(self) -> None:
        self._cells = cells_of(self._results.runs)
        self._zoomed = False
        self._refresh()

    def _refresh(self) -> None:
        self._frame = frame_of(self._results.records, self._results.live)
        if not self._zoomed:
            self._show_whole()
        self.update()

    def _show_whole(self) -> None:
        last = self._frame.epochs
        self._low, self._high = (0.0, last) if last > 20 else (0.5, math.ceil(last) + 0.5)

    def _done(self, cell: Cell) -> list[Record]:
        found = [self._results.record(spec.index) for spec in cell.specs]
        return [record for record in found if record is not None]

    def _live(self, cell: Cell) -> list[LiveRun]:
        found = [self._results.live_run(spec.index) for spec in cell.specs]
        return [run for run in found if run is not None]

    # --- layout

    @property
    def _least(self) -> tuple[float, float]:
        return LEAST_EM[0] * self._theme.base_px, LEAST_EM[1] * self._theme.base_px

    def needed_height(self, width: float, height: float) -> int:
        """Height at which no chart gets too low."""
        if not self._cells:
            return 0
        columns = columns_for(self._cells, width, height, self._least)
        return math.ceil(self._fonts.row + -(-len(self._cells) // columns) * self._least[1])

    def _laid_out(self, size: QSize) -> Grid:
        fonts = self._fonts
        columns = columns_for(self._cells, size.width(), size.height(), self._least)
        rows = -(-len(self._cells) // columns)
        small, base = fonts.small_metrics.height(), fonts.base_metrics.height()
        left = self._label_room(ACCURACY if self._frame.twin else self._frame.loss)
        right = self._label_room(self._frame.loss) if self._frame.twin else PADDING_PX
        top = fonts.row + UNIT_PX
        gap = 2 * PADDING_PX
        width = (size.width() - left - right - gap * (columns - 1)) / columns
        bottom = small + 2 * UNIT_PX
        row_gap = base + 3 * UNIT_PX
        ragged = bottom if len(self._cells) % columns else 0  # the row above the last has labels too
        height = (size.height() - top - bottom - ragged - row_gap * rows) / rows
        outer, plots = [], []
        for place in range(len(self._cells)):
            row, column = divmod(place, columns)
            late = ragged if row == rows - 1 else 0
            x = left + column * (width + gap)
            y = top + row_gap + row * (height + row_gap) + late
            plots.append(QRectF(x, y, max(width, 10), max(height, 10)))
            outer.append(QRectF(x - gap / 2, y - row_gap, width + gap, height + row_gap + UNIT_PX))
        return Grid(columns, tuple(outer), tuple(plots))

    def _label_room(self, scale: Scale) -> float:
        return label_width(self._fonts, axis_ticks(scale, 6)) + PADDING_PX + UNIT_PX

    # --- drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            painter.fillRect(event.rect(), QColor(self._theme.background))
            self._grid = self._laid_out(self.size()) if self._cells else Grid(1, (), ())
            self._draw(painter, self._grid, QRectF(event.rect()))
            self._draw_selection(painter)
            self._draw_pointer(painter)
        finally:
            painter.end()

    def draw_exported(self, painter: QPainter, size: QSize) -> None:
        """Everything, without pointer and selection."""
        self._draw(painter, self._laid_out(size), QRectF(0, 0, size.width(), size.height()))

    def _draw(self, painter: QPainter, grid: Grid, visible: QRectF) -> None:
        if not self._cells:
            return
        right = max(box.right() for box in grid.outer) - PADDING_PX
        draw_legend(painter, self._fonts, self._theme, self._legend(right - PADDING_PX), PADDING_PX, 0, right)
        cell_painter = CellPainter(self._theme, self._fonts, self._frame)
        for place, cell in enumerate(self._cells):
            if grid.outer[place].intersects(visible):
                axes = Axes(grid.is_left(place), grid.is_right(place), grid.is_lowest(place), self._low, self._high)
                cell_painter.draw(painter, grid.plots[place], cell, self._done(cell), self._live(cell), axes)

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
        if sum(legend_width(self._fonts, self._theme, entry) for entry in entries) <= room:
            return entries
        hues = [Entry(names[quantity], "", self._pen(quantity, "training")) for quantity in quantities]
        return hues + [Entry(word, "", self._pen(quantities[-1], split)) for split, word in splits[1:]]

    def _pen(self, quantity: str, split: str) -> QPen:
        pen = QPen(series_pen(self._theme, QUANTITY_SERIES[quantity], SPLIT_STYLES[split]))
        pen.setWidthF(max(pen.widthF(), 1.5))
        return pen

    def _draw_selection(self, painter: QPainter) -> None:
        for cell, box in zip(self._cells, self._grid.outer):
            if any(spec.index == self._results.selection for spec in cell.specs):
                painter.setPen(QPen(QColor(self._theme.text), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(box.adjusted(2, 2, -2, UNIT_PX), CORNER_PX, CORNER_PX)

    def _draw_pointer(self, painter: QPainter) -> None:
        """A line at the same epoch in all charts, and the exact values of the one under the pointer."""
        place = self._grid.at(self._pointer.x(), self._pointer.y()) if self._pointer else None
        if place is None or self._pointer is None or not self._grid.plots[place].contains(self._pointer):
            return
        area = self._grid.plots[place]
        epoch = self._epoch_at(area, self._pointer.x())
        share = (epoch - self._low) / (self._high - self._low)
        painter.setPen(QPen(QColor(self._theme.muted), 1))
        for plot in self._grid.plots:
            x = round(plot.left() + share * plot.width()) + 0.5
            painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
        lines = self.readout(self._cells[place], epoch)
        if len(lines) > 1:
            draw_readout(painter, self._fonts, self._theme, QRectF(self.rect()), self._pointer, lines)

    def _epoch_at(self, area: QRectF, x: float) -> int:
        at = self._low + (x - area.left()) / area.width() * (self._high - self._low)
        return max(1, min(round(at), math.ceil(self._frame.epochs)))

    def readout(self, cell: Cell, epoch: int) -> list[Line]:
        """The figures of a cell's runs at an epoch."""
        lines = [Line(sweep.epoch_word(), count(epoch))]
        records = self._done(cell)
        for record in records[:4]:
            seed = self.tr(", seed {0}").format(record.seed) if len(cell.specs) > 1 else ""
            for name in ("accuracy", "val_accuracy", "loss", "val_loss"):
                values = record.history.get(name)
                if values is not None and len(values) >= epoch:
                    color = self._theme.series[QUANTITY_SERIES[name.removeprefix("val_")]]
                    lines.append(Line(f"{sweep.metric(name)}{seed}", full(values[epoch - 1]), color=color))
        return lines

    # --- the hand

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragged = event.position(), None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._pressed is not None:
            if self._dragged is None and (at - self._pressed).manhattanLength() >= DRAG_FROM_PX:
                self._dragged = self._pressed
            if self._dragged is not None and self._grid.plots:
                width = self._grid.plots[0].width()
                self._move((self._dragged.x() - at.x()) / width * (self._high - self._low))
                self._dragged = at
        self._pointer = at
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        dragged, self._pressed, self._dragged = self._dragged is not None, None, None
        if event.button() == Qt.MouseButton.LeftButton and not dragged:
            place = self._grid.at(event.position().x(), event.position().y())
            self._results.select(None if place is None else self._next_run(self._cells[place]))

    def _next_run(self, cell: Cell) -> int:
        """The run of a cell to choose: one after another where it has several."""
        indices = [spec.index for spec in cell.specs]
        if self._results.selection in indices:
            return indices[(indices.index(self._results.selection) + 1) % len(indices)]
        return indices[0]

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        place = self._grid.at(event.position().x(), event.position().y())
        if event.button() == Qt.MouseButton.LeftButton and place is not None:
            self._pressed = None
            record = self._chosen(self._cells[place])
            if record:
                self.open_requested.emit(record.index, record.steps)

    def _chosen(self, cell: Cell) -> Record | None:
        """The selected run of a cell, else its first that is done."""
        done = self._done(cell)
        return next((record for record in done if record.index == self._results.selection), done[0] if done else None)

    def leaveEvent(self, event: QEvent) -> None:
        self._pointer = None
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        parent = self.parentWidget()
        scrolled = parent is not None and self.height() > parent.height()
        if not self._cells or (scrolled and not event.modifiers() & Qt.KeyboardModifier.ControlModifier):
            event.ignore()
            return
        place = self._grid.at(event.position().x(), event.position().y())
        area = self._grid.plots[place or 0]
        anchor = self._low + (event.position().x() - area.left()) / area.width() * (self._high - self._low)
        self.zoom(ZOOM_PER_NOTCH ** (-event.angleDelta().y() / NOTCH), anchor)
        event.accept()

    def zoom(self, factor: float, anchor: float) -> None:
        """Show `factor` times as many epochs in all charts, `anchor` stays in place."""
        low, high = (anchor + (end - anchor) * factor for end in (self._low, self._high))
        if high - low >= 1:
            self._low, self._high, self._zoomed = max(low, 0.0), min(high, self._frame.epochs + 0.5), True
            self.update()

    def _move(self, epochs: float) -> None:
        epochs = max(-self._low, min(epochs, self._frame.epochs + 0.5 - self._high))
        self._low, self._high, self._zoomed = self._low + epochs, self._high + epochs, True

    def show_all(self) -> None:
        """All epochs."""
        self._zoomed = False
        self._show_whole()
        self.update()

    # --- the context menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.make_menu(QPointF(event.pos()))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def make_menu(self, at: QPointF) -> QMenu:
        """The context menu for a place on the canvas."""
        menu = QMenu(self)
        place = self._grid.at(at.x(), at.y())
        record = self._chosen(self._cells[place]) if place is not None else None
        if record is not None and place is not None:
            menu.addAction(self.tr("Open this run")).triggered.connect(
                lambda: self.open_requested.emit(record.index, record.steps)
            )
            epoch = self._epoch_at(self._grid.plots[place], at.x())
            step = min(epoch * record.steps_per_epoch, record.steps)
            menu.addAction(self.tr("Open this run at epoch {0}").format(count(epoch))).triggered.connect(
                lambda: self.open_requested.emit(record.index, step)
            )
            menu.addSeparator()
        menu.addAction(self.tr("Show all")).triggered.connect(self.show_all)
        menu.addSeparator()
        menu.addAction(self.tr("Copy data as CSV")).triggered.connect(
            lambda: QGuiApplication.clipboard().setText(self.csv())
        )
        menu.addAction(self.tr("Save image\u2026")).triggered.connect(lambda: ask_and_save(self, self.save_image))
        return menu

    def save_image(self, path: Path) -> None:
        """Write all charts as PNG or SVG, by the name's ending; raises OSError where that fails."""
        save_image(self, path, self.size(), self._theme.background, self.accessibleName())

    def csv(self) -> str:
        """The curves in long form: a line for each run and epoch."""
        records = self._results.records
        names = sorted({name for record in records for name in record.history})
        rows = []
        for record in records:
            for epoch in range(record.epochs):
                figures = [float(record.history[name][epoch]) if name in record.history else "" for name in names]
                rows.append([record.name, record.seed, epoch + 1, *figures])
        return csv_text(["run", "seed", "epoch", *names], rows)
