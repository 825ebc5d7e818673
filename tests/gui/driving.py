"""Opens the real window on a real session, for tests that act as a user does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pytestqt.qtbot import QtBot

from lrsim.experiment.files import load
from lrsim.experiment.specs import Experiment
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.settings import Settings
from lrsim.gui.window.window import MainWindow
from lrsim.session.session import Session
from lrsim.session.snapshot import Snapshot


class Driven:
    """A window with everything behind it."""

    def __init__(self, qtbot: QtBot, folder: Path | None, session: Session, size: tuple[int, int]) -> None:
        self.qtbot = qtbot
        self.settings = Settings(folder)
        self.session = session
        self.bridge = Bridge(self.session)
        self.window = MainWindow(self.bridge, self.settings)
        self.window.resize(*size)

    def snapshot(self) -> Snapshot:
        return self.session.snapshot()

    def wait_for_step(self, step: int) -> None:
        self.qtbot.waitUntil(lambda: self.snapshot().step == step and not self.bridge.running)

    def wait_still(self) -> None:
        """Until every command is carried out and shown."""
        self.qtbot.waitUntil(lambda: not self.bridge.running)

    def press(self, key, modifier=None) -> None:
        """A key for the window, wherever its focus is."""
        target = self.window.focusWidget() or self.window
        if modifier is None:
            self.qtbot.keyClick(target, key)
        else:
            self.qtbot.keyClick(target, key, modifier)


@contextmanager
def opened(
    qtbot: QtBot,
    folder: Path | None = None,
    experiment: str | Experiment = "clip250",
    size: tuple[int, int] = (1280, 720),
    trials: float = 0.0,
) -> Iterator[Driven]:
    """The window, shown and with its worker running; closed again at the end. It tries no rates unless told."""
    chosen = load(experiment) if isinstance(experiment, str) else experiment
    driven = Driven(qtbot, folder, Session(chosen, trials=trials), size)
    with qtbot.waitExposed(driven.window):
        driven.window.show()
    driven.window.activateWindow()
    driven.window.setFocus()
    driven.bridge.start()
    driven.wait_still()
    try:
        yield driven
    finally:
        driven.window.close()
        driven.window.deleteLater()
