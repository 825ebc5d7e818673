"""How long the window stands still while its theme changes, and when it begins and ends to present.

    QT_QPA_PLATFORM=offscreen python tests/bench/theme.py [--preset spiral] [--size 1920x1080] [--profile]

Times are those of the window's thread on the processor, from the command until everything is painted anew.
Prints one line a figure.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import sys
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from PySide6.QtWidgets import QApplication

from lrsim.experiment import files
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.settings import Settings
from lrsim.gui.window.window import MainWindow
from lrsim.session.session import Session

AIM_MS = 100


def taken(act: Callable[[], object]) -> float:
    """Milliseconds of the window's own thread until all that `act` changes is on screen."""
    start = time.thread_time()
    act()
    for _ in range(3):
        QApplication.processEvents()
    return 1000 * (time.thread_time() - start)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", nargs="+", default=["clip250", "spiral"])
    parser.add_argument("--size", default="1920x1080")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    app = QApplication(sys.argv[:1])
    app.setApplicationName("lrsim")
    for preset in options.preset:
        session = Session(files.load(preset))
        bridge = Bridge(session)
        window = MainWindow(bridge, Settings(None), "light")
        window.resize(*map(int, options.size.split("x")))
        window.show()
        session.run_to(200)
        session.settle()
        bridge.pull()
        taken(lambda: None)
        window.choose_layout("sweep")  # what was shown once is there from then on
        taken(lambda: None)
        window.choose_layout("step")
        taken(lambda: None)
        profile = cProfile.Profile()
        if options.profile:
            profile.enable()
        times: dict[str, list[float]] = {}
        for _ in range(options.rounds):
            for name in ("dark", "light", "projector", "light"):
                times.setdefault(f"theme {name}", []).append(taken(partial(window.choose_theme, name)))
            times.setdefault("present", []).append(taken(window.present))
            times.setdefault("leave the presentation", []).append(taken(window.leave_presentation))
        if options.profile:
            profile.disable()
            pstats.Stats(profile).sort_stats("tottime").print_stats(25)
        for name, values in times.items():
            middle, longest = np.median(values), max(values)
            print(f"{preset:<10} {name:<26} {middle:>7.0f} ms, longest {longest:>5.0f}  aim: at most {AIM_MS}")
        window.close()
        window.deleteLater()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
