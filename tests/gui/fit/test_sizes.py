"""Sizes come back: of panels that were folded for want of room, and of the window in another look."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QLineEdit

from tests.gui.driving import opened
from tests.gui.fit.scenes import THEMES

SMALL = (1280, 720)
PANELS = ("experiment", "this_step", "try_it", "schedule", "finder")


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
        qtbot.waitUntil(lambda: set(sizes()) == set(before))
        qtbot.waitUntil(lambda: all(abs(now - before[name]) <= 2 for name, now in sizes().items()))
        for field in window.try_it.findChildren(QLineEdit):
            if field.isVisible():
                assert field.fontMetrics().horizontalAdvance(field.text()) < field.width() - 8


def test_a_window_kept_small_opens_as_small_in_another_theme(qtbot, tmp_path):
    with opened(qtbot, folder=tmp_path, size=SMALL):
        pass
    for theme in THEMES:
        with opened(qtbot, folder=tmp_path, size=SMALL) as driven:
            driven.window.choose_theme(theme)
            QApplication.processEvents()
            assert driven.window.width() <= SMALL[0]
            assert driven.window.height() <= SMALL[1]
