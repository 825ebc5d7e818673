"""What there is to see: the window with each preset, layout, panel and sheet, in each theme, size and text size."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lrsim.experiment.files import load
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.settings import Settings
from lrsim.gui.widgets.overlay import Overlay
from lrsim.gui.window.layouts import STEP, SWEEP, layouts
from lrsim.gui.window.window import MainWindow
from lrsim.session.session import Session
from lrsim.sweep import executors
from lrsim.sweep.axes import RATE
from lrsim.sweep.job import SweepJob
from lrsim.sweep.plan import describe

THEMES = ("light", "dark", "projector")
SIZES = ((1280, 720), (1920, 1080), (2560, 1440))
PERCENTS = (100, 150)
PRESETS = ("clip250", "spiral", "rule-warmup", "mnist-adam", "circle")
SHEETS = ("keys", "palette", "settings", "choose", "fork", "bookmark", "arrange")
RATES = [1e-5, 1e-4, 0.001, 0.01, 0.1]


class Scene:
    """A window on a preset, without a thread of its own."""

    def __init__(self, preset: str, theme: str = "light") -> None:
        self.session = Session(load(preset))
        self.bridge = Bridge(self.session)
        self.settings = Settings(None)
        self.settings.choices.theme = theme
        self.window = MainWindow(self.bridge, self.settings)

    def wear(self, theme: str, size: tuple[int, int], percent: int) -> None:
        """Another look."""
        if self.settings.choices.text_percent != percent:
            self.settings.choices.text_percent = percent
            self.window.settings_panel.changed.emit()
        self.window.choose_theme(theme)
        self.window.resize(*size)
        self.settle()

    def settle(self) -> None:
        """Train what is to be trained and lay everything out."""
        for _ in range(4):
            self.session.settle()
            self.bridge.pull()
            QApplication.processEvents()
        for _ in range(200):
            if self.window.stage.settled and self.window.instruments.settled:
                break
            QTest.qWait(1)
        QApplication.processEvents()  # what was said of late is laid out

    def sweep(self, epochs: int = 2) -> None:
        """Run a small sweep and show it."""
        over = {RATE: RATES, "training.seed": [1, 2]}
        experiment = self.bridge.reader.problem.experiment
        job = SweepJob(describe(experiment, over, None, max_epochs=epochs), executors.threads)
        job.run()
        self.window.sweep.show_finished(job.sweep, job.records)

    def close(self) -> None:
        self.window.close()
        self.window.deleteLater()


def states(scene: Scene, *, sweeps: bool) -> Iterator[str]:
    """Each thing that can be shown, one after the other; the scene shows it while its name is handed out."""
    window = scene.window
    for layout in layouts():
        if layout.name != SWEEP:
            window.choose_layout(layout.name)
            scene.settle()
            yield layout.name
    window.choose_layout(STEP)
    for panel in window.docks.toggle_actions():
        yield from _with_panel(scene, panel)
    for sheet in SHEETS:
        window.registry[sheet].trigger()
        scene.settle()
        yield f"sheet {sheet}"
        for opened in window.findChildren(Overlay):
            opened.hide()
    window.choose_layout(SWEEP)
    scene.settle()
    yield "sweep empty" if window.sweep.results.sweep is None else "sweep again"
    if sweeps:
        if window.sweep.results.sweep is None:
            scene.sweep()
        for picture in window.sweep.bar.pictures:
            window.sweep.choose(picture)
            scene.settle()
            yield f"sweep {picture}"
    window.choose_layout(STEP)


def _with_panel(scene: Scene, panel: str) -> Iterator[str]:
    action = scene.window.registry[panel]
    before = action.isChecked()
    if not before:
        action.trigger()
    scene.settle()
    yield panel.replace("_", " ", 1)
    scene.window.registry["reset_layout"].trigger()
    scene.settle()


def looks() -> Iterator[tuple[str, tuple[int, int], int]]:
    """Each theme, size and text size."""
    yield from product(THEMES, SIZES, PERCENTS)
