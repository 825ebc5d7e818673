"""The true loss surface: the way on it, what is chosen and said, and what the hand and the files get."""

from __future__ import annotations

import csv
import dataclasses
import io
import math

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor

from lrsim.gui.look.theme import THEMES, ThemeSource
from lrsim.gui.views.surface.view import SurfaceView
from lrsim.gui.views.surface.window import whole_window
from lrsim.instruments.surface import Plane, of_parameters
from tests.gui.driving import opened


def shown(qtbot, bridge, size=(720, 560), themes=None):
    view = SurfaceView(bridge, themes or ThemeSource(THEMES["light"]))
    qtbot.addWidget(view)
    view.resize(*size)
    view.show()
    settle(qtbot, view)
    return view


def settle(qtbot, view):
    """Until it is as fine as it gets."""

    def done():
        view.grab()
        return view.settled

    qtbot.waitUntil(done)


def loss_of(bridge, b, W):
    """Mean square of a clipped line's errors, of all rows."""
    data = bridge.reader.problem.data
    answers = np.minimum(data.X_train[:, 0] * W + b, 250.0)
    return np.mean((answers - data.Y_train[:, 0]) ** 2)


def pixel(plot, x, y):
    (across,), (up,) = plot._pixels(np.array([[x, y]]))
    return QPointF(across, up)


def test_of_two_parameters_the_surface_is_exact_and_the_way_whole(make_bridge, qtbot):
    bridge = make_bridge("clip250")
    snapshot = bridge.train(40)
    plot = shown(qtbot, bridge).plot
    assert (plot.x_title, plot.y_title) == ("b", "W")
    trail = plot.laid.trail
    np.testing.assert_array_equal(trail.places[-1], snapshot.theta[::-1])
    assert trail.steps.tolist() == list(range(41))
    assert not trail.distances.any()
    assert len(plot.ground.values) == 51
    scale = bridge.reader.problem.network.loss
    rows = list(csv.DictReader(io.StringIO(plot.csv())))
    assert len(rows) == 51 * 51
    half = 0.5 if scale == "half_mse" else 1.0
    for row in rows[::397]:
        assert float(row["loss"]) == pytest.approx(half * loss_of(bridge, float(row["b"]), float(row["W"])), rel=1e-5)


def test_all_of_the_way_is_in_sight_and_its_points_have_the_colour_of_their_loss(make_bridge, qtbot):
    bridge = make_bridge("clip250")
    bridge.train(60)
    view = shown(qtbot, bridge)
    plot = view.plot
    x, y = plot._pixels(plot.laid.trail.places)
    assert all(plot.area.contains(QPointF(*at)) for at in zip(x, y))
    image = view.grab().toImage()
    first = plot.laid.trail
    fill = image.pixelColor(round(x[0]), round(y[0]) + round(plot.mapTo(view, plot.rect().topLeft()).y()))
    wanted = QColor(plot.bar.name(float(first.losses[0])))
    assert max(abs(a - b) for a, b in zip(fill.getRgb()[:3], wanted.getRgb()[:3])) < 60


def test_a_larger_model_is_seen_in_the_main_directions_of_its_path(make_bridge, qtbot):
    bridge = make_bridge("spiral")
    bridge.train(90)
    view = shown(qtbot, bridge)
    plot = view.plot
    assert (plot.x_title, plot.y_title) == ("main direction", "second direction")
    said = view.sentence.text()
    share = 100 * plot.laid.plane.explained
    assert f"{share:.4g} %" in said
    assert "all 280 training rows" in said
    np.testing.assert_allclose(plot.laid.trail.places[-1], 0, atol=1e-6)
    true = bridge.session.snapshot()
    expected = plot.laid.loss(true.theta[None])[0]
    assert plot.laid.trail.losses[-1] == expected


def test_before_there_is_a_path_directions_are_drawn_and_that_is_said(make_bridge, qtbot):
    bridge = make_bridge("spiral")
    view = shown(qtbot, bridge)
    assert view.plot.laid.fallback
    assert "The path has no plane yet" in view.sentence.text()
    assert view.plot.laid.window == (-1.0, 1.0, -1.0, 1.0)


