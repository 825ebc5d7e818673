"""A file of data that somebody brings: its first rows, and what to learn from which of its columns."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from lrsim.charts.look import PADDING_PX
from lrsim.common.validation import ExperimentError
from lrsim.data.preview import Preview, preview
from lrsim.data.table.told import NOTHING, Told
from lrsim.experiment.specs import Experiment
from lrsim.experiment.starters import from_csv, from_idx_folder
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.widgets.choice_box import ChoiceBox
from lrsim.gui.widgets.labels import wrapped_label

TABLES = (".csv", ".tsv", ".txt", ".data", ".gz", ".zip")
USABLE = ("number", "text")
FRAME = QSize(16, 48)
"""What a window manager adds, roughly."""


def is_table(path: Path) -> bool:
    """Whether a file is named like a table."""
    return path.suffix.lower() in TABLES


def is_images(path: Path) -> bool:
    """Whether it is a folder, which can only be one of images, or a file of one."""
    return path.is_dir() or "ubyte" in path.name


def folder_experiment(path: Path) -> Experiment:
    """The experiment on a folder of images, named by itself or by one of its files; refuses any other."""
    return from_idx_folder(str(path if path.is_dir() else path.parent))


class ImportDialog(QDialog):
    """Shows a table of a file and asks what to learn from it.

    Signals
    -------
    chosen(Experiment)
        An experiment on this data.
    """

    chosen = Signal(object)

    def __init__(self, path: str, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self._told, self._preview = _first_look(path)
        self.features: dict[str, QCheckBox] = {}
        self.setWindowTitle(self.tr("Use data"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        heading = QLabel(Path(path).name)
        heading.setProperty("role", "title")
        self.table = QTableWidget()
        self.notes = wrapped_label(role="muted")
        self.header = QCheckBox(self.tr("The first row names the columns"))
        self.header.setToolTip(self.tr("Otherwise it is data, and the columns are called c1, c2 and so on"))
        self.header.setChecked(self._told.header is not False)
        self.decimal = ChoiceBox(self)
        self.decimal.setToolTip(self.tr("Whether 1,234 is about 1 or over 1000"))
        self.target = ChoiceBox(self)
        self.target.setToolTip(self.tr("The column that the network learns to tell from the others"))
        self.task = ChoiceBox(self)
        self.task.setToolTip(self.tr("Classes get softmax and cross-entropy, numbers a linear unit and squared error"))
        self.scale = ChoiceBox(self)
        self.scale.setToolTip(self.tr("Brings columns of different size to one size; most rates need that"))
        self.scale_target = ChoiceBox(self)
        self.scale_target.setToolTip(
            self.tr("Brings large numbers to the size of 1, so that usual rates suit; predictions keep their units")
        )
        self.drop = QCheckBox(self.tr("Leave out rows with missing values"))
        self.problem = wrapped_label(role="bad")
        self.problem.hide()
        self.use = QPushButton(self.tr("Use this data"))
        self.use.setProperty("role", "primary")
        self.use.setToolTip(self.tr("Starts a new run on this data; undo brings this one back"))
        self.use.setDefault(True)
        self.cancel = QPushButton(self.tr("Cancel"))
        self.cancel.setAutoDefault(False)
        self._boxes = QVBoxLayout()
        self._form = QFormLayout()
        self._offer_words()
        self._lay_out(heading, themes.theme)
        self._show_preview()
        self.header.toggled.connect(self._look_again)
        self.decimal.chosen.connect(self._look_again)
        self.target.chosen.connect(self._show_features)
        self.task.chosen.connect(self._show_task)
        self.use.clicked.connect(self._use)
        self.cancel.clicked.connect(self.reject)

    def _offer_words(self) -> None:
        """What there is to choose from, whatever the file holds."""
        self.decimal.offer([(self.tr("automatic"), ""), (self.tr("point"), "."), (self.tr("comma"), ",")])
        self.decimal.show_value(self._told.decimal)
        self.task.offer([(self.tr("classes"), "classification"), (self.tr("numbers"), "regression")])
        for box in (self.scale, self.scale_target):
            box.offer(
                [
                    (self.tr("to mean 0 and deviation 1"), "standard"),
                    (self.tr("to 0 to 1"), "minmax"),
                    (self.tr("not at all"), "none"),
                ]
            )

    def _look_again(self, _: object) -> None:
        """Read the file as it is now told to be."""
        told = Told(header=self.header.isChecked(), decimal=self.decimal.currentData())
        try:
            self._preview = preview(self._path, told=told)
        except ExperimentError as error:
            self._complain(str(error))
            return
        self._told = told
        self.problem.hide()
        self._show_preview()

    def _show_preview(self) -> None:
        found = self._preview
        _fill(self.table, found)
        self.notes.setText("\n".join(found.notes))
        self.notes.setVisible(bool(found.notes))
        usable = [name for name, kind in zip(found.names, found.kinds) if kind in USABLE]
        self.target.offer([(name, name) for name in usable])
        self.target.show_value(found.target)
        self.task.show_value(found.task)
        self._show_task(found.task)
        self.drop.setVisible(found.missing)
        self.drop.setChecked(found.missing)
        for box in self.features.values():
            self._boxes.removeWidget(box)
            box.deleteLater()
        self.features = {name: self._feature_box(name, kind) for name, kind in zip(found.names, found.kinds)}
        for place, box in enumerate(self.features.values()):
            self._boxes.insertWidget(place, box)
        self._show_features(found.target)

    def _feature_box(self, name: str, kind: str) -> QCheckBox:
        """A column to learn from; one that can't be used, or is not offered, says why."""
        box = QCheckBox(name)
        box.setChecked(name in self._preview.features)
        box.setEnabled(kind in USABLE)
        if kind not in USABLE:
            box.setToolTip(self.tr("This column can't be used: it is {0}").format(kind))
        elif kind == "number" and name not in self._preview.features:
            box.setToolTip(self.tr("Left out, as it only numbers the rows or is the same in all of them"))
        else:
            box.setToolTip(self.tr("Whether the network learns from this column"))
        return box

    def _show_features(self, target: object) -> None:
        """All columns but the target."""
        for name, box in self.features.items():
            box.setVisible(name != target)

    def _show_task(self, task: object) -> None:
        """Numbers can be scaled, classes can't."""
        self._form.setRowVisible(self.scale_target, task == "regression")

    def _lay_out(self, heading: QLabel, theme: Theme) -> None:
        content = QWidget()
        content.setLayout(self._boxes)
        self._boxes.setContentsMargins(0, 0, 0, 0)
        self._boxes.addStretch(1)
        columns = QScrollArea()
        columns.setWidgetResizable(True)
        columns.setWidget(content)
        columns.setMaximumHeight(10 * theme.base_px)
        columns.setMinimumHeight(3 * theme.base_px)
        self.table.setMinimumHeight(4 * theme.base_px)
        form = self._form
        form.setHorizontalSpacing(PADDING_PX)
        form.setVerticalSpacing(8)
        rows = (
            (self.tr("Decimal mark"), self.decimal),
            (self.tr("Learn to tell"), self.target),
            (self.tr("as"), self.task),
            (self.tr("from"), columns),
            (self.tr("scaled"), self.scale),
            (self.tr("target scaled"), self.scale_target),
        )
        for name, widget in rows:
            label = QLabel(name)
            label.setProperty("role", "muted")
            label.setBuddy(widget)
            widget.setAccessibleName(name)
            form.addRow(label, widget)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.use)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(PADDING_PX)
        column.addWidget(heading)
        column.addWidget(self.table, 1)
        column.addWidget(self.notes)
        column.addWidget(self.header)
        column.addLayout(form)
        column.addWidget(self.drop)
        column.addWidget(self.problem)
        column.addLayout(buttons)
        room = self.screen().availableSize() - FRAME
        self.resize(QSize(44 * theme.base_px, 46 * theme.base_px).boundedTo(room))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.table.resizeColumnsToContents()  # only now are its texts those of the theme

    def wanted_features(self) -> list[str]:
        """The chosen columns, in the order of the file."""
        target = self.target.currentData()
        return [name for name, box in self.features.items() if box.isChecked() and box.isEnabled() and name != target]

    def _use(self) -> None:
        QGuiApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        try:
            experiment = from_csv(
                self._path,
                self.target.currentData() or "",
                self.wanted_features(),
                self.task.currentData(),
                self.scale.currentData(),
                scale_target=self.scale_target.currentData(),
                drop_missing=self.drop.isChecked(),
                told=self._told,
            )
        except ExperimentError as error:
            self._complain(str(error))
            return
        finally:
            QGuiApplication.restoreOverrideCursor()
        self.chosen.emit(experiment)
        self.accept()

    def _complain(self, why: str) -> None:
        self.problem.setText(why)
        self.problem.show()


def _first_look(path: str) -> tuple[Told, Preview]:
    """A file as it says itself, or as one without names above its columns where nothing else can be made of it."""
    try:
        return NOTHING, preview(path)
    except ExperimentError as refused:
        if "data.header" not in str(refused):
            raise
        nameless = Told(header=False)
        return nameless, preview(path, told=nameless)


def _fill(table: QTableWidget, found: Preview) -> None:
    table.setRowCount(len(found.rows))
    table.setColumnCount(len(found.names))
    table.setHorizontalHeaderLabels(list(found.names))
    table.verticalHeader().hide()
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
    table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    for row, cells in enumerate(found.rows):
        for column, text in enumerate(cells):
            item = QTableWidgetItem(text)
            if found.kinds[column] == "number":
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            table.setItem(row, column, item)
    table.resizeColumnsToContents()
