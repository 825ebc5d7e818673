"""Looks at everything in every look and lists what is cut off or overlaps.

    QT_QPA_PLATFORM=offscreen python tests/gui/fit/survey.py [--preset clip250] [--theme light] [--size 1280x720]
        [--percent 100] [--pictures FOLDER]

Ends with status 1 where anything was found. Needs the repository on the path (PYTHONPATH=.).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from PySide6.QtWidgets import QApplication

from tests.gui.fit.checker import Recorder, faults
from tests.gui.fit.scenes import PERCENTS, PRESETS, SIZES, THEMES, Scene, states

SWEPT = ("clip250",)
"""Presets whose sweep is quick."""


def survey(options: argparse.Namespace) -> int:
    """How many faults there are; each is printed with where it was seen first."""
    recorder = Recorder()
    total = 0
    with recorder.installed():
        for preset in options.preset:
            scene = Scene(preset)
            scene.window.show()
            for steps in options.steps:
                scene.session.run_to(steps)
                for theme in options.theme:
                    for size in options.size:
                        for percent in options.percent:
                            total += _look(scene, recorder, options, (preset, steps, theme, size, percent))
            scene.close()
    print(f"{total} faults")
    return total


def _look(scene: Scene, recorder: Recorder, options: argparse.Namespace, at: tuple) -> int:
    preset, steps, theme, size, percent = at
    scene.wear(theme, size, percent)
    known: set[str] = set()
    for state in states(scene, sweeps=preset in SWEPT):
        where = f"{preset} {steps} {theme} {size[0]}x{size[1]} {percent} % {state}"
        shown = scene.window.size().toTuple()
        found = [] if shown == size else [f"the window is {shown[0]}x{shown[1]}"]
        found += faults(scene.window, recorder)
        for fault in found:
            if fault not in known:
                known.add(fault)
                print(f"{where}: {fault}", flush=True)
        if options.pictures:
            options.pictures.mkdir(parents=True, exist_ok=True)
            scene.window.grab().save(str(options.pictures / f"{where.replace(' ', '_').replace('%', '')}.png"))
    return len(known)


def _size(text: str) -> tuple[int, int]:
    width, height = text.split("x")
    return int(width), int(height)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", nargs="+", default=list(PRESETS))
    parser.add_argument("--steps", nargs="+", type=int, default=[0, 40])
    parser.add_argument("--theme", nargs="+", default=list(THEMES))
    parser.add_argument("--size", nargs="+", type=_size, default=list(SIZES))
    parser.add_argument("--percent", nargs="+", type=int, default=list(PERCENTS))
    parser.add_argument("--pictures", type=Path)
    options = parser.parse_args()
    app = QApplication(sys.argv[:1])
    app.setApplicationName("lrsim")
    return 1 if survey(options) else 0


if __name__ == "__main__":
    raise SystemExit(main())
