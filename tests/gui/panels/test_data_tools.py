"""Choosing data by pictures and sliders: each starts a new run at once, says so, and is undone."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt

from lrsim.charts.look import LOOKS
from lrsim.data.sources.toy import TOYS
from lrsim.experiment.files import load
from lrsim.experiment.keys import value_at
from lrsim.gui.panels.experiment.value_slider import STOPS
from tests.gui.driving import opened

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def driven(qtbot):
    with opened(qtbot, experiment="circle", size=(1440, 900)) as window:
        yield window


def experiment(driven):
    return driven.bridge.reader.problem.experiment


def tools(driven):
    return driven.window.experiment.tools


def drag_to(driven, key: str, value: float, release: bool = True) -> None:
    slider = tools(driven).sliders[key]
    driven.window.experiment.area.ensureWidgetVisible(slider)
    y = slider.height() // 2
    wanted = list(STOPS[key]).index(value)
    driven.qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(round(slider._x_of(slider.value())), y))
    driven.qtbot.mouseMove(slider, QPoint(round(slider._x_of(wanted)), y))
    if release:
        driven.qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(round(slider._x_of(wanted)), y))


def wait_for(driven, key: str, value: object) -> None:
    driven.qtbot.waitUntil(lambda: value_at(experiment(driven), key) == value and not driven.bridge.running)


@pytest.mark.parametrize(("key", "value"), [("data.noise", 0.3), ("data.samples", 1000), ("data.test_fraction", 0.5)])
def test_a_slider_starts_a_new_run_when_it_is_released_and_is_undone(driven, key, value):
    before = value_at(experiment(driven), key)
    driven.session.run_to(30)
    driven.wait_for_step(30)
    drag_to(driven, key, value)
    wait_for(driven, key, value)
    assert driven.snapshot().tip == 0
    assert "training starts again. Undo brings the run of 30 steps back" in driven.window.notice.text()
    assert driven.window.experiment.pending() == {}
    driven.press(Qt.Key.Key_Z, CONTROL)
    wait_for(driven, key, before)
    driven.wait_for_step(30)
    assert STOPS[key][tools(driven).sliders[key].value()] == before


def test_while_it_is_dragged_the_field_and_the_pictures_follow_and_nothing_is_begun(driven):
    run = driven.snapshot().run
    button = tools(driven).pictures.buttons["spiral"]
    before = button.grab().toImage()
    drag_to(driven, "data.noise", 0.5, release=False)
    driven.wait_still()
    assert driven.window.experiment.rows["data.noise"].control.text() == "0.5"
    assert button.grab().toImage() != before
    assert driven.snapshot().run == run


def test_keys_move_a_slider_that_has_the_focus_and_many_of_them_are_one_change(driven, qtbot):
    slider = tools(driven).sliders["data.noise"]
    slider.setFocus()
    for _ in range(5):
        driven.press(Qt.Key.Key_Right)
    wait_for(driven, "data.noise", 0.15)
    assert driven.snapshot().tip == 0  # no step was taken by the same keys
    driven.press(Qt.Key.Key_Z, CONTROL)
    wait_for(driven, "data.noise", 0.1)


@pytest.mark.parametrize("name", [toy.name for toy in TOYS if toy.name != "circle"])
def test_a_picture_chooses_the_data(driven, qtbot, name):
    buttons = tools(driven).pictures.buttons
    assert [button.isChecked() for button in buttons.values()] == [known == "circle" for known in buttons]
    driven.window.experiment.area.ensureWidgetVisible(buttons[name])
    qtbot.mouseClick(buttons[name], Qt.MouseButton.LeftButton)
    wait_for(driven, "data.source", name)
    assert [button.isChecked() for button in buttons.values()] == [known == name for known in buttons]
    assert driven.window.experiment.rows["data.source"].control.currentText() == name
    driven.press(Qt.Key.Key_Z, CONTROL)
    wait_for(driven, "data.source", "circle")


def test_regenerate_draws_other_points_and_is_undone(driven, qtbot):
    before = driven.bridge.reader.problem.data.X_train.copy()
    qtbot.mouseClick(tools(driven).pictures.again, Qt.MouseButton.LeftButton)
    wait_for(driven, "data.seed", 2)
    assert (driven.bridge.reader.problem.data.X_train != before).any()
    driven.window.registry["regenerate"].trigger()
    wait_for(driven, "data.seed", 3)
    driven.press(Qt.Key.Key_Z, CONTROL)
    wait_for(driven, "data.seed", 2)


def test_the_rate_stays_as_it_is_now(driven):
    driven.window.commands.set_rate(0.7)
    drag_to(driven, "data.noise", 0.2)
    wait_for(driven, "data.noise", 0.2)
    assert driven.snapshot().lr == 0.7


def test_with_other_changes_waiting_it_waits_with_them(driven):
    run = driven.snapshot().run
    driven.window.experiment.rows["optimizer.name"].control.choose("adam")
    drag_to(driven, "data.noise", 0.2)
    driven.wait_still()
    assert driven.snapshot().run == run
    assert driven.window.experiment.pending() == {"optimizer.name": "adam", "data.noise": 0.2}
    driven.window.experiment.footer.apply.click()
    wait_for(driven, "data.noise", 0.2)


def test_the_same_value_again_begins_nothing(driven, qtbot):
    run = driven.snapshot().run
    qtbot.mouseClick(tools(driven).pictures.buttons["circle"], Qt.MouseButton.LeftButton)
    drag_to(driven, "data.noise", 0.1)
    driven.wait_still()
    assert driven.snapshot().run == run
    assert tools(driven).pictures.buttons["circle"].isChecked()


def test_data_that_is_given_has_no_pictures_and_says_that_it_is_given(driven, qtbot):
    driven.window.commands.load_named("clip250")
    qtbot.waitUntil(lambda: experiment(driven).name == "clip250")
    driven.wait_still()
    assert tools(driven).pictures.isHidden()
    driven.window.registry["regenerate"].trigger()
    assert "nothing to regenerate" in driven.window.notice.text()
    assert experiment(driven).name == "clip250"


def test_data_that_does_not_fit_is_said_at_its_field(qtbot):
    with opened(qtbot, experiment="plane", size=(1440, 900)) as driven:
        run = driven.snapshot().run
        driven.window.experiment.rows["training.batch_size"].control.setFocus()
        tools(driven).settled.emit("data.noise", 7.0)
        driven.wait_still()
        assert driven.snapshot().run == run
        assert driven.window.experiment.rows["data.noise"].problem().startswith("expected a number from 0 to 0.5")


@pytest.mark.parametrize("theme", list(LOOKS))
@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
def test_pictures_and_sliders_lie_within_the_panel(driven, theme, size):
    driven.window.resize(*size)
    driven.window.choose_theme(theme)
    driven.window.docks["experiment"].show()
    driven.wait_still()
    area = driven.window.experiment.area
    for widget in (*tools(driven).pictures.buttons.values(), *tools(driven).sliders.values()):
        left = widget.mapTo(area.widget(), QPoint(0, 0)).x()
        assert left >= 0
        assert left + widget.width() <= area.viewport().width()


def test_features_are_taken_and_left_by_their_pictures(driven):
    buttons = tools(driven).features.buttons
    driven.window.experiment.area.ensureWidgetVisible(buttons["x1*x2"])
    assert [name for name, button in buttons.items() if button.isChecked()] == ["x1", "x2"]
    driven.session.run_to(30)
    driven.wait_for_step(30)
    driven.qtbot.mouseClick(buttons["x1*x2"], Qt.MouseButton.LeftButton)
    wait_for(driven, "data.basis", ("x1", "x2", "x1*x2"))
    assert "Features x1, x2, x1*x2: training starts again" in driven.window.notice.text()
    regions = driven.window.stage["regions"]
    assert regions.isVisible()
    assert (regions.plot.x_title, regions.plot.y_title) == ("x", "y")
    driven.window.choose_layout("network")
    network = driven.window.stage["diagram"]
    driven.qtbot.waitUntil(lambda: network.settled)
    assert driven.bridge.reader.problem.network.inputs == 3
    driven.press(Qt.Key.Key_Z, CONTROL)
    wait_for(driven, "data.basis", ())
    driven.wait_for_step(30)


def test_the_last_feature_stays(driven):
    buttons = tools(driven).features.buttons
    for name, left in (("x2", ("x1",)), ("x1", ("x1",))):
        driven.qtbot.mouseClick(buttons[name], Qt.MouseButton.LeftButton)
        wait_for(driven, "data.basis", left)
    assert buttons["x1"].isChecked()


def test_features_are_offered_to_data_of_two_inputs_alone(driven):
    assert driven.window.experiment.rows["data.basis"].isVisible()
    for preset, offered in (("clip250", False), ("bmi-mlp", False), ("xor", True)):
        driven.window.commands.load(load(preset))
        driven.wait_still()
        row = driven.window.experiment.rows.get("data.basis")
        assert bool(row is not None and not row.isHidden()) == offered, preset
