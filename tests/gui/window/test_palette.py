"""The palette answers whatever is typed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from tests.gui.driving import opened

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def driven(qtbot):
    with opened(qtbot, experiment="spiral") as driven:
        yield driven


def typed(driven, text: str):
    palette = driven.window.palette_panel
    if not palette.isVisible():
        driven.press(Qt.Key.Key_K, CONTROL)
    field = QApplication.focusWidget()
    field.clear()
    if text.isascii():
        driven.qtbot.keyClicks(field, text)
    else:  # which no simulated key can be
        field.insert(text)
    return palette


@pytest.mark.parametrize(
    ("word", "found"),
    [("preset", "Choose an experiment"), ("save", "Save"), ("export", "Save as"), ("faster", "Train faster"),
     ("slower", "Train slower"), ("dark", "Dark"), ("night", "Dark"), ("zoom", "Settings"), ("help", "Keys"),
     ("LR", "Find a learning rate"), ("fäster", "Train faster"), ("faster train", "Train faster")],
)  # fmt: skip
def test_people_find_things_by_their_own_words(driven, word, found):
    assert any(found in command for command in typed(driven, word).shown_commands())


def test_nothing_found_is_said_in_words(driven):
    palette = typed(driven, "qqqq")
    assert palette.shown_commands() == []
    assert palette.note.isVisible()
    assert "qqqq" in palette.note.text()
    assert not typed(driven, "save").note.isVisible()


def test_a_typing_error_gets_what_was_meant(driven):
    palette = typed(driven, "themme dark")
    assert "themme" in palette.note.text()
    assert palette.shown_commands() == ["Theme: Dark"]
    driven.qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert driven.settings.choices.theme == "dark"


def test_what_can_not_be_done_now_is_told_as_that(driven):
    palette = typed(driven, "undo")
    assert palette.shown_commands() == []
    assert "Undo can't be done" in palette.note.text()


def test_what_was_done_of_late_stands_first(driven):
    typed(driven, "theme dark")
    driven.qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert typed(driven, "").shown_commands()[0] == "Theme: Dark"


def test_every_command_has_words_beside_its_title(driven):
    registry = driven.window.registry
    bare = [name for name, action in registry.items()
            if registry.search_words(action).strip().endswith(action.text())]  # fmt: skip
    assert bare == []


def test_faster_and_slower_change_the_speed_within_bounds(driven):
    driven.session.set_speed(30)
    driven.wait_still()
    driven.window.registry["faster"].trigger()
    driven.qtbot.waitUntil(lambda: driven.snapshot().speed == 60)
    driven.session.set_speed(1)
    driven.qtbot.waitUntil(lambda: driven.window.transport.speed.accessibleName().startswith("Speed, 1 steps/s"))
    driven.window.registry["slower"].trigger()
    driven.wait_still()
    assert driven.snapshot().speed == 1
