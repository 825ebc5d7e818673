"""Tab goes through the window as the eye does, the learning rate first."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QDockWidget, QScrollArea, QWidget

from lrsim.gui.window.layouts import layouts
from tests.gui.driving import opened

SHIFT = Qt.KeyboardModifier.ShiftModifier
LAYOUTS = [layout.name for layout in layouts()]
SIZES = [(1280, 720), (1920, 1080)]


def tabbed(driven, key=Qt.Key.Key_Tab, modifier=Qt.KeyboardModifier.NoModifier) -> list[QWidget]:
    """Every stop until the first of them comes again."""
    found: list[QWidget] = []
    while True:
        driven.qtbot.keyClick(QApplication.focusWidget() or driven.window, key, modifier)
        here = QApplication.focusWidget()
        if found and here is found[0]:
            return found
        assert here not in found, f"{here} comes twice before {found[0]}"
        found.append(here)


def place(widget: QWidget, window: QWidget) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


def part(widget: QWidget, window: QWidget) -> QWidget:
    """The panel, bar, middle of the window or scrolled column that a stop stands in."""
    while widget.parentWidget() is not window and not isinstance(widget, QDockWidget | QScrollArea):
        widget = widget.parentWidget()
    return widget


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_tab_visits_everything_once_by_its_place(qtbot, layout, size):
    with opened(qtbot, experiment="spiral", size=size) as driven:
        window = driven.window
        window.choose_layout(layout)
        for name in ("training", "model"):
            window.experiment.open_group(name)
        qtbot.wait(50)
        window.setFocus()
        forward = tabbed(driven)
        if layout != "sweep":
            assert forward[:2] == [window.rate.slider, window.rate.field]
        for stop in forward:
            interface = QAccessible.queryAccessibleInterface(stop)
            assert interface.text(QAccessible.Text.Name), stop
        parts = [part(stop, window) for stop in forward]
        runs = [each for number, each in enumerate(parts) if number == 0 or parts[number - 1] is not each]
        assert len(runs) == len(set(runs)), "one part is left and entered again"
        for before, after in zip(forward, forward[1:], strict=False):
            if part(before, window) is part(after, window):
                assert reads_before(place(before, window), place(after, window)), (before, after)
        forward[0].setFocus()
        assert tabbed(driven, Qt.Key.Key_Backtab, SHIFT) == [*reversed(forward[1:]), forward[0]][: len(forward)]


def reads_before(first: QRect, second: QRect) -> bool:
    """In the same row further left, in a row above, in a column to the left, or around the other."""
    same_row = first.top() <= second.bottom() and second.top() <= first.bottom()
    left_of = first.right() <= second.left()
    return first.contains(second) or left_of or (not same_row and first.top() < second.top())


def test_a_stop_is_in_sight_when_it_has_the_keyboard(qtbot):
    with opened(qtbot, experiment="spiral", size=(1280, 720)) as driven:
        window = driven.window
        window.experiment.open_group("model")
        window.setFocus()
        first = None
        while (here := QApplication.focusWidget()) is not first or first is None:
            qtbot.keyClick(here or window, Qt.Key.Key_Tab)
            now = QApplication.focusWidget()
            assert not now.visibleRegion().isEmpty(), now.accessibleName()
            first = first or now


def test_a_heading_comes_right_before_its_fields(qtbot):
    with opened(qtbot, experiment="spiral", size=(1600, 900)) as driven:
        driven.window.experiment.open_group("model")
        driven.qtbot.wait(50)
        heading = next(button for button in driven.window.experiment.findChildren(QWidget, "section")
                       if button.button.text() == "Model")  # fmt: skip
        heading.button.setFocus()
        qtbot.keyClick(heading.button, Qt.Key.Key_Tab)
        assert heading.isAncestorOf(QApplication.focusWidget())


def test_tab_goes_on_from_the_field_that_gave_the_keyboard_back(qtbot):
    with opened(qtbot, experiment="spiral", size=(1600, 900)) as driven:
        window = driven.window
        window.rate.field.setFocus()
        qtbot.keyClick(window.rate.field, Qt.Key.Key_Return)
        qtbot.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Tab)
        assert QApplication.focusWidget() in window.rate.findChildren(QWidget)
        assert QApplication.focusWidget() not in (window.rate.slider, window.rate.field)


@pytest.mark.parametrize("sheet", ["settings", "choose"])
def test_tab_stays_in_a_sheet(qtbot, sheet):
    with opened(qtbot, experiment="spiral", size=(1600, 900)) as driven:
        driven.window.registry[sheet].trigger()
        panel = getattr(driven.window, f"{sheet}_panel")
        qtbot.waitUntil(panel.isVisible)
        assert all(panel.isAncestorOf(stop) for stop in tabbed(driven))
