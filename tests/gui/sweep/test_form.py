"""What is to be swept: in words, complained about only once typed, and folders made only where somebody said so."""

from __future__ import annotations

import os
from collections import Counter

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from lrsim.charts.look import contrast
from lrsim.experiment.files import load, presets
from lrsim.experiment.keys import with_value
from lrsim.gui.look.dress import apply
from lrsim.gui.look.theme import THEMES, ThemeSource
from lrsim.gui.sweep.form import SweepForm
from lrsim.gui.sweep.key_box import sweepable_keys
from lrsim.gui.words.keys import explanation_of, in_words, label_of
from lrsim.sweep.plan import describe


@pytest.fixture
def make_form(qtbot, themes):
    def make(preset: str = "clip250") -> SweepForm:
        form = SweepForm(load(preset), themes)
        qtbot.addWidget(form)
        form.resize(300, 700)
        form.show()
        return form

    return make


# --- words


def test_keys_are_called_as_in_the_experiment_panel_and_named_in_the_tooltip(make_form):
    box = make_form().rows[0].key_box
    assert (box.currentText(), box.key()) == ("Learning rate", "optimizer.lr")
    assert "optimizer.lr" in box.toolTip()
    assert all("." not in box.itemText(row).partition(" (")[0] for row in range(box.count()))
    texts = [box.itemText(row) for row in range(box.count())]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("typed", ["batch", "Batch", "training.batch_size"])
def test_a_key_is_found_by_its_words_and_by_its_name(make_form, qtbot, typed):
    form = make_form()
    qtbot.mouseClick(form.add, Qt.MouseButton.LeftButton)
    row = form.rows[1]
    qtbot.keyClicks(row.key_box.lineEdit(), typed)
    qtbot.keyClick(row.key_box.lineEdit(), Qt.Key.Key_Return)
    assert row.key == "training.batch_size"
    row.values_field.setFocus()
    qtbot.keyClicks(row.values_field, "1, 2")
    assert row.key_box.currentText() == "Batch"
    form.check()
    assert form.ready
    assert "18 runs" in form.summary.text()


def test_layers_can_be_swept_by_their_place(make_form, qtbot):
    form = make_form("spiral")
    keys = sweepable_keys(load("spiral"))
    assert keys[0] == "optimizer.lr"
    assert "model.layers[1].units" in keys
    form.set_over([("model.layers[1].units", [4, 8])])
    assert form.rows[0].key_box.currentText() == "Units of layer 2"
    assert form.check()


@pytest.mark.parametrize("preset", [preset.name for preset in presets()])
def test_every_key_that_is_offered_has_words_and_an_explanation(preset):
    for key in sweepable_keys(load(preset)):
        assert label_of(key) != key
        assert explanation_of(key).endswith(f"({key})")


def test_sentences_name_fields_in_place_of_keys():
    assert in_words('Scale the features (data.scale = "standard").') == 'Scale the features (Scaling = "standard").'
    assert in_words("Then set training.loss to mse, see data.csv.") == "Then set Loss to mse, see data.csv."
    assert in_words("model.layers[2].units: too many") == "Units of layer 3: too many"


# --- what presets propose, and what a hand typed


@pytest.mark.parametrize("preset", [preset.name for preset in presets() if load(preset.name).sweep.over])
def test_a_preset_proposes_its_own_sweep_whatever_was_typed_before(make_form, preset):
    form = make_form()
    form.set_over([("training.batch_size", [1, 2])])
    form.epochs.setText("7")
    form.show_experiment(load(preset))
    experiment = load(preset)
    assert describe(experiment, form.keys.over()).over == describe(experiment, experiment.sweep.over).over
    assert form.epochs.text() == ""


def test_changing_a_field_keeps_what_was_typed(make_form):
    form = make_form("mnist-adam")
    form.set_over([("training.batch_size", [128, 256])])
    form.epochs.setText("3")
    form.show_experiment(with_value(load("mnist-adam"), "training.l2", 0.01))
    assert form.rows[0].values() == [128, 256]
    assert form.epochs.text() == "3"


# --- complaints


