"""The diagram of the network: what it shows, and what a hand and the keyboard do to it."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from lrsim.common.numbers import full
from lrsim.data.dataset import load_data
from lrsim.data.spec import DataSpec
from lrsim.experiment.files import load
from lrsim.experiment.keys import with_values
from lrsim.gui.views.network.geometry import Bias, Link, Unit
from lrsim.gui.views.network.tiles import GRID, given
from tests.gui.driving import opened

SMALL = [("model.layers", [{"units": 3, "activation": "tanh"}, {"units": 1, "activation": "sigmoid"}])]


@pytest.fixture
def driven(qtbot):
    with opened(qtbot, experiment=with_values(load("spiral"), SMALL), size=(1280, 720)) as window:
        window.session.run_to(20)
        window.wait_still()
        window.press(Qt.Key.Key_4)
        qtbot.waitUntil(lambda: plot(window).settled and plot(window)._outputs is not None)
        yield window


def plot(driven):
    return driven.window.stage["diagram"].plot


def weights(driven):
    """(W, b) of each layer at the step."""
    snapshot = driven.snapshot()
    return driven.bridge.reader.problem_of(snapshot).network.unpack(snapshot.theta)


def where(driven, part) -> QPoint:
    return plot(driven)._place_of(part).toPoint()


def click(driven, part) -> None:
    driven.qtbot.mouseClick(plot(driven), Qt.MouseButton.LeftButton, pos=where(driven, part))


def type_value(driven, text: str) -> None:
    box = plot(driven).box
    assert box.isVisible()
    driven.qtbot.keyClicks(box.field, text)
    driven.qtbot.keyClick(box.field, Qt.Key.Key_Return)


def test_each_tile_shows_what_its_unit_computes_at_this_step(driven):
    shown, reader = plot(driven)._outputs, driven.bridge.reader
    assert shown.step == 20
    found = reader.layer_outputs(driven.snapshot(), shown.layers[0])
    for mine, theirs in zip(shown.layers[1:], found, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    plane = shown.plane(0, 1)  # the second input grows upwards, and is the same along a row
    assert plane.shape == (GRID, GRID)
    assert (np.diff(plane, axis=0) > 0).all()
    assert np.ptp(plane, axis=1).max() == 0
    driven.press(Qt.Key.Key_Left)
    driven.qtbot.waitUntil(lambda: plot(driven)._outputs.step == 19)


def test_a_weight_is_read_and_set_where_it_stands_and_undone(driven):
    link, before = Link(1, 0, 2), float(weights(driven)[0][0][0, 2])
    driven.qtbot.mouseMove(plot(driven), where(driven, link))
    first = plot(driven).readout()[0]
    assert (first.name, first.value) == ("W1[0,2]", full(before))
    click(driven, link)
    type_value(driven, "0.75")
    driven.qtbot.waitUntil(lambda: weights(driven)[0][0][0, 2] == 0.75)
    driven.qtbot.waitUntil(driven.window.registry["undo"].isEnabled)
    driven.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    driven.qtbot.waitUntil(lambda: weights(driven)[0][0][0, 2] == np.float32(before))


def test_a_bias_is_set_at_its_mark_or_its_unit_and_escape_leaves_it(driven):
    before = driven.snapshot().theta.copy()
    click(driven, Bias(2, 0))
    driven.qtbot.keyClicks(plot(driven).box.field, "9")
    driven.qtbot.keyClick(plot(driven).box.field, Qt.Key.Key_Escape)
    driven.wait_still()
    np.testing.assert_array_equal(driven.snapshot().theta, before)
    plot(driven).box.hide()
    click(driven, Unit(1, 1))
    type_value(driven, "-0.5")
    driven.qtbot.waitUntil(lambda: weights(driven)[0][1][1] == -0.5)


def test_what_is_no_number_stays_for_mending_and_changes_nothing(driven):
    before = driven.snapshot().theta.copy()
    click(driven, Link(2, 1, 0))
    type_value(driven, "much")
    assert plot(driven).box.isVisible()
    assert plot(driven).box.field.complaint()
    np.testing.assert_array_equal(driven.snapshot().theta, before)


def test_the_keyboard_goes_everywhere_and_sets(driven):
    plot(driven).setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_PageDown, Qt.Key.Key_PageDown):
        driven.qtbot.keyClick(plot(driven), key)
    assert plot(driven)._chosen == Link(1, 1, 1)
    assert "W1[1,1]" in plot(driven).accessibleDescription()
    driven.qtbot.keyClick(plot(driven), Qt.Key.Key_Return)
    type_value(driven, "-1.25")
    driven.qtbot.waitUntil(lambda: weights(driven)[0][0][1, 1] == -1.25)


def layers(driven) -> list[tuple[int, str]]:
    return [(layer.units, layer.activation) for layer in driven.bridge.reader.problem.experiment.model.layers]


def test_layers_units_and_activations_change_by_a_click_each_and_come_back(driven):
    buttons, qtbot = plot(driven).buttons, driven.qtbot
    theta = driven.snapshot().theta.copy()
    for press, wanted in (
        (lambda: buttons.more_layers.click(), [(3, "tanh"), (3, "tanh"), (1, "sigmoid")]),
        (lambda: buttons._heads[1].more.click(), [(3, "tanh"), (4, "tanh"), (1, "sigmoid")]),
        (lambda: buttons._heads[0].fewer.click(), [(2, "tanh"), (4, "tanh"), (1, "sigmoid")]),
        (lambda: buttons._heads[0].activation.menu().actions()[1].trigger(), None),
        (lambda: buttons.fewer_layers.click(), None),
    ):
        before, seed = layers(driven), driven.bridge.reader.problem.experiment.training.seed
        press()
        qtbot.waitUntil(lambda before=before: layers(driven) != before)
        driven.wait_still()
        assert wanted is None or layers(driven) == wanted
        assert driven.bridge.reader.problem.experiment.training.seed == seed
        assert driven.snapshot().step == 0
    for _ in range(5):
        qtbot.waitUntil(driven.window.registry["undo"].isEnabled)
        driven.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        driven.wait_still()
    qtbot.waitUntil(lambda: layers(driven) == [(3, "tanh"), (1, "sigmoid")] and driven.snapshot().step == 20)
    np.testing.assert_array_equal(driven.snapshot().theta, theta)


def test_what_does_not_fit_is_refused_in_a_sentence(qtbot):
    """A softmax can't become the output of a single unit's binary cross entropy."""
    with opened(qtbot, experiment=with_values(load("spiral"), SMALL)) as driven:
        driven.press(Qt.Key.Key_4)
        said = []
        driven.window.stage["diagram"].refused.connect(said.append)
        actions = plot(driven).buttons._heads[1].activation.menu().actions()
        next(action for action in actions if action.text() == "softmax").trigger()
        assert len(said) == 1
        assert "binary_cross_entropy" in said[0]


@pytest.mark.parametrize("name", ["clip250", "digits-adam", "bmi-optimizers"])
def test_every_kind_of_model_is_drawn_and_large_layers_are_counted(qtbot, name):
    with opened(qtbot, experiment=name, size=(1280, 720)) as driven:
        driven.press(Qt.Key.Key_4)
        qtbot.waitUntil(lambda: plot(driven)._outputs is not None and plot(driven).settled)
        diagram, rect = plot(driven).diagram(), plot(driven).rect()
        for unit in diagram.units():
            assert rect.contains(diagram.tile(unit).toRect())
        assert all(diagram.drawn[layer] <= 16 for layer in diagram.columns)
        assert not plot(driven).grab().isNull()


def test_many_layers_leave_the_middle_out(qtbot):
    deep = [("model.layers", [{"units": 2, "activation": "tanh"}] * 12 + [{"units": 1, "activation": "sigmoid"}])]
    with opened(qtbot, experiment=with_values(load("spiral"), deep)) as driven:
        driven.press(Qt.Key.Key_4)
        diagram = plot(driven).diagram()
        assert diagram.columns == (0, 1, 2, 3, 4, 10, 11, 12, 13)
        assert not diagram.joined(10)


def test_what_is_not_finite_is_drawn_and_read(qtbot):
    with opened(qtbot, experiment="clip250") as driven:
        driven.session.run_to(3)
        driven.session.set_rate(1e300)
        driven.session.run_to(40)
        driven.session.run_to(60)
        driven.wait_still()
        driven.press(Qt.Key.Key_4)
        qtbot.waitUntil(lambda: plot(driven)._outputs is not None and plot(driven).settled)
        assert not np.isfinite(driven.snapshot().theta).all()
        plot(driven).grab()
        qtbot.mouseMove(plot(driven), QPoint(1, 1))
        qtbot.mouseMove(plot(driven), where(driven, Link(1, 0, 0)))
        assert plot(driven).readout()[0].value == full(float(driven.snapshot().theta[0]))


def test_all_its_numbers_can_be_copied(driven):
    plot(driven).copy_csv()
    rows = QApplication.clipboard().text().splitlines()
    assert rows[0] == "parameter,value,last update"
    assert len(rows) == 1 + len(driven.snapshot().theta)


@pytest.mark.parametrize("largest", [1e307, 1.7e308])
def test_inputs_further_apart_than_the_largest_number_have_a_place_in_the_plane(largest):
    rows = ((-largest, 1.0), (largest, 2.0))
    data = load_data(DataSpec(source="table", inputs=rows, targets=((1.0,), (2.0,))), "float64")
    points = given(data)
    assert np.isfinite(points).all()
    assert points[:, 0].min() <= -largest
    assert points[:, 0].max() >= largest
