"""The sweep layout in the window: its keys drive what is seen, its runs stay with their experiment."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from lrsim.gui.sweep.form import SweepForm
from tests.gui.driving import opened

SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
RATES = [1e-6, 1e-5, 1e-4]


@pytest.fixture
def driven(qtbot):
    with opened(qtbot) as window:
        window.press(Qt.Key.Key_3)
        yield window


def run_sweep(driven, over=(("optimizer.lr", RATES),), epochs: str = "20") -> None:
    page = driven.window.sweep
    page.form.set_over(over)
    page.form.epochs.setText(epochs)
    page.form.check()
    with driven.qtbot.waitSignal(page.runner.ended):
        driven.press(Qt.Key.Key_Return, CONTROL)
    driven.window.setFocus()


def load(driven, preset: str) -> None:
    driven.window.registry[f"preset_{preset}"].trigger()
    driven.qtbot.waitUntil(lambda: driven.bridge.reader.problem.experiment.name == preset)
    driven.wait_still()


def test_a_page_that_nobody_sees_follows_the_experiment_once_it_is_seen(driven):
    form = driven.window.sweep.findChild(SweepForm)
    driven.press(Qt.Key.Key_1)
    load(driven, "spiral")
    load(driven, "xor")
    driven.press(Qt.Key.Key_3)
    assert form.name.text() == "Sweep xor"
    assert form.ready
    driven.press(Qt.Key.Key_1)
    load(driven, "clip250")
    assert driven.window.sweep.form.name.text() == "Sweep clip250"


# --- keys


def test_space_plays_the_race_and_not_the_run_that_is_hidden(driven):
    run_sweep(driven)
    race = driven.window.sweep.race
    driven.press(Qt.Key.Key_Home)
    assert race.isVisible()
    assert race.step == 0
    driven.press(Qt.Key.Key_Space)
    assert race.playing
    driven.press(Qt.Key.Key_Space)
    assert not race.playing
    driven.wait_still()
    assert (driven.snapshot().step, driven.snapshot().tip, driven.snapshot().playing) == (0, 0, False)


def test_arrows_step_the_race_by_epochs_and_choose_runs(driven):
    run_sweep(driven)
    page = driven.window.sweep
    driven.press(Qt.Key.Key_Home)
    driven.press(Qt.Key.Key_Right)
    driven.press(Qt.Key.Key_Right, SHIFT)
    assert page.race.step == 12
    driven.press(Qt.Key.Key_Left)
    assert page.race.step == 6
    driven.press(Qt.Key.Key_End)
    assert page.race.step == 120
    chosen = []
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up):
        driven.press(key)
        chosen.append(page.results.selection)
    assert chosen == [0, 1, 2, 2, 1]
    driven.wait_still()
    assert (driven.snapshot().tip, driven.snapshot().lr) == (0, 1e-5)


def test_keys_of_one_run_are_out_of_reach_while_it_is_hidden_and_come_back(driven):
    window = driven.window
    assert not window.rate.isVisible()
    assert not window.transport.isVisible()
    assert not window.banner.isVisible()
    for key in (Qt.Key.Key_R, Qt.Key.Key_Up, Qt.Key.Key_Right):
        driven.press(key)
    driven.wait_still()
    assert (driven.snapshot().tip, driven.snapshot().lr) == (0, 1e-5)
    assert not window.registry["reset"].isEnabled()
    driven.press(Qt.Key.Key_1)
    assert window.transport.isVisible()
    driven.press(Qt.Key.Key_Right)
    driven.wait_for_step(1)
    assert window.registry["reset"].isEnabled()
    assert not window.registry["race_play"].isEnabled()


def test_space_before_any_run_says_what_to_do(driven):
    driven.press(Qt.Key.Key_Space)
    assert "No run is done yet" in driven.window.notice.text()
    assert not driven.snapshot().playing


def test_keys_in_a_field_are_the_fields(driven, qtbot):
    run_sweep(driven)
    field = driven.window.sweep.form.rows[0].values_field
    field.setFocus()
    field.clear()
    qtbot.keyClicks(field, "1e-5, 2e-5")
    qtbot.keyClick(field, Qt.Key.Key_Home)
    assert field.text() == "1e-5, 2e-5"
    assert field.cursorPosition() == 0
    assert not driven.window.sweep.race.isVisible()


# --- whose runs are shown


def test_runs_step_aside_for_another_experiment_and_come_back_with_theirs(driven, qtbot):
    run_sweep(driven)
    page = driven.window.sweep
    assert page.finding().startswith("Best final")
    load(driven, "spiral")
    assert page.form.name.text() == "Sweep spiral"
    assert page.results.sweep is None
    assert page.empty.isVisible()
    assert not page.table.isVisible()
    assert page.empty.back.text() == "Show the runs of clip250"
    qtbot.mouseClick(page.empty.back, Qt.MouseButton.LeftButton)
    assert len(page.results.records) == 3
    assert page.finding().startswith("clip250: Best final")
    driven.window.registry["undo"].trigger()
    qtbot.waitUntil(lambda: page.finding().startswith("Best final"))


def test_runs_of_several_experiments_are_kept_each_under_its_own(driven):
    page = driven.window.sweep
    run_sweep(driven)
    load(driven, "plane")
    run_sweep(driven, [("optimizer.lr", [0.001, 0.01])], "2")
    load(driven, "clip250")
    assert [record.rate for record in page.results.records] == RATES
    assert page.form.rows[0].values() == RATES
    load(driven, "plane")
    assert [record.rate for record in page.results.records] == [0.001, 0.01]
    assert page.form.rows[0].values() == [0.001, 0.01]


def test_runs_from_before_a_change_say_so(driven, qtbot):
    run_sweep(driven)
    page = driven.window.sweep
    driven.window.experiment.rows["training.l2"].control.setText("0.5")
    driven.window.experiment.rows["training.l2"].control.setModified(True)
    driven.window.experiment.rows["training.l2"].control._commit_and_leave()
    driven.window.experiment.apply()
    qtbot.waitUntil(lambda: driven.bridge.reader.problem.experiment.training.l2 == 0.5)
    driven.wait_still()
    assert len(page.results.records) == 3
    assert page.finding().startswith("clip250 before it was changed: Best final")


def test_a_sweep_under_way_goes_on_under_its_own_name_when_another_experiment_is_loaded(driven, qtbot):
    page = driven.window.sweep
    page.form.set_over([("stop.min_steps", [10**12, 2 * 10**12])])
    page.form.epochs.setText("1000000000")
    page.form.check()
    driven.press(Qt.Key.Key_Return, CONTROL)
    qtbot.waitUntil(lambda: page.results.sweep is not None)
    load(driven, "plane")
    assert page.form.name.text() == "Sweep plane"
    assert page.finding() == "clip250: no run is done yet"
    with qtbot.waitSignal(page.runner.ended):
        qtbot.mouseClick(page.form.cancel, Qt.MouseButton.LeftButton)
    assert page.results.sweep.experiment.name == "clip250"
    assert page.finding().startswith("clip250: ")


# --- the empty page, and cells without a run


def test_the_empty_page_runs_the_sweep(driven, qtbot):
    page = driven.window.sweep
    assert page.empty.isVisible()
    assert page.form.run.property("role") != "primary", "one primary action a place"
    page.form.set_over([("optimizer.lr", [1e-6, 1e-5])])
    page.form.epochs.setText("5")
    page.form.check()
    with qtbot.waitSignal(page.runner.ended):
        qtbot.mouseClick(page.empty.run, Qt.MouseButton.LeftButton)
    assert len(page.results.records) == 2
    assert not page.empty.isVisible()
    assert page.form.run.property("role") == "primary"


def test_cells_say_that_they_were_not_run_once_the_sweep_is_cancelled(driven, qtbot):
    page = driven.window.sweep
    page.form.set_over([("optimizer.lr", [1e-6 * 1.3**n for n in range(8)]), ("training.batch_size", [1, 2, 3, 6])])
    page.form.epochs.setText("100000")
    page.form.check()
    page.choose("overview")
    qtbot.mouseClick(page.form.run, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.results.sweep is not None)
    with qtbot.waitSignal(page.runner.ended):
        qtbot.mouseClick(page.form.cancel, Qt.MouseButton.LeftButton)
    assert not page.results.under_way
    found = page.map._map
    words = {page.map._words(found, row, column, float("nan"))[0] for row in range(4) for column in range(8)
             if not found.at(row, column)}  # fmt: skip
    assert words == {"not run"}
