"""The learned function, and what all views have in common."""

from __future__ import annotations

import csv
import io
import math

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor

from lrsim.gui.chart.scales import ScaleKind
from lrsim.gui.look.theme import THEMES
from lrsim.gui.views.error import ErrorView
from lrsim.gui.views.function.view import FunctionView
from lrsim.gui.views.parameters import ParametersView
from lrsim.gui.views.steps.view import StepsView

VIEWS = (ParametersView, ErrorView, FunctionView, StepsView)
LIGHT = THEMES["light"]


@pytest.fixture
def function(bridge, qtbot, themes):
    view = FunctionView(bridge, themes)
    qtbot.addWidget(view)
    view.resize(500, 300)
    view.show()
    return view


def test_views_have_names_and_titles():
    assert [view.NAME for view in VIEWS] == ["parameters", "error", "function", "steps"]
    assert all(view.title() for view in VIEWS)


@pytest.mark.parametrize("view_class", VIEWS)
@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_every_view_can_be_drawn_at_any_moment(bridge, qtbot, view_class, theme, themes):
    view = view_class(bridge, themes)
    qtbot.addWidget(view)
    view.resize(380, 280)
    view.show()
    for steps in (0, 1, 2002):
        if steps:
            bridge.train(steps)
        themes.wear(theme)
        picture = getattr(view, "plot", view).grab().toImage()
        assert picture.pixelColor(7, picture.height() - 30) == QColor(theme.background)


@pytest.mark.parametrize("view_class", VIEWS)
def test_every_view_bears_tiny_sizes(bridge, qtbot, view_class, themes):
    view = view_class(bridge, themes)
    qtbot.addWidget(view)
    bridge.train(100)
    for size in ((1, 1), (60, 40), (160, 120), (2000, 60)):
        view.setFixedSize(*size)
        view.show()
        view.grab()


def test_the_function_is_read_off_exactly(bridge, function):
    bridge.train(2002)
    lines = {line.name: line.value for line in function.plot.readout(10.0)}
    assert float(lines["learned"]) == pytest.approx(14.114, abs=1e-3)
    assert float(lines["wanted"]) == 10.0


def test_samples_tell_what_they_want_and_get(bridge, function):
    bridge.train(2002)
    lines = {line.name: line.value for line in function.plot.sample_readout(2)}
    assert (lines["sample"], lines["input"], lines["target"]) == ("3", "100.0", "150.0")
    assert float(lines["difference"]) == pytest.approx(150 - float(lines["learned"]))


def test_the_current_sample_is_the_one_that_the_step_saw(bridge, function):
    assert function.plot.current_sample() is None
    bridge.train(9)
    assert function.plot.current_sample() == 2


def test_hovering_a_sample_draws_its_read_out(bridge, function, qtbot):
    bridge.train(5)
    plain = function.grab().toImage()
    plot = function.plot
    x, y = plot.x_px(plot._x)[2], plot.y_px(plot._y)[2]
    qtbot.mouseMove(plot, QPoint(round(x), round(y)))
    assert plot._near_sample(plot.pointer) == 2
    hovered = function.grab().toImage()
    assert hovered != plain
    assert count_of(hovered, LIGHT.text) > 20


def test_the_function_stays_readable_when_it_leaves_the_picture(make_bridge, qtbot, themes):
    bridge = make_bridge(optimizer__lr=1.0)
    view = FunctionView(bridge, themes)
    qtbot.addWidget(view)
    view.resize(480, 320)
    view.show()
    bridge.train(60)
    view.grab()
    low, high = view.plot.scale.value(0), view.plot.scale.value(1)
    assert -400 < low < high < 400
    view.plot.set_scale(ScaleKind.SYMLOG)
    view.grab()
    assert view.plot.scale.value(0) < -1e20


def test_a_function_that_is_not_finite_is_said(make_bridge, qtbot, themes):
    bridge = make_bridge(optimizer__lr=1.0, stop__divergence=False)
    view = FunctionView(bridge, themes)
    qtbot.addWidget(view)
    view.resize(480, 320)
    view.show()
    calm = view.grab().toImage()
    bridge.session.step(1500)
    bridge.carry_out()
    assert all(math.isnan(float(line.value)) for line in view.plot.readout(5.0) if line.name == "learned")
    assert reddish(view.grab().toImage())
    assert not reddish(calm)


def count_of(picture, color):
    wanted = QColor(color).rgb()
    return sum(picture.pixel(x, y) == wanted for x in range(picture.width()) for y in range(picture.height()))


def reddish(picture):
    """Whether anything is written in the bad tone; smoothed letters may have no pixel of exactly that colour."""
    bad = QColor(LIGHT.bad)
    pixels = {picture.pixel(x, y) for x in range(picture.width()) for y in range(picture.height())}
    colors = [QColor(pixel) for pixel in pixels]
    return any(color.saturation() > 100 and abs(color.hue() - bad.hue()) < 8 for color in colors)


def test_the_function_zooms_pans_and_comes_back(bridge, function, qtbot):
    bridge.train(10)
    plot = function.plot
    plot.grab()
    whole = (plot.x_at(plot.area.left()), plot.x_at(plot.area.right()))
    plot.zoom(0.5, 0.0)
    plot.pan(20.0)
    plot.grab()
    assert (plot.x_at(plot.area.left()), plot.x_at(plot.area.right())) != whole
    bridge.train(20)
    qtbot.mouseDClick(plot, Qt.MouseButton.LeftButton, pos=plot.area.center().toPoint())
    assert (plot.x_at(plot.area.left()), plot.x_at(plot.area.right())) == pytest.approx(whole)


def test_the_drawn_function_is_copied(bridge, function):
    bridge.train(10)
    function.plot.grab()
    rows = list(csv.DictReader(io.StringIO(function.plot.csv())))
    at = next(row for row in rows if float(row["input"]) == 60.0)
    snapshot = bridge.session.snapshot()
    weight, bias = snapshot.theta
    assert float(at["learned"]) == pytest.approx(bias + 60 * weight)
    assert float(at["wanted"]) == 60.0
