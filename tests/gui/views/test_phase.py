"""A parameter against itself one step later."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from tests.gui.driving import opened


@pytest.fixture
def driven(qtbot):
    with opened(qtbot, experiment="clip250", size=(1600, 900)) as window:
        window.window.choose_layout("landscape")
        yield window


@pytest.fixture
def plot(driven):
    return driven.window.stage["phase"].plot


def run_to(driven, step: int) -> None:
    driven.session.run_to(step)
    driven.wait_for_step(step)
    view = driven.window.stage["phase"]
    driven.qtbot.waitUntil(lambda: not view.grab().isNull() and view.settled)


def test_points_are_the_values_before_and_after_each_of_the_last_steps(driven, plot):
    assert "Space" in plot.notice()
    run_to(driven, 300)
    reader, snapshot = driven.bridge.reader, driven.snapshot()
    exact = reader.series(snapshot, ["W"], 180, 300, 1000)
    assert exact.exact
    assert plot._values.tolist() == exact.low["W"].tolist()
    rows = [line.split(",") for line in plot.csv().splitlines()[1:]]
    assert [int(row[0]) for row in rows] == list(range(181, 301))
    assert [float(row[2]) for row in rows[:-1]] == [float(row[1]) for row in rows[1:]]
    assert plot.x_scale == plot.scale


def test_going_back_shows_the_path_up_to_there(driven, plot):
    run_to(driven, 300)
    driven.session.seek(50)
    driven.wait_for_step(50)
    plot.grab()
    assert plot._steps.tolist() == list(range(51))


def test_a_click_on_a_point_goes_to_its_step_and_the_pointer_reads_it(driven, plot, qtbot):
    run_to(driven, 8)
    x, y = plot.x_px(plot._values[:-1]), plot.y_px(plot._values[1:])
    apart = np.hypot(x[:, None] - x, y[:, None] - y) + 1e9 * np.eye(len(x))
    place = int(apart.min(axis=1).argmax())  # the one that stands freest
    at = QPoint(round(x[place]), round(y[place]))
    before = plot.grab().toImage()
    qtbot.mouseMove(plot, at)
    assert plot.grab().toImage() != before
    qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=at)
    driven.wait_for_step(place + 1)


def test_another_parameter_is_chosen_in_the_menu(driven, plot):
    run_to(driven, 40)
    menu = next(each.menu() for each in plot.make_menu().actions() if each.text() == "Parameter")
    assert sorted(each.text() for each in menu.actions()) == ["W", "b"]
    next(each for each in menu.actions() if each.text() == "b").trigger()
    plot.grab()
    names = driven.bridge.reader.problem.parameter_names
    assert plot._values[-1] == driven.snapshot().theta[names.index("b")]
    assert plot.x_title.startswith("b ")


def test_the_newest_step_is_drawn_from_the_value_before_it_to_the_one_after(driven, plot):
    driven.window.commands.set_rate(4e-4)  # it swings
    run_to(driven, 9)
    x, y = plot.x_px(plot._values[-2:-1])[0], plot.y_px(plot._values[-1:])[0]
    picture = plot.grab().toImage()
    assert picture.pixelColor(round(x), round(y)).name().upper() == plot.theme.series[0]
    assert abs(plot.y_px(plot._values[-2:-1])[0] - y) > 20


@pytest.mark.parametrize("rate", [1.0, 1e3])
def test_numbers_without_bounds_and_none_at_all_are_drawn(driven, plot, rate):
    driven.window.commands.set_rate(rate)
    driven.session.run_to(400)
    driven.wait_still()
    plot.grab()
    assert math.isfinite(plot.scale.lo)
    assert math.isfinite(plot.scale.hi)
    assert plot.csv().startswith("step,W before,W after")


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
def test_it_stands_in_the_landscape_of_models_with_few_parameters(driven, theme):
    driven.window.choose_theme(theme)
    run_to(driven, 20)
    driven.window.commands.load_named("digits-adam")
    driven.wait_still()
    assert not driven.window.stage["phase"].isVisible()
