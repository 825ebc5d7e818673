"""Conditions in the window: written, refused at the caret, used forwards and backwards, changed and taken away."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from lrsim.experiment import files
from lrsim.experiment.keys import with_values
from tests.gui.driving import opened

HOT = with_values(
    files.load("clip250"), [("optimizer.lr", 1.0), ("stop.divergence", False), ("stop.target_error", 0.0)]
)
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def driven(qtbot):
    with opened(qtbot, experiment=HOT) as found:
        found.press(Qt.Key.Key_B)
        assert found.window.conditions.isVisible()
        found.session.set_speed(float("inf"))
        yield found


def write(driven, text, hits="", log=""):
    """Type a condition and press Return."""
    entry, before = driven.window.conditions.entry, driven.snapshot().acknowledged
    for field, typed in ((entry.text, text), (entry.hits, hits), (entry.log, log)):
        field.selectAll()
        driven.qtbot.keyClick(field, Qt.Key.Key_Backspace)
        driven.qtbot.keyClicks(field, typed)
    driven.qtbot.keyClick(entry.text, Qt.Key.Key_Return)
    driven.qtbot.waitUntil(lambda: driven.snapshot().acknowledged > before)
    driven.wait_still()


def shown(driven):
    """What the list says, a row a condition."""
    tree = driven.window.conditions.list
    rows = [tree.topLevelItem(row) for row in range(tree.topLevelItemCount())]
    return [(row.checkState(0) == Qt.CheckState.Checked, *(row.text(column) for column in range(3))) for row in rows]


def at(driven, step):
    driven.qtbot.waitUntil(lambda: driven.snapshot().step == step and not driven.bridge.running)


def test_a_run_stops_where_it_was_asked_to_and_goes_back_by_key(driven):
    write(driven, "sign_flips(W) > 0")
    assert driven.window.conditions.entry.text.text() == ""
    driven.window.setFocus()
    for step in (2, 5):
        driven.press(Qt.Key.Key_Space)
        at(driven, step)
    assert shown(driven) == [(True, "sign_flips(W) > 0", "2", "5")]
    assert driven.window.transport.timeline._marked.ticks == (2, 5)
    driven.press(Qt.Key.Key_Space, SHIFT)
    at(driven, 2)
    assert "Stopped at step 2: sign_flips(W) > 0" in driven.snapshot().message
    driven.press(Qt.Key.Key_Space, SHIFT)
    at(driven, 0)


def test_what_is_wrong_is_said_at_the_field_with_the_caret_there_and_goes_with_the_text(driven):
    entry = driven.window.conditions.entry
    write(driven, "loss > los")
    assert "unknown name los, did you mean loss" in entry.complaint()
    assert (entry.text.text(), entry.text.cursorPosition()) == ("loss > los", 7)
    assert entry.text.hasFocus()
    driven.qtbot.keyClick(entry.text, Qt.Key.Key_End)
    driven.qtbot.keyClicks(entry.text, "s")
    assert entry.complaint() == ""
    write(driven, "loss > 1", hits="x")
    assert "expected a hit count" in entry.complaint()
    assert entry.hits.hasFocus()
    assert shown(driven) == []


def test_ready_made_ones_are_used_by_one_click(driven):
    actions = driven.window.conditions.entry.ready.menu().actions()
    assert actions[0].text() == "First sign flip of W"
    actions[0].trigger()
    driven.qtbot.waitUntil(lambda: len(shown(driven)) == 1)
    for action in actions:
        action.trigger()
    driven.wait_still()
    assert [row[1] for row in shown(driven)] == [action.toolTip() for action in actions]


def test_one_is_left_aside_changed_and_taken_away(driven):
    write(driven, "step == 4")
    write(driven, "step == 9", hits="1")
    panel = driven.window.conditions
    panel.list.topLevelItem(0).setCheckState(0, Qt.CheckState.Unchecked)
    driven.qtbot.waitUntil(lambda: not driven.snapshot().breakpoints[0].enabled)
    driven.session.play()
    at(driven, 9)
    panel.list.itemActivated.emit(panel.list.topLevelItem(1), 0)
    assert (panel.entry.text.text(), panel.entry.hits.text(), panel.entry.add.text()) == ("step == 9", "1", "Change")
    write(driven, "step == 12")
    assert [row[1] for row in shown(driven)] == ["step == 4", "step == 12"]
    panel.list.setCurrentItem(panel.list.topLevelItem(0))
    driven.qtbot.keyClick(panel.list, Qt.Key.Key_Delete)
    driven.qtbot.waitUntil(lambda: [row[1] for row in shown(driven)] == ["step == 12"])
    driven.qtbot.mouseClick(panel.remove, Qt.MouseButton.LeftButton)
    driven.qtbot.waitUntil(lambda: shown(driven) == [])
    assert not panel.list.isVisible()


def test_what_is_logged_is_listed_the_newest_first(driven):
    write(driven, "step % 5 == 0", log="W {W} at {step}")
    driven.session.run_to(12)
    at(driven, 12)
    lines = driven.window.conditions.lines
    assert lines.isVisible()
    assert [lines.topLevelItem(row).text(0) for row in range(2)] == ["10", "5"]
    assert lines.topLevelItem(1).text(1).endswith(" at 5")
    lines.itemActivated.emit(lines.topLevelItem(1), 0)
    at(driven, 5)


def test_the_present_step_is_a_stop_by_key_and_no_longer_by_the_same_key(driven):
    driven.session.step(7)
    at(driven, 7)
    driven.window.setFocus()
    driven.press(Qt.Key.Key_F9)
    driven.qtbot.waitUntil(lambda: [row[1] for row in shown(driven)] == ["step == 7"])
    driven.press(Qt.Key.Key_F9)
    driven.qtbot.waitUntil(lambda: shown(driven) == [])


def test_a_fence_ends_the_way_back_and_goes_by_the_same_action(driven):
    driven.session.step(30)
    at(driven, 30)
    driven.window.registry["fence"].trigger()
    driven.qtbot.waitUntil(lambda: driven.snapshot().fence == 30)
    driven.session.step(10)
    at(driven, 40)
    driven.session.reverse()
    at(driven, 30)
    driven.window.registry["fence"].trigger()
    driven.qtbot.waitUntil(lambda: driven.snapshot().fence == 0)


def test_one_that_does_not_fit_another_model_is_shown_as_such_and_stays(driven):
    write(driven, "W > 1e9")
    driven.session.load(files.load("spiral"))
    driven.qtbot.waitUntil(lambda: driven.snapshot().run != 1 and not driven.bridge.running)
    assert shown(driven) == [(True, "W > 1e9", "", "")]
    assert "unknown name W" in driven.window.conditions.list.topLevelItem(0).toolTip(0)
    assert driven.window.conditions.entry.ready.menu().actions()[0].text() == "First sign flip of W1[0,0]"


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
def test_it_has_room_in_every_theme(driven, theme, size):
    write(driven, "step % 5 == 0", log="W {W} at {step}")
    driven.window.resize(*size)
    driven.window.choose_theme(theme)
    panel = driven.window.conditions
    driven.qtbot.waitUntil(lambda: panel.entry.text.width() > 6 * panel.fontMetrics().height())
    driven.qtbot.waitUntil(lambda: panel.list.viewport().height() >= panel.list.sizeHintForRow(0))
