"""The final figure over two swept keys as a map: the median of the seeds in each cell, lost cells in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QGuiApplication, QImage, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QGraphicsRectItem, QLabel, QMenu, QToolTip, QVBoxLayout, QWidget

from lrsim.charts.look import PADDING_PX, UNIT_PX, contrast, mix
from lrsim.common.numbers import full, short
from lrsim.gui.chart.export import ask_and_save, csv_text
from lrsim.gui.look.theme import Theme, ThemeSource, font
from lrsim.gui.sweep.results import Results
from lrsim.gui.words import sweep as words
from lrsim.sweep.axes import (
    RATE,
    KeyAxis,
    across_and_down,
    at_value,
    best_record,
    key_axis,
    lost_word,
    median_grid,
    units,
    wants_log,
    without_explosions,
)
from lrsim.sweep.ranking import ranking_metric
from lrsim.sweep.record import Record
from lrsim.sweep.words import key_labels, label, metric_words

LIGHTEST, DARKEST = 0.06, 0.85


class HeatView(QWidget):
    """Columns are the values of one key (the rate, where it is swept), rows those of the other.

    Signals
    -------
    open_requested(int, int)
        Index of a run and the step at which to open it.
    """

    open_requested = Signal(int, int)

    def __init__(self, results: Results, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._results = results
        self._theme = themes.theme
        self._columns: KeyAxis | None = None
        self._rows: KeyAxis | None = None
        self._metric = "loss"
        self._figures = np.empty((0, 0))
        self._texts: list[pg.TextItem] = []
        self._frames: list[QGraphicsRectItem] = []
        self.setObjectName("map")
        self.title = QLabel(self)
        self.title.setProperty("role", "title")
        self.title.setContentsMargins(PADDING_PX, UNIT_PX, PADDING_PX, 0)
        self.plot = pg.PlotWidget(self)
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self.plot.setMouseEnabled(False, False)
        self.plot.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        self.plot.viewport().setMouseTracking(True)
        self.plot.viewport().installEventFilter(self)
        self.image = pg.ImageItem(axisOrder="row-major")
        self.plot.addItem(self.image)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, PADDING_PX, UNIT_PX)
        layout.setSpacing(UNIT_PX)
        layout.addWidget(self.title)
        layout.addWidget(self.plot, 1)
        results.began.connect(self._rebuild)
        results.grew.connect(self._refresh)
        results.selected.connect(self._refresh)
        themes.follow(self._set_theme)

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.plot.setBackground(theme.background)
        for side in ("left", "bottom"):
            axis = self.plot.getAxis(side)
            axis.setPen(QPen(QColor(theme.background)))
            axis.setTextPen(QColor(theme.text))
            axis.setStyle(tickFont=font(theme, theme.small_px), tickLength=0, tickTextOffset=2 * UNIT_PX)
        self._label_axes()
        self._refresh()

    # --- what is shown

    def _rebuild(self) -> None:
        sweep = self._results.sweep
        self._columns = self._rows = None
        if sweep and len(sweep.over) == 2:
            values = dict(sweep.over)
            across, down = across_and_down(sweep.keys)
            self._columns, self._rows = key_axis(values[across], across), key_axis(values[down], down)
            self._label_axes()
        self._refresh()

    def _label_axes(self) -> None:
        if self._columns is None or self._rows is None:
            return
        names = key_labels([self._columns.key, self._rows.key])
        for side, axis in (("bottom", self._columns), ("left", self._rows)):
            item = self.plot.getAxis(side)
            item.setTicks([[(place + 0.5, _cut(label(value))) for place, value in enumerate(axis.values)]])
            color = self._theme.rate if axis.key == RATE else self._theme.text
            item.setLabel(names[axis.key], color=color, **{"font-size": f"{self._theme.base_px}px"})
        longest = max((len(_cut(label(value))) for value in self._rows.values), default=1)
        self.plot.getAxis("left").setWidth(round((longest * 0.62 + 3.2) * self._theme.base_px))

    def _refresh(self) -> None:
        records = without_explosions(self._results.records)
        if self._columns is None or self._rows is None:
            return
        self._metric = ranking_metric(records) if records else "loss"
        self._figures = median_grid(records, self._rows, self._columns, self._metric)
        self.title.setText(self.tr("Final {0}").format(metric_words(self._metric)))
        shares = units(self._figures, wants_log(self._figures))
        self.image.setImage(self._picture(shares), levels=None)
        self.image.setRect(QRectF(0, 0, len(self._columns.values), len(self._rows.values)))
        self.plot.setRange(xRange=(0, len(self._columns.values)), yRange=(0, len(self._rows.values)), padding=0.0)
        self._write(records, shares)
        self._frame(records)

    def _picture(self, shares: np.ndarray) -> np.ndarray:
        """Colours of the cells, uint8 of shape (rows, columns, 4); cells without a figure are empty."""
        picture = np.zeros((*shares.shape, 4), np.uint8)
        for place, share in np.ndenumerate(shares):
            if np.isfinite(share):
                color = QColor(self._color(float(share)))
                picture[place] = (color.red(), color.green(), color.blue(), 255)
        return picture

    def _color(self, share: float) -> str:
        return mix(self._theme.background, self._theme.series[0], LIGHTEST + share * (DARKEST - LIGHTEST))

    def _write(self, records: list[Record], shares: np.ndarray) -> None:
        """A figure or a word into each cell."""
        for item in self._texts:
            self.plot.removeItem(item)
        self._texts = []
        theme = self._theme
        for (row, column), figure in np.ndenumerate(self._figures):
            if np.isfinite(figure):
                ground = self._color(float(shares[row, column]))
                color = max((theme.text, theme.background), key=lambda ink: contrast(ink, ground))
                text = short(float(f"{figure:.3g}"))
            else:
                cell = self._records_at(records, row, column)
                color, text = theme.bad if cell else theme.muted, lost_word(cell) if cell else "\u2026"
            item = pg.TextItem(text, color=color, anchor=(0.5, 0.5))
            item.setFont(font(theme, theme.small_px))
            item.setPos(column + 0.5, row + 0.5)
            self.plot.addItem(item)
            self._texts.append(item)

    def _records_at(self, records: list[Record], row: int, column: int) -> list[Record]:
        if self._columns is None or self._rows is None:
            return []
        in_row = at_value(records, self._rows.key, self._rows.values[row])
        return at_value(in_row, self._columns.key, self._columns.values[column])

    def _frame(self, records: list[Record]) -> None:
        """Frames around the best cell and the chosen one."""
        for frame in self._frames:
            self.plot.removeItem(frame)
        self._frames = []
        rated = self._columns is not None and RATE in (self._columns.key, self._rows.key if self._rows else "")
        best = best_record(records, self._metric)
        chosen = next((record for record in records if record.index == self._results.selection), None)
        for record, color, inset in (
            (best, self._theme.rate if rated else self._theme.text, 0.02), (chosen, self._theme.text, 0.07)
        ):  # fmt: skip
            if record is not None and self._columns is not None and self._rows is not None:
                values = dict(record.values)
                column = self._columns.values.index(values[self._columns.key])
                row = self._rows.values.index(values[self._rows.key])
                frame = QGraphicsRectItem(column + inset, row + inset, 1 - 2 * inset, 1 - 2 * inset)
                pen = QPen(QColor(color), 3)
                pen.setCosmetic(True)
                frame.setPen(pen)
                self.plot.addItem(frame)
                self._frames.append(frame)

    # --- the hand

    def _cell_at(self, at: QPoint) -> tuple[int, int] | None:
        place = self.plot.getPlotItem().getViewBox().mapSceneToView(QPointF(self.plot.mapToScene(at)))
        row, column = int(np.floor(place.y())), int(np.floor(place.x()))
        inside = 0 <= row < self._figures.shape[0] and 0 <= column < self._figures.shape[1]
        return (row, column) if inside else None

    def _record_at(self, at: QPoint) -> Record | None:
        cell = self._cell_at(at)
        found = self._records_at(self._results.records, *cell) if cell else []
        first = found[0] if found else None
        return next((record for record in found if record.index == self._results.selection), first)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent):
            at = event.position().toPoint()
            if event.type() == QEvent.Type.MouseMove:
                self._tell(at, event.globalPosition().toPoint())
            elif event.button() == Qt.MouseButton.LeftButton:
                record = self._record_at(at)
                if event.type() == QEvent.Type.MouseButtonDblClick and record is not None:
                    self.open_requested.emit(record.index, record.steps)
                elif event.type() == QEvent.Type.MouseButtonPress:
                    self._results.select(record.index if record else None)
        return event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.Wheel) or super().eventFilter(watched, event)

    def _tell(self, at: QPoint, where: QPoint) -> None:
        cell = self._cell_at(at)
        records = self._records_at(self._results.records, *cell) if cell else []
        lines = []
        for record in records:
            spec = self._results.runs[record.index]
            figure = full(record.final.get(self._metric, np.nan))
            lines.append(f"{words.title(spec, len(records) > 1)}\n{metric_words(self._metric)} {figure}")
            lines.append(record.verdict_text)
        QToolTip.showText(where, "\n".join(lines), self.plot)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Copy data as CSV")).triggered.connect(
            lambda: QGuiApplication.clipboard().setText(self.csv())
        )
        menu.addAction(self.tr("Save image\u2026")).triggered.connect(
            lambda: ask_and_save(self, self.save_image, "*.png")
        )
        menu.popup(event.globalPos())

    def save_image(self, path: Path) -> None:
        """Write the map as PNG, twice as fine as on screen; raises OSError where that fails."""
        image = QImage(self.size() * 2, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(2)
        image.fill(QColor(self._theme.background))
        painter = QPainter(image)
        self.render(painter, QPoint())
        painter.end()
        if not image.save(str(path), "PNG"):  # type: ignore[call-overload]
            raise OSError(self.tr("{0}: can't be written").format(path))

    def csv(self) -> str:
        """One line a row of the map, with the medians that are shown."""
        if self._columns is None or self._rows is None:
            return ""
        corner = f"{self._rows.key} \\ {self._columns.key}"
        header = [corner, *(words.csv_cell(value) for value in self._columns.values)]
        rows = [[words.csv_cell(value), *figures] for value, figures in zip(self._rows.values, self._figures.tolist())]
        return csv_text(header, rows)


def _cut(text: str) -> str:
    return text if len(text) <= 18 else text[:17] + "\u2026"
