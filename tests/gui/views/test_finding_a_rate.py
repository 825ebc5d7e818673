"""Range test, schedule and rates for the layers in the window: by key, by button, and taken back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from lrsim.experiment.files import load
from lrsim.experiment.keys import with_value
from lrsim.gui.look.theme import THEMES
from tests.gui.driving import opened

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def driven(qtbot):
    with opened(qtbot) as window:
        yield window


def test_a_rate_is_found_used_and_taken_back(driven, qtbot):
    window = driven.window
    driven.session.run_to(30)
    driven.wait_for_step(30)
    assert not window.finder.isVisible()
    driven.press(Qt.Key.Key_L)
    assert window.finder.isVisible()
    qtbot.mouseClick(window.finder.run_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.finder.recommendation.use.isVisible())
    driven.wait_still()
    assert (driven.snapshot().step, driven.snapshot().lr) == (30, 1e-5)
    button = window.finder.recommendation.use
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: driven.snapshot().lr == button.rate)
    driven.press(Qt.Key.Key_Z, CONTROL)
    qtbot.waitUntil(lambda: driven.snapshot().lr == 1e-5)
    driven.press(Qt.Key.Key_L)
    assert not window.finder.isVisible()


def test_schedule_and_finder_open_in_one_place(driven):
    window = driven.window
    driven.press(Qt.Key.Key_S)
    assert window.schedule.isVisible()
    driven.press(Qt.Key.Key_L)
    assert window.finder.isVisible()
    assert not window.schedule.isVisible()
    window.reset_layout()
    assert not window.finder.isVisible()
    window.registry["panel_schedule"].trigger()
    assert window.schedule.isVisible()


def test_what_opens_below_fits_a_small_window_in_every_theme(driven):
    window = driven.window
    for theme in THEMES:
        window.choose_theme(theme)
        for name in ("find_rate", "show_schedule"):
            window.resize(1280, 720)
            window.registry[name].trigger()
            driven.wait_still()
            assert window.height() == 720
            assert window.stage.isVisible()
        window.registry["show_schedule"].trigger()


def test_edited_schedules_are_previewed_and_edited_in_their_fields(driven, qtbot):
    window = driven.window
    driven.press(Qt.Key.Key_S)
    names = lambda: [entry.name for entry in window.schedule.view.plot.legend()]  # noqa: E731
    assert "once applied" not in names()
    qtbot.mouseClick(window.schedule.edit, Qt.MouseButton.LeftButton)
    assert window.experiment.sections["schedule"].is_open
    window.experiment.rows["schedule.name"].control.choose("cosine")
    assert "once applied" in names()
    window.schedule.grab()
    window.experiment.apply()
    qtbot.waitUntil(lambda: driven.bridge.reader.problem.experiment.schedule.name == "cosine")
    driven.wait_still()
    assert "once applied" not in names()
    line = driven.bridge.reader.rate_line(driven.snapshot())
    assert line.schedule.name == "cosine"


def test_layers_are_tuned_from_the_palette_and_taken_back(driven, qtbot):
    driven.session.load(with_value(load("xor"), "training.epochs", 60))
    driven.session.run_to(42)
    driven.wait_for_step(42)
    qtbot.waitUntil(lambda: len(driven.bridge.reader.problem.network.layers) == 2)
    driven.window.registry["tune_layers"].trigger()
    qtbot.waitUntil(lambda: driven.snapshot().tuning is not None, timeout=60_000)
    driven.wait_still()
    assert "rate for each layer" in driven.window.registry["undo"].text()
    driven.press(Qt.Key.Key_Z, CONTROL)
    qtbot.waitUntil(lambda: driven.snapshot().tuning is None)
    assert driven.snapshot().lr == 0.1
