"""The end of a run: why it ended, what Space does then, and what it has gone past."""

from __future__ import annotations

import math

import pytest
from PySide6.QtCore import Qt

from lrsim.experiment.files import load
from lrsim.experiment.keys import with_values
from tests.gui.driving import opened

CONTROL = Qt.KeyboardModifier.ControlModifier


def begin(driven, preset="circle", **values):
    changes = [(key.replace("__", "."), value) for key, value in values.items()]
    driven.window.commands.load(with_values(load(preset), changes))
    driven.session.set_speed(math.inf)
    driven.wait_still()


def play_to_the_end(driven):
    driven.press(Qt.Key.Key_Space)
    driven.qtbot.waitUntil(lambda: driven.snapshot().finished is not None and not driven.bridge.running)


@pytest.fixture
def driven(qtbot):
    with opened(qtbot) as driven:
        yield driven


@pytest.mark.parametrize(
    ("preset", "values", "why", "on"),
    [
        ("circle", {"training__epochs": 2}, "Ended at the limit of 2 epochs.", "past it"),
        ("clip250", {}, "Ended: the error of step 2", "past it"),
        ("clip250", {"optimizer__lr": 1.0}, "Ended: the loss is not finite at step", "from there"),
        (
            "circle",
            {"stop__early_stopping": {"monitor": "loss", "patience": 2, "min_delta": 10.0}},
            "Ended by early stopping: loss has not improved for 2 epochs.",
            "past it",
        ),
    ],
)
def test_it_is_said_why_a_run_ended_and_what_space_does(driven, preset, values, why, on):
    begin(driven, preset, **values)
    assert driven.window.ending.text() == ""
    play_to_the_end(driven)
    assert driven.window.ending.text().startswith(why)
    assert driven.window.ending.text().endswith(f"Space trains on {on}.")
    assert driven.window.transport.play.text() == "Play"


def test_the_line_is_there_for_what_it_says_alone(driven):
    begin(driven, training__epochs=2)
    assert not driven.window.ending.isVisible()
    play_to_the_end(driven)
    assert driven.window.ending.isVisible()
    driven.window.choose_layout("sweep")
    assert not driven.window.ending.isVisible()
    driven.window.choose_layout("step")
    assert driven.window.ending.isVisible()
    driven.press(Qt.Key.Key_R)
    driven.wait_still()
    assert not driven.window.ending.isVisible()


def test_going_past_an_end_is_asked_for_and_then_said(driven, qtbot):
    begin(driven, training__epochs=2)
    play_to_the_end(driven)
    driven.session.set_speed(200.0)
    driven.press(Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: driven.window.ending.text() == "Training past the limit of 2 epochs. Space pauses.")
    driven.press(Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: driven.window.ending.text() == "Past the limit of 2 epochs.")
    driven.press(Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: driven.window.ending.text() == "")


def test_playing_from_before_an_end_stops_there_again(driven, qtbot):
    begin(driven, training__epochs=2)
    play_to_the_end(driven)
    tip = driven.snapshot().tip
    driven.session.seek(tip - 5)
    driven.wait_still()
    assert driven.window.ending.text() == ""
    driven.press(Qt.Key.Key_Space)
    driven.wait_for_step(tip)
    assert not driven.snapshot().playing
    assert driven.window.ending.text().startswith("Ended at the limit of 2 epochs.")
    assert driven.snapshot().tip == tip


def test_space_that_comes_with_the_end_does_not_go_past_it(driven, qtbot):
    """The hand meant to pause what it saw playing."""
    begin(driven, training__epochs=2)
    driven.session.set_speed(5.0)
    driven.press(Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: driven.window.transport.play.text() == "Pause")
    driven.session.set_speed(math.inf)
    while driven.snapshot().finished is None:  # the window shows nothing of it: no event is handled meanwhile
        pass
    driven.press(Qt.Key.Key_Space)
    driven.wait_still()
    assert not driven.snapshot().playing
    assert driven.snapshot().finished == "epochs"


def test_undo_takes_a_change_at_the_end_back_and_the_end_with_it(driven):
    begin(driven, training__epochs=2)
    play_to_the_end(driven)
    driven.press(Qt.Key.Key_Up)
    driven.session.step(3)
    driven.wait_still()
    assert driven.window.ending.text() == "Past the limit of 2 epochs."
    driven.press(Qt.Key.Key_Z, CONTROL)
    driven.wait_still()
    assert driven.window.ending.text().startswith("Ended at the limit of 2 epochs.")
