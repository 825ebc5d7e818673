"""All that the window has to do with files: which one is shown, opening, saving, recent ones, what was not saved."""

from __future__ import annotations

import logging
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMainWindow, QMenu

from lrsim.common.validation import ExperimentError
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.commands.edits import Commands
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.panels.choose.offer import Group
from lrsim.gui.panels.experiment.panel import ExperimentPanel
from lrsim.gui.settings import Settings
from lrsim.gui.window.document import Document
from lrsim.gui.window.drafts import Drafts
from lrsim.gui.window.files import Files
from lrsim.gui.window.offers import offered
from lrsim.gui.window.recent import Recent
from lrsim.gui.window.recent_menu import RecentMenu
from lrsim.gui.window.saving import Saving
from lrsim.gui.window.sessions import Sessions

log = logging.getLogger(__name__)


class Desk(QObject):
    """Puts the parts together.

    Attributes
    ----------
    document
        The experiment that is shown, as something that is kept.
    files, saving, sessions, recent
        What opens, what keeps experiments and whole sessions, and what was opened or kept last.
    """

    def __init__(
        self,
        window: QMainWindow,
        bridge: Bridge,
        commands: Commands,
        panel: ExperimentPanel,
        settings: Settings,
        themes: ThemeSource,
        path: Path | None,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._commands = commands
        self._drafts = Drafts(settings.drafts_folder)
        self.document = Document(bridge, path)
        self.recent = Recent(settings.choices, self)
        self.sessions = Sessions(window, bridge, commands, self.document, self.recent, settings.sessions_folder)
        self.files = Files(window, commands, self.document, self.recent, themes, self.sessions)
        self.saving = Saving(window, commands, self.document, self.files, self.recent, panel)
        panel.applied.connect(self.document.edited)
        self.document.changed.connect(self.show_title)
        if path is not None:
            self.recent.add(path)

    def show_title(self) -> None:
        """Show the name of the file, or of the experiment, and whether it is saved, in the window's title."""
        document = self.document
        name = document.path.name if document.path is not None else document.name
        plain = name.replace("[*]", "[*][*]")  # Qt's sign for where the mark of what is not saved goes
        self._window.setWindowTitle(self.tr("{0}[*] - lrsim").format(plain) if plain else "lrsim[*]")
        self._window.setWindowModified(document.modified)

    def offered(self) -> list[Group]:
        """What there is to be chosen."""
        return offered(self.recent, self._drafts, self.files, self._commands.load_named)

    def recent_menu(self) -> QMenu:
        """The menu of files that were opened or saved last."""
        return RecentMenu(self.recent, self._drafts, self.files, self._window)

    def keep_draft(self) -> None:
        """Put aside what was not saved, as far as that can be done."""
        try:
            self.saving.keep_draft(self._drafts)
        except (ExperimentError, OSError) as error:
            log.warning("draft not kept: %s", error)
