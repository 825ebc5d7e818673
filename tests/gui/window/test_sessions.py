"""Sessions as a user keeps them: saved, opened, dropped, kept by themselves, brought back after a crash."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog

from lrsim.experiment.keys import RATE_KEY
from lrsim.gui.settings import Settings
from lrsim.history import file
from lrsim.session import commands
from tests.gui.driving import opened
from tests.session.test_file import look, rewritten

CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def driven(qtbot, tmp_path):
    with opened(qtbot, folder=tmp_path / "settings", experiment="circle", size=(1440, 900)) as window:
        yield window


def worked_on(driven) -> None:
    """A run with branches, a watch, a condition and a bookmark."""
    session = driven.session
    session.step(200)
    session.fork(80, {RATE_KEY: 0.5, "W1[0,0]": 1.0})
    session.step(60)
    session.send(commands.NameBranch(1, "steep"))
    session.set_watch("", "update_norm / weight_norm")
    session.set_breakpoint("step == 130")
    session.set_bookmark("here")
    driven.wait_still()
    driven.bridge.pull()


def save(driven, path: Path) -> None:
    """By the keys and the dialog."""
    driven.press(Qt.Key.Key_S, CONTROL | ALT)
    dialog = driven.window.sessions.dialog
    assert isinstance(dialog, QFileDialog)
    dialog.fileSelected.emit(str(path))
    dialog.reject()
    driven.window.activateWindow()
    driven.qtbot.waitUntil(lambda: driven.window.isActiveWindow() and bool(driven.window.notice.text()))


def leave(driven) -> None:
    """Another experiment."""
    driven.window.commands.load_named("xor")
    loaded(driven)
    driven.window.notice.hide()


def loaded(driven) -> None:
    driven.qtbot.waitUntil(lambda: not driven.window.commands.loading)
    driven.wait_still()
    driven.bridge.pull()


def test_what_was_saved_is_opened_as_it_was_and_undo_leads_back(driven, tmp_path):
    worked_on(driven)
    before = look(driven.snapshot())
    path = tmp_path / "lesson.lrsim"
    save(driven, path)
    assert driven.window.notice.text() == "Saved the session, with all branches, as lesson.lrsim."
    leave(driven)
    driven.window.files.open(path)
    loaded(driven)
    assert look(driven.snapshot()) == before
    assert driven.window.notice.text() == ""
    assert "steep" in [branch.title for branch in driven.snapshot().branches]
    driven.window.commands.undo()
    loaded(driven)
    assert driven.bridge.reader.problem.experiment.name == "xor"


def test_a_session_that_is_dropped_is_opened(driven, tmp_path):
    worked_on(driven)
    before = look(driven.snapshot())
    path = tmp_path / "lesson.lrsim"
    save(driven, path)
    leave(driven)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    driven.window.dropEvent(QDropEvent(QPoint(9, 9), Qt.DropAction.CopyAction, mime, left, none))
    loaded(driven)
    assert look(driven.snapshot()) == before
    assert path in driven.window.desk.recent.paths()


@pytest.mark.parametrize("content", [b"", b"nothing of the kind", b"PK\x05\x06" + bytes(18)])
def test_a_broken_session_is_refused_in_a_sentence_and_the_run_stays(driven, tmp_path, content):
    worked_on(driven)
    before = look(driven.snapshot())
    path = tmp_path / "lesson.lrsim"
    path.write_bytes(content)
    driven.window.files.open(path)
    driven.wait_still()
    assert driven.window.notice.text().startswith("Not loaded: ")
    assert "session" in driven.window.notice.text()
    assert look(driven.snapshot()) == before


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_a_place_that_can_t_be_written_is_told_and_training_goes_on(driven, tmp_path, monkeypatch, number):
    worked_on(driven)
    path = tmp_path / "lesson.lrsim"
    path.write_bytes(b"the one before")

    def fail(*_):
        raise OSError(number, "no way")

    monkeypatch.setattr("lrsim.common.output.os.fsync", fail)
    save(driven, path)
    assert driven.window.notice.text() == "Not saved: lesson.lrsim: no way"
    assert path.read_bytes() == b"the one before"
    assert [each.name for each in tmp_path.iterdir() if each.suffix == ".part"] == []
    driven.session.step(5)
    driven.wait_for_step(145)


def test_a_name_with_another_ending_is_refused(driven, tmp_path):
    driven.window.sessions.save_to(tmp_path / "lesson.zip")
    assert "expected a name that ends in .lrsim" in driven.window.notice.text()
    assert not (tmp_path / "lesson.zip").exists()


def test_a_session_of_a_newer_program_is_refused(driven, tmp_path):
    worked_on(driven)
    path = tmp_path / "lesson.lrsim"
    save(driven, path)
    driven.window.files.open(rewritten(path, lambda manifest: manifest | {"format": file.FORMAT + 1}))
    assert "newer program" in driven.window.notice.text()


def test_a_window_that_is_closed_leaves_nothing_behind(qtbot, tmp_path):
    with opened(qtbot, folder=tmp_path, experiment="circle") as driven:
        worked_on(driven)
        driven.window.sessions.autosave()
        driven.window.sessions._wait()
        assert len(list((tmp_path / "sessions").iterdir())) == 1
    assert list((tmp_path / "sessions").iterdir()) == []


def test_after_a_crash_the_session_is_offered_and_brought_back_once(qtbot, tmp_path, monkeypatch):
    with opened(qtbot, folder=tmp_path, experiment="circle") as driven:
        worked_on(driven)
        before = look(driven.snapshot())
        driven.window.sessions.autosave()
        driven.window.sessions._wait()
        (own,) = (tmp_path / "sessions").iterdir()
        own.rename(own.with_name(f"{2**22 + 11}.lrsim"))  # no process has this number
    with opened(qtbot, folder=tmp_path, experiment="xor") as driven:
        window = driven.window
        window.offer_what_was_left()
        assert "ended unexpectedly" in window.notice.text()
        window.notice.offer.click()
        loaded(driven)
        assert look(driven.snapshot()) == before
        assert window.sessions.left_behind() is None


def test_where_nothing_was_left_nothing_is_offered_and_what_has_not_changed_is_not_kept_again(driven):
    window = driven.window
    window.offer_what_was_left()
    assert window.notice.text() == ""
    window.sessions.autosave()
    assert window.sessions._writing is None  # nothing was trained
    worked_on(driven)
    window.sessions.autosave()
    first = window.sessions._writing
    window.sessions._wait()
    window.sessions.autosave()
    assert window.sessions._writing is first


def test_without_a_folder_nothing_is_kept_by_itself(qtbot):
    assert Settings(None).sessions_folder is None
    with opened(qtbot, experiment="circle") as driven:
        worked_on(driven)
        driven.window.sessions.autosave()
        assert driven.window.sessions._writing is None
        assert driven.window.sessions.left_behind() is None
