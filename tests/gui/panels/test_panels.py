"""What the panels say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel

from lrsim.gui.look.theme import THEMES
from lrsim.gui.words.entries import parse_count, parse_input, parse_rate, speed_in_full, speed_words
from tests.gui.driving import opened


@pytest.fixture
def driven(qtbot):
    with opened(qtbot, size=(1440, 900)) as window:
        yield window


def test_the_experiment_is_told_in_words(driven):
    panel = driven.window.experiment
    words = " ".join(label.text() for label in panel.findChildren(QLabel))
    for expected in ("6 samples of one input", "cut off at 250", "W = 0.1, b = 0.05", "sgd", "below 0.01"):
        assert expected in words
    model = panel.findChild(type(panel._samples)).model()
    cells = [[model.index(row, column).data() for column in range(2)] for row in range(model.rowCount())]
    assert cells[2] == ["100", "150"]
    assert len(cells) == 6


def test_this_step_writes_the_update_out_with_the_rate(driven):
    driven.press(Qt.Key.Key_Right)
    driven.wait_for_step(1)
    text = driven.window.this_step.text()
    assert "1e-05" in text
    assert "0.1324" in text
    assert "53.95" in text


def test_the_rate_is_drawn_in_its_own_colour_and_nothing_else_is(driven, qtbot):
    driven.press(Qt.Key.Key_Right)
    driven.wait_for_step(1)
    picture = driven.window.this_step.grab().toImage()
    accent = QColor(THEMES["light"].rate).rgb()
    assert any(picture.pixel(x, y) == accent for x in range(picture.width()) for y in range(picture.height()))
    plain = driven.window.try_it.grab().toImage()
    assert not any(plain.pixel(x, y) == accent for x in range(plain.width()) for y in range(plain.height()))


def test_try_it_follows_the_run(driven):
    rows = driven.window.try_it.trials.rows()
    assert [row[:2] for row in rows] == [("10", "10"), ("240", "240"), ("550", "250"), ("-160", "-160"), ("100", "100")]
    assert rows[0][2] == "1.05"
    driven.session.run_to(2002)
    driven.wait_for_step(2002)
    assert [row[2] for row in driven.window.try_it.trials.rows()[:4]] == ["14.11", "250", "250", "-204.8"]


def test_any_input_can_be_tried(driven, qtbot):
    field = driven.window.try_it.trials.field
    field.setFocus()
    qtbot.keyClicks(field, "20")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert driven.window.try_it.trials.rows()[-1] == ("20", "20", "2.05")


@pytest.mark.parametrize("text", ["x", "", "nan", "1, 2"])
def test_nonsense_keeps_the_last_good_input_and_says_why(driven, qtbot, text):
    panel = driven.window.try_it
    panel.trials.field.setFocus()
    panel.trials.field.selectAll()
    qtbot.keyClick(panel.trials.field, Qt.Key.Key_Delete)
    qtbot.keyClicks(panel.trials.field, text)
    qtbot.keyClick(panel.trials.field, Qt.Key.Key_Return)
    assert "expected" in panel.trials.field.complaint()
    qtbot.keyClick(panel.trials.field, Qt.Key.Key_Tab)
    assert panel.trials.rows()[-1][0] == "100"
    panel.trials.field.setFocus()
    qtbot.keyClicks(panel.trials.field, "7")
    qtbot.keyClick(panel.trials.field, Qt.Key.Key_Return)
    assert panel.trials.field.complaint() == ""


def test_predictions_that_are_not_finite_are_shown_as_such(driven, qtbot):
    driven.window.commands.set_rate(1.0)
    for _ in range(2):  # the first time it stops at the step where the loss overflows
        driven.session.run_to(2000)
        qtbot.waitUntil(lambda: driven.snapshot().diverged_at is not None and not driven.bridge.running)
    assert driven.snapshot().step == 2000
    shown = driven.window.try_it.trials.rows()[0][2]
    assert not math.isfinite(float(shown))


def test_a_hidden_panel_does_not_work_and_catches_up(driven):
    driven.window.docks["this_step"].close()
    before = driven.window.this_step.text()
    driven.press(Qt.Key.Key_Right)
    driven.wait_for_step(1)
    assert driven.window.this_step.text() == before
    driven.window.registry["panel_this_step"].trigger()
    assert "0.1324" in driven.window.this_step.text()


@pytest.mark.parametrize("bad", ["", "x", "-1", "0.5", "nan", "inf", "1e400"])
def test_a_step_is_a_whole_number(bad):
    with pytest.raises(ValueError, match="expected"):
        parse_count(bad)


@pytest.mark.parametrize("bad", ["", "x", "0", "-1e-5", "nan", "inf", "1e999"])
def test_a_rate_is_finite_and_positive(bad):
    with pytest.raises(ValueError, match="expected"):
        parse_rate(bad)


@pytest.mark.parametrize("bad", ["", "x", "nan", "-inf", "1 2"])
def test_an_input_is_any_finite_number(bad):
    assert parse_input(" -1,5 ") == -1.5
    with pytest.raises(ValueError, match="expected a finite number"):
        parse_input(bad)


@pytest.mark.parametrize(
    ("speed", "words"), [(1.0, "1/s"), (950.0, "950/s"), (1e4, "10k/s"), (1e6, "1M/s"), (np.inf, "unlimited")]
)
def test_speeds_in_words(speed, words):
    assert speed_words(speed) == words


@pytest.mark.parametrize(
    ("speed", "steps", "words"),
    [
        (30.0, 6, "30 steps/s · 5 epochs/s"),
        (30.0, 233, "30 steps/s · 0.13 epochs/s"),
        (25e3, 21, "25k steps/s · 1\u202f190 epochs/s"),
        (500.0, 1, "500 steps/s"),
        (np.inf, 21, "unlimited"),
    ],
)
def test_speeds_in_full_tell_the_epochs(speed, steps, words):
    assert speed_in_full(speed, steps) == words
