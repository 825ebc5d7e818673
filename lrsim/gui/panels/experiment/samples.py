"""The samples as a table of inputs and targets."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget

from lrsim.common.numbers import full, short
from lrsim.data.dataset import Dataset

ROWS_SHOWN = 8
NO_INDEX = QModelIndex()


class SamplesModel(QAbstractTableModel):
    """The training rows of a data set, inputs first; numbers are made into words only where they are looked at."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._names: list[str] = []
        self._rows = np.zeros((0, 0))

    def show_data(self, data: Dataset) -> None:
        """Show the training rows of other data."""
        self.beginResetModel()
        targets = data.Y_train.shape[1]
        inputs = list(data.feature_names) if data.feature_names else [self.tr("input")]
        self._names = [*inputs, *([self.tr("target")] if targets == 1 else list(data.classes))]
        self._rows = np.hstack([data.X_train, data.Y_train])
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = NO_INDEX) -> int:
        return 0 if parent.isValid() else self._rows.shape[0]

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = NO_INDEX) -> int:
        return 0 if parent.isValid() else self._rows.shape[1]

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        value = self._rows[index.row(), index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return short(value)
        if role == Qt.ItemDataRole.ToolTipRole:
            return full(value)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if orientation == Qt.Orientation.Vertical:
            return str(section + 1)
        return self._names[section] if section < len(self._names) else str(section + 1)


class SamplesTable(QTableView):
    """As high as a few rows; scrolls beyond that."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._samples = SamplesModel(self)
        self.setModel(self._samples)
        self.setAccessibleName(self.tr("Training samples"))
        self.setToolTip(self.tr("What is trained on: each step takes the next of these, and starts over at the end"))
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setCornerButtonEnabled(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.horizontalHeader().setHighlightSections(False)
        self.verticalHeader().setHighlightSections(False)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)

    def show_data(self, data: Dataset) -> None:
        """Show the training rows of other data."""
        self._samples.show_data(data)
        few = self._samples.columnCount() <= 4
        mode = QHeaderView.ResizeMode.Stretch if few else QHeaderView.ResizeMode.Interactive
        self.horizontalHeader().setSectionResizeMode(mode)
        self.fit()

    def fit(self) -> None:
        """Take the height of the rows that are shown, for the present font."""
        height = self.fontMetrics().height() + 6
        self.verticalHeader().setDefaultSectionSize(height)
        rows = min(self._samples.rowCount(), ROWS_SHOWN)
        self.setFixedHeight(rows * height + self.horizontalHeader().sizeHint().height() + 2)
