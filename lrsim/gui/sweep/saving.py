"""Asks where a picture goes, and says why it could not be written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget


def ask_and_save(owner: QWidget, save: Callable[[Path], None], kinds: str = "*.png *.svg") -> None:
    """Let the user name a file and write it there."""
    title = QCoreApplication.translate("sweep", "Save image")
    pictures = QCoreApplication.translate("sweep", "Pictures ({0})").format(kinds)
    name, _ = QFileDialog.getSaveFileName(owner, title, f"{owner.objectName() or 'sweep'}.png", pictures)
    if not name:
        return
    path = Path(name)
    try:
        save(path if path.suffix else path.with_suffix(".png"))
    except OSError as error:
        QMessageBox.warning(owner, title, str(error))
