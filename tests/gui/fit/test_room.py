"""The window is never larger than its screen, and what it shows shares the room that there is."""

from __future__ import annotations

from itertools import product

import pytest
from PySide6.QtCore import QPoint, QRect

from tests.gui.fit.scenes import THEMES, Scene

SMALL = (1280, 720)
FRAME = (16, 48)
"""What a frame takes of a screen."""
PANELS = ("experiment", "this_step", "try_it", "schedule", "finder")


@pytest.fixture(scope="module", params=["clip250", "spiral"])
def window_kept(request, qapp):
    """One window for all looks: each test puts it into its own."""
    scene = Scene(request.param)
    scene.window.show()
    scene.session.run_to(10)
    yield scene
    scene.close()


@pytest.fixture
def scene(window_kept):
    """The window as it opens, whatever the test before has folded."""
    window_kept.window.reset_layout()
    window_kept.settle()
    return window_kept


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
