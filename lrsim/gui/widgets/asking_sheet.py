"""A sheet that asks the session for something: it closes once that was done, and says here why it was not."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.widgets.labels import wrapped_label
from lrsim.gui.widgets.overlay import Overlay
from lrsim.session.snapshot import Snapshot


class AskingSheet(Overlay):
    """An overlay with a session, its newest state, and a line for what is wrong with what was typed."""

    def __init__(self, name: str, bridge: Bridge, themes: ThemeSource, host: QWidget) -> None:
        super().__init__(name, themes, host)
        self._session = bridge.session
        self._snapshot = bridge.reader.snapshot()
        self._asked: int | None = None
        self._why = wrapped_label("", "bad")
        self._why.hide()
        bridge.changed.connect(self.follow)

    def ask(self, command: int) -> None:
        """A command was sent; the sheet waits for what becomes of it."""
        self._asked = command

    def begin(self) -> None:
        """Nothing is asked and nothing wrong."""
        self._asked = None
        self.complain("")

    def follow(self, snapshot: Snapshot) -> None:
        """Keep a newer state, and hear what became of what was asked."""
        self._snapshot = snapshot
        if self._asked is None or snapshot.acknowledged < self._asked:
            return
        refusal, self._asked = snapshot.refusal(self._asked), None
        if refusal is None:
            self.hide()
        else:
            self.complain(refusal.why)

    def complaint(self) -> str:
        """What is wrong with what was typed; empty for nothing."""
        return self._why.text()

    def complain(self, why: str) -> None:
        """Say what is wrong."""
        self._why.setText(why)
        self._why.setVisible(bool(why))
        self.place()
