"""The files that were opened or saved last, kept in the settings."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from lrsim.gui.settings import Choices

MOST_KEPT = 10


class Recent(QObject):
    """The newest first; each file once.

    Signals
    -------
    changed()
    """

    changed = Signal()

    def __init__(self, choices: Choices, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._choices = choices

    def paths(self) -> list[Path]:
        """The newest first."""
        return [Path(text) for text in self._choices.recent]

    def add(self, path: Path) -> None:
        """This file was opened or saved just now; one that the settings can't name is left out."""
        text = str(path.absolute())
        try:
            text.encode()
        except UnicodeEncodeError:
            return
        self._set([text, *(other for other in self._choices.recent if other != text)][:MOST_KEPT])

    def drop(self, path: Path) -> None:
        """This file is gone."""
        self._set([other for other in self._choices.recent if other != str(path)])

    def clear(self) -> None:
        """Forget all."""
        self._set([])

    def _set(self, texts: list[str]) -> None:
        if texts != self._choices.recent:
            self._choices.recent = texts
            self.changed.emit()
