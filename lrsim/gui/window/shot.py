"""Pictures of the window or of one view, drawn off screen: the same run gives the same picture."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMessageLogContext, QSize, Qt, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from lrsim.common.output import write_bytes
from lrsim.experiment.specs import Experiment
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.bridge.garbage import Garbage
from lrsim.gui.look import icons
from lrsim.gui.look.dress import dress
from lrsim.gui.look.theme import THEMES
from lrsim.gui.settings import Settings
from lrsim.gui.views.registry import VIEWS
from lrsim.gui.window.layouts import STEP, SWEEP
from lrsim.gui.window.window import MainWindow
from lrsim.session.session import Session
from lrsim.sweep import executors
from lrsim.sweep.job import SweepJob
from lrsim.sweep.plan import describe
from lrsim.sweep.proposal import proposed_over

SWEEP_PICTURES = {"sweep": "charts", "sweep-overview": "overview", "sweep-race": "race"}
WINDOW_SHAPES = {
    "window": STEP, "curves": "curves", "network": "network", "landscape": "landscape",
    **dict.fromkeys(SWEEP_PICTURES, SWEEP),
}  # fmt: skip
"""Pictures of the whole window, and the layout of each."""


def _on_stage(name: str, window: MainWindow) -> QWidget:
    return window.stage[name]


PARTS: dict[str, Callable[[MainWindow], QWidget]] = {
    **{spec.name: partial(_on_stage, spec.name) for spec in VIEWS},
    "step": lambda window: window.this_step,
    "try-it": lambda window: window.try_it,
    "experiment": lambda window: window.experiment,
    "rate": lambda window: window.schedule.view,
    "schedule": lambda window: window.schedule,
    "finder": lambda window: window.finder,
    "tried": lambda window: window.tried,
    "conditions": lambda window: window.conditions,
    "watches": lambda window: window.watches,
    "instruments": lambda window: window.instruments,
    "answers": lambda window: window.answers,
    "branches": lambda window: window.branches,
}
"""Pictures of a view or a panel, and where it is."""
SHOWS_ADVICE = ("window", "curves", "tried")
"""Pictures of what is advised: rates are tried first where they are in question, as in a window that is left alone."""
SETTLING_ROUNDS = 20
MOST_REFINING_MS = 3000
UNREMARKABLE = "This plugin does not support propagateSizeHints()"
"""Said of every window with a least size, which does not matter off screen."""


def list_views() -> tuple[str, ...]:
    """The names that `take` accepts."""
    return (*WINDOW_SHAPES, *PARTS)


def take(experiment: Experiment, view: str, steps: int, size: tuple[int, int], theme: str, out: str | Path) -> None:
    """Draw `view` after `steps` steps and write it as a PNG of exactly `size` pixels.

    The views of a sweep show the experiment's own, each run trained for as many epochs as so many steps begin; without
    steps they show that there is none yet.

    Parameters
    ----------
    experiment
        What is trained.
    view
        One of `list_views()`.
    steps
        How many steps to train first, stop rules aside.
    size
        Width and height in pixels.
    theme
        ``light``, ``dark`` or ``projector``.
    out
        Where the picture goes; an existing file is replaced only once the new one is whole.

    Raises
    ------
    ValueError
        No such view.
    ExperimentError
        The experiment can't be built.
    ExperimentError, OSError
        The file can't be written.
    """
    if view not in list_views():
        raise ValueError(f"expected one of {', '.join(list_views())}, got {view!r}")
    started = _start_off_screen() if QApplication.instance() is None else None
    garbage = None if started is None else Garbage()
    handler = qInstallMessageHandler(_pass_on)
    session = Session(experiment)
    bridge = Bridge(session)
    settings = Settings(None)
    settings.choices.theme = theme
    window = MainWindow(bridge, settings)
    try:
        if view in SWEEP_PICTURES:
            if steps:
                _sweep(window, experiment, -(-steps // bridge.reader.snapshot().steps_per_epoch))
            window.sweep.choose(SWEEP_PICTURES[view])
        else:
            session.run_to(steps)
        if view == "finder":
            session.find_rates()
        if view == "watches":
            session.set_watch("", "grad_norm")
        if view in SHOWS_ADVICE:
            session.settle(advised=True)
        picture = _picture(window, bridge, view, theme, QSize(*size))
    finally:
        window.close()
        window.deleteLater()
        QApplication.processEvents()
        qInstallMessageHandler(handler)
        if garbage is not None:
            icons.clear()
            garbage.release()
    _write(picture, Path(out))


def _start_off_screen() -> QApplication:
    """An application that needs no display."""
    before = os.environ.get("QT_QPA_PLATFORM")
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    try:
        return QApplication(sys.argv[:1])
    finally:
        if before is None:
            del os.environ["QT_QPA_PLATFORM"]
        else:
            os.environ["QT_QPA_PLATFORM"] = before


def _pass_on(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    if message != UNREMARKABLE:
        print(message, file=sys.stderr)


def _picture(window: MainWindow, bridge: Bridge, view: str, theme: str, size: QSize) -> QPixmap:
    shown: QWidget = window
    if view not in WINDOW_SHAPES:
        shown = PARTS[view](window)
        shown.setParent(None)
        dress(shown, THEMES[theme])  # no longer in that of its window
    window.choose_layout(WINDOW_SHAPES.get(view, STEP))
    shown.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    shown.resize(size)
    shown.show()
    shown.resize(size)
    _settle(bridge)
    _refine(window)
    if shown is not window and (focused := shown.focusWidget()) is not None:
        focused.clearFocus()  # a picture has nobody at the keyboard
    picture = QPixmap(size)
    picture.fill(shown.palette().window().color())
    shown.render(picture)
    if shown is not window:
        shown.close()
        shown.deleteLater()
    return picture


def _sweep(window: MainWindow, experiment: Experiment, epochs: int) -> None:
    """Run the sweep that the experiment proposes, and show it."""
    plan = describe(experiment, proposed_over(experiment), experiment.sweep.seeds, max_epochs=epochs)
    job = SweepJob(plan, executors.threads)
    job.run()
    window.sweep.show_finished(job.sweep, job.records)


def _settle(bridge: Bridge) -> None:
    """Train, show and let layouts and asked-for rows arrive until nothing changes any more."""
    quiet_rounds = 0
    version = -1
    for _ in range(SETTLING_ROUNDS):
        bridge.session.settle()
        snapshot = bridge.pull()
        QApplication.processEvents()
        quiet_rounds = quiet_rounds + 1 if snapshot.version == version else 0
        version = snapshot.version
        if quiet_rounds >= 3:
            return


def _refine(window: MainWindow) -> None:
    """Let what is drawn coarsely at first become as fine as it gets; it does so while the window is idle."""
    for _ in range(MOST_REFINING_MS):
        if window.stage.settled and window.instruments.settled:
            return
        QTest.qWait(1)


def _write(picture: QPixmap, path: Path) -> None:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")
    write_bytes(path, bytes(buffer.data().data()))
