"""Whose the keys are after a click into the table of steps or into a field, and how the window gets them back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QScrollArea

from tests.gui.driving import opened

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def driven(qtbot):
    with opened(qtbot, experiment="spiral", size=(1600, 900)) as driven:
        driven.session.run_to(12)
        driven.wait_for_step(12)
        yield driven


def click_a_row(driven, step: int) -> None:
    table = driven.window.stage["steps"].table
    table.scroll_to(1)
    driven.qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(50, round(table.row_top(step)) + 5))
    driven.wait_for_step(step)
    table.setFocus()  # as a click does where there is a window manager


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, Qt.Key.Key_Return])
def test_the_table_gives_the_keys_back(driven, key):
    click_a_row(driven, 3)
    rate = driven.window.commands.rate
    driven.qtbot.keyClick(QApplication.focusWidget(), key)
    driven.qtbot.keyClick(QApplication.focusWidget() or driven.window, Qt.Key.Key_Up)
    driven.qtbot.waitUntil(lambda: driven.window.commands.rate > rate)


def test_arrows_step_though_the_table_has_the_keyboard(driven):
    click_a_row(driven, 3)
    driven.qtbot.keyClick(driven.window.stage["steps"].table, Qt.Key.Key_Right)
    driven.wait_for_step(4)


def test_undo_in_the_rate_field_is_that_of_the_text_while_typed_else_that_of_the_run(driven):
    field, commands = driven.window.rate.field, driven.window.commands
    before = commands.rate
    commands.set_rate(0.5)
    driven.qtbot.waitUntil(driven.window.registry["undo"].isEnabled)
    field.setFocus()
    driven.qtbot.keyClicks(field, "0.2")
    driven.qtbot.keyClick(field, Qt.Key.Key_Z, CONTROL)
    assert field.text() != "0.2"
    assert commands.rate == 0.5
    driven.qtbot.keyClick(field, Qt.Key.Key_Escape)
    field.setFocus()
    driven.qtbot.keyClick(field, Qt.Key.Key_Z, CONTROL)
    driven.qtbot.waitUntil(lambda: commands.rate == before)


def test_the_list_of_keys_says_whose_they_are(driven):
    driven.window.registry["keys"].trigger()
    texts = driven.window.keys_panel.texts()
    assert {"While the table of steps is active", "While a field is active"} <= set(texts)


def test_all_of_the_list_of_keys_is_read_by_keys(driven):
    window = driven.window
    window.resize(1280, 720)
    window.choose_theme("projector")
    window.registry["keys"].trigger()
    driven.qtbot.wait(50)
    bar, rate = window.keys_panel.findChild(QScrollArea).verticalScrollBar(), window.commands.rate
    assert bar.maximum() > 0
    driven.qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Down)
    assert bar.value() > 0
    driven.qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_End)
    assert bar.value() == bar.maximum()
    assert window.commands.rate == rate
