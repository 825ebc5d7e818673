"""How the real window keeps up: frame intervals, time until a rate change and a seek take effect, memory.

Run it on a display, or on a virtual one:

    xvfb-run -s '-screen 0 1920x1080x24' python tests/bench/window.py [--steps 10000000] [--seconds 10]
        [--experiment clip250] [--layouts step,curves] [--views learning,weights/regions,diagram,surface]

Training runs without limit the whole time with every step recorded. Frame intervals are measured in each of the layouts
in turn. Prints one line a figure.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lrsim.experiment import files
from lrsim.experiment.keys import with_value
from lrsim.experiment.specs import Experiment
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.chart.picture import Picture
from lrsim.gui.settings import Settings
from lrsim.gui.window.window import MainWindow
from lrsim.session.reader import SessionReader
from lrsim.session.session import Session
from lrsim.session.snapshot import Snapshot


class Paints(QObject):
    """Notes when the picture that it watches was painted."""

    def __init__(self, picture: Picture) -> None:
        super().__init__()
        self.name = picture.objectName()
        self.times: list[float] = []
        picture.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.times.append(time.perf_counter())
        return False


def wait(condition: Callable[[], bool], seconds: float = 60.0) -> float:
    """Seconds until the condition holds while events are handled; inf when it does not in time."""
    start = time.perf_counter()
    while not condition():
        if time.perf_counter() - start > seconds:
            return math.inf
        QApplication.processEvents()
        time.sleep(0.0005)
    return time.perf_counter() - start


def run_for(seconds: float) -> None:
    """Let the event loop run as it does in the program."""
    loop = QEventLoop()
    QTimer.singleShot(int(seconds * 1000), loop.quit)
    loop.exec()


def report(name: str, value: float, unit: str, aim: str) -> None:
    print(f"{name:<52} {value:>12.4g} {unit:<4} {aim}", flush=True)


def quantiles(name: str, values: list[float], unit: str, aim: str) -> None:
    array = np.array(values) * 1000
    report(f"{name}, median", float(np.median(array)), unit, "")
    report(f"{name}, 95 %", float(np.quantile(array, 0.95)), unit, aim)
    report(f"{name}, longest", float(array.max()), unit, "")


def endless(name: str) -> Experiment:
    """An experiment without its stop rules."""
    result = files.load(name)
    for key, value in {"stop.target_error": 0.0, "training.epochs": 10**12}.items():
        result = with_value(result, key, value)
    return result


def used_rate(reader: SessionReader) -> float | None:
    """The rate of the newest step."""
    snapshot = reader.snapshot()
    rows = reader.rows(snapshot, snapshot.step, snapshot.step)
    return rows[0].rate if rows else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=10_000_000)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--theme", default="light")
    parser.add_argument("--size", default="1920x1080")
    parser.add_argument("--experiment", default="clip250", help="whose training is watched (default: clip250)")
    parser.add_argument("--layouts", default="step", help="those in which frames are timed, with commas between them")
    parser.add_argument("--views", help="what stands in the layout step: the left column, a slash, the right one")
    options = parser.parse_args()

    app = QApplication(sys.argv[:1])
    session = Session(endless(options.experiment))
    session.set_speed(math.inf)
    bridge = Bridge(session)
    shown: list[Snapshot] = []
    moments: list[float] = []
    frames: list[float] = []

    def note(snapshot: Snapshot) -> None:
        shown[:] = [snapshot]
        moments.append(time.perf_counter())

    with tempfile.TemporaryDirectory() as folder:
        window = MainWindow(bridge, Settings(Path(folder)), options.theme)
        bridge.changed.connect(note)
        bridge.frame.connect(lambda: frames.append(time.perf_counter()))
        window.resize(*map(int, options.size.split("x")))
        window.show()
        bridge.start()
        QTest.qWaitForWindowExposed(window)
        print(f"{app.platformName()}, {window.width()}x{window.height()}, {options.theme}")

        start = time.perf_counter()
        session.run_to(options.steps)
        wait(lambda: bool(shown) and shown[0].step >= options.steps)
        report("steps recorded before the measurement", shown[0].tip, "", "")
        report("recorded while drawing", shown[0].tip / (time.perf_counter() - start) / 1e6, "M/s", "")

        session.play()
        run_for(1.0)
        if options.views:
            left, right = (part.split(",") for part in options.views.split("/"))
            window.stage.arrangements.choose("step", window.stage.model, left, right)
        for layout in options.layouts.split(","):
            window.choose_layout(layout)
            run_for(1.0)
            pictures = [picture for picture in window.stage.findChildren(Picture) if picture.isVisible()]
            paints = [Paints(picture) for picture in pictures]
            frames.clear()
            moments.clear()
            run_for(options.seconds)
            quantiles(f"{layout}: interval between frames", np.diff(frames).tolist(), "ms", "aim: at most 20")
            quantiles(f"{layout}: a newer step is shown every", np.diff(moments).tolist(), "ms", "pictures take turns")
            for each in paints:
                if len(each.times) > 1:
                    quantiles(
                        f"{layout}: interval between paints of {each.name}", np.diff(each.times).tolist(), "ms", ""
                    )

        effective = []
        for _ in range(20):
            old = session.snapshot().rate
            window.commands.scale_rate(0.5 if old > 5e-6 else 2.0)
            effective.append(wait(lambda old=old: used_rate(bridge.reader) not in (None, old), 5.0))
            run_for(0.1)
        quantiles("a rate change is in effect after", effective, "ms", "aim: at most 50")

        back, seeks = [], []
        generator = random.Random(1)
        for _ in range(20):
            session.play()
            run_for(0.15)
            tip = session.snapshot().tip
            session.step_back(1)
            back.append(wait(lambda: not shown[0].playing and shown[0].step < shown[0].tip, 5.0))
            target = generator.randrange(tip)
            session.seek(target)
            seeks.append(wait(lambda target=target: shown[0].step == target, 5.0))
        quantiles("a step back is shown after", back, "ms", "aim: at most 100")
        quantiles("a seek anywhere is shown after", seeks, "ms", "aim: at most 100")
        report("last recorded step", session.snapshot().tip, "", "")
        report(
            "held by the history",
            session.snapshot().place.run.history.nbytes / 2**20,
            "MiB",
            f"budget {session.memory_budget >> 20}",
        )

        session.play()
        run_for(0.3)
        start = time.perf_counter()
        window.close()
        bridge.stop()
        report("closed in mid-run after", time.perf_counter() - start, "s", "aim: at most 1")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
