"""Values that a widget shows and sets: no echo, and no falling back to what was before."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QSlider

from lrsim.gui.bridge.binding import Pending, show_checked, show_position


def test_a_choice_holds_until_its_command_is_answered(bridge):
    session = bridge.session
    before = session.snapshot()
    pending = Pending(before.lr)
    command = session.set_rate(0.5)
    pending.choose(0.5, command)
    for _ in range(3):  # frames that were taken before, however late they come
        assert pending.follow(before, before.lr) == 0.5
    assert pending.waiting
    after = bridge.carry_out()
    assert after.acknowledged == command
    assert pending.follow(after, after.lr) == 0.5
    assert not pending.waiting
    assert pending.follow(after, 0.25) == 0.25  # changed elsewhere


def test_a_choice_that_is_refused_gives_way_to_what_holds(bridge):
    session = bridge.session
    pending = Pending(session.snapshot().lr)
    pending.choose(-1.0, session.set_rate(-1.0))
    assert pending.value == -1.0
    after = bridge.carry_out()
    assert pending.follow(after, after.lr) == 1e-5


def test_the_newest_of_several_choices_counts(bridge):
    session = bridge.session
    pending = Pending(session.snapshot().lr)
    pending.choose(0.5, session.set_rate(0.5))
    session.work()
    middle = session.snapshot()
    pending.choose(0.7, session.set_rate(0.7))
    assert pending.follow(middle, middle.lr) == 0.7


@pytest.mark.parametrize("checked", [True, False])
def test_a_button_is_checked_without_an_echo(qtbot, checked):
    box, heard = QCheckBox(), []
    qtbot.addWidget(box)
    box.setChecked(not checked)
    box.toggled.connect(heard.append)
    show_checked(box, checked)
    assert (box.isChecked(), heard) == (checked, [])
    box.click()
    assert heard == [not checked]


def test_a_slider_is_moved_without_an_echo_and_not_under_the_hand(qtbot):
    slider, heard = QSlider(Qt.Orientation.Horizontal), []
    qtbot.addWidget(slider)
    slider.valueChanged.connect(heard.append)
    show_position(slider, 40)
    assert (slider.value(), heard) == (40, [])
    slider.setSliderDown(True)
    show_position(slider, 60)
    assert slider.value() == 40
