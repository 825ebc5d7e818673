"""What once killed, blocked or shamed the window before a class, done again by hand."""

from __future__ import annotations

import math
import time

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from lrsim.gui.widgets.complaint import Complaint
from tests.gui.driving import opened

CONTROL = Qt.KeyboardModifier.ControlModifier


def layer_field(driven, layer: int) -> QLineEdit:
    """The units of a layer, brought into sight."""
    name = f"Units of layer {layer}"
    field = next(each for each in driven.window.experiment.findChildren(QLineEdit) if each.accessibleName() == name)
    driven.window.experiment.area.ensureWidgetVisible(field)
    return field


def choose(driven, words: str) -> None:
    """A preset through the palette."""
    driven.press(Qt.Key.Key_K, CONTROL)
    driven.qtbot.keyClicks(QApplication.focusWidget(), words)
    driven.qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)


def test_a_sheet_closes_though_the_field_that_had_the_keyboard_is_gone(qtbot):
    with opened(qtbot, experiment="spiral", size=(1600, 900)) as driven:
        field = layer_field(driven, 3)
        qtbot.mouseClick(field, Qt.MouseButton.LeftButton)
        driven.press(Qt.Key.Key_F1)
        assert driven.window.keys_panel.isVisible()
        choose(driven, "plane")
        driven.wait_still()
        assert driven.snapshot().run == 2
        driven.press(Qt.Key.Key_Escape)
        assert not driven.window.keys_panel.isVisible()
        driven.press(Qt.Key.Key_Right)
        driven.wait_for_step(1)


def test_presenting_at_full_speed_says_nothing_is_wrong(qtbot):
    with opened(qtbot, experiment="circle", size=(1280, 720)) as driven:
        driven.session.set_speed(25_000)
        driven.press(Qt.Key.Key_Space)
        for _ in range(3):
            QTest.qWait(200)
            driven.press(Qt.Key.Key_F5)
            QTest.qWait(200)
            driven.press(Qt.Key.Key_Escape)
        assert driven.snapshot().tip > 0
        assert driven.window.notice.text() == ""
        driven.session.pause()


def test_presets_change_under_a_resting_pointer_while_it_plays(qtbot):
    with opened(qtbot, experiment="spiral", size=(1600, 900)) as driven:
        driven.session.set_speed(math.inf)
        for number, name in enumerate(("plane", "clip250", "circle", "rule-warmup", "spiral"), start=2):
            driven.press(Qt.Key.Key_Space)
            plot = driven.window.stage["parameters"].plot
            qtbot.mouseMove(plot, QPoint(plot.width() // 2, plot.height() // 2))
            QTest.qWait(120)
            choose(driven, name)
            qtbot.waitUntil(lambda number=number: driven.snapshot().run == number)
            QTest.qWait(60)
        driven.session.pause()
        assert driven.window.notice.text() == ""


@pytest.mark.parametrize("units", ["99999999", "1000000"])
def test_any_number_of_units_is_taken_or_refused_in_a_sentence_and_nothing_stands_still(qtbot, units):
    with opened(qtbot, experiment="spiral", size=(1600, 900)) as driven:
        field = layer_field(driven, 1)
        qtbot.mouseClick(field, Qt.MouseButton.LeftButton)
        field.selectAll()
        qtbot.keyClicks(field, units)
        qtbot.keyClick(field, Qt.Key.Key_Return)
        began = time.thread_time()
        driven.window.experiment.footer.apply.click()
        QTest.qWait(300)
        driven.wait_still()
        refused = driven.window.notice.text() or " ".join(each.text() for each in driven.window.findChildren(Complaint))
        assert (driven.snapshot().run == 2) != ("this machine has" in refused), refused
        driven.press(Qt.Key.Key_Escape)
        driven.session.step(1)
        driven.wait_still()
        assert driven.snapshot().step == 1
        assert time.thread_time() - began < 2
