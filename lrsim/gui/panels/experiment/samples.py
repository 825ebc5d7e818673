"""The samples as a table of inputs and targets, in the numbers of their source."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget

from lrsim.common.numbers import full, typed
from lrsim.data.dataset import Dataset
from lrsim.gui.look.dress import catch_up

ROWS_SHOWN = 8
NO_INDEX = QModelIndex()


class SamplesModel(QAbstractTableModel):
    """The training rows of a data set, inputs first, as the source has them; hovering tells what they are scaled to.

    Numbers are made into words only where they are looked at.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._names: list[str] = []
        self._data: Dataset | None = None

    def show_data(self, data: Dataset) -> None:
        """Show the training rows of other data."""
        self.beginResetModel()
        targets = data.Y_train.shape[1]
        inputs = list(data.input_names) if data.input_names else [self.tr("input")]
        self._names = [*inputs, *([self.tr("target")] if targets == 1 else data.target_names)]
        self._data = data
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = NO_INDEX) -> int:
        return 0 if parent.isValid() or self._data is None else len(self._data.X_train)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._names)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if self._data is not None and role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            value = self._value(*self._data.given(np.array([index.row()], dtype=np.intp)), index.column())
            if role == Qt.ItemDataRole.DisplayRole:
                return typed(value)
            if not self._is_scaled(self._data, index.column()):
                return full(value)
            used = self._value(*self._data.rows(np.array([index.row()], dtype=np.intp)), index.column())
            return self.tr("{0}, scaled to {1}").format(full(value), full(used))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    @staticmethod
    def _value(inputs: NDArray[np.floating], targets: NDArray[np.floating], column: int) -> float:
        """What stands in a column of the one row."""
        width = inputs.shape[1]
        return float(inputs[0, column] if column < width else targets[0, column - width])

    @staticmethod
    def _is_scaled(data: Dataset, column: int) -> bool:
        if column >= len(data.input_names):
            return data.scales_targets
        if data.basis:
            return False  # what the network is given are features of several inputs
        return bool(data.scaler.factor[column] != 1 or data.scaler.offset[column] != 0)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if orientation == Qt.Orientation.Vertical:
            return str(section + 1)
        return self._names[section] if section < len(self._names) else str(section + 1)


class _Numbers(QHeaderView):
    """The numbers of the rows; as wide as the last one, where Qt would measure two hundred of them."""

    def sizeHint(self) -> QSize:
        return self.sectionSizeFromContents(max(self.count() - 1, 0))


class SamplesTable(QTableView):
    """As high as a few rows; scrolls beyond that."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._samples = SamplesModel(self)
        self.setModel(self._samples)
        self.setVerticalHeader(_Numbers(Qt.Orientation.Vertical, self))
        self.verticalHeader().setSectionsClickable(True)
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
        catch_up(self)
        height = self.fontMetrics().height() + 6
        self.verticalHeader().setDefaultSectionSize(height)
        rows = min(self._samples.rowCount(), ROWS_SHOWN)
        self.setFixedHeight(rows * height + self.horizontalHeader().sizeHint().height() + 2)
