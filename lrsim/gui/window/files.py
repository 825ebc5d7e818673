"""Files that are opened or dropped: experiments, tables of data, folders of images."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtWidgets import QFileDialog, QMainWindow

from lrsim.common.validation import ExperimentError
from lrsim.experiment import files as experiments
from lrsim.experiment.specs import Experiment
from lrsim.gui.commands.edits import Commands
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.panels.import_data import ImportDialog, folder_experiment, is_images, is_table
from lrsim.gui.window.document import Document
from lrsim.gui.window.recent import Recent
from lrsim.gui.window.sessions import Sessions
from lrsim.history.file import ENDING


class Files(QObject):
    """Opens a file by what it is; what can't be used is refused in words and leaves the run alone.

    Signals
    -------
    refused(str)
        Why a file can't be used.
    """

    refused = Signal(str)

    def __init__(
        self, window: QMainWindow, commands: Commands, document: Document, recent: Recent, themes: ThemeSource,
        sessions: Sessions,
    ) -> None:  # fmt: skip
        super().__init__(window)
        self._sessions = sessions
        self._window = window
        self._commands = commands
        self._document = document
        self._recent = recent
        self._themes = themes
        self.dialog: ImportDialog | None = None

    def open(self, path: Path) -> None:
        """Load an experiment or a session, or ask what to learn from data."""
        try:
            if path.suffix == ENDING:
                self._sessions.open(path)
            elif is_images(path):
                self._begin_new(folder_experiment(path), path)
            elif is_table(path):
                self._ask_columns(path)
            else:
                self._open_experiment(path)
        except (ExperimentError, OSError) as error:
            self._refuse(error, path)

    def open_draft(self, path: Path) -> None:
        """Load what was not saved when a window closed; it stays unsaved."""
        try:
            experiment = experiments.load(str(path))
        except (ExperimentError, OSError) as error:
            self._refuse(error, path)
            return
        self._document.unsaved(experiment)
        self._commands.load(experiment)

    def _open_experiment(self, path: Path) -> None:
        experiment = experiments.load(str(path))
        self._document.opened(experiment, path)
        self._recent.add(path)
        self._commands.load(experiment)

    def _begin_new(self, experiment: Experiment, data: Path) -> None:
        """Load an experiment that was just made on data."""
        self._document.unsaved(experiment)
        self._recent.add(data)
        self._commands.load(experiment)

    def _refuse(self, error: Exception, path: Path) -> None:
        words = self.tr("Not loaded: {0}").format(error)
        if path in self._recent.paths() and not path.exists():
            self._recent.drop(path)
            words = self.tr("Not loaded: {0} is gone; it is off the list of recent files now.").format(path)
        self.refused.emit(words)

    def _ask_columns(self, path: Path) -> None:
        dialog = ImportDialog(str(path), self._themes, self._window)
        dialog.chosen.connect(lambda experiment: self._begin_new(experiment, path))
        dialog.finished.connect(self._forget)
        self.dialog = dialog
        dialog.open()

    def _forget(self) -> None:
        self.dialog = None

    def ask_experiment(self) -> None:
        """Let the user choose the file of an experiment or of a session."""
        self._open_chosen(
            QFileDialog.getOpenFileName(
                self._window,
                self.tr("Open an experiment or a session"),
                "",
                self.tr("Experiments and sessions (*.toml *.lrsim);;All files (*)"),
            )[0]
        )

    def ask_data(self) -> None:
        """Let the user choose a table."""
        tables = self.tr("Tables (*.csv *.tsv *.txt *.data *.gz *.zip);;All files (*)")
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
            self._refuse(error, path)

    def _open_chosen(self, path: str) -> None:
        if path:
            self.open(Path(path))


def file_in(mime: QMimeData) -> Path | None:
    """The one local file that is dropped or pasted; None for anything else."""
    urls = mime.urls()
    if len(urls) == 1 and urls[0].isLocalFile():
        return Path(urls[0].toLocalFile())
    return None