def test_a_single_weight_has_no_random_directions_and_that_is_said(make_bridge, qtbot):
    bridge = make_bridge("clip250")
    bridge.train(30)
    view = shown(qtbot, bridge)
    view.bar.kind.choose("random")
    settle(qtbot, view)
    assert view.plot.laid.plane.kind == "parameters"
    assert "two parameters are shown" in view.sentence.text()


def test_other_directions_and_two_parameters_are_chosen_by_hand(make_bridge, qtbot):
    bridge = make_bridge("spiral")
    bridge.train(30)
    view = shown(qtbot, bridge)
    bar, plot = view.bar, view.plot
    bar.kind.choose("random")
    settle(qtbot, view)
    first = plot.laid.plane.directions
    assert bar.other.isVisible()
    qtbot.mouseClick(bar.other, Qt.MouseButton.LeftButton)
    settle(qtbot, view)
    assert plot.laid.plane.kind == "random"
    assert not np.array_equal(plot.laid.plane.directions, first)
    bar.kind.choose("parameters")
    settle(qtbot, view)
    assert not bar.other.isVisible()
    across, up = bar.boxes
    line = up.lineEdit()
    line.selectAll()
    qtbot.keyClicks(line, "b2[3]")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    settle(qtbot, view)
    network = bridge.reader.problem.network
    assert plot.y_title == "b2[3]"
    assert plot.laid.plane.places == (network.parameter_index(across.currentText()), network.parameter_index("b2[3]"))
    line.selectAll()
    qtbot.keyClicks(line, "b9[3]")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert up.currentText() == "b2[3]"
    line.selectAll()
    qtbot.keyClicks(line, across.currentText())
    qtbot.keyClick(line, Qt.Key.Key_Return)
    settle(qtbot, view)
    assert across.currentText() == "b2[3]", "the axes change places"


def test_wheel_and_drag_have_the_part_that_is_seen_worked_out_anew(make_bridge, qtbot):
    bridge = make_bridge("clip250")
    bridge.train(30)
    view = shown(qtbot, bridge)
    plot = view.plot
    before = plot.ground.window
    plot.zoom_at(0.25, plot.area.center())
    settle(qtbot, view)
    left, right, bottom, top = plot.ground.window
    assert right - left == pytest.approx((before[1] - before[0]) / 4)
    assert top - bottom == pytest.approx((before[3] - before[2]) / 4)
    plot.drag(plot.area.center(), plot.area.center() + QPointF(50, 0))
    settle(qtbot, view)
    assert plot.ground.window[0] < left
    plot.show_all()
    settle(qtbot, view)
    assert plot.ground.window == before


def test_the_pointer_reads_the_exact_loss_and_points_of_the_way(make_bridge, qtbot):
    bridge = make_bridge("clip250")
    snapshot = bridge.train(30)
    plot = shown(qtbot, bridge).plot
    at = QPointF(plot.area.left() + 5, plot.area.top() + 5)
    lines = {line.name: line.value for line in plot.readout(at)}
    half = 0.5 if bridge.reader.problem.network.loss == "half_mse" else 1.0
    expected = half * loss_of(bridge, float(lines["b"]), float(lines["W"]))
    assert float(lines["loss"]) == pytest.approx(expected, rel=1e-9)
    W, b = snapshot.theta.tolist()
    lines = {line.name: line.value for line in plot.readout(pixel(plot, b, W))}
    assert lines["step"] == "30"
    assert float(lines["W"]) == W


def test_another_branch_is_dotted_on_the_same_surface_unless_switched_off(make_bridge, qtbot):
    bridge = make_bridge("clip250")
    bridge.train(40)
    bridge.session.fork(10, {"optimizer.lr": 0.002})
    bridge.carry_out()
    bridge.session.run_to(30)
    bridge.carry_out()
    view = shown(qtbot, bridge)
    plot = view.plot
    (other,) = plot.laid.others
    assert other.steps[0] == 10
    assert other.steps[-1] == 40
    assert "other branches" in [entry.name for entry in plot.legend()]
    plot._others.choose(False)
    settle(qtbot, view)
    assert plot.laid.others == ()


