"""The menu of recent files, made anew each time it opens."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QMenu, QWidget

from lrsim.gui.window.drafts import Drafts
from lrsim.gui.window.files import Files
from lrsim.gui.window.offers import left_on
from lrsim.gui.window.recent import Recent


class RecentMenu(QMenu):
    """Files that were opened or saved last, below them what was not saved when a window closed."""

    def __init__(self, recent: Recent, drafts: Drafts, files: Files, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("Recent files"))
        self.setToolTipsVisible(True)
        self._recent = recent
        self._drafts = drafts
        self._files = files
        self.aboutToShow.connect(self._fill)

    def _fill(self) -> None:
        self.clear()
        for path in self._recent.paths():
            action = self.addAction(_plain(path.name), partial(self._files.open, path))
            action.setToolTip(str(path))
        drafts = self._drafts.kept()
        if drafts:
            self.addSection(self.tr("Not saved"))
        for draft in drafts:
            text = self.tr("{0}, left on {1}").format(draft.name, left_on(draft))
            action = self.addAction(_plain(text), partial(self._files.open_draft, draft.path))
            action.setToolTip(self.tr("As it was when the window closed"))
        if self.isEmpty():
            self.addAction(self.tr("Nothing opened or saved yet")).setEnabled(False)
        elif self._recent.paths():
            self.addSeparator()
            self.addAction(self.tr("Clear the list"), self._recent.clear)


def _plain(text: str) -> str:
    """A text in which no letter is taken for a key."""
    return text.replace("&", "&&")
