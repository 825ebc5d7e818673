"""The stages of an update in the window: keys, buttons, numbers, and a weight set by hand."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit

from lrsim.common.numbers import short
from tests.gui.driving import opened

SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
F10, F11 = Qt.Key.Key_F10, Qt.Key.Key_F11


def test_keys_walk_through_the_update_and_the_panel_follows(qtbot):
    with opened(qtbot) as driven:
        panel, transport = driven.window.this_step, driven.window.transport
        driven.press(F10)
        driven.wait_for_step(1)
        driven.press(F11)
        qtbot.waitUntil(lambda: transport.readout() == "step 1, batch")
        driven.press(F11)
        qtbot.waitUntil(lambda: transport.readout() == "step 1, forward 1")
        qtbot.waitUntil(lambda: panel.head.isVisible() and panel.head.chips.buttons()[1].isChecked())
        assert "Sum of target" in panel.text()
        assert not driven.window.docks["try_it"].isVisible()
        driven.press(F11, SHIFT)
        qtbot.waitUntil(lambda: transport.readout() == "step 1, batch")
        driven.press(F11, CONTROL)
        driven.wait_for_step(2)
        qtbot.waitUntil(lambda: not panel.head.isVisible() and driven.window.docks["try_it"].isVisible())
        driven.press(F10, SHIFT)
        driven.wait_for_step(1)


def test_a_click_on_a_stage_opens_it_and_a_sample_and_a_unit_can_be_chosen(qtbot):
    with opened(qtbot, experiment="spiral", size=(1920, 1080)) as driven:
        panel = driven.window.this_step
        driven.press(F11)
        qtbot.waitUntil(lambda: panel.head.isVisible())
        qtbot.mouseClick(panel.head.chips.buttons()[2], Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: panel.head.chips.buttons()[2].isChecked() and panel.head.focus.unit.maximum() == 8)
        panel.head.focus.unit.setValue(4)
        panel.head.focus.sample.setValue(0)
        qtbot.waitUntil(
            lambda: driven.snapshot().stage.focus.unit == 3 and driven.snapshot().stage.focus.sample is None
        )
        qtbot.waitUntil(lambda: panel.tables.tables[0].grid.accessibleName().startswith("Into h2[3], mean of 10"))


def test_a_weight_that_is_set_by_hand_is_what_the_run_goes_on_with(qtbot):
    with opened(qtbot) as driven:
        panel = driven.window.this_step
        driven.press(F10)
        driven.wait_for_step(1)
        driven.press(F11)
        driven.press(F11)
        qtbot.waitUntil(lambda: panel.head.isVisible() and driven.snapshot().stage.at == 1)
        grid = panel.tables.tables[0].grid
        type_into(qtbot, grid, 0, 2, "0.5")
        qtbot.waitUntil(lambda: driven.snapshot().theta[0] == 0.5)
        assert driven.snapshot().done[-1].edit.changes == "W 0.5"
        driven.press(F11)
        driven.press(F11)
        qtbot.waitUntil(lambda: grid.item(0, 2).text() == "0.5" and driven.snapshot().stage is not None)
        before = driven.snapshot().theta[0]
        type_into(qtbot, grid, 0, 2, "much")
        qtbot.waitUntil(lambda: "expected a finite number" in driven.window.notice.text())
        assert grid.item(0, 2).text() == short(float(before))
        assert driven.snapshot().theta[0] == before


def type_into(qtbot, grid, row: int, column: int, text: str) -> None:
    grid.setFocus()
    grid.setCurrentCell(row, column)
    qtbot.keyClick(grid, Qt.Key.Key_F2)
    field = grid.findChild(QLineEdit)
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def test_all_of_a_table_can_be_copied_with_all_digits(qtbot):
    with opened(qtbot) as driven:
        driven.press(F11)
        driven.press(F11)
        table = driven.window.this_step.tables.tables[0]
        qtbot.waitUntil(lambda: table.isVisible() and driven.snapshot().stage.at == 1)
        table.copy()
        rows = QGuiApplication.clipboard().text().splitlines()
        assert rows[0].split("\t") == ["", "input", "weight", "product"]
        assert [float(cell) for cell in rows[1].split("\t")[1:]] == driven.snapshot().stage.tables[0].values[0].tolist()
