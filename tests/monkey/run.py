"""One seed in a process of its own: the real window, a hand at it, and what came of it as JSON."""

from __future__ import annotations

import argparse
import faulthandler
import json
import os
import random
import time
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QDrag
from PySide6.QtWidgets import QApplication

from lrsim.experiment.files import load
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.bridge.garbage import Garbage
from lrsim.gui.look import icons
from lrsim.gui.settings import Settings
from lrsim.gui.window import guard
from lrsim.gui.window.window import MainWindow
from lrsim.session.session import Session
from tests.monkey.faults import spoil
from tests.monkey.files import answer_dialogs, write_files
from tests.monkey.hand import Act, Hand
from tests.monkey.watch import Watch

MEMORY_BUDGET = 64 << 20
RESCUE_MS = 1000
QUIET_MS, PATIENCE = 200, 300


class Day:
    """Does the acts of a hand one after the other, then closes the window."""

    def __init__(self, window: MainWindow, bridge: Bridge, hand: Hand, watch: Watch, events: int, diary: Path) -> None:
        self._window, self._bridge, self._hand, self._watch = window, bridge, hand, watch
        self._left = events
        self._act: Act | None = None
        self._done = 0
        self._seen = 0
        self._diary = diary.open("w", encoding="utf-8", buffering=1)
        self._rescue = QTimer()
        self._rescue.timeout.connect(self._free)
        self._rescue.start(RESCUE_MS)

    @property
    def done(self) -> int:
        """Events so far."""
        return self._done

    def begin(self) -> None:
        """Do the next thing as soon as the window is idle for a moment."""
        QTimer.singleShot(0, self._go_on)

    def _go_on(self) -> None:
        if self._left <= 0:
            self._watch.act = "end"
            self._window.session.pause()
            self._window.sweep.runner.cancel()
            self._rescue.stop()
            self._close_once_idle(PATIENCE)
            return
        self._left -= 1
        self._done += 1
        try:
            if self._act is None:
                name, self._act = self._hand.next()
                self._watch.act = name
                self._diary.write(f"{self._done} {name}\n")
            next(self._act)
        except StopIteration:
            self._act = None
        except RuntimeError as error:  # the widget that the hand was about to touch is gone
            if "already deleted" not in str(error):
                raise
            self._act = None
        finally:
            self.begin()

    def _free(self) -> None:
        """The hand is held by something that waits for an answer: close that."""
        if self._done == self._seen:
            waiting = QApplication.activePopupWidget() or QApplication.activeModalWidget()
            if waiting is not None:
                waiting.close()
            if QApplication.platformName() != "offscreen":  # there it ends by itself
                QDrag.cancel()  # it waits for a button that is let go on the display
        self._seen = self._done

    def _close_once_idle(self, left: int) -> None:
        """What takes long, such as data that is loaded, may end first: otherwise it would be left behind."""
        if left and (self._bridge.running or self._window.sweep.runner.running):
            QTimer.singleShot(QUIET_MS, lambda: self._close_once_idle(left - 1))
        else:
            self._close()

    def _close(self) -> None:
        for each in QApplication.topLevelWidgets():
            if each is not self._window and each.isVisible():
                each.close()
        self._window.close()
        QTimer.singleShot(0, QApplication.quit)


def run(seed: int, events: int, folder: Path, faults: float) -> dict[str, object]:
    """A window in `folder`, which must be empty, and a hand at it for so many events; `faults` as `spoil` takes it."""
    os.chdir(folder)
    generator = random.Random(seed)
    paths = write_files(folder / "files")
    app = QApplication(["lrsim"])
    if faults:
        spoil(faults, generator)
    guard.protect()
    garbage = Garbage()
    began = time.perf_counter()
    with Watch(folder) as watch:
        answer_dialogs(generator, paths, folder)
        session = Session(load("clip250"), memory_budget=MEMORY_BUDGET)
        bridge = Bridge(session)
        bridge.failed.connect(lambda why: watch.note("training", why))
        window = MainWindow(bridge, Settings(folder / "settings"))
        window.resize(1280, 720)
        window.show()
        window.activateWindow()
        bridge.start()
        day = Day(window, bridge, Hand(window, generator, paths), watch, events, folder / "diary.txt")
        day.begin()
        watch.listen()
        app.exec()
        bridge.stop()
        icons.clear()
        garbage.release()
    return {"seed": seed, "events": day.done, "seconds": round(time.perf_counter() - began, 1), **watch.as_dict()}


def main() -> None:
    """Write what was found to ``found.json`` in the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("events", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--faults", type=float, default=0.0)
    options = parser.parse_args()
    faulthandler.enable()
    found = run(options.seed, options.events, options.folder.resolve(), options.faults)
    (options.folder / "found.json").write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
