"""The spread of a layer's weights over steps, whose updates change sign, and first-layer weights as images."""

from __future__ import annotations

import csv
import math

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor

from lrsim.experiment import files
from lrsim.experiment.keys import RATE_KEY, with_values
from lrsim.gui.chart.color_map import one_hue
from lrsim.gui.chart.scales import Scale, ScaleKind
from lrsim.gui.views.filters.plot import MOST_UNITS
from lrsim.gui.views.filters.view import FiltersView
from lrsim.instruments.over_time import weights_of
from tests.gui.driving import opened

SMALL = with_values(
    files.load("spiral"), [("data.samples", 60), ("stop.target_error", 0.0), ("training.epochs", 10**6)]
)


@pytest.fixture
def driven(qtbot):
    with opened(qtbot, experiment=SMALL, size=(1700, 1000)) as window:
        window.window.choose_layout("network")
        yield window


def run_to(driven, step: int) -> None:
    driven.session.run_to(step)
    driven.wait_for_step(step)
    settle(driven)


def settle(driven) -> None:
    driven.bridge.pull()
    stage = driven.window.stage
    driven.qtbot.waitUntil(lambda: all(view.settled for view in stage.views))
    for view in stage.views:
        view.grab()


def numbers(text: str) -> np.ndarray:
    return np.array([[float(cell or "nan") for cell in line.split(",")] for line in text.splitlines()[1:]])


def test_each_column_is_the_histogram_of_the_weights_after_its_step(driven):
    run_to(driven, 400)
    plot = driven.window.stage["histogram"].plot
    for layer in (0, 1):
        plot.chooser.choose(layer)
        settle(driven)
        table = numbers(plot.csv())
        edges = plot._spread.edges
        assert table[0, 0] == 0
        assert table[-1, 0] == 400
        assert len(table) > 60
        place = driven.snapshot().place
        inside = weights_of(place.run.problem.network.shapes, layer)
        for row in table[:: len(table) // 6]:
            weights = place.run.history.state_at(place.branch, int(row[0])).theta[inside]
            assert row[1:] == pytest.approx(np.histogram(weights, edges)[0] / len(weights))
    assert "layer 2" in plot.in_words()
    image, edges, shares = plot.grab().toImage(), plot._spread.edges, table[-1, 1:]
    colors = one_hue(plot.theme, Scale(ScaleKind.LINEAR, 0.0, 1.0))
    x, right = round(float(plot.x_px(np.array([400.0]))[0])) - 1, 0
    for middle, share in zip(((edges[1:] + edges[:-1]) / 2).tolist(), shares.tolist()):
        y = round(float(plot.y_px(np.array([middle]))[0]) - 0.5)
        wanted = colors.name(float(np.sqrt(share / plot._spread.shares.max())))
        right += share > 0 and image.pixelColor(x, y).name().upper() == wanted
    assert right >= 0.9 * (shares > 0).sum()  # the pixel in the middle of a bin may lie under a mark


def test_each_cell_tells_whether_the_update_changed_sign(driven):
    run_to(driven, 300)
    plot = driven.window.stage["flips"].plot
    plot.chooser.choose(1)
    settle(driven)
    table = numbers(plot.csv())
    assert table[-1, 0] == 300
    assert len(table) == 96
    place = driven.snapshot().place
    inside = weights_of(place.run.problem.network.shapes, 1)
    for row in table[::20]:
        before, between, after = (
            place.run.history.state_at(place.branch, int(row[0]) - back).theta[inside].astype(float)
            for back in (2, 1, 0)
        )
        products = (after - between) * (between - before)
        assert row[1:] == pytest.approx(np.where(products < 0, 1.0, np.where(products > 0, 0.0, np.nan)), nan_ok=True)
    image = plot.grab().toImage()
    kept, flipped = (QColor(color) for color in plot._colors())
    for column in (3, 40, 90):
        for row in (0, 7, table.shape[1] - 2):
            x = float(plot.x_px(np.array([table[column, 0]]))[0])
            y = float(plot.y_px(np.array([row + 0.5]))[0])
            expected = {1.0: flipped, 0.0: kept}.get(table[column, 1 + row])
            assert expected is None or image.pixelColor(round(x), round(y)) == expected
    share = np.nanmean(table[-1, 1:])
    assert f"{100 * share:.4g}"[:3] in plot.in_words()
    (header,) = csv.reader([plot.csv().splitlines()[0]])
    assert len(header) == table.shape[1]
    assert header[1:3] == ["W2[0,0]", "W2[0,1]"]


def test_back_forward_and_a_fork_show_what_was_there(driven):
    run_to(driven, 200)
    before = [driven.window.stage[name].plot.csv() for name in ("histogram", "flips")]
    driven.session.fork(100, {RATE_KEY: 0.5})
    driven.wait_still()
    run_to(driven, 200)
    after = [driven.window.stage[name].plot.csv() for name in ("histogram", "flips")]
    assert after[0] != before[0]
    assert after[1] != before[1]
    driven.window.commands.undo()
    driven.wait_still()
    settle(driven)
    assert [driven.window.stage[name].plot.csv() for name in ("histogram", "flips")] == before


def test_a_click_on_a_flip_goes_to_its_step_and_pointers_read(driven):
    run_to(driven, 120)
    plot = driven.window.stage["flips"].plot
    at = QPoint(round(float(plot.x_px(np.array([80]))[0])), round(plot.area.center().y()))
    before = plot.grab().toImage()
    driven.qtbot.mouseMove(plot, QPoint(1, 1))
    driven.qtbot.mouseMove(plot, at)
    assert plot.grab().toImage() != before
    driven.qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=at)
    driven.wait_for_step(80)
    histogram = driven.window.stage["histogram"].plot
    settle(driven)
    before = histogram.grab().toImage()
    driven.qtbot.mouseMove(histogram, QPoint(1, 1))
    driven.qtbot.mouseMove(histogram, histogram.area.center().toPoint())
    assert histogram.grab().toImage() != before


