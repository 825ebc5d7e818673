"""Sheets give the keyboard back to where it was, also where that is gone."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QToolButton

from lrsim.gui.bridge.alive import alive
from lrsim.gui.widgets.number_field import NumberField
from tests.gui.driving import opened

CONTROL = Qt.KeyboardModifier.ControlModifier
SHEETS = {"keys": (Qt.Key.Key_F1, Qt.KeyboardModifier.NoModifier), "palette": (Qt.Key.Key_K, CONTROL),
          "settings": (Qt.Key.Key_Comma, CONTROL)}  # fmt: skip


def units_field(driven) -> NumberField:
    """The field with the units of the last layer, under the hand."""
    driven.window.experiment.open_group("model")
    driven.qtbot.wait(50)
    fields = [field for field in driven.window.experiment.findChildren(NumberField)
              if field.isVisible() and "nits" in field.accessibleName()]  # fmt: skip
    driven.qtbot.mouseClick(fields[-1], Qt.MouseButton.LeftButton)
    driven.qtbot.waitUntil(fields[-1].hasFocus)
    return fields[-1]


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_sheet_closes_though_the_field_it_was_opened_from_is_gone(qtbot, sheet):
    with opened(qtbot, experiment="spiral", size=(1600, 900)) as driven:
        field = units_field(driven)
        qtbot.keyClick(field, *SHEETS[sheet])
        panel = getattr(driven.window, f"{sheet}_panel")
        assert panel.isVisible()
        driven.window.commands.load_named("plane")
        qtbot.waitUntil(lambda: alive(field) is None)
        driven.wait_still()
        qtbot.keyClick(QApplication.focusWidget() or panel, Qt.Key.Key_Escape)
        qtbot.waitUntil(panel.isHidden)
        qtbot.waitUntil(driven.window.hasFocus)


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_sheet_gives_the_keyboard_back(qtbot, sheet):
    with opened(qtbot, experiment="spiral", size=(1600, 900)) as driven:
        field = units_field(driven)
        qtbot.keyClick(field, *SHEETS[sheet])
        panel = getattr(driven.window, f"{sheet}_panel")
        qtbot.keyClick(QApplication.focusWidget() or panel, Qt.Key.Key_Escape)
        qtbot.waitUntil(panel.isHidden)
        assert field.hasFocus()


def test_two_sheets_over_each_other_and_another_experiment(qtbot):
    with opened(qtbot, experiment="spiral", size=(1600, 900)) as driven:
        field = units_field(driven)
        qtbot.keyClick(field, Qt.Key.Key_F1)
        qtbot.keyClick(QApplication.focusWidget() or driven.window, Qt.Key.Key_K, CONTROL)
        typing = QApplication.focusWidget()
        qtbot.keyClicks(typing, "plane")
        qtbot.keyClick(typing, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: alive(field) is None)
        driven.wait_still()
        qtbot.keyClick(QApplication.focusWidget() or driven.window, Qt.Key.Key_Escape)
        qtbot.waitUntil(driven.window.keys_panel.isHidden)


@pytest.mark.parametrize("sheet", ["settings", "choose", "keys", "palette"])
def test_a_sheet_has_the_keyboard_when_it_opens(qtbot, sheet):
    with opened(qtbot, experiment="spiral", size=(1600, 900)) as driven:
        driven.window.registry[sheet].trigger()
        panel = getattr(driven.window, f"{sheet}_panel")
        focused = QApplication.focusWidget()
        assert focused is panel or panel.isAncestorOf(focused)


def test_a_number_typed_into_settings_is_taken_and_stays_there(qtbot):
    with opened(qtbot, experiment="spiral", size=(1600, 900)) as driven:
        window = driven.window
        driven.press(Qt.Key.Key_Comma, CONTROL)
        qtbot.keyClicks(QApplication.focusWidget(), "120")
        assert window.center.layout_name == "step"
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
        assert driven.settings.choices.text_percent == 120
        assert window.settings_panel.isVisible()
        assert window.settings_panel.text_size.hasFocus()
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
        assert window.settings_panel.isHidden()


def test_escape_closes_settings_with_a_half_typed_number_and_takes_none(qtbot):
    with opened(qtbot, experiment="spiral", size=(1600, 900)) as driven:
        driven.press(Qt.Key.Key_Comma, CONTROL)
        qtbot.keyClicks(QApplication.focusWidget(), "150")
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
        assert driven.window.settings_panel.isHidden()
        assert driven.settings.choices.text_percent == 100


@pytest.mark.parametrize("sheet", ["settings", "keys"])
def test_escape_closes_a_sheet_also_after_a_click_beside_it(qtbot, sheet):
    with opened(qtbot, experiment="spiral", size=(1600, 900)) as driven:
        window = driven.window
        window.registry[sheet].trigger()
        qtbot.mouseClick(window.rate.slider, Qt.MouseButton.LeftButton)
        qtbot.keyClick(window.rate.slider, Qt.Key.Key_Escape)
        assert getattr(window, f"{sheet}_panel").isHidden()


@pytest.mark.parametrize("sheet", ["settings", "keys"])
def test_a_sheet_has_a_button_that_closes_it(qtbot, sheet):
    with opened(qtbot, experiment="spiral", size=(1600, 900)) as driven:
        driven.window.registry[sheet].trigger()
        panel = getattr(driven.window, f"{sheet}_panel")
        close = next(button for button in panel.findChildren(QToolButton)
                     if button.accessibleName().startswith("Close"))  # fmt: skip
        qtbot.mouseClick(close, Qt.MouseButton.LeftButton)
        assert panel.isHidden()
