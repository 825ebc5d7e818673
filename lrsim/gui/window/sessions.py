"""Sessions as files: saved and opened by hand, saved by itself each minute, and brought back after a crash."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QMainWindow

from lrsim.common.output import is_running
from lrsim.common.validation import ExperimentError, reason
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.commands.edits import Commands
from lrsim.gui.window.document import Document
from lrsim.gui.window.recent import Recent
from lrsim.history import file
from lrsim.session.snapshot import Snapshot

log = logging.getLogger(__name__)

AUTOSAVE_MS = 60_000
JOIN_SECONDS = 5.0


class Sessions(QObject):
    """Keeps whole sessions and opens them.

    Signals
    -------
    told(str)
        What was done.
    refused(str)
        Why it was not done.
    """

    told = Signal(str)
    refused = Signal(str)
    _written = Signal(object, str)

    def __init__(
        self, window: QMainWindow, bridge: Bridge, commands: Commands, document: Document, recent: Recent,
        folder: Path | None,
    ) -> None:  # fmt: skip
        super().__init__(window)
        self._window, self._commands, self._document, self._recent = window, commands, document, recent
        self._reader = bridge.reader
        self._folder = folder
        self._writing: threading.Thread | None = None
        self._saved: tuple[object, ...] = ()
        self.dialog: QFileDialog | None = None
        self._written.connect(self._tell, Qt.ConnectionType.QueuedConnection)
        self._timer = QTimer(self)
        self._timer.setInterval(AUTOSAVE_MS)
        self._timer.timeout.connect(self.autosave)
        if folder is not None:
            self._timer.start()

    # --- by hand

    def save_as(self) -> None:
        """Ask for a file and keep the session in it."""
        dialog = QFileDialog(self._window, self.tr("Save the session"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([self.tr("Sessions (*{0})").format(file.ENDING)])
        dialog.setDefaultSuffix(file.ENDING.removeprefix("."))
        dialog.selectFile(f"{Path(self._document.file_name).stem}{file.ENDING}")
        dialog.fileSelected.connect(lambda path: self.save_to(Path(path)))
        dialog.finished.connect(self._forget)
        self.dialog = dialog
        dialog.open()

    def _forget(self) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
        self.dialog = None

    def save_to(self, path: Path) -> None:
        """Keep the session as it stands in this file; it is written beside the window."""
        if path.suffix != file.ENDING:
            self.refused.emit(
                self.tr("Not saved: {0}: expected a name that ends in {1}").format(path.name, file.ENDING)
            )
            return
        self._wait()
        self._write(self._reader.snapshot(), path, lambda why: self._written.emit(path, why))

    def _write(self, snapshot: Snapshot, path: Path, done: Callable[[str], None], *, data: bool = True) -> None:
        def write() -> None:
            try:
                file.write(self._reader.kept(snapshot), path, data=data)
            except ExperimentError as error:
                done(str(error))
            except OSError as error:
                done(f"{path.name}: {reason(error)}")
            except Exception as error:  # the window goes on, whatever it was
                log.exception("session not saved")
                done(f"{path.name}: {type(error).__name__}: {error}")
            else:
                done("")

        self._writing = threading.Thread(target=write, name="lrsim-saving", daemon=True)
        self._writing.start()

    def _wait(self) -> None:
        if self._writing is not None:
            self._writing.join(JOIN_SECONDS)

    def _tell(self, path: Path, why: str) -> None:
        if why:
            self.refused.emit(self.tr("Not saved: {0}").format(why))
            return
        self._recent.add(path)
        self.told.emit(self.tr("Saved the session, with all branches, as {0}.").format(path.name))

    def open(self, path: Path, *, remember: bool = True) -> None:
        """Train the session of a file again, and stand where it stood.

        Raises
        ------
        ExperimentError
            It can't be used.
        """
        found = file.read(path)
        self._document.unsaved(found.experiment)
        if remember:
            self._recent.add(path)
        name = found.experiment.name or path.stem
        self._commands.load(found.experiment, self.tr("open the session {0}").format(name), kept=found.kept)

    # --- by itself

    @property
    def _own(self) -> Path | None:
        return None if self._folder is None else self._folder / f"{os.getpid()}{file.ENDING}"

    def autosave(self) -> None:
        """Keep what has changed since, where nobody has to ask for it."""
        snapshot, own = self._reader.snapshot(), self._own
        state = (snapshot.run, snapshot.tip, len(snapshot.done), len(snapshot.branches))
        busy = self._writing is not None and self._writing.is_alive()
        if own is None or busy or not snapshot.tip or state == self._saved:
            return
        try:
            own.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            log.warning("session not kept: %s", error)
            return
        self._saved = state
        # Its data stays where it is: a large table need not be packed each minute.
        self._write(snapshot, own, lambda why: log.warning("session not kept: %s", why) if why else None, data=False)

    def left_behind(self) -> Path | None:
        """The newest session of a program that is gone and did not close."""
        found = []
        with contextlib.suppress(OSError):
            for path in self._folder.glob(f"*{file.ENDING}") if self._folder is not None else ():
                if path.stem.isdecimal() and int(path.stem) != os.getpid() and not is_running(int(path.stem)):
                    found.append((path.stat().st_mtime, path))
        return max(found)[1] if found else None

    def bring_back(self, path: Path) -> None:
        """Open what was left behind; it is kept until this window has kept it itself."""
        try:
            self.open(path, remember=False)
        except ExperimentError as error:
            self.refused.emit(self.tr("Not opened: {0}").format(error))
        self._discard(path)

    @staticmethod
    def _discard(path: Path) -> None:
        with contextlib.suppress(OSError):
            path.rename(path.with_name(f"before{file.ENDING}"))

    def close(self) -> None:
        """The window closes as it should: nothing is left behind."""
        self._timer.stop()
        self._wait()
        if self._own is not None:
            self._own.unlink(missing_ok=True)