def test_a_run_that_diverges_is_drawn(qtbot):
    wild = with_values(SMALL, [(RATE_KEY, 1e300), ("optimizer.name", "sgd")])
    with opened(qtbot, experiment=wild, size=(1700, 1000)) as driven:
        driven.window.choose_layout("network")
        driven.session.run_to(300)
        driven.qtbot.waitUntil(lambda: driven.snapshot().diverged_at is not None and not driven.bridge.running)
        settle(driven)
        for name in ("histogram", "flips"):
            plot = driven.window.stage[name].plot
            assert plot.in_words()
            assert plot.csv().count("\n") >= 1


def test_while_it_plays_they_follow_and_hidden_they_rest(driven):
    driven.session.set_speed(math.inf)
    driven.session.play()
    driven.qtbot.waitUntil(lambda: driven.snapshot().tip > 3000)
    driven.window.choose_layout("step")
    hidden_at = driven.snapshot().tip
    driven.qtbot.waitUntil(lambda: driven.snapshot().tip > hidden_at + 200)
    driven.session.pause()
    driven.wait_still()
    known = driven.window.stage["histogram"].plot._found
    assert known is not None
    assert known.place.step < driven.snapshot().step
    driven.window.choose_layout("network")
    settle(driven)
    assert driven.window.stage["histogram"].plot._found.place == driven.snapshot().place


def test_first_layer_weights_are_images_of_the_units(qtbot):
    with opened(qtbot, experiment="digits-adam", size=(1700, 1000)) as driven:
        driven.window.choose_layout("curves")
        run_to(driven, 60)
        plot = driven.window.stage["filters"].plot
        table = numbers(plot.csv())
        W = driven.snapshot().place.run.problem.network.unpack(driven.snapshot().theta)[0][0]
        assert table[:, 1:] == pytest.approx(W.T)
        before = plot.grab().toImage()
        boxes = plot._boxes(plot.size(), 64, (8, 8))
        assert len({(round(box.width(), 6), round(box.height(), 6)) for box in boxes}) == 1
        assert all(plot.rect().contains(box.toAlignedRect()) for box in boxes)
        assert not any(a.intersects(b) for place, a in enumerate(boxes) for b in boxes[:place])
        driven.qtbot.mouseMove(plot, QPoint(1, 1))
        driven.qtbot.mouseMove(plot, boxes[9].center().toPoint())
        assert plot.unit_at(boxes[9].center()) == 9
        assert plot.grab().toImage() != before
        assert "64 units" in plot.in_words()
        driven.session.step(5)
        driven.wait_still()
        driven.bridge.pull()
        assert plot.grab().toImage() != before


@pytest.mark.parametrize("units", [1, 2, 7, 300])
@pytest.mark.parametrize("size", [(200, 130), (1200, 200), (200, 900)])
def test_any_number_of_units_fits_any_room(qtbot, make_bridge, themes, units, size):

    bridge = make_bridge("digits-adam", model__layers=[{"units": units}, {"units": 10, "activation": "softmax"}])
    view = FiltersView(bridge, themes)
    qtbot.addWidget(view)
    view.resize(*size)
    view.show()
    drawn = min(units, MOST_UNITS)
    boxes = view.plot._boxes(view.plot.size(), drawn, (8, 8))
    assert len(boxes) == drawn
    assert len(view.plot.weights()) == drawn
    assert all(
        box.width() > 0 and view.plot.rect().adjusted(-1, -1, 1, 1).contains(box.toAlignedRect()) for box in boxes
    )
    assert not view.grab().isNull()
