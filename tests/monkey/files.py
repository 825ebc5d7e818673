"""Files for a hand to open and drop, and dialogs that answer by themselves with one of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFileDialog, QMessageBox

from lrsim.experiment.files import load, to_toml

CONTENTS = {
    "good.toml": None,
    "bad.toml": b"[model]\nlayers = 'none'\n[nothing",
    "odd.toml": b"name = 3\n",
    "table.csv": b"a;b;kind\n1,5;2;x\n2,5;3;y\n3,5;1;x\n4,5;0;y\n" * 8,
    "one.csv": b"a\n1\n",
    "empty.csv": b"",
    "noise.csv": bytes(range(256)) * 4,
    "noise.png": bytes(range(256)),
}


def write_files(folder: Path) -> list[Path]:
    """Files good and bad, a folder, and one that is not there."""
    folder.mkdir()
    for name, content in CONTENTS.items():
        text = to_toml(load("plane")).encode() if content is None else content
        (folder / name).write_bytes(text)
    (folder / "images").mkdir()
    return [*sorted(folder.iterdir()), folder / "gone.toml"]


def answer_dialogs(generator: random.Random, paths: Sequence[Path], folder: Path) -> None:
    """From now on every dialog for files is answered at once, at times by giving up."""
    names = ("saved.toml", "picture.png", "picture.svg", "picture.xyz", "results", "no/such/folder/x.png", "")

    def existing(*_: object) -> str:
        return str(generator.choice(paths)) if generator.random() < 0.8 else ""

    def new() -> str:
        name = generator.choice(names)
        return str(folder / name) if name else ""

    def open_dialog(dialog: QFileDialog) -> None:
        path = new() if dialog.acceptMode() == QFileDialog.AcceptMode.AcceptSave else existing()

        def answer() -> None:
            if path:
                dialog.fileSelected.emit(path)
            dialog.done(bool(path))

        QTimer.singleShot(0, dialog, answer)

    def say_nothing(*_: object) -> QMessageBox.StandardButton:
        return QMessageBox.StandardButton.Ok

    QFileDialog.getOpenFileName = lambda *_: (existing(), "")
    QFileDialog.getSaveFileName = lambda *_: (new(), "")
    QFileDialog.getExistingDirectory = lambda *_: new()
    QFileDialog.open = open_dialog
    for name in ("warning", "critical", "question", "information"):
        setattr(QMessageBox, name, say_nothing)
