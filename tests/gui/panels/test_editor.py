"""Editing the experiment as a user would: fields, what waits, applying, and what is refused."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox

from lrsim.gui.panels.experiment.layers_editor import LayersEditor
from lrsim.gui.widgets.choice_box import ChoiceBox
from lrsim.gui.widgets.number_field import NumberField
from tests.gui.driving import opened


@pytest.fixture
def driven(qtbot):
    with opened(qtbot, size=(1440, 900)) as window:
        yield window


def control(driven, key):
    return driven.window.experiment.rows[key].control


def shown(driven, key):
    row = driven.window.experiment.rows.get(key)
    return row is not None and not row.isHidden()


def type_into(driven, qtbot, key, text, leave=Qt.Key.Key_Return):
    field = control(driven, key)
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text) if text else qtbot.keyClick(field, Qt.Key.Key_Delete)
    qtbot.keyClick(field, leave)


def choose(driven, key, value):
    box = control(driven, key)
    assert isinstance(box, ChoiceBox)
    box.choose(value)


def layers(driven) -> LayersEditor:
    editor = control(driven, "model.layers")
    assert isinstance(editor, LayersEditor)
    return editor


def apply(driven, qtbot):
    run = driven.snapshot().run
    qtbot.mouseClick(driven.window.experiment.footer.apply, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: driven.snapshot().run != run and not driven.bridge.running)


def test_fields_show_the_experiment(driven):
    assert control(driven, "data.source").currentText() == "clip250"
    assert control(driven, "training.batch_size").text() == "1"
    assert [row.layer()["activation"] for row in layers(driven).rows] == ["clip"]
    assert driven.window.experiment.footer.sentence() == ""


def test_only_what_means_something_is_shown(driven):
    assert shown(driven, "optimizer.momentum")
    assert not shown(driven, "optimizer.beta_1")
    choose(driven, "optimizer.name", "adam")
    assert shown(driven, "optimizer.beta_1")
    assert not shown(driven, "optimizer.momentum")
    assert control(driven, "optimizer.epsilon").placeholderText() == "1e-07"
    choose(driven, "optimizer.flavor", "torch")
    assert control(driven, "optimizer.epsilon").placeholderText() == "1e-08"


def test_the_rate_takes_effect_at_once(driven, qtbot):
    type_into(driven, qtbot, "optimizer.lr", "0.0003")
    qtbot.waitUntil(lambda: driven.snapshot().rate == 0.0003)
    assert driven.window.experiment.pending() == {}
    driven.window.rate.field.setFocus()
    driven.window.commands.set_rate(0.002)
    assert control(driven, "optimizer.lr").text() == "0.002"


def test_changes_wait_until_they_are_applied_and_undo_brings_the_run_back(driven, qtbot):
    driven.session.run_to(50)
    driven.wait_for_step(50)
    type_into(driven, qtbot, "training.batch_size", "3")
    choose(driven, "optimizer.name", "adam")
    footer = driven.window.experiment.footer
    assert footer.sentence() == "2 changes wait. Training starts again from step 0 when you apply."
    assert driven.snapshot().step == 50
    driven.window.commands.set_rate(0.01)
    apply(driven, qtbot)
    problem = driven.bridge.reader.problem
    assert (problem.batch_size, problem.optimizer.name) == (3, "adam")
    assert (driven.snapshot().step, driven.snapshot().rate) == (0, 0.01)
    assert footer.sentence() == ""
    driven.window.registry["undo"].trigger()
    qtbot.waitUntil(lambda: driven.snapshot().tip == 50 and not driven.bridge.running)
    assert control(driven, "training.batch_size").text() == "1"
    driven.window.registry["redo"].trigger()
    qtbot.waitUntil(lambda: driven.snapshot().tip == 0 and not driven.bridge.running)
    assert driven.bridge.reader.problem.batch_size == 3


def test_one_change_is_told_as_one(driven, qtbot):
    type_into(driven, qtbot, "training.epochs", "7")
    assert driven.window.experiment.footer.sentence().startswith("One change waits.")
    type_into(driven, qtbot, "training.epochs", "3334")
    assert driven.window.experiment.footer.sentence() == ""


def test_discarding_forgets_the_changes(driven, qtbot):
    choose(driven, "data.order", "shuffle")
    qtbot.mouseClick(driven.window.experiment.footer.discard, Qt.MouseButton.LeftButton)
    assert driven.window.experiment.pending() == {}
    assert control(driven, "data.order").currentText() == "cyclic"


@pytest.mark.parametrize(("key", "text", "why"), [
    ("training.batch_size", "0", "a whole number >= 1"),
    ("training.batch_size", "two", "a whole number >= 1"),
    ("training.batch_size", "1.5", "a whole number >= 1"),
    ("optimizer.momentum", "1", "a number >= 0 and < 1"),
    ("data.test_fraction", "nan", "a number >= 0 and < 1"),
    ("optimizer.lr", "-1", "a number > 0"),
])  # fmt: skip
def test_nonsense_keeps_the_last_good_value_and_says_why(driven, qtbot, key, text, why):
    before = control(driven, key).text()
    type_into(driven, qtbot, key, text)
    assert why in control(driven, key).complaint()
    assert text in control(driven, key).complaint()
    qtbot.keyClick(control(driven, key), Qt.Key.Key_Tab)
    assert control(driven, key).text() == before
    assert driven.window.experiment.pending() == {}
    type_into(driven, qtbot, key, "0.5" if "." in before or key != "training.batch_size" else "2")
    assert control(driven, key).complaint() == ""


def test_changes_that_do_not_fit_each_other_are_told_at_the_field(driven):
    choose(driven, "training.loss", "binary_cross_entropy")
    panel = driven.window.experiment
    assert "needs sigmoid as the last activation" in panel.rows["training.loss"].problem()
    assert not panel.footer.apply.isEnabled()
    layers(driven).rows[0].activation.choose("sigmoid")
    assert panel.rows["training.loss"].problem() == ""
    assert panel.footer.apply.isEnabled()


def test_what_the_data_refuses_is_told_at_the_field_and_nothing_is_lost(qtbot):
    with opened(qtbot, experiment="spiral", size=(1440, 900)) as driven:
        driven.session.step(3)
        driven.wait_for_step(3)
        editor = layers(driven)
        editor.rows[-1].units.setFocus()
        editor.rows[-1].units.selectAll()
        qtbot.keyClicks(editor.rows[-1].units, "5")
        qtbot.keyClick(editor.rows[-1].units, Qt.Key.Key_Return)
        qtbot.mouseClick(driven.window.experiment.footer.apply, Qt.MouseButton.LeftButton)
        panel = driven.window.experiment
        qtbot.waitUntil(lambda: panel.rows["model.layers"].problem() != "")
        assert panel.rows["model.layers"].problem().startswith("Layer 3: expected 2")
        assert set(panel.pending()) == {"model.layers"}
        assert driven.snapshot().step == 3
        assert not driven.window.commands.undoable


def test_layers_are_added_and_taken_away(driven, qtbot):
    editor = layers(driven)
    assert not editor.rows[0].remove.isEnabled()
    qtbot.mouseClick(editor.add, Qt.MouseButton.LeftButton)
    assert [row.layer()["units"] for row in editor.rows] == [8, 1]
    panel = driven.window.experiment
    assert "model.weights" in panel._problem(panel.pending()).where
    given = control(driven, "model.weights")
    assert isinstance(given, QCheckBox)
    given.click()
    assert panel.rows["model.weights"].problem() == ""
    apply(driven, qtbot)
    assert driven.bridge.reader.problem.network.shapes == ((1, 8), (8, 1))
    editor.rows[0].remove.click()
    assert [row.layer()["activation"] for row in editor.rows] == ["clip"]


def test_another_source_brings_its_own_views(driven, qtbot):
    choose(driven, "data.source", "gauss")
    control(driven, "model.weights").click()
    layers(driven).rows[0].activation.choose("tanh")
    type_into(driven, qtbot, "data.samples", "60")
    choose(driven, "training.bias_rule", "delta")
    apply(driven, qtbot)
    assert driven.bridge.reader.problem.samples == 60
    assert driven.window.stage["regions"].isVisible()
    assert not driven.window.stage["function"].isVisible()


def test_the_focused_field_is_explained(driven):
    control(driven, "training.batch_size").setFocus()
    assert "more make steps steadier" in driven.window.experiment.footer.explanation()
    driven.window.setFocus()
    assert "mid-run" in driven.window.experiment.footer.explanation()


def test_arrow_keys_choose_in_a_list_that_has_the_focus(driven, qtbot):
    box = control(driven, "optimizer.flavor")
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Down)
    assert driven.window.experiment.pending() == {"optimizer.flavor": "torch"}
    assert driven.snapshot().rate == 1e-5


def test_another_preset_drops_the_draft(driven, qtbot):
    choose(driven, "optimizer.name", "adam")
    driven.window.registry["preset_spiral"].trigger()
    qtbot.waitUntil(lambda: driven.window.top_bar.preset.text() == "spiral")
    driven.wait_still()
    assert driven.window.experiment.pending() == {}
    assert control(driven, "data.source").currentText() == "spiral"


def test_a_field_with_a_text_in_it_goes_with_its_experiment(qtbot):
    """Hidden, it commits what was typed, while the rows of the other experiment are being shown."""
    with opened(qtbot, experiment="rule-exponential", size=(1600, 900)) as driven:
        panel = driven.window.experiment
        panel.open_group("schedule")
        qtbot.wait(50)
        fields = [field for key, row in panel.rows.items() if key.startswith("schedule.")
                  for field in row.findChildren(NumberField) if field.isVisible()]  # fmt: skip
        fields[0].setFocus()
        qtbot.keyClicks(fields[0], "0.5")
        driven.window.commands.load_named("spiral")
        driven.wait_still()
        assert panel.rows["model.layers"].isVisibleTo(panel)