def test_a_new_row_is_not_complained_about_before_anything_is_typed(make_form, qtbot):
    form = make_form()
    qtbot.mouseClick(form.add, Qt.MouseButton.LeftButton)
    row = form.rows[1]
    form.check()
    assert row.problem() == ""
    assert not form.run.isEnabled()
    assert "Choose what to sweep" in form.summary.text()
    row.key_box.show_key("training.batch_size")
    form.check()
    assert row.problem() == ""
    qtbot.keyClicks(row.values_field, "x")
    form.check()
    assert row.problem().startswith("Batch: ")
    assert "Mend" in form.summary.text()


def test_what_there_is_not_is_told_before_values_are_asked_for(make_form, qtbot):
    form = make_form()
    qtbot.mouseClick(form.add, Qt.MouseButton.LeftButton)
    row = form.rows[1]
    qtbot.keyClicks(row.key_box.lineEdit(), "nonsense")
    row.values_field.setFocus()
    row.key_box.completer().popup().hide()
    form.check()
    assert row.problem() == "nonsense: there is nothing of this name to sweep"


# --- where results go


@pytest.mark.parametrize("typed", ["12", "abc", "-1", '"adam"', "./here", "~nobody-of-this-name/x"])
def test_what_is_no_whole_path_is_refused_and_makes_no_folder(make_form, qtbot, tmp_path, monkeypatch, typed):
    monkeypatch.chdir(tmp_path)
    form = make_form()
    qtbot.keyClicks(form.place.folder.field, typed)
    assert not form.check()
    assert "Keep in: expected a whole path" in form._place_problem.text()
    assert not form.run.isEnabled()
    assert os.listdir(tmp_path) == []


def test_a_folder_is_made_only_once_that_is_ticked(make_form, qtbot, tmp_path):
    form = make_form()
    folder = form.place.folder
    assert folder.make.isHidden()
    qtbot.keyClicks(folder.field, str(tmp_path / "new"))
    assert not form.check()
    assert "tick the box" in form._place_problem.text()
    folder.make.click()
    assert form.check()
    assert folder.path() == str(tmp_path / "new")
    assert not (tmp_path / "new").exists(), "not before the sweep runs"
    qtbot.keyClicks(folder.field, "er")
    assert not form.check()
    folder.field.setText(str(tmp_path))
    assert form.check()
    assert folder.make.isHidden()


def test_a_file_is_no_folder(make_form, tmp_path):
    (tmp_path / "there").write_text("")
    form = make_form()
    form.place.folder.field.setText(str(tmp_path / "there"))
    assert not form.check()
    assert "this is a file" in form._place_problem.text()


# --- looks


@pytest.mark.parametrize("theme", THEMES)
def test_the_list_of_keys_that_match_is_readable_in_every_theme(qapp, qtbot, theme):
    apply(qapp, THEMES[theme])
    form = SweepForm(load("clip250"), ThemeSource(THEMES[theme]))
    qtbot.addWidget(form)
    form.show()
    form.add.click()
    line = form.rows[1].key_box.lineEdit()
    qtbot.keyClicks(line, "mom")
    popup = form.rows[1].key_box.completer().popup()
    qtbot.waitUntil(popup.isVisible)
    picture = popup.viewport().grab().toImage()
    places = [(x, y) for x in range(picture.width()) for y in range(picture.height())]
    colours = Counter(picture.pixelColor(x, y).name() for x, y in places)
    ground = THEMES[theme].background
    assert colours.most_common(1)[0][0] == QColor(ground).name()
    assert max(contrast(ground, colour) for colour in colours) > 7
    popup.hide()


def test_the_rates_wear_their_colour_by_the_style_sheet(make_form):
    form = make_form()
    assert form.rows[0].values_field.property("role") == "chosen-rate"
    assert form.rows[0].values_field.styleSheet() == ""
    form.rows[0].key_box.show_key("training.batch_size")
    assert form.rows[0].values_field.property("role") == ""


def test_large_grids_are_checked_without_making_their_runs(make_form, monkeypatch):
    form = make_form()
    made = []
    monkeypatch.setattr(
        "lrsim.gui.sweep.key_rows.describe", lambda *words, **more: made.append(describe(*words, **more)) or made[-1]
    )
    rates = [1e-6 * 1.01**n for n in range(100)]
    form.set_over([("optimizer.lr", rates), ("training.batch_size", [1, 2, 3]), ("training.seed", list(range(1, 60)))])
    form.show_experiment(with_value(load("clip250"), "training.l2", 0.1))
    assert form.ready
    assert max(len(sweep.runs) for sweep in made) <= 100
