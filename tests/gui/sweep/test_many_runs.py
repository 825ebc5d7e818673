"""The window with many runs and with data of one's own: the sweep layout, runs opened from it, files brought in."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent

from lrsim.gui.look.dress import apply, dress
from lrsim.gui.look.theme import THEMES, ThemeSource
from lrsim.gui.panels.import_data import ImportDialog
from lrsim.training import engine
from tests.gui.driving import opened

TABLE = "size,weight,town,kind\n" + "".join(f"{n},{2 * n + 1},{'ab'[n % 2]},{n % 3}\n" for n in range(30))


@pytest.fixture
def driven(qtbot):
    with opened(qtbot) as window:
        yield window


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "things.csv"
    path.write_text(TABLE)
    return path


def drop(window, path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    event = QDropEvent(
        QPointF(100, 100), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    window.dropEvent(event)


def run_sweep(driven, rates) -> None:
    page = driven.window.sweep
    page.form.set_over([("optimizer.lr", rates)])
    page.form.epochs.setText("20")
    page.form.check()
    with driven.qtbot.waitSignal(page.runner.ended):
        driven.qtbot.mouseClick(page.form.run, Qt.MouseButton.LeftButton)


def test_key_3_shows_the_sweep_in_place_of_the_panels(driven):
    driven.press(Qt.Key.Key_3)
    assert driven.window.sweep.isVisible()
    assert not driven.window.stage.isVisible()
    assert not driven.window.docks["this_step"].isVisible()
    assert driven.window.registry["layout_sweep"].isChecked()
    driven.press(Qt.Key.Key_1)
    assert driven.window.stage.isVisible()
    assert driven.window.docks["this_step"].isVisible()


def test_a_run_is_opened_in_the_stepper_and_undo_brings_the_old_one_back(driven):
    driven.session.run_to(7)
    driven.wait_for_step(7)
    driven.press(Qt.Key.Key_3)
    run_sweep(driven, [1e-6, 2e-5])
    window = driven.window
    window.sweep.table.setCurrentIndex(window.sweep.table.runs.index(1, 0))
    driven.qtbot.keyClick(window.sweep.table, Qt.Key.Key_Return)
    driven.wait_for_step(120)
    assert window.center.layout_name == "step"
    assert driven.snapshot().lr == 2e-5
    record = window.sweep.results.records[1]
    assert driven.snapshot().theta.tolist() == pytest.approx(
        [record.parameters[name] for name in driven.bridge.reader.problem.parameter_names], rel=1e-12
    )
    assert window.sweep.form.rows[0].values() == [1e-6, 2e-5]
    window.registry["undo"].trigger()
    driven.wait_for_step(7)
    assert driven.snapshot().lr == 1e-5
    window.registry["redo"].trigger()
    driven.wait_for_step(120)


def test_training_goes_on_beside_a_sweep(driven, qtbot):
    driven.press(Qt.Key.Key_3)
    page = driven.window.sweep
    page.form.set_over([("stop.min_steps", [10**12, 2 * 10**12])])
    page.form.epochs.setText("1000000000")
    page.form.check()
    driven.session.set_speed(200)
    driven.session.play()
    qtbot.mouseClick(page.form.run, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.results.sweep is not None)
    begun = driven.snapshot().step
    qtbot.waitUntil(lambda: driven.snapshot().step >= begun + 20)
    assert page.runner.running, "these steps were taken beside it"
    with qtbot.waitSignal(page.runner.ended):
        qtbot.mouseClick(page.form.cancel, Qt.MouseButton.LeftButton)
    driven.session.pause()
    qtbot.waitUntil(lambda: not driven.snapshot().playing)
    driven.wait_still()
    problem, found = driven.bridge.reader.problem, driven.snapshot()
    state = problem.start()
    engine.advance(problem, state, np.full(found.step, 1e-5))
    assert found.theta.tobytes() == state.theta.tobytes(), "and are those of a run on its own"


def test_the_layout_is_remembered(qtbot, tmp_path):
    with opened(qtbot, tmp_path) as first:
        first.press(Qt.Key.Key_3)
    with opened(qtbot, tmp_path) as second:
        assert second.window.sweep.isVisible()
        second.press(Qt.Key.Key_1)
        assert second.window.docks["this_step"].isVisible()


def test_closing_in_mid_sweep_ends_it(qtbot):
    with opened(qtbot) as driven:
        driven.press(Qt.Key.Key_3)
        page = driven.window.sweep
        page.form.set_over([("optimizer.lr", [1e-6 * 1.1**n for n in range(50)])])
        page.form.epochs.setText("100000")
        page.form.check()
        qtbot.mouseClick(page.form.run, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: page.results.sweep is not None)
    assert page.runner._thread is None or not page.runner._thread.is_alive()


def test_a_dropped_table_is_learnt_from(driven, table):
    drop(driven.window, table)
    dialog = driven.window.files.dialog
    assert dialog.target.currentData() == "kind"
    assert dialog.task.currentData() == "classification"
    assert dialog.wanted_features() == ["size", "weight"]
    dialog.features["town"].setChecked(True)
    driven.qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    driven.qtbot.waitUntil(lambda: driven.bridge.reader.problem.experiment.name == "things")
    experiment = driven.bridge.reader.problem.experiment
    assert experiment.data.features == ("size", "weight", "town")
    assert (experiment.model.layers[-1].units, experiment.model.layers[-1].activation) == (3, "softmax")
    assert experiment.data.scale == "standard"
    driven.session.run_to(5)
    driven.wait_for_step(5)
    driven.window.registry["undo"].trigger()
    driven.qtbot.waitUntil(lambda: driven.bridge.reader.problem.experiment.name != "things")


def test_a_number_can_be_learnt_instead(driven, table):
    drop(driven.window, table)
    dialog = driven.window.files.dialog
    dialog.target.choose("weight")
    dialog.task.show_value("regression")
    assert dialog.wanted_features() == ["size"]
    driven.qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    driven.qtbot.waitUntil(lambda: driven.bridge.reader.problem.experiment.name == "things")
    experiment = driven.bridge.reader.problem.experiment
    assert (experiment.training.loss, experiment.model.layers[-1].activation) == ("mse", "linear")


def test_what_cannot_be_learnt_is_said_in_the_dialog(qtbot, table):
    dialog = ImportDialog(str(table), ThemeSource(THEMES["light"]))
    qtbot.addWidget(dialog)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    dialog.show()
    for box in dialog.features.values():
        box.setChecked(False)
    qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    assert "at least one column" in dialog.problem.text()
    assert dialog.isVisible()


def asked(qtbot, path, content: str) -> ImportDialog:
    path.write_text(content)
    dialog = ImportDialog(str(path), ThemeSource(THEMES["light"]))
    qtbot.addWidget(dialog)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    dialog.show()
    return dialog


def test_the_scaling_of_the_target_is_asked_for_where_it_is_a_number(qtbot, tmp_path):
    table = "x,y,kind\n" + "".join(f"{n},{n * n * 1000.5},{'ab'[n % 2]}\n" for n in range(30))
    dialog = asked(qtbot, tmp_path / "prices.csv", table)
    assert dialog.task.currentData() == "classification"
    assert not dialog.scale_target.isVisible()
    dialog.task.choose("regression")
    assert dialog.scale_target.isVisible()
    dialog.target.choose("y")
    chosen = []
    dialog.chosen.connect(chosen.append)
    qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    assert (chosen[0].data.target, chosen[0].data.scale_target) == ("y", "standard")


def test_a_table_without_names_is_taken_for_one(qtbot, tmp_path):
    dialog = asked(qtbot, tmp_path / "iris.data", "5.1,3.5,red\n4.9,3.0,red\n6.2,2.8,blue\n")
    assert not dialog.header.isChecked()
    assert list(dialog.features) == ["c1", "c2", "c3"]
    chosen = []
    dialog.chosen.connect(chosen.append)
    qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    assert (chosen[0].data.header, chosen[0].data.features) == (False, ("c1", "c2"))


def test_what_was_guessed_is_said_and_can_be_told(qtbot, tmp_path):
    dialog = asked(qtbot, tmp_path / "thousands.csv", "x;y\n1,234;2\n2,500;4\n")
    assert "can mean two numbers" in dialog.notes.text()
    dialog.decimal.choose(",")
    assert "with a decimal comma: x" in dialog.notes.text()
    chosen = []
    dialog.chosen.connect(chosen.append)
    qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    assert chosen[0].data.decimal == ","


def test_a_header_that_is_none_can_be_made_data_and_back(qtbot, tmp_path):
    dialog = asked(qtbot, tmp_path / "names.csv", "a,b\n1,2\n3,4\n")
    qtbot.mouseClick(dialog.header, Qt.MouseButton.LeftButton, pos=QPoint(8, dialog.header.height() // 2))
    assert list(dialog.features) == ["c1", "c2"]
    qtbot.mouseClick(dialog.header, Qt.MouseButton.LeftButton, pos=QPoint(8, dialog.header.height() // 2))
    assert list(dialog.features) == ["a", "b"]


@pytest.mark.parametrize("theme", list(THEMES))
def test_the_dialog_fits_a_small_screen_and_cuts_no_name(qtbot, qapp, tmp_path, theme):
    path = tmp_path / "names.csv"
    path.write_text("Id;size;price;town;y\n" + "".join(f"{n};{n},5;1.{200 + n};Ulm;{n % 3}\n" for n in range(40)))
    apply(qapp, THEMES[theme])
    dialog = ImportDialog(str(path), ThemeSource(THEMES[theme]))
    qtbot.addWidget(dialog)
    dress(dialog, THEMES[theme])
    dialog.show()
    assert dialog.minimumSizeHint().height() <= 720 - 48
    header = dialog.table.horizontalHeader()
    assert all(header.sectionSize(place) >= header.sectionSizeHint(place) for place in range(header.count()))
    apply(qapp, THEMES["light"])


@pytest.mark.parametrize("content", ["", "only,a,header\n", "a,b\n1,2,3\n", "\x00\x01"])
def test_a_bad_table_is_one_clear_line_and_nothing_is_lost(driven, tmp_path, content):
    path = tmp_path / "bad.csv"
    path.write_text(content)
    before = driven.bridge.reader.problem.experiment
    drop(driven.window, path)
    assert driven.window.files.dialog is None
    assert driven.window.notice.text().startswith("Not loaded: ")
    assert "bad.csv" in driven.window.notice.text()
    assert "\n" not in driven.window.notice.text()
    assert driven.bridge.reader.problem.experiment is before


def test_a_folder_without_images_is_refused(driven, tmp_path):
    drop(driven.window, tmp_path)
    assert "missing" in driven.window.notice.text()
