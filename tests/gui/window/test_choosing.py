"""Choosing an experiment on its sheet: by pictures, by typing, by keys and by the pointer."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from lrsim.charts.look import LOOKS
from lrsim.experiment import files
from lrsim.gui.panels.choose.card import Card
from tests.gui.driving import opened

CONTROL = Qt.KeyboardModifier.ControlModifier
NAMES = [preset.name for preset in files.presets()]


@pytest.fixture
def driven(qtbot):
    with opened(qtbot, size=(1280, 720)) as window:
        yield window


def names(driven) -> list[str]:
    return [card.offer.name for card in driven.window.choose_panel.shelf.cards()]


def opened_experiment(driven) -> str:
    return driven.bridge.reader.problem.experiment.name


def open_sheet(driven):
    driven.press(Qt.Key.Key_P)
    sheet = driven.window.choose_panel
    assert sheet.isVisible()
    return sheet


def type_in(driven, text: str) -> None:
    driven.qtbot.keyClicks(driven.window.focusWidget(), text)


def test_every_preset_is_offered_under_its_article_with_a_line(driven):
    sheet = open_sheet(driven)
    assert names(driven) == NAMES
    titles = [label.text() for label in sheet.shelf.findChildren(QLabel) if label.isVisible()]
    assert titles == [*files.SOURCES, "Toy data"]
    for card in sheet.shelf.cards():
        assert card.offer.line
        assert not any("…" in line for line in card._line._lines(card._line.font()))
        assert card.accessibleName() == card.offer.name
        assert card.offer.line in card.toolTip()


def test_the_button_opens_it_and_a_click_on_a_card_begins_that_experiment(driven, qtbot):
    qtbot.mouseClick(driven.window.top_bar.preset, Qt.MouseButton.LeftButton)
    sheet = driven.window.choose_panel
    card = next(card for card in sheet.shelf.cards() if card.offer.name == "xor")
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    assert not sheet.isVisible()
    qtbot.waitUntil(lambda: opened_experiment(driven) == "xor")
    qtbot.waitUntil(driven.window.registry["undo"].isEnabled)
    driven.press(Qt.Key.Key_Z, CONTROL)
    qtbot.waitUntil(lambda: opened_experiment(driven) == "clip250")


def test_typing_narrows_down_and_return_begins_the_first(driven, qtbot):
    sheet = open_sheet(driven)
    type_in(driven, "toy spir")
    assert names(driven) == ["spiral"]
    driven.press(Qt.Key.Key_Return)
    assert not sheet.isVisible()
    qtbot.waitUntil(lambda: opened_experiment(driven) == "spiral")


def test_what_matches_nothing_says_so_and_return_begins_nothing(driven):
    sheet = open_sheet(driven)
    type_in(driven, "qqq")
    assert names(driven) == []
    assert 'No experiment matches "qqq".' in [label.text() for label in sheet.findChildren(QLabel) if label.isVisible()]
    driven.press(Qt.Key.Key_Return)
    driven.press(Qt.Key.Key_Escape)
    assert not sheet.isVisible()
    assert opened_experiment(driven) == "clip250"


def test_arrows_move_between_cards_and_letters_go_on_in_the_field(driven, qtbot):
    sheet = open_sheet(driven)

    def at() -> str:
        card = driven.window.focusWidget()
        assert isinstance(card, Card)
        return card.offer.name

    driven.press(Qt.Key.Key_Down)
    assert at() == NAMES[0]
    driven.press(Qt.Key.Key_Right)
    assert at() == NAMES[1]
    driven.press(Qt.Key.Key_Down)
    assert at() == NAMES[3]
    driven.press(Qt.Key.Key_Left)
    driven.press(Qt.Key.Key_Up)
    assert at() == NAMES[0]
    driven.press(Qt.Key.Key_End)
    assert at() == NAMES[-1]
    type_in(driven, "g")
    assert sheet.field.text() == "g"
    assert sheet.field.hasFocus()
    driven.press(Qt.Key.Key_Backspace)
    driven.press(Qt.Key.Key_Down)
    driven.press(Qt.Key.Key_Up)
    assert sheet.field.hasFocus()
    driven.press(Qt.Key.Key_Down)
    driven.press(Qt.Key.Key_Right)
    driven.press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: opened_experiment(driven) == NAMES[1])
    assert driven.snapshot().tip == 0  # no key reached the run behind the sheet


def test_every_card_can_be_brought_into_sight_by_keys(driven, qtbot):
    sheet = open_sheet(driven)
    driven.press(Qt.Key.Key_Down)
    for _ in NAMES[1:]:
        driven.press(Qt.Key.Key_Right)
        card = driven.window.focusWidget()
        assert not card.visibleRegion().isEmpty()
        assert card.visibleRegion().boundingRect() == card.rect()
    assert card.offer.name == NAMES[-1]
    driven.press(Qt.Key.Key_Escape)
    assert not sheet.isVisible()


@pytest.mark.parametrize("theme", list(LOOKS))
@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
def test_cards_lie_beside_each_other_within_the_sheet(driven, theme, size):
    driven.window.resize(*size)
    driven.window.choose_theme(theme)
    sheet = open_sheet(driven)
    cards = sheet.shelf.cards()
    boxes = [card.geometry() for card in cards]
    assert all(sheet.shelf.rect().contains(box) for box in boxes)
    assert not any(a.intersects(b) for place, a in enumerate(boxes) for b in boxes[place + 1 :])


def test_pictures_are_made_aside_and_drawn(driven, qtbot):
    sheet = open_sheet(driven)
    type_in(driven, "toy")
    cards = sheet.shelf.cards()

    def drawn(card: Card) -> bool:
        image = card.grab().toImage()
        box = card._picture().toRect().adjusted(4, 4, -4, -4)
        return (
            len(
                {
                    image.pixel(x, y)
                    for x in range(box.left(), box.right(), 2)
                    for y in range(box.top(), box.bottom(), 2)
                }
            )
            > 2
        )

    for card in cards:
        qtbot.waitUntil(lambda card=card: drawn(card))


def test_files_of_late_and_drafts_come_first(qtbot, tmp_path):
    store = tmp_path / "settings"
    with opened(qtbot, folder=store) as first:
        first.window.saving.save_to(tmp_path / "mine.toml")
        first.window.commands.set_rate(0.5)
        first.wait_still()
    with opened(qtbot, folder=store) as second:
        open_sheet(second)
        assert names(second)[:2] == ["mine", "mine"]
        lines = [card.offer.line for card in second.window.choose_panel.shelf.cards()[:2]]
        assert lines[0] == str(tmp_path / "mine.toml")
        assert lines[1].startswith("Not saved")
        second.press(Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: second.window.windowTitle() == "mine.toml[*] - lrsim")


def test_the_sheet_goes_when_the_keyboard_goes_elsewhere(driven):
    sheet = open_sheet(driven)
    driven.window.rate.field.setFocus()
    assert not sheet.isVisible()


def test_the_palette_finds_it(driven, qtbot):
    for word in ("preset", "recent", "open"):
        driven.press(Qt.Key.Key_K, CONTROL)
        type_in(driven, word)
        assert "Experiment: Choose an experiment" in driven.window.palette_panel.shown_commands()
        driven.press(Qt.Key.Key_Escape)
    assert np.isfinite(driven.snapshot().rate)
