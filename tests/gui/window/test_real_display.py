"""The program on a real X server: it opens, trains without limit, and closes in mid-run without a word."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

XVFB = shutil.which("xvfb-run")

PROGRAM = """
import math, sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from lrsim.experiment.files import load
from lrsim.experiment.keys import with_values
from lrsim.gui import app

closed = []

def close(window):
    fits = window.screen().availableGeometry().contains(window.frameGeometry())
    closed.append((window._bridge.session.snapshot(), fits))
    window.close()

def drive():
    windows = [w for w in QApplication.topLevelWidgets() if w.metaObject().className() == "MainWindow"]
    if not windows or not windows[0].isVisible():
        QTimer.singleShot(100, drive)
        return
    session = windows[0]._bridge.session
    session.set_speed(math.inf)
    session.play()
    QTimer.singleShot(1000, lambda: close_once_trained(windows[0]))

def close_once_trained(window):
    if window._bridge.session.snapshot().tip > 0:
        close(window)
    else:
        QTimer.singleShot(100, lambda: close_once_trained(window))

chosen = load("clip250")
chosen = with_values(chosen, [("stop.target_error", 0.0), ("training.epochs", 10**9)])
QApplication(sys.argv[:1])
QTimer.singleShot(500, drive)
status = app.main(chosen, reset_settings=True)
snapshot, fits = closed[0]
trained = snapshot.tip > 0
print(status, fits, snapshot.playing, trained, QApplication.platformName())
"""


@pytest.mark.skipif(XVFB is None, reason="xvfb-run is not installed, so there is no X server to open a window on")
def test_closing_in_mid_run_on_a_real_display_ends_in_silence(tmp_path):
    environment = {key: value for key, value in os.environ.items() if key != "QT_QPA_PLATFORM"}
    environment.update(XDG_CONFIG_HOME=str(tmp_path), XDG_STATE_HOME=str(tmp_path), XDG_RUNTIME_DIR=str(tmp_path))
    tmp_path.chmod(0o700)
    found = subprocess.run(
        [XVFB, "-a", "-s", "-screen 0 1280x720x24", sys.executable, "-W", "error", "-c", PROGRAM],
        capture_output=True, text=True, timeout=100, env=environment, check=False,
    )  # fmt: skip
    assert found.stderr == ""
    assert found.returncode == 0
    status, fits, playing, trained, platform = found.stdout.split()
    assert (status, fits, playing, trained, platform) == ("0", "True", "True", "True", "xcb")
