"""Paths that are typed or chosen, and the folder for results: none is made unless somebody said so."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QCheckBox, QFileDialog, QHBoxLayout, QLineEdit, QToolButton, QVBoxLayout, QWidget

from lrsim.common.validation import ExperimentError

WHERE = "folder"
"""By this a refusal of the folder names its field."""


class PathField(QWidget):
    """A path, typed or chosen."""

    def __init__(self, ask: Callable[[], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ask = ask
        self.field = QLineEdit(self)
        self.field.setMinimumWidth(40)
        browse = QToolButton(self)
        browse.setText("\u2026")
        browse.setToolTip(self.tr("Chooses it from the disk"))
        browse.setAccessibleName(self.tr("Browse"))
        browse.clicked.connect(self._browse)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.field, 1)
        row.addWidget(browse)

    def text(self) -> str:
        """The path as it was typed."""
        return self.field.text().strip()

    def _browse(self) -> None:
        path = self._ask()
        if path:
            self.field.setText(path)
            self.field.textEdited.emit(path)


class FolderField(QWidget):
    """A folder for results; one that there is not is made only where the hand has ticked that.

    Signals
    -------
    edited()
    """

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._path = PathField(self._ask, self)
        self.field = self._path.field
        self.field.setPlaceholderText(self.tr("not saved"))
        self.field.setToolTip(
            self.tr("Tables and charts go here, each run once it is done; a folder that holds this sweep is resumed")
        )
        self.make = QCheckBox(self.tr("Make this folder"), self)
        self.make.setToolTip(self.tr("There is no such folder yet; it is made when the sweep runs"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._path)
        column.addWidget(self.make)
        self.field.textChanged.connect(self._follow)
        self.field.textEdited.connect(self.edited)
        self.make.toggled.connect(self.edited)
        self._follow()

    def _follow(self) -> None:
        """Another path: leave to make it has to be given anew."""
        self.make.setChecked(False)
        path = self._absolute()
        self.make.setVisible(path is not None and not os.path.lexists(path))

    def _absolute(self) -> Path | None:
        """The whole path that is typed; None for anything else."""
        try:
            path = Path(self._path.text()).expanduser()
            return path if path.is_absolute() and "\0" not in str(path) else None
        except RuntimeError:  # no home of that name
            return None

    def path(self) -> str:
        """Where results go, empty for nowhere.

        Raises
        ------
        ExperimentError
            It is no whole path, no folder, or not there and not to be made.
        """
        text = self._path.text()
        if not text:
            return ""
        path = self._absolute()
        if path is None:
            example = str(Path.home() / "rates")
            raise ExperimentError(WHERE, _words("expected a whole path, such as {0}").format(example), text)
        try:
            if path.is_dir() or (self.make.isChecked() and not path.exists()):
                return str(path)
            there = path.exists()
        except OSError as error:
            raise ExperimentError(WHERE, (error.strerror or str(error)).lower(), text) from None
        if there:
            raise ExperimentError(WHERE, _words("expected a folder, this is a file"), text)
        raise ExperimentError(WHERE, _words("there is none of this name, tick the box to have it made"), text)

    def _ask(self) -> str:
        return QFileDialog.getExistingDirectory(self, self.tr("A folder for the results"))


def _words(text: str) -> str:
    return QCoreApplication.translate("FolderField", text)