def test_while_it_plays_it_follows_and_stands_fine_at_rest(qtbot):
    with opened(qtbot, experiment="spiral") as driven:
        driven.window.choose_layout("landscape")
        view = driven.window.stage["surface"]
        assert view.isVisible()
        driven.session.run_to(300)
        driven.wait_for_step(300)
        qtbot.waitUntil(lambda: view.settled)
        assert view.plot.laid.step == 300
        assert len(view.plot.ground.values) == 51
        driven.session.seek(100)
        driven.wait_for_step(100)
        qtbot.waitUntil(lambda: view.settled)
        assert view.plot.laid.step == 100
        assert view.plot.laid.trail.steps[-1] == 100


def test_what_is_hidden_works_nothing_out(make_bridge, qtbot):
    bridge = make_bridge("clip250")
    view = SurfaceView(bridge, ThemeSource(THEMES["light"]))
    qtbot.addWidget(view)
    bridge.train(20)
    assert view.settled
    assert view.plot.laid is None


@pytest.mark.parametrize("preset", ["clip250", "spiral"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e308, -1e308, 1e30])
def test_wherever_the_parameters_are_it_is_drawn_and_said(make_bridge, qtbot, preset, value):
    bridge = make_bridge(preset)
    snapshot = bridge.train(12)
    view = shown(qtbot, bridge)
    theta = snapshot.theta.copy()
    with np.errstate(over="ignore"):
        theta[:: max(len(theta) // 5, 1)] = value
    view.show_snapshot(dataclasses.replace(snapshot, theta=theta, version=snapshot.version + 1))
    settle(qtbot, view)
    plot = view.plot
    for scale in (plot.x_scale, plot.y_scale):
        assert math.isfinite(scale.value(0))
        assert math.isfinite(scale.value(1))
        assert scale.value(0) < scale.value(1)
    plot.readout(plot.area.center())
    assert plot.csv()
    assert plot.in_words()


def test_a_run_that_diverges_leaves_the_picture_and_an_arrow_points_after_it(make_bridge, qtbot):
    bridge = make_bridge("clip250", optimizer__lr=10.0)
    bridge.train(9)
    view = shown(qtbot, bridge)
    left, right, bottom, top = view.plot.laid.window
    assert max(abs(left), abs(right), abs(bottom), abs(top)) < 1e150
    assert np.isfinite(view.plot.ground.values).any()
    view.grab()


@pytest.mark.parametrize("theme", list(THEMES))
def test_it_can_be_drawn_in_every_theme_and_size(make_bridge, qtbot, themes, theme):
    bridge = make_bridge("clip250")
    bridge.train(30)
    view = shown(qtbot, bridge, themes=themes)
    themes.wear(THEMES[theme])
    view.grab()
    for size in ((1, 1), (60, 40), (2000, 60), (300, 900)):
        view.setFixedSize(*size)
        view.grab()


def test_what_is_told_of_the_run_beside_its_parameters_begins_nothing_anew(make_bridge, qtbot, monkeypatch):
    """Trials beside a run that stands still tell something all the time."""
    bridge = make_bridge("spiral")
    snapshot = bridge.train(40)
    view = shown(qtbot, bridge)
    begun = []
    monkeypatch.setattr(view.plot._pieces, "begin", lambda *_, **__: begun.append(1))
    view.show_snapshot(dataclasses.replace(snapshot, version=snapshot.version + 1, message="something"))
    view.grab()
    assert view.settled
    assert not begun
    theta = snapshot.theta + 1
    view.show_snapshot(dataclasses.replace(snapshot, version=snapshot.version + 2, theta=theta))
    view.grab()
    assert begun


# --- what is seen


def window_of(kind, places, losses, others=None, before=None):
    theta = np.zeros(4)
    plane = of_parameters(theta, 0, 1) if kind == "parameters" else Plane(kind, theta, np.eye(2, 4))
    others = np.zeros((0, 2)) if others is None else np.array(others, float)
    return whole_window(plane, np.array(places, float), np.array(losses, float), others, before)


def test_a_window_holds_the_way_with_room_and_stays_while_that_fits():
    way = [[0, 0], [4, 2]]
    left, right, bottom, top = found = window_of("path", way, [1, 0.5])
    assert left < 0
    assert right > 4
    assert bottom < 0
    assert top > 2
    assert window_of("path", [*way, [4.5, 2]], [1, 0.5, 0.4], before=("path", found)) == found
    assert window_of("path", [*way, [9, 2]], [1, 0.5, 0.4], before=("path", found)) != found
    assert window_of("path", [[0, 0], [0.1, 0.1]], [1, 0.5], before=("path", found)) != found
    shorter = [[0, 0], [3.9, 1.9]]
    assert window_of("path", shorter, [1, 0.5], before=("path", found)) == found
    assert window_of("parameters", shorter, [1, 0.5], before=("path", found)) != found


def test_what_a_run_lost_itself_in_is_not_seen_at_the_cost_of_where_it_began():
    near = window_of("parameters", [[1, 1], [2, 2]], [1, 2])
    lost = [[1, 1], [2, 2], [1e9, -1e9], [np.inf, 1], [np.nan, np.nan]]
    far = window_of("parameters", lost, [1, 2, 1e18, np.inf, np.nan])
    assert far == near
    assert np.isfinite(window_of("parameters", [[np.nan, np.inf]], [np.nan])).all()
    assert np.isfinite(window_of("path", [[1e200, 1e200]], [np.inf])).all()


def test_a_plane_that_the_way_laid_shows_more_of_it_than_one_spot():
    left, right, _, _ = window_of("path", [[0, 0], [1e6, 1e5]], [1, 1e9])
    assert left < 0
    assert right > 1e6


def test_other_ways_are_seen_as_far_as_they_do_not_squeeze_this_one():
    way, losses = [[0, 0], [1, 1]], [1, 0.5]
    assert window_of("parameters", way, losses, [[2, 1]])[1] > 2
    assert window_of("parameters", way, losses, [[1e6, 1], [np.nan, 0]]) == window_of("parameters", way, losses)


def test_planes_are_in_the_menu_of_the_picture_too(make_bridge, qtbot):
    bridge = make_bridge("spiral")
    bridge.train(30)
    view = shown(qtbot, bridge)

    def actions():
        return {action.text(): action for action in view.plot.make_menu().actions()}

    assert actions()["Path's main directions"].isChecked()
    assert "Other directions" not in actions()
    actions()["Random directions"].trigger()
    settle(qtbot, view)
    assert view.plot.laid.plane.kind == "random"
    assert view.bar.kind.currentText() == "Random directions"
    before = view.plot.laid.plane.directions
    actions()["Other directions"].trigger()
    settle(qtbot, view)
    assert not np.array_equal(view.plot.laid.plane.directions, before)


def test_a_plane_of_two_parameters_is_worked_out_anew_where_the_others_have_moved(make_bridge, qtbot):
    bridge = make_bridge("spiral")
    bridge.train(40)
    view = shown(qtbot, bridge)
    view.bar.kind.choose("parameters")
    settle(qtbot, view)
    window = view.plot.ground.window
    view.show_snapshot(bridge.train(41))
    settle(qtbot, view)
    ground = view.plot.ground
    assert ground.window == window
    assert ground.laid.step == 41
    left, _, bottom, _ = window
    corner = ground.laid.plane.points(np.array([left]), np.array([bottom]))
    others = np.setdiff1d(np.arange(corner.shape[1]), ground.laid.plane.places)
    np.testing.assert_array_equal(corner[0, others], bridge.session.snapshot().theta[others])
    assert ground.values[0, 0] == ground.laid.loss(corner)[0]
