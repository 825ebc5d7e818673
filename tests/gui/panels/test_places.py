"""Playing backwards and round, and bookmarks, by keys as people use them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolTip

from tests.gui.driving import opened


@pytest.fixture
def driven(qtbot):
    with opened(qtbot) as found:
        found.session.run_to(200)
        found.wait_for_step(200)
        yield found


def sheet(driven):
    found = driven.window.bookmarks
    driven.qtbot.waitUntil(found.isVisible)
    return found


def test_a_step_gets_a_name_and_is_found_by_it(driven):
    driven.press(Qt.Key.Key_M)
    found = sheet(driven)
    assert found.name.text() == "a"
    driven.qtbot.keyClick(found.name, Qt.Key.Key_Return)
    driven.qtbot.waitUntil(lambda: not found.isVisible())
    driven.session.seek(50)
    driven.wait_for_step(50)
    driven.press(Qt.Key.Key_M)
    sheet(driven).name.setText("")
    driven.qtbot.keyClicks(found.name, "the swing")
    driven.qtbot.mouseClick(found.go, Qt.MouseButton.LeftButton)
    driven.qtbot.waitUntil(lambda: len(driven.snapshot().bookmarks) == 2)
    timeline = driven.window.transport.timeline
    driven.qtbot.waitUntil(lambda: timeline._marked.bookmarks == (("the swing", 50), ("a", 200)))
    driven.press(Qt.Key.Key_Apostrophe)
    sheet(driven)
    driven.qtbot.keyClicks(found.name, "a")
    driven.qtbot.keyClick(found.name, Qt.Key.Key_Return)
    driven.wait_for_step(200)
    driven.press(Qt.Key.Key_Apostrophe)
    sheet(driven)
    found.list.setCurrentRow(0)
    driven.qtbot.keyClick(found.list, Qt.Key.Key_Return)
    driven.wait_for_step(50)


def test_a_name_twice_and_one_that_is_not_there_are_refused_in_the_sheet(driven):
    driven.session.set_bookmark("a")
    driven.wait_still()
    driven.press(Qt.Key.Key_M)
    found = sheet(driven)
    assert found.name.text() == "b"
    found.name.setText("a")
    driven.qtbot.keyClick(found.name, Qt.Key.Key_Return)
    driven.qtbot.waitUntil(lambda: "step 200 has this name already" in found.complaint())
    driven.qtbot.keyClick(found.name, Qt.Key.Key_Escape)
    assert not found.isVisible()
    driven.press(Qt.Key.Key_Apostrophe)
    driven.qtbot.keyClicks(sheet(driven).name, "z")
    driven.qtbot.keyClick(found.name, Qt.Key.Key_Return)
    driven.qtbot.waitUntil(lambda: "none of that name" in found.complaint())
    found.list.setCurrentRow(0)
    driven.qtbot.keyClick(found.list, Qt.Key.Key_Delete)
    driven.qtbot.waitUntil(lambda: driven.snapshot().bookmarks == ())
    driven.qtbot.waitUntil(lambda: not found.list.isVisible())


def test_keys_play_backwards_and_round(driven):
    driven.session.set_speed(5000.0)
    driven.session.seek(60)
    driven.wait_for_step(60)
    driven.press(Qt.Key.Key_O)
    driven.wait_still()
    driven.session.seek(120)
    driven.wait_for_step(120)
    driven.press(Qt.Key.Key_O)
    driven.wait_still()
    driven.qtbot.waitUntil(lambda: driven.window.transport.timeline._marked.loop == (60, 120))
    driven.window.transport.timeline.grab()
    driven.press(Qt.Key.Key_J)
    driven.qtbot.waitUntil(lambda: driven.snapshot().backwards)
    driven.qtbot.wait(200)
    driven.press(Qt.Key.Key_Space)
    driven.qtbot.waitUntil(lambda: not driven.snapshot().playing)
    assert 60 <= driven.snapshot().step <= 120
    driven.press(Qt.Key.Key_O)
    driven.qtbot.waitUntil(lambda: driven.snapshot().loop is None)
    driven.press(Qt.Key.Key_J)
    driven.wait_for_step(0)
    assert driven.snapshot().tip == 200


def test_the_timeline_tells_a_bookmark_under_the_pointer(driven):
    driven.session.seek(100)
    driven.session.set_bookmark("middle")
    driven.qtbot.waitUntil(lambda: len(driven.snapshot().bookmarks) == 1)
    timeline = driven.window.transport.timeline
    driven.qtbot.waitUntil(lambda: timeline._words_at(timeline.x_of(100) + 2) == "step 100: bookmark middle")
    QToolTip.hideText()
