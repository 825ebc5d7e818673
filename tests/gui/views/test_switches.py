"""Switches of pictures: in the picture, its menu and the palette at once, and kept until the next start."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor

from lrsim.gui.look.theme import THEMES, ThemeSource
from lrsim.gui.settings import Settings
from lrsim.gui.views.function.view import FunctionView
from lrsim.gui.views.regions import colors
from lrsim.gui.views.regions.view import RegionsView
from lrsim.gui.views.switches import FLAT, TEST_POINTS, Switches, declared
from tests.gui.driving import opened

LIGHT = THEMES["light"]


def shown(qtbot, view_class, bridge, size=(520, 460)):
    view = view_class(bridge, ThemeSource(LIGHT))
    qtbot.addWidget(view)
    view.resize(*size)
    view.show()
    return view


def click(qtbot, view, bridge, name):
    box = view.boxes._boxes[Switches.of(bridge)[name]]
    assert box.isVisible()
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(6, box.height() // 2))


def inside(view):
    """Colours inside of the axes, and how often each occurs."""
    area = view.plot.area
    image = view.grab().toImage().copy(area.toRect().adjusted(2, 2, -2, -2))
    pixels = np.array([image.pixel(x, y) for x in range(image.width()) for y in range(image.height())])
    return dict(zip(*(part.tolist() for part in np.unique(pixels, return_counts=True))))


def test_every_switch_says_what_it_does():
    for spec in declared():
        assert spec.title
        assert len(spec.tip) > 20
        assert spec.synonyms


def test_held_out_samples_of_regions_come_and_go(make_bridge, qtbot):
    bridge = make_bridge("spiral")
    view = shown(qtbot, RegionsView, bridge)
    bridge.train(50)
    with_them = view.grab().toImage()
    assert "held out" in [entry.name for entry in view.plot.legend()]
    marks = view.plot._samples
    x, y = marks._pixels(view.plot.area, *view.plot._seen)
    held_out = np.flatnonzero(marks._held_out)
    alone = max(held_out, key=lambda at: np.hypot(x - x[at], y - y[at])[~marks._held_out].min())
    at = QPointF(x[alone], y[alone])
    assert marks.near(at, view.plot.area, *view.plot._seen, 3).held_out
    click(qtbot, view, bridge, TEST_POINTS)
    assert view.grab().toImage() != with_them
    assert "held out" not in [entry.name for entry in view.plot.legend()]
    found = marks.near(at, view.plot.area, *view.plot._seen, 3)
    assert found is None or not found.held_out
    click(qtbot, view, bridge, TEST_POINTS)
    assert "held out" in [entry.name for entry in view.plot.legend()]


def test_held_out_samples_of_functions_come_and_go(make_bridge, qtbot):
    bridge = make_bridge("clip250", data__test_fraction=0.4)
    view = shown(qtbot, FunctionView, bridge)
    bridge.train(5)
    before = view.grab().toImage()
    assert "held out" in [entry.name for entry in view.plot.legend()]
    click(qtbot, view, bridge, TEST_POINTS)
    assert "held out" not in [entry.name for entry in view.plot.legend()]
    assert view.grab().toImage() != before


@pytest.mark.parametrize("preset", ["spiral", "gauss"])
def test_flat_regions_have_a_colour_a_class(make_bridge, qtbot, preset):
    bridge = make_bridge(preset)
    view = shown(qtbot, RegionsView, bridge)
    bridge.train(30)
    qtbot.waitUntil(lambda: view.settled)
    click(qtbot, view, bridge, TEST_POINTS)
    view.plot._samples.draw = lambda *_args: None
    shades = inside(view)
    click(qtbot, view, bridge, FLAT)
    flat = inside(view)

    def share_of_two(found):
        return sum(sorted(found.values(), reverse=True)[:2]) / sum(found.values())

    assert share_of_two(shades) < share_of_two(flat)
    assert share_of_two(flat) > 0.9, "but for the line between them"


def test_any_number_of_classes_is_flat():
    values = np.random.default_rng(3).random((20, 20, 3))
    places = colors.class_places(values, flat=True)
    assert len(np.unique(places)) == 3
    assert np.array_equal(places // colors.LEVELS, values.argmax(axis=-1))
    assert len(np.unique(colors.class_places(values))) > 30


def test_a_picture_offers_the_switches_that_change_it(make_bridge, qtbot):
    bridge = make_bridge("plane")
    view = shown(qtbot, RegionsView, bridge)
    switches = Switches.of(bridge)
    held_out = len(bridge.reader.problem.data.X_test) > 0
    assert view.plot.switches == ((switches[TEST_POINTS],) if held_out else ())
    assert not view.boxes._boxes[switches[FLAT]].isVisible()
    other = make_bridge("xor")
    view = shown(qtbot, RegionsView, other)
    menu = view.plot.make_menu()
    assert Switches.of(other)[FLAT] in menu.actions()


def test_a_row_without_room_hides_boxes_rather_than_cut_them(make_bridge, qtbot):
    bridge = make_bridge("spiral")
    view = shown(qtbot, RegionsView, bridge)
    boxes = list(view.boxes._boxes.values())
    view.resize(boxes[0].sizeHint().width() + 40, 300)
    assert [box.isVisible() for box in boxes] == [True, False, False]
    view.resize(600, 300)
    assert [box.isVisible() for box in boxes] == [True, True, True]


def test_switches_are_commands_and_are_kept_until_the_next_start(qtbot, tmp_path):
    with opened(qtbot, tmp_path, "spiral") as driven:
        for name in (TEST_POINTS, FLAT):
            action = driven.window.registry[name]
            assert action.isCheckable()
            assert action.toolTip()
            action.trigger()
        assert not driven.window.stage["regions"].boxes._boxes[driven.window.registry[TEST_POINTS]].isChecked()
    kept = Settings(tmp_path).choices.pictures
    assert kept == {TEST_POINTS: False, FLAT: True}
    with opened(qtbot, tmp_path, "spiral") as driven:
        assert driven.window.registry[FLAT].isChecked()
        assert not driven.window.registry[TEST_POINTS].isChecked()
        driven.window.registry[FLAT].trigger()
        driven.window.registry[TEST_POINTS].trigger()
    assert Settings(tmp_path).choices.pictures == {}


def test_colours_are_those_of_the_classes(make_bridge, qtbot):
    bridge = make_bridge("spiral")
    view = shown(qtbot, RegionsView, bridge)
    bridge.train(300)
    click(qtbot, view, bridge, FLAT)
    found = {QColor(pixel).hue() // 20 for pixel, count in inside(view).items() if count > 500}
    wanted = {QColor(LIGHT.series[place]).hue() // 20 for place in (0, 3)}
    assert wanted <= found
