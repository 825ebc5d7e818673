"""Playing, stepping, seeking and undoing, by keys and by clicks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel, QToolButton

from lrsim.gui.widgets.timeline import Marked
from lrsim.training import engine
from tests.gui.driving import opened

SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def driven(qtbot):
    with opened(qtbot) as window:
        yield window


def button(driven, name: str) -> QToolButton:
    """The visible button of an action."""
    action = driven.window.registry[name]
    return next(b for b in driven.window.findChildren(QToolButton) if b.defaultAction() is action and b.isVisible())


def test_right_and_left_take_one_step_and_go_back(driven):
    driven.press(Qt.Key.Key_Right)
    driven.wait_for_step(1)
    assert driven.snapshot().theta.tolist() == pytest.approx([0.13237, 0.08237])
    driven.press(Qt.Key.Key_Left)
    driven.wait_for_step(0)
    assert driven.snapshot().tip == 1


def test_shift_moves_by_epochs(driven):
    driven.press(Qt.Key.Key_Right)
    driven.wait_for_step(1)
    driven.press(Qt.Key.Key_Right, SHIFT)
    driven.wait_for_step(6)
    driven.press(Qt.Key.Key_Left, SHIFT)
    driven.wait_for_step(0)


def test_home_and_end_show_start_and_newest_step(driven):
    driven.session.run_to(40)
    driven.wait_for_step(40)
    driven.press(Qt.Key.Key_Home)
    driven.wait_for_step(0)
    driven.press(Qt.Key.Key_End)
    driven.wait_for_step(40)


def test_space_plays_and_pauses_and_the_button_says_which(driven, qtbot):
    driven.session.set_speed(100.0)
    driven.press(Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: driven.window.transport.play.text() == "Pause" and driven.snapshot().step > 0)
    driven.press(Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: driven.window.transport.play.text() == "Play")
    driven.wait_still()
    paused = driven.snapshot()
    assert not paused.playing
    assert paused.step == paused.tip > 0
    problem = driven.bridge.reader.problem
    state = problem.start()
    engine.advance(problem, state, np.full(paused.step, 1e-5))
    assert paused.theta.tobytes() == state.theta.tobytes()
    driven.press(Qt.Key.Key_Right)
    driven.wait_for_step(paused.step + 1)  # no other step was taken meanwhile


def test_buttons_play_step_and_step_back(driven, qtbot):
    qtbot.mouseClick(button(driven, "step"), Qt.MouseButton.LeftButton)
    driven.wait_for_step(1)
    qtbot.mouseClick(button(driven, "step_back"), Qt.MouseButton.LeftButton)
    driven.wait_for_step(0)
    qtbot.mouseClick(driven.window.transport.play, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: driven.snapshot().playing)


def test_space_plays_even_when_a_button_has_the_focus_and_return_presses_it(driven, qtbot):
    button(driven, "step").setFocus()
    driven.press(Qt.Key.Key_Return)
    driven.wait_for_step(1)
    driven.press(Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: driven.snapshot().playing)


def test_readout_tells_step_and_epoch(driven):
    driven.session.run_to(12_345)
    driven.wait_for_step(12_345)
    words = " ".join(driven.window.transport.readout().split())
    assert words == "step 12 345 · epoch 2 058"


def test_timeline_click_and_drag_seek(driven, qtbot):
    driven.session.run_to(1000)
    driven.wait_for_step(1000)
    timeline = driven.window.transport.timeline
    at = QPoint(timeline.width() // 4, timeline.height() // 2)
    wanted = timeline.step_at(at.x())
    assert 200 < wanted < 300
    qtbot.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=at)
    driven.wait_for_step(wanted)
    qtbot.mousePress(timeline, Qt.MouseButton.LeftButton, pos=at)
    end = QPoint(timeline.width() - 1, at.y())
    qtbot.mouseMove(timeline, end)
    driven.wait_for_step(1000)
    qtbot.mouseRelease(timeline, Qt.MouseButton.LeftButton, pos=end)


def test_timeline_holds_a_thousand_million_steps(driven):
    timeline = driven.window.transport.timeline
    timeline.show_run(500_000_000, 1_000_000_000, Marked(rates=((250_000_000, 1e-4),)))
    timeline.repaint()
    assert timeline.step_at(timeline.x_of(250_000_000)) == pytest.approx(250_000_000, rel=1e-6)


@pytest.mark.parametrize(
    ("typed", "step"),
    [("120", 120), ("1e2", 100), ("1 000", 1000), ("epoch 40", 240), ("Epoch 1 000", 6000), ("50 %", 30), ("100%", 60),
     ("-20", 40), ("+ 5", 65)],
)  # fmt: skip
def test_run_to_a_typed_step(driven, qtbot, typed, step):
    driven.session.step(60)
    driven.wait_for_step(60)
    target = driven.window.transport.target
    target.setFocus()
    qtbot.keyClicks(target, typed)
    qtbot.keyClick(target, Qt.Key.Key_Return)
    driven.wait_for_step(step)
    assert not target.hasFocus()


@pytest.mark.parametrize("typed", ["abc", "1.5", "nan", "epoch", "epoch x", "-x", "120 %", "nan %", "%"])
def test_nonsense_as_a_step_is_refused_with_the_reason(driven, qtbot, typed):
    driven.press(Qt.Key.Key_Right)
    driven.wait_for_step(1)
    target = driven.window.transport.target
    target.setFocus()
    qtbot.keyClicks(target, typed)
    qtbot.keyClick(target, Qt.Key.Key_Return)
    assert "expected" in target.complaint()
    assert typed.split()[-1].strip("-%") in target.complaint()
    assert driven.window.transport.readout().startswith("step")
    qtbot.keyClick(target, Qt.Key.Key_Escape)
    driven.wait_still()
    assert driven.snapshot().step == 1
    assert driven.window.transport.readout().startswith("step")


def test_a_place_before_the_start_is_refused(driven, qtbot):
    target = driven.window.transport.target
    target.setFocus()
    qtbot.keyClicks(target, "-5")
    qtbot.keyClick(target, Qt.Key.Key_Return)
    assert target.complaint() == "-5 from step 0 lies before the start"


def test_speed_goes_from_one_step_a_second_to_unlimited(driven, qtbot):
    speed = driven.window.transport.speed
    for at, wanted in ((speed.minimum(), 1.0), (speed.maximum(), math.inf)):
        speed.setValue(at)
        qtbot.waitUntil(lambda wanted=wanted: driven.snapshot().speed == wanted)


def test_a_speed_that_was_chosen_is_not_taken_back_by_an_older_frame(driven, qtbot):
    before = driven.snapshot()
    transport = driven.window.transport
    transport.speed.setValue(transport.speed.maximum())
    driven.bridge.changed.emit(before)
    assert transport.speed.value() == transport.speed.maximum()
    qtbot.waitUntil(lambda: driven.snapshot().speed == math.inf)
    driven.wait_still()
    assert transport.speed.value() == transport.speed.maximum()
    driven.session.set_speed(1.0)
    qtbot.waitUntil(lambda: transport.speed.value() == transport.speed.minimum())


def test_reset_is_undone_by_key_and_by_button(driven, qtbot):
    driven.session.run_to(50)
    driven.wait_for_step(50)
    driven.press(Qt.Key.Key_R)
    qtbot.waitUntil(lambda: driven.snapshot().tip == 0)
    driven.press(Qt.Key.Key_Z, CONTROL)
    driven.wait_for_step(50)
    driven.press(Qt.Key.Key_Z, CONTROL | SHIFT)
    qtbot.waitUntil(lambda: driven.snapshot().tip == 0)
    qtbot.mouseClick(button(driven, "undo"), Qt.MouseButton.LeftButton)
    driven.wait_for_step(50)


def test_a_diverged_run_stays_usable_and_says_at_which_step(driven, qtbot):
    driven.window.commands.set_rate(1.0)
    driven.press(Qt.Key.Key_Right)
    driven.wait_for_step(1)
    driven.session.set_speed(math.inf)
    driven.press(Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: driven.snapshot().diverged_at is not None and not driven.snapshot().playing)
    driven.wait_still()
    assert str(driven.snapshot().diverged_at) in driven.window.banner.sentence()
    driven.press(Qt.Key.Key_Home)
    driven.wait_for_step(0)


@pytest.mark.parametrize(("size", "least"), [((1280, 720), 120), ((1920, 1080), 300)])
def test_the_speed_is_as_wide_as_the_window_allows_and_told_in_epochs_too(driven, size, least):
    driven.window.resize(*size)
    driven.wait_still()
    transport = driven.window.transport
    assert transport.speed.width() >= least
    assert "50 steps/s · 8.3 epochs/s" in [
        label.text() for label in transport.findChildren(QLabel) if label.isVisible()
    ]
    assert transport.timeline.width() > transport.speed.width()
