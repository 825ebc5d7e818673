"""A step that takes a while to be reached: told over the pictures, and left by Escape or the button."""

from __future__ import annotations

import threading
import time

import pytest
from PySide6.QtCore import Qt

from lrsim.history.tree import History
from lrsim.session import playback
from tests.gui.driving import opened


@pytest.fixture
def let_go(monkeypatch):
    """The way to any step is 40 % done until this is set."""
    found, approach = threading.Event(), History.approach

    def slow(history, branch, step):
        while not found.is_set():
            time.sleep(0.005)
            yield 0.4
        yield from approach(history, branch, step)

    monkeypatch.setattr(playback, "SLOW_SECONDS", -1.0)
    monkeypatch.setattr(History, "approach", slow)
    yield found
    found.set()


@pytest.mark.parametrize("way", ["escape", "button"])
def test_it_is_told_and_can_be_left(qtbot, let_go, way):
    with opened(qtbot) as driven:
        driven.session.run_to(100)
        driven.wait_for_step(100)
        bar = driven.window.loading
        driven.session.seek(40)
        qtbot.waitUntil(bar.isVisible)
        assert bar.text() == "Going to step 40 by replay."
        assert driven.snapshot().step == 100
        bar.grab()
        if way == "escape":
            driven.press(Qt.Key.Key_Escape)
        else:
            qtbot.mouseClick(bar.cancel, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: driven.snapshot().seeking is None and not bar.isVisible())
        assert driven.snapshot().step == 100
        let_go.set()
        driven.session.seek(40)
        driven.wait_for_step(40)
        qtbot.waitUntil(lambda: not bar.isVisible())
