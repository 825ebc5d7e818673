"""Files that are opened or dropped: experiments, tables of data, folders of images."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog, QMainWindow

from lrsim.common.validation import ExperimentError
from lrsim.gui.commands.edits import Commands
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.panels.import_data import ImportDialog, folder_experiment, is_images, is_table


class Files(QObject):
    """Opens a file by what it is; what can't be used is refused in words and leaves the run alone.

    Signals
    -------
    refused(str)
        Why a file can't be used.
    """

    refused = Signal(str)

    def __init__(self, window: QMainWindow, commands: Commands, themes: ThemeSource) -> None:
        super().__init__(window)
        self._window = window
        self._commands = commands
        self._themes = themes
        self.dialog: ImportDialog | None = None

    def open(self, path: Path) -> None:
        """Load an experiment, or ask what to learn from data."""
        try:
            if is_images(path):
                self._commands.load(folder_experiment(path))
            elif is_table(path):
                self._ask_columns(path)
            else:
                self._commands.load_named(str(path))
        except ExperimentError as error:
            self.refused.emit(self.tr("Not loaded: {0}").format(error))

    def _ask_columns(self, path: Path) -> None:
        dialog = ImportDialog(str(path), self._themes, self._window)
        dialog.chosen.connect(self._commands.load)
        dialog.finished.connect(self._forget)
        self.dialog = dialog
        dialog.open()

    def _forget(self) -> None:
        self.dialog = None

    def ask_experiment(self) -> None:
        """Let the user choose an experiment's file."""
        self._open_chosen(
            QFileDialog.getOpenFileName(
                self._window, self.tr("Open an experiment"), "", self.tr("Experiments (*.toml);;All files (*)")
            )[0]
        )

    def ask_data(self) -> None:
        """Let the user choose a table."""
        tables = self.tr("Tables (*.csv *.tsv *.txt *.data);;All files (*)")
        path = QFileDialog.getOpenFileName(self._window, self.tr("Open data"), "", tables)[0]
        if path:
            self._open_data(Path(path))

    def ask_images(self) -> None:
        """Let the user choose a folder of images."""
        self._open_chosen(QFileDialog.getExistingDirectory(self._window, self.tr("A folder with the files of MNIST")))

    def _open_data(self, path: Path) -> None:
        """A file that was chosen as data is a table whatever its name, unless it holds images."""
        if is_images(path):
            self.open(path)
            return
        try:
            self._ask_columns(path)
        except ExperimentError as error:
            self.refused.emit(self.tr("Not loaded: {0}").format(error))

    def _open_chosen(self, path: str) -> None:
        if path:
            self.open(Path(path))


def dropped_file(event: QDropEvent) -> Path | None:
    """The one local file that is dropped; None for anything else."""
    urls = event.mimeData().urls()
    if len(urls) == 1 and urls[0].isLocalFile():
        return Path(urls[0].toLocalFile())
    return None
