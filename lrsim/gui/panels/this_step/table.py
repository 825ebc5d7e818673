"""Numbers of a stage in rows and columns, with all digits under the pointer; parameters can be set by hand."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from lrsim.common.numbers import full, short
from lrsim.debugger.opened_stage import Table
from lrsim.gui.bridge.binding import quiet
from lrsim.gui.words.entries import parse_input

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
PADDING = 4


class StageTable(QWidget):
    """A titled table that is as tall as its rows.

    Signals
    -------
    parameter_set(str, float)
        A hand gave a parameter another value.
    refused(str)
        What was typed is no number; the sentence says so.
    """

    parameter_set = Signal(str, float)
    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._table: Table | None = None
        self._title = QLabel(self)
        self._title.setProperty("role", "muted")
        self._title.setWordWrap(True)
        self.grid = QTableWidget(self)
        self.grid.setSizeAdjustPolicy(QAbstractItemView.SizeAdjustPolicy.AdjustToContents)
        self.grid.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.grid.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        self.grid.setSelectionMode(QAbstractItemView.SelectionMode.ContiguousSelection)
        self.grid.setTabKeyNavigation(False)
        self.grid.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.grid.horizontalHeader().setDefaultAlignment(RIGHT)
        self.grid.horizontalHeader().setHighlightSections(False)
        self.grid.verticalHeader().hide()
        self.grid.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.grid.itemChanged.connect(self._follow_hand)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._title)
        column.addWidget(self.grid)

    def show_table(self, table: Table) -> None:
        """Show other numbers."""
        if table is self._table:
            return
        self._table = table
        title = f"{table.title}: {table.left_out}" if table.left_out else table.title
        self._title.setText(title)
        self.grid.setAccessibleName(title)
        with quiet(self.grid):
            self._fill(table)
        self.grid.setFixedHeight(self._height())

    def _fill(self, table: Table) -> None:
        self.grid.clear()
        self.grid.setRowCount(len(table.rows))
        self.grid.setColumnCount(1 + len(table.columns))
        self.grid.setHorizontalHeaderLabels(["", *table.columns])
        for row, name in enumerate(table.rows):
            self.grid.setItem(row, 0, self._item(name, LEFT))
            for column, value in enumerate(table.values[row].tolist()):
                item = self._item(short(value), RIGHT)
                item.setToolTip(full(value))
                if column == table.editable and table.parameters[row]:
                    item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
                    item.setToolTip(self.tr("{0} = {1}; double click or F2 to set it by hand").format(
                        table.parameters[row], full(value)))  # fmt: skip
                self.grid.setItem(row, 1 + column, item)

    @staticmethod
    def _item(text: str, align: Qt.AlignmentFlag) -> QTableWidgetItem:
        item = QTableWidgetItem(text)
        item.setTextAlignment(align)
        item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
        return item

    def _height(self) -> int:
        rows = sum(self.grid.rowHeight(row) for row in range(self.grid.rowCount()))
        bar = self.grid.horizontalScrollBar().sizeHint().height() if self._is_wide() else 0
        return rows + self.grid.horizontalHeader().sizeHint().height() + bar + PADDING

    def _is_wide(self) -> bool:
        return self.grid.horizontalHeader().length() > max(self.width(), 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.grid.setFixedHeight(self._height())

    def _follow_hand(self, item: QTableWidgetItem) -> None:
        table = self._table
        if table is None or item.column() - 1 != table.editable:
            return
        name, value = table.parameters[item.row()], float(table.values[item.row(), table.editable])
        text = item.text()
        with quiet(self.grid):
            item.setText(short(value))
        try:
            wanted = parse_input(text)
        except ValueError as error:
            self.refused.emit(f"{name}: {error}")
            return
        if wanted != value and text != short(value):
            self.parameter_set.emit(name, wanted)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)

    def copy(self) -> None:
        """Put the table on the clipboard, tab-separated, with all digits."""
        if self._table is None:
            return
        lines = ["\t".join(["", *self._table.columns])]
        for name, values in zip(self._table.rows, self._table.values.tolist()):
            lines.append("\t".join([name, *(full(value) for value in values)]))
        QGuiApplication.clipboard().setText("\n".join(lines) + "\n")
