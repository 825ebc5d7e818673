"""The window is never larger than its screen, and what it shows shares the room that there is."""

from __future__ import annotations

from itertools import product

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QApplication, QLineEdit

from tests.gui.driving import opened
from tests.gui.fit.scenes import THEMES, Scene

SMALL = (1280, 720)
FRAME = (16, 48)
"""What a frame takes of a screen."""
PANELS = ("experiment", "this_step", "try_it", "schedule", "finder")


@pytest.fixture(params=["clip250", "spiral"])
def scene(request, qapp):
    scene = Scene(request.param)
    scene.window.show()
    scene.session.run_to(10)
    yield scene
    scene.close()


@pytest.mark.parametrize(("theme", "percent"), list(product(THEMES, (100, 125, 150))))
def test_the_least_size_fits_a_small_screen_with_its_frame(scene, theme, percent):
    scene.wear(theme, SMALL, percent)
    least = scene.window.minimumSize()
    assert least.width() <= SMALL[0] - FRAME[0]
    assert least.height() <= SMALL[1] - FRAME[1]
    scene.window.resize(SMALL[0] - FRAME[0], SMALL[1] - FRAME[1])
    scene.settle()
    for part in (scene.window.top_bar, scene.window.rate, scene.window.transport):
        box = QRect(part.mapTo(scene.window, QPoint(0, 0)), part.size())
        assert scene.window.rect().contains(box), type(part).__name__


@pytest.mark.parametrize("theme", THEMES)
def test_panels_never_make_the_window_larger(scene, theme):
    scene.wear(theme, SMALL, 100)
    for panel in (*PANELS, *PANELS):
        scene.window.registry[f"panel_{panel}"].trigger()
        scene.settle()
        assert scene.window.size().toTuple() == SMALL, panel


def area(widget):
    return widget.width() * widget.height()


@pytest.mark.parametrize(("theme", "panel"), list(product(THEMES, PANELS)))
def test_with_any_panel_open_the_pictures_keep_half_of_the_room(scene, theme, panel):
    scene.wear(theme, SMALL, 100)
    window = scene.window
    if window.docks[panel].isVisible():
        window.docks.toggle(panel)
    window.docks.toggle(panel)
    scene.settle()
    assert window.docks[panel].isVisible()
    room = window.width() * window.stage.height()
    assert area(window.stage) >= 0.495 * room
    if theme == "projector":  # far from the eyes the main picture has it for itself
        main = window.stage["function"] if window.stage["function"].isVisible() else window.stage["regions"]
        assert area(main) >= 0.495 * room


def test_folded_panels_come_back_with_the_room_and_with_their_sizes(qtbot):
    with opened(qtbot, size=(1440, 900)) as driven:
        window = driven.window

        def sizes():
            QApplication.processEvents()
            return {name: window.docks[name].width() for name in PANELS if window.docks[name].isVisible()}

        before = sizes()
        assert set(before) == {"experiment", "this_step", "try_it"}
        window.resize(window.minimumSize())
        assert set(sizes()) < set(before)
        window.resize(1440, 900)
        after = sizes()
        assert set(after) == set(before)
        assert all(abs(after[name] - before[name]) <= 2 for name in before), (before, after)
        for field in window.try_it.findChildren(QLineEdit):
            if field.isVisible():
                assert field.fontMetrics().horizontalAdvance(field.text()) < field.width() - 8


def test_the_panel_asked_for_last_has_the_room(scene):
    scene.wear("projector", SMALL, 100)
    docks = scene.window.docks
    docks.open("experiment")
    assert docks["experiment"].isVisible()
    docks.open("this_step" if not docks["this_step"].isVisible() else "finder")
    scene.settle()
    assert not docks["experiment"].isVisible()
    docks.toggle("finder" if docks["finder"].isVisible() else "this_step")
    scene.settle()
    assert docks["experiment"].isVisible()


def test_a_window_kept_small_opens_as_small_in_another_theme(qtbot, tmp_path):
    with opened(qtbot, folder=tmp_path, size=SMALL):
        pass
    for theme in THEMES:
        with opened(qtbot, folder=tmp_path, size=SMALL) as driven:
            driven.window.choose_theme(theme)
            QApplication.processEvents()
            assert driven.window.width() <= SMALL[0]
            assert driven.window.height() <= SMALL[1]
