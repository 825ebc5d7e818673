"""All runs as a table that can be sorted by any of its columns."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent, QKeySequence, QMouseEvent, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from lrsim.common.metrics import TOLD_AT_THE_END, metric_of
from lrsim.common.numbers import full, short
from lrsim.gui.bridge.binding import quiet
from lrsim.gui.chart.export import csv_text
from lrsim.gui.look.theme import Theme, ThemeSource, font
from lrsim.gui.sweep.results import Results
from lrsim.gui.sweep.sweep_view import SweepView
from lrsim.gui.words import sweep as words
from lrsim.gui.words.keys import in_words, key_labels
from lrsim.sweep.axes import RATE
from lrsim.sweep.ranking import ranking_metric
from lrsim.sweep.record import Record
from lrsim.sweep.words import label

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
MOST_TEXT_EM = 16
ROWS_MEASURED = 15
"""Columns are as wide as the texts of so many rows want; of all rows it would take longer than a frame has."""


@dataclass(frozen=True)
class Column:
    """A column: what it says of a run, what it is sorted by, and in which tone."""

    name: str
    text: Callable[[Record], str]
    key: Callable[[Record], object]
    tone: Callable[[Record], str] | None = None
    number: bool = True


class RunsModel(QAbstractTableModel):
    """The finished runs, a row each, in the chosen order; figures that are missing come last either way."""

    def __init__(self, results: Results, theme: Theme) -> None:
        super().__init__()
        self._results = results
        self.theme = theme
        self.columns: list[Column] = []
        self.rows: list[Record] = []
        self._sorted_by: tuple[int, Qt.SortOrder] | None = None
        results.began.connect(self.rebuild)
        results.grew.connect(self.refresh)

    def rebuild(self) -> None:
        """Another sweep: other columns, in the order of the grid."""
        self._sorted_by = None
        self.refresh()

    def refresh(self) -> None:
        """More runs are done."""
        self.beginResetModel()
        self.columns = self._make_columns()
        self.rows = self._ordered(self._results.records)
        self.endResetModel()

    def _make_columns(self) -> list[Column]:
        sweep, records = self._results.sweep, self._results.records
        if sweep is None:
            return []
        names = key_labels(sweep.keys)
        columns = [self._value_column(key, names[key]) for key in sweep.keys]
        if len(sweep.seeds) > 1:
            columns.append(Column(self.tr("seed"), lambda record: str(record.seed), lambda record: record.seed))
        columns.append(
            Column(
                self.tr("verdict"), lambda record: record.word, lambda record: record.word,
                tone=lambda record: record.tone, number=False,
            )
        )  # fmt: skip
        best = ranking_metric(records) if records else "loss"
        columns.append(
            _figure_column(self.tr("best {0}").format(metric_of(best).words), best, lambda record: record.best)
        )
        columns.append(
            Column(
                self.tr("best epoch"), lambda record: str(record.best_epoch or "-"), lambda record: record.best_epoch
            )
        )
        for metric in TOLD_AT_THE_END:
            if any(metric.name in record.final for record in records):
                name = self.tr("final {0}").format(metric.words)
                columns.append(_figure_column(name, metric.name, lambda record: record.final))
        columns.append(Column(self.tr("steps"), lambda record: str(record.steps), lambda record: record.steps))
        columns.append(Column(self.tr("seconds"), lambda record: short(record.seconds), lambda record: record.seconds))
        columns.append(
            Column(self.tr("in words"), _said, _said,
                   number=False)
        )  # fmt: skip
        return columns

    def _value_column(self, key: str, name: str) -> Column:
        return Column(
            name, lambda record: label(dict(record.values)[key]), lambda record: dict(record.values)[key],
            tone=(lambda record: "rate") if key == RATE else None,
        )  # fmt: skip

    def _ordered(self, records: list[Record]) -> list[Record]:
        if self._sorted_by is None:
            return records
        place, order = self._sorted_by
        key = self.columns[place].key
        there = [record for record in records if not _missing(key(record))]
        gone = [record for record in records if _missing(key(record))]
        there.sort(key=lambda record: _comparable(key(record)), reverse=order == Qt.SortOrder.DescendingOrder)
        return there + gone

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._sorted_by = (column, order) if 0 <= column < len(self.columns) else None
        self.layoutAboutToBeChanged.emit()
        self.rows = self._ordered(self._results.records)
        self.layoutChanged.emit()

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation == Qt.Orientation.Horizontal and section < len(self.columns):
            if role == Qt.ItemDataRole.DisplayRole:
                return self.columns[section].name
            if role == Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(self.columns[section])
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        record, column = self.rows[index.row()], self.columns[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.text(record)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == Qt.ItemDataRole.ForegroundRole and column.tone:
            tone = column.tone(record)
            return QColor(self.theme.rate if tone == "rate" else self.theme.tone(tone))
        if role == Qt.ItemDataRole.FontRole and column.tone and column.tone(record) == "rate":
            return font(self.theme, bold=True)
        if role == Qt.ItemDataRole.ToolTipRole:
            value = column.key(record)
            return _said(record) if not column.number else full(value) if isinstance(value, float) else None
        return None

    def csv(self) -> str:
        """The table in its present order, with all digits."""
        rows = [[_exact(column, record) for column in self.columns] for record in self.rows]
        return csv_text([column.name for column in self.columns], rows)


def _said(record: Record) -> str:
    return in_words(record.verdict_text)


def _figure_column(name: str, metric: str, figures: Callable[[Record], object]) -> Column:
    def value(record: Record) -> object:
        return figures(record).get(metric)  # type: ignore[attr-defined]

    def text(record: Record) -> str:
        found = value(record)
        return "-" if found is None else short(float(found))  # type: ignore[arg-type]

    return Column(name, text, value)


def _alignment(column: Column) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column.number else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def _missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _comparable(value: object) -> tuple[int, float, str]:
    """Numbers by size, before texts by letters."""
    if isinstance(value, int | float):
        return 0, float(value), ""
    return 1, 0.0, str(value)


def _exact(column: Column, record: Record) -> object:
    value = column.key(record)
    return value if isinstance(value, int | float) else words.csv_cell(value) if value is not None else ""


class RunsTable(SweepView, QTableView):
    """The table; a click chooses a run in all views, a double click or Return opens it."""

    def __init__(self, results: Results, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.runs = RunsModel(results, themes.theme)
        self.setModel(self.runs)
        self.setObjectName("runs")
        self.setAccessibleName(self.tr("All runs"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setSortingEnabled(True)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setResizeContentsPrecision(ROWS_MEASURED)
        self.runs.modelReset.connect(self._fit)
        self.runs.layoutChanged.connect(self.show_selected)
        self.selectionModel().currentRowChanged.connect(self._choose)
        self.watch(results)
        themes.follow(self._set_theme)

    def rebuild(self) -> None:
        """Another sweep: its runs in the order of the grid."""
        self.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)

    def _set_theme(self, theme: Theme) -> None:
        self.runs.theme = theme
        self.verticalHeader().setDefaultSectionSize(round(theme.base_px * 1.9))
        self.horizontalHeader().setMinimumSectionSize(theme.base_px * 3)
        if self.isVisible():
            self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()  # in the letters that it has by now

    def _fit(self) -> None:
        self.resizeColumnsToContents()
        limit = MOST_TEXT_EM * self.runs.theme.base_px
        for column in range(len(self.runs.columns)):
            self.setColumnWidth(column, min(self.columnWidth(column), limit))
        self.show_selected()

    def _choose(self, current: QModelIndex, _before: QModelIndex) -> None:
        if current.isValid():
            self.select(self.runs.rows[current.row()])

    def choose_next(self, by: int) -> None:
        """Choose the run so many rows below the chosen one; the first where none is."""
        if self.runs.rows:
            indices = [record.index for record in self.runs.rows]
            chosen = self.results.selection
            row = indices.index(chosen) + by if chosen in indices else 0
            self.select(self.runs.rows[max(0, min(row, len(indices) - 1))])

    def show_selected(self) -> None:
        indices = [record.index for record in self.runs.rows]
        with quiet(self.selectionModel()):
            if self.results.selection in indices:
                self.selectRow(indices.index(self.results.selection))
            else:
                self.clearSelection()
        self.viewport().update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            self.open_run(self.runs.rows[index.row()])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.open_run(self.runs.rows[self.currentIndex().row()])
        elif event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.runs.csv())
        else:
            super().keyPressEvent(event)
