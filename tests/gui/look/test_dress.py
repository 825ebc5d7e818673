"""A theme is put on what is seen at once, and on what is hidden as it comes into sight or is measured."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QCheckBox, QFrame, QLabel, QMenu, QPushButton, QVBoxLayout, QWidget

from lrsim.gui.look.dress import apply, catch_up, dress
from lrsim.gui.look.stylesheet import style_sheet
from lrsim.gui.look.theme import THEMES, sized


class Closet:
    """A window with something to see and something hidden."""

    def __init__(self, qtbot) -> None:
        self.top = QWidget()
        qtbot.addWidget(self.top)
        self.seen, self.box = QLabel("seen", self.top), QFrame(self.top)
        column = QVBoxLayout(self.top)
        column.addWidget(self.seen)
        column.addWidget(self.box)
        self.rate, self.button, self.check = QLabel("0.001"), QPushButton("Go"), QCheckBox("Link")
        self.rate.setProperty("role", "rate")
        inside = QVBoxLayout(self.box)
        for part in (self.rate, self.button, self.check):
            inside.addWidget(part)
        self.menu = QMenu(self.top)
        self.menu.addAction("Open")
        self.wear("light")
        self.top.show()
        self.box.hide()

    def wear(self, name: str, percent: int = 100) -> None:
        app = QApplication.instance()
        theme = sized(name, percent)
        apply(app, theme)
        dress(self.top, theme)


@pytest.fixture
def closet(qtbot):
    return Closet(qtbot)


def colours(widget: QWidget) -> set[str]:
    picture = widget.grab().toImage()
    return {picture.pixelColor(x, y).name().upper() for x in range(picture.width()) for y in range(picture.height())}


def test_the_style_sheet_is_the_same_in_all_themes(closet):
    worn = set()
    for name in THEMES:
        closet.wear(name)
        worn.add(closet.top.styleSheet())
    assert worn == {style_sheet()}


@pytest.mark.parametrize("name", ["dark", "projector"])
def test_what_is_seen_is_in_the_theme_at_once(closet, name):
    closet.box.show()
    closet.wear(name)
    theme = THEMES[name]
    assert closet.rate.palette().windowText().color() == QColor(theme.rate)
    assert closet.seen.palette().windowText().color() == QColor(theme.text)
    assert {theme.surface.upper(), theme.line.upper()} <= colours(closet.button)
    assert closet.seen.font().pixelSize() == theme.base_px


@pytest.mark.parametrize("name", ["dark", "projector"])
def test_what_is_hidden_is_in_the_theme_when_it_is_shown(closet, name):
    closet.wear(name)
    closet.box.show()
    theme = THEMES[name]
    assert closet.rate.palette().windowText().color() == QColor(theme.rate)
    assert closet.rate.font().pixelSize() == theme.base_px
    assert {theme.surface.upper(), theme.line.upper()} <= colours(closet.button)


def test_a_hidden_part_can_be_measured_once_it_has_caught_up(closet):
    before = closet.box.sizeHint()
    closet.wear("projector")
    catch_up(closet.box)
    assert closet.check.font().pixelSize() == THEMES["projector"].base_px
    measured = closet.box.sizeHint()
    assert measured.width() > before.width()
    closet.box.show()
    QApplication.processEvents()
    assert closet.box.sizeHint() == measured


def test_what_is_hidden_grows_while_the_window_is_idle(closet, qtbot):
    closet.wear("projector")
    qtbot.waitUntil(lambda: closet.check.font().pixelSize() == THEMES["projector"].base_px)


def test_a_menu_opens_in_the_theme(closet, qtbot):
    closet.wear("dark")
    closet.menu.popup(closet.top.mapToGlobal(closet.top.rect().center()))
    assert THEMES["dark"].background.upper() in colours(closet.menu)
    closet.menu.close()


def test_there_and_back_again_looks_the_same(closet):
    closet.box.show()
    before = closet.top.grab().toImage()
    closet.wear("dark")
    closet.box.hide()
    closet.wear("light")
    closet.box.show()
    assert closet.top.grab().toImage() == before


def test_other_sizes_of_texts_come_with_another_style_sheet(closet):
    closet.wear("light", 150)
    assert closet.seen.font().pixelSize() == sized("light", 150).base_px
    assert closet.top.styleSheet() == style_sheet(150) != style_sheet()
