"""Keeping an experiment as a user does: saved, copied, pasted, opened again, left and found."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QLineEdit, QMenu

from lrsim.experiment import files
from lrsim.experiment.keys import with_value
from lrsim.gui.settings import Settings
from lrsim.gui.window.drafts import MOST_KEPT
from lrsim.gui.window.recent_menu import RecentMenu
from tests.gui.driving import opened

SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def driven(qtbot):
    with opened(qtbot, size=(1440, 900)) as window:
        yield window


def save_as(driven, path: Path) -> None:
    """By the keys and the dialog."""
    driven.press(Qt.Key.Key_S, CONTROL | SHIFT)
    dialog = driven.window.saving.dialog
    assert isinstance(dialog, QFileDialog)
    dialog.fileSelected.emit(str(path))
    dialog.reject()
    driven.window.activateWindow()
    driven.qtbot.waitUntil(driven.window.isActiveWindow)


def set_rate(driven, rate: float) -> None:
    driven.window.commands.set_rate(rate)
    driven.wait_still()


def paste(driven, text: str) -> None:
    QGuiApplication.clipboard().setText(text)
    driven.press(Qt.Key.Key_V, CONTROL)
    driven.wait_still()


def said(driven) -> str:
    return driven.window.notice.text()


def shown(driven):
    return driven.bridge.reader.problem.experiment


def recent_entries(driven) -> list:
    menu = driven.window.findChild(RecentMenu)
    assert isinstance(menu, QMenu)
    menu.aboutToShow.emit()
    return menu.actions()


def test_saved_with_the_rate_as_it_is_now_and_loaded_again(driven, tmp_path):
    set_rate(driven, 2e-5)
    assert driven.window.isWindowModified()
    path = tmp_path / "mine.toml"
    save_as(driven, path)
    assert files.load(str(path)) == with_value(files.load("clip250"), "optimizer.lr", 2e-5)
    assert said(driven) == "Saved mine.toml."
    assert driven.window.windowTitle() == "mine.toml[*] - lrsim"
    assert not driven.window.isWindowModified()
    assert driven.window.top_bar.preset.text() == "mine"
    assert str(path) in driven.window.top_bar.preset.toolTip()


def test_save_writes_into_the_file_again_without_asking(driven, tmp_path):
    path = tmp_path / "mine.toml"
    save_as(driven, path)
    set_rate(driven, 3e-6)
    assert driven.window.isWindowModified()
    driven.press(Qt.Key.Key_S, CONTROL)
    assert driven.window.saving.dialog is None
    assert files.load(str(path)).optimizer.lr == 3e-6
    assert not driven.window.isWindowModified()
    driven.press(Qt.Key.Key_Z, CONTROL)
    driven.wait_still()
    assert driven.window.isWindowModified()


def test_a_preset_that_is_saved_asks_where(driven):
    driven.press(Qt.Key.Key_S, CONTROL)
    dialog = driven.window.saving.dialog
    assert [Path(name).name for name in dialog.selectedFiles()] == ["clip250.toml"]
    dialog.reject()
    assert driven.window.saving.dialog is None


def test_changes_in_mid_run_are_said_and_told_in_the_file(driven, tmp_path):
    driven.session.run_to(30)
    driven.wait_for_step(30)
    set_rate(driven, 2e-6)
    save_as(driven, tmp_path / "mine.toml")
    assert "tell how to repeat" in said(driven)
    text = (tmp_path / "mine.toml").read_text()
    assert "lrsim run mine.toml --set optimizer.lr=1e-05 --at 30 optimizer.lr=2e-06" in text


def test_changes_that_wait_are_not_saved_and_that_is_said(driven, tmp_path):
    driven.window.experiment.rows["optimizer.name"].control.choose("adam")
    save_as(driven, tmp_path / "mine.toml")
    assert "waits to be applied is not in it" in said(driven)
    assert files.load(str(tmp_path / "mine.toml")).optimizer.name == "sgd"


def test_an_applied_edit_stays_with_its_file_and_is_not_saved_yet(driven, qtbot, tmp_path):
    save_as(driven, tmp_path / "mine.toml")
    run = driven.snapshot().run
    driven.window.experiment.rows["optimizer.flavor"].control.choose("torch")
    driven.window.experiment.footer.apply.click()
    qtbot.waitUntil(lambda: driven.snapshot().run != run and not driven.bridge.running)
    assert driven.window.windowTitle().startswith("mine.toml")
    assert driven.window.isWindowModified()
    driven.press(Qt.Key.Key_S, CONTROL)
    assert files.load(str(tmp_path / "mine.toml")).optimizer.flavor == "torch"
    driven.press(Qt.Key.Key_Z, CONTROL)
    driven.wait_still()
    assert driven.window.windowTitle().startswith("mine.toml")
    assert driven.window.isWindowModified()


def test_undo_of_a_load_brings_the_file_back(driven, qtbot, tmp_path):
    save_as(driven, tmp_path / "mine.toml")
    driven.window.registry["preset_circle"].trigger()
    qtbot.waitUntil(lambda: driven.window.windowTitle() == "circle[*] - lrsim")
    assert not driven.window.isWindowModified()
    driven.press(Qt.Key.Key_Z, CONTROL)
    qtbot.waitUntil(lambda: driven.window.windowTitle() == "mine.toml[*] - lrsim")


@pytest.mark.parametrize("place", ["nowhere/mine.toml", "mine.csv", "folder.toml", "file.toml/mine.toml"])
def test_a_place_that_can_not_be_written_is_told_in_a_sentence(driven, tmp_path, place):
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "file.toml").write_text("")
    save_as(driven, tmp_path / place)
    assert said(driven).startswith("Not saved: ")
    assert len(said(driven).splitlines()) == 1
    assert driven.window.windowTitle() == "clip250[*] - lrsim"


def test_a_full_disk_is_told_in_a_sentence_and_loses_nothing(driven, tmp_path, monkeypatch):
    path = tmp_path / "mine.toml"
    save_as(driven, path)
    before = path.read_bytes()
    set_rate(driven, 3e-6)
    full = tmp_path / "full.toml"
    full.symlink_to("/dev/full")
    save_as(driven, full)
    assert said(driven) == "Not saved: full.toml: no space left on device"
    assert path.read_bytes() == before
    assert driven.window.windowTitle() == "mine.toml[*] - lrsim"
    assert driven.window.isWindowModified()


def test_a_file_written_by_hand_is_kept_before_it_is_overwritten(driven, tmp_path):
    path = tmp_path / "mine.toml"
    byhand = '# my notes\nname = "mine"\n[data]\nsource = "clip250"\n[model]\nlayers = [{ units = 1 }]\n'
    path.write_text(byhand)
    driven.window.files.open(path)
    driven.wait_still()
    set_rate(driven, 3e-6)
    driven.press(Qt.Key.Key_S, CONTROL)
    assert (tmp_path / "mine.toml.bak").read_text() == byhand
    assert "mine.toml.bak" in said(driven)
    set_rate(driven, 3e-7)
    driven.press(Qt.Key.Key_S, CONTROL)
    assert [found.name for found in tmp_path.glob("*.bak*")] == ["mine.toml.bak"]


def test_copied_and_pasted(driven, qtbot):
    set_rate(driven, 7e-6)
    driven.press(Qt.Key.Key_C, CONTROL | SHIFT)
    text = QGuiApplication.clipboard().text()
    assert said(driven).startswith("Copied as text")
    driven.window.registry["preset_circle"].trigger()
    qtbot.waitUntil(lambda: shown(driven).name == "circle")
    paste(driven, text)
    assert shown(driven) == with_value(files.load("clip250"), "optimizer.lr", 7e-6)
    assert driven.window.isWindowModified()
    driven.press(Qt.Key.Key_Z, CONTROL)
    qtbot.waitUntil(lambda: shown(driven).name == "circle")


def test_a_command_line_is_pasted_and_says_what_it_leaves_out(driven):
    paste(driven, "lrsim run circle --set optimizer.lr=0.5 --at 7 optimizer.lr=1")
    assert shown(driven) == with_value(files.load("circle"), "optimizer.lr", 0.5)
    assert "--at" in said(driven)


@pytest.mark.parametrize("text", ["", "hello", "name = ", "[data]\nsource='x'", "lrsim run"])
def test_a_text_that_is_none_is_refused_and_changes_nothing(driven, text):
    driven.press(Qt.Key.Key_Right)
    driven.wait_for_step(1)
    paste(driven, text)
    assert said(driven).startswith("Not pasted: ")
    assert driven.snapshot().step == 1
    assert not driven.window.commands.undoable


def test_a_clipboard_that_was_never_used_is_no_text(driven):
    QGuiApplication.clipboard().clear()
    driven.press(Qt.Key.Key_V, CONTROL)
    driven.wait_still()
    assert said(driven).startswith("Not pasted: ")


def test_a_file_on_the_clipboard_is_opened(driven, qtbot, tmp_path):
    path = tmp_path / "other.toml"
    path.write_text(files.to_toml(files.load("xor")))
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    QGuiApplication.clipboard().setMimeData(mime)
    driven.press(Qt.Key.Key_V, CONTROL)
    qtbot.waitUntil(lambda: driven.window.windowTitle() == "other.toml[*] - lrsim")


def test_a_path_that_is_pasted_is_opened_as_a_file(driven, qtbot, tmp_path):
    path = tmp_path / "other.toml"
    path.write_text(files.to_toml(files.load("xor")))
    paste(driven, f"{path}\n")
    qtbot.waitUntil(lambda: driven.window.windowTitle() == "other.toml[*] - lrsim")
    assert not driven.window.isWindowModified()


def test_what_was_not_saved_is_kept_even_where_settings_can_not_be_written(qtbot, tmp_path):
    (tmp_path / "settings.toml").mkdir()
    with opened(qtbot, folder=tmp_path, size=(1440, 900)) as first:
        set_rate(first, 7e-6)
    assert [found.suffix for found in (tmp_path / "unsaved").iterdir()] == [".toml"]


def test_a_name_with_qts_sign_in_it_is_shown_as_it_is(driven, tmp_path):
    save_as(driven, tmp_path / "a[*]b.toml")
    assert driven.window.windowTitle() == "a[*][*]b.toml[*] - lrsim"


def test_pasting_into_a_field_stays_in_it(driven, qtbot):
    QGuiApplication.clipboard().setText("0.5")
    field = driven.window.rate.field
    assert isinstance(field, QLineEdit)
    field.setFocus()
    field.selectAll()
    driven.press(Qt.Key.Key_V, CONTROL)
    assert field.text() == "0.5"
    assert said(driven) == ""


def test_recent_files_are_listed_newest_first_and_remembered(qtbot, tmp_path):
    store = tmp_path / "settings"
    with opened(qtbot, folder=store, size=(1440, 900)) as first:
        for name in ("a.toml", "b & c.toml", "a.toml"):
            save_as(first, tmp_path / name)
    with opened(qtbot, folder=store, size=(1440, 900)) as second:
        entries = recent_entries(second)
        assert [action.text() for action in entries[:2]] == ["a.toml", "b && c.toml"]
        entries[1].trigger()
        qtbot.waitUntil(lambda: second.window.windowTitle() == "b & c.toml[*] - lrsim")
        assert [path.name for path in second.window.desk.recent.paths()] == ["b & c.toml", "a.toml"]
        recent_entries(second)[-1].trigger()
        assert second.window.desk.recent.paths() == []
        assert not recent_entries(second)[0].isEnabled()
    assert Settings(store).choices.recent == []


def test_a_recent_file_that_is_gone_is_said_to_be_and_taken_off_the_list(driven, tmp_path):
    path = tmp_path / "mine.toml"
    save_as(driven, path)
    path.unlink()
    recent_entries(driven)[0].trigger()
    assert "mine.toml is gone" in said(driven)
    assert driven.window.desk.recent.paths() == []


def test_what_was_not_saved_is_found_the_next_time(qtbot, tmp_path):
    with opened(qtbot, folder=tmp_path, size=(1440, 900)) as first:
        set_rate(first, 7e-6)
    with opened(qtbot, folder=tmp_path, size=(1440, 900)) as second:
        found = next(action for action in recent_entries(second) if action.text().startswith("clip250, left on"))
        found.trigger()
        qtbot.waitUntil(lambda: shown(second).optimizer.lr == 7e-6)
        second.wait_still()
        assert second.window.isWindowModified()
        assert second.window.windowTitle() == "clip250[*] - lrsim"
    assert len(list((tmp_path / "unsaved").iterdir())) == 1  # the same once


def test_changes_that_wait_are_kept_too_and_old_ones_give_way(qtbot, tmp_path):
    for number in range(MOST_KEPT + 2):
        path = tmp_path / "unsaved" / f"20200101-00000{number % 10}-old.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'name = "{number}"\n')
    with opened(qtbot, folder=tmp_path, size=(1440, 900)) as first:
        first.window.experiment.rows["optimizer.name"].control.choose("adam")
    kept = sorted((tmp_path / "unsaved").iterdir())
    assert len(kept) == MOST_KEPT
    assert files.load(str(kept[-1])).optimizer.name == "adam"


def test_a_window_that_was_not_touched_leaves_nothing_behind(qtbot, tmp_path):
    with opened(qtbot, folder=tmp_path, size=(1440, 900)):
        pass
    assert not (tmp_path / "unsaved").exists()


def test_the_palette_finds_save_and_its_like(driven, qtbot):
    driven.press(Qt.Key.Key_K, CONTROL)
    for typed, wanted in [("save", "Save"), ("export", "Save as"), ("share", "Copy the experiment as text"),
                          ("paste", "Paste an experiment")]:  # fmt: skip
        field = driven.window.focusWidget()
        field.clear()
        qtbot.keyClicks(field, typed)
        assert any(wanted in command for command in driven.window.palette_panel.shown_commands()), typed
