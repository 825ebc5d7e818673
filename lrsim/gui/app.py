"""The composition root: builds session, bridge and window, runs them and takes them down again."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from lrsim.experiment.specs import Experiment
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.bridge.garbage import Garbage
from lrsim.gui.look import icons
from lrsim.gui.settings import Settings
from lrsim.gui.window import failures, guard
from lrsim.gui.window.failures import Failures, Interrupt
from lrsim.gui.window.window import MainWindow
from lrsim.session.session import Session

INTERRUPTED = 130


def main(
    experiment: Experiment,
    *,
    theme: str | None = None,
    reset_settings: bool = False,
    path: Path | None = None,
    session_file: Path | None = None,
) -> int:
    """Open the window on `experiment` and return once it is closed.

    Parameters
    ----------
    experiment
        What to begin with.
    theme
        ``light``, ``dark`` or ``projector``, for this time; otherwise the one last chosen.
    reset_settings
        Forget all choices and the layout first.
    path
        The file that holds `experiment`; None for a preset.
    session_file
        A session to be opened on it.

    Returns
    -------
    int
        The exit status: 0, or 130 when it was closed by an interrupt.

    Raises
    ------
    ExperimentError
        The experiment can't be built.
    """
    running = QApplication.instance()
    app = running if isinstance(running, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("lrsim")
    app.setDesktopFileName("lrsim")
    guard.protect()
    garbage = Garbage()
    failures.start_log()
    settings = Settings.of_user()
    if reset_settings:
        settings.reset()
    session = Session(experiment, memory_budget=settings.choices.memory_budget_mb << 20)
    if settings.choices.speed is not None:
        session.set_speed(settings.choices.speed)
    bridge = Bridge(session)
    window = MainWindow(bridge, settings, theme, path)
    unexpected = Failures()
    # Said once control is back in the event loop: what fails may be in the midst of painting.
    unexpected.happened.connect(window.complain, Qt.ConnectionType.QueuedConnection)
    unexpected.install()
    interrupt = Interrupt(window.close)
    try:
        window.appear()
        bridge.start()
        if settings.problem:
            window.complain(settings.problem)
        if session_file is not None:
            window.files.open(session_file)
        else:
            window.offer_what_was_left()
        app.exec()
    finally:
        bridge.stop()
        interrupt.remove()
        unexpected.remove()
        icons.clear()
        failures.stop_log()
        garbage.release()
    return INTERRUPTED if interrupt.caught else 0
