"""Keeping the experiment: in a file, and as a text on the clipboard, from where one comes back too."""

from __future__ import annotations

import itertools
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMainWindow

from lrsim.common.output import write_bytes
from lrsim.common.validation import ExperimentError, reason
from lrsim.experiment import files as experiments
from lrsim.experiment.document import text_of
from lrsim.experiment.pasted import experiment_of
from lrsim.gui.commands.edits import Commands
from lrsim.gui.panels.experiment.panel import ExperimentPanel
from lrsim.gui.window.document import Document
from lrsim.gui.window.drafts import Drafts
from lrsim.gui.window.files import Files, file_in
from lrsim.gui.window.recent import Recent

ENDING = ".toml"


class Saving(QObject):
    """Saves, copies and pastes; a place that can't be written and a text that is no experiment are told in a sentence.

    Signals
    -------
    told(str)
        What was done, and what it leaves out.
    refused(str)
        Why it was not done.
    """

    told = Signal(str)
    refused = Signal(str)

    def __init__(
        self,
        window: QMainWindow,
        commands: Commands,
        document: Document,
        files: Files,
        recent: Recent,
        panel: ExperimentPanel,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._commands = commands
        self._document = document
        self._files = files
        self._recent = recent
        self._panel = panel
        self._folder = ""
        self.dialog: QFileDialog | None = None

    # --- files

    def save(self) -> None:
        """Write the experiment into its file; one that has none is asked for it."""
        if self._document.path is None:
            self.save_as()
        else:
            self.save_to(self._document.path)

    def save_as(self) -> None:
        """Ask for a file and write the experiment into it."""
        document = self._document
        dialog = QFileDialog(self._window, self.tr("Save the experiment"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([self.tr("Experiments (*.toml)")])
        dialog.setDefaultSuffix(ENDING.removeprefix("."))
        folder = str(document.path.parent) if document.path is not None else self._folder
        if folder:
            dialog.setDirectory(folder)
        dialog.selectFile(document.file_name)
        dialog.fileSelected.connect(lambda path: self.save_to(Path(path)))
        dialog.finished.connect(self._forget)
        self.dialog = dialog
        dialog.open()

    def _forget(self) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
        self.dialog = None

    def save_to(self, path: Path) -> None:
        """Write the experiment as it stands into this file."""
        try:
            if path.suffix != ENDING:
                raise ExperimentError(path.name, f"expected a name that ends in {ENDING}")
            text = self._document.text(path)
            kept = _keep_handwritten(path)
            write_bytes(path, text.encode())
        except ExperimentError as error:
            self.refused.emit(self.tr("Not saved: {0}").format(error))
            return
        except OSError as error:
            self.refused.emit(self.tr("Not saved: {0}: {1}").format(path.name, reason(error)))
            return
        self._folder = str(path.parent)
        self._document.saved(path)
        self._recent.add(path)
        words = [self.tr("Saved {0}.").format(path.name), *self._left_out()]
        if kept is not None:
            words.append(self.tr("The text that was written there by hand is kept as {0}.").format(kept.name))
        self.told.emit(" ".join(words))

    def _left_out(self) -> list[str]:
        words = []
        if self._document.changed_in_mid_run:
            words.append(
                self.tr("It begins with the rate as it is now; its first lines tell how to repeat what was changed.")
            )
        if waiting := len(self._panel.pending()):
            words.append(
                self.tr("The change that waits to be applied is not in it.") if waiting == 1
                else self.tr("The {0} changes that wait to be applied are not in it.").format(waiting)
            )  # fmt: skip
        return words

    def keep_draft(self, drafts: Drafts) -> None:
        """Put aside what was not saved, with the changes that wait where they fit.

        Raises
        ------
        ExperimentError, OSError
            It can't be written.
        """
        wanted = self._panel.wanted()
        if wanted is not None:
            drafts.keep(self._document.file_name, lambda path: text_of(wanted, folder=path.parent))
        elif self._document.modified:
            drafts.keep(self._document.file_name, self._document.text)

    # --- the clipboard

    def copy(self) -> None:
        """Put the experiment onto the clipboard, as a file would hold it."""
        try:
            text = self._document.text()
        except ExperimentError as error:
            self.refused.emit(self.tr("Not copied: {0}").format(error))
            return
        QGuiApplication.clipboard().setText(text)
        name = self._document.name or self.tr("The experiment")
        self.told.emit(" ".join([self.tr("Copied as text: {0}.").format(name), *self._left_out()]))

    def paste(self) -> None:
        """Begin the experiment that the clipboard holds, as text or as a file."""
        mime = QGuiApplication.clipboard().mimeData() or QMimeData()  # none where nothing was ever copied
        path = file_in(mime)
        if path is not None:
            self._files.open(path)
            return
        try:
            experiment, left_out, place = experiment_of(mime.text())
        except (ExperimentError, OSError) as error:
            self.refused.emit(self.tr("Not pasted: {0}").format(error))
            return
        if place is not None:
            self._files.open(place)
            return
        self._document.unsaved(experiment)
        self._commands.load(experiment, self.tr("paste {0}").format(experiment.name or self.tr("an experiment")))
        if left_out:
            self.told.emit(self.tr("Pasted without {0}: an experiment does not hold that.").format(", ".join(left_out)))


def _keep_handwritten(path: Path) -> Path | None:
    """Copy a file that the program would not have written so, and say where to; None where nothing would be lost."""
    if not path.is_file() or path.stat().st_size > experiments.MOST_BYTES:
        return None
    old = path.read_bytes()
    if not old.strip() or _is_ours(old):
        return None
    names = (path.with_name(f"{path.name}.bak{number or ''}") for number in itertools.count())
    kept = next(name for name in names if not name.exists())
    write_bytes(kept, old)
    return kept


def _is_ours(old: bytes) -> bool:
    try:
        text = old.decode()
        written = experiments.to_toml(experiments.from_text(text, ""))
    except (UnicodeDecodeError, ExperimentError):
        return False
    return "\n".join(line for line in text.splitlines() if not line.startswith("#")).strip() == written.strip()
