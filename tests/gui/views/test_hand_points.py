"""Points added, moved and taken away by hand in the plane of two inputs."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt

from lrsim.common.validation import ExperimentError
from tests.gui.driving import opened

CONTROL = Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def driven(qtbot):
    with opened(qtbot, experiment="gauss", size=(1600, 900)) as window:
        window.session.run_to(20)
        window.wait_for_step(20)
        yield window


@pytest.fixture
def plot(driven):
    view = driven.window.stage["regions"]
    view.grab()
    view.plot.by_hand.setChecked(True)
    view.grab()
    return view.plot


def pixel(plot, x: float, y: float) -> QPoint:
    return QPointF(float(plot.x_px(np.array([x]))[0]), float(plot.y_px(np.array([y]))[0])).toPoint()


def data_of(driven):
    return driven.bridge.reader.problem_of(driven.snapshot()).data


def wait_run(driven, run: int) -> None:
    driven.qtbot.waitUntil(lambda: driven.snapshot().run == run and not driven.bridge.running)
    driven.window.stage["regions"].grab()


def inputs_of(driven):
    data = data_of(driven)
    return data.given(np.arange(len(data.X_train)))[0]


def test_a_click_adds_a_point_of_the_chosen_class_and_undo_takes_it_back(driven, plot):
    rows = len(data_of(driven).X_train)
    view = driven.window.stage["regions"]
    assert view.kinds.isVisible()
    view.kinds._group.actions()[1].trigger()
    run = driven.snapshot().run
    driven.qtbot.mouseClick(plot, LEFT, pos=pixel(plot, -5.0, 5.0))
    wait_run(driven, run + 1)
    data = data_of(driven)
    assert len(data.X_train) == rows + 1
    assert inputs_of(driven)[-1] == pytest.approx([-5.0, 5.0], abs=0.05)
    assert data.class_of(data.Y_train[-1:])[0] == 1
    assert driven.snapshot().step == 0
    driven.press(Qt.Key.Key_Z, CONTROL)
    driven.wait_for_step(20)
    assert len(data_of(driven).X_train) == rows


def test_points_added_one_upon_the_other_are_all_there(driven, plot):
    rows, places = len(data_of(driven).X_train), [(-5.0, 5.0), (-4.0, 5.0), (5.0, -5.0), (4.0, -5.5)]
    pixels = [pixel(plot, *place) for place in places]
    for at in pixels:  # none waits for the one before
        driven.qtbot.mouseClick(plot, LEFT, pos=at)
    driven.qtbot.waitUntil(lambda: len(data_of(driven).X_train) == rows + len(places) and not driven.bridge.running)
    assert inputs_of(driven)[-len(places) :] == pytest.approx(np.array(places), abs=0.05)


def test_a_point_is_dragged_elsewhere(driven, plot):
    near = plot._near(QPointF(pixel(plot, *inputs_of(driven)[0])))
    start, end = pixel(plot, *inputs_of(driven)[near.number]), pixel(plot, 4.0, -4.0)
    run, seen = driven.snapshot().run, plot.span.shown
    driven.qtbot.mousePress(plot, LEFT, pos=start)
    for share in (0.2, 0.6, 1.0):
        driven.qtbot.mouseMove(plot, start + (end - start) * share)
        plot.grab()
        assert plot.span.shown == seen
    driven.qtbot.mouseRelease(plot, LEFT, pos=end)
    wait_run(driven, run + 1)
    moved = inputs_of(driven)
    assert np.abs(moved - [4.0, -4.0]).sum(axis=1).min() < 0.1


def test_the_point_under_the_pointer_is_deleted_by_key_and_by_menu(driven, plot):
    for run, way in enumerate(("key", "menu"), start=2):
        rows = len(data_of(driven).X_train) + len(data_of(driven).X_test)
        at = pixel(plot, *inputs_of(driven)[3])
        driven.qtbot.mouseMove(plot, at)
        if way == "key":
            driven.qtbot.keyClick(plot, Qt.Key.Key_Delete)
        else:
            menu = plot.make_menu(QPointF(at))
            next(action for action in menu.actions() if action.text() == "Remove this point").trigger()
        wait_run(driven, run)
        assert len(data_of(driven).X_train) + len(data_of(driven).X_test) == rows - 1


def test_without_the_switch_a_click_changes_nothing_and_other_data_has_no_such_switch(driven, plot):
    plot.by_hand.setChecked(False)
    driven.qtbot.mouseClick(plot, LEFT, pos=pixel(plot, -5.0, 5.0))
    driven.qtbot.wait(50)
    assert driven.snapshot().run == 1
    assert not driven.window.stage["regions"].kinds.isVisible()
    driven.window.commands.load_named("plane")
    wait_run(driven, 2)
    assert plot.by_hand not in plot.switches
    assert not plot.edits


@pytest.mark.parametrize("way", ["cancelled", "refused"])
def test_a_change_that_does_not_come_is_not_in_the_next_one(driven, plot, way):
    rows = len(data_of(driven).X_train) + len(data_of(driven).X_test)
    made, commands = [], driven.window.commands
    driven.window.stage.experiment_wanted.disconnect(commands.load)
    driven.window.stage.experiment_wanted.connect(lambda experiment, _label: made.append(len(experiment.data.inputs)))
    plot.hand.add(-5.0, 5.0)
    plot.hand.add(-5.0, 4.0)
    if way == "cancelled":
        commands.load_cancelled.emit()
    else:
        commands.load_refused.emit(ExperimentError("data", "no memory"))
    plot.hand.add(5.0, -5.0)
    assert made == [rows + 1, rows + 2, rows + 1]
