"""The window as a whole: layouts, themes, commands, files, what it remembers, and its end."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QToolButton, QWidget

from lrsim.charts.look import LOOKS
from lrsim.experiment.files import load
from lrsim.gui.look.theme import THEMES
from lrsim.gui.settings import Settings
from lrsim.gui.widgets.section import Section
from lrsim.gui.window.window import MainWindow
from tests.gui.driving import opened

SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def driven(qtbot):
    with opened(qtbot, size=(1440, 900)) as window:
        yield window


def drop(window: QWidget, path: Path) -> None:
    """Drop a file on the window as a file manager does."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    rest = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    entering = QDragEnterEvent(QPoint(400, 300), *rest)
    QApplication.sendEvent(window, entering)
    if entering.isAccepted():
        QApplication.sendEvent(window, QDropEvent(QPointF(400, 300), *rest))


def test_an_untouched_window_says_what_to_do(driven):
    assert "Press Space to train" in driven.window.banner.sentence()


def test_the_claim_of_the_source_stands_below_the_verdict_and_follows_the_experiment(driven, qtbot):
    claim = driven.window.claim
    assert claim.isVisible()
    assert claim.text() == load("clip250").claim
    driven.window.registry["panel_claim"].trigger()
    assert not claim.isVisible()
    driven.window.registry["panel_claim"].trigger()
    assert claim.isVisible()
    driven.window.commands.load(load("circle"))
    qtbot.waitUntil(lambda: driven.window.top_bar.preset.text() == "circle")
    assert not claim.isVisible()


def test_what_to_look_for_comes_first(driven):
    panel = driven.window.experiment
    first = min((s for s in panel.findChildren(Section) if s.isVisible()), key=lambda section: section.y())
    shown = [label.text() for label in first.findChildren(QLabel) if label.isVisible()]
    assert load("clip250").description in shown


def test_idle_window_pulls_nothing(driven, qtbot):
    assert not driven.bridge.running
    frames = []
    driven.bridge.changed.connect(frames.append)
    qtbot.wait(100)
    assert frames == []


def test_keys_1_and_2_choose_the_layout(driven):
    driven.press(Qt.Key.Key_2)
    assert driven.window.stage["parameters"].isVisible()
    assert not driven.window.stage["function"].isVisible()
    driven.press(Qt.Key.Key_1)
    assert driven.window.stage["function"].isVisible()
    assert driven.window.stage["steps"].isVisible()


@pytest.mark.parametrize("name", ["light", "dark", "projector"])
def test_themes_change_live(driven, name):
    driven.window.registry[f"theme_{name}"].trigger()
    background = QApplication.instance().palette().window().color().name().upper()
    assert background == THEMES[name].background
    assert driven.settings.choices.theme == name


def test_the_projector_in_a_small_window_folds_what_it_can_do_without(driven):
    driven.window.resize(1280, 720)
    assert driven.window.docks["experiment"].isVisible()
    driven.window.choose_theme("projector")
    assert not driven.window.docks["experiment"].isVisible()
    assert not driven.window.stage["steps"].isVisible()
    driven.window.choose_theme("light")
    assert driven.window.docks["experiment"].isVisible()
    assert driven.window.stage["steps"].isVisible()


def test_f5_presents_and_escape_leaves(driven, qtbot):
    driven.press(Qt.Key.Key_F5)
    assert driven.window.isFullScreen()
    assert QApplication.instance().font().pixelSize() == THEMES["projector"].base_px
    assert not driven.window.docks["experiment"].isVisible()
    driven.press(Qt.Key.Key_Escape)
    assert not driven.window.isFullScreen()
    assert QApplication.instance().font().pixelSize() == THEMES["light"].base_px
    assert driven.window.docks["experiment"].isVisible()
    assert driven.settings.choices.theme == "light"


def test_a_closed_panel_comes_back(driven):
    dock = driven.window.docks["try_it"]
    close = next(b for b in dock.findChildren(QAbstractButton) if b.accessibleName().startswith("Fold"))
    close.click()
    assert not dock.isVisible()
    driven.window.registry["panel_try_it"].trigger()
    assert dock.isVisible()
    dock.close()
    driven.window.registry["reset_layout"].trigger()
    assert dock.isVisible()


def test_question_mark_lists_the_keys_made_from_the_actions(driven, qtbot):
    qtbot.keyClicks(driven.window, "?")
    panel = driven.window.keys_panel
    assert panel.isVisible()
    shown = panel.texts()
    for action in (a for _, a in driven.window.registry.items() if a.shortcuts()):
        assert action.text() in shown
    assert "Space" in shown
    driven.press(Qt.Key.Key_Escape)
    assert not panel.isVisible()


def test_the_palette_covers_every_action_and_runs_what_is_typed(driven, qtbot):
    driven.press(Qt.Key.Key_K, CONTROL)
    palette = driven.window.palette_panel
    assert palette.isVisible()
    listed = palette.shown_commands()
    for _, action in driven.window.registry.items():
        if action.isEnabled() and action.objectName() != "palette":
            assert any(words.endswith(action.text()) for words in listed)
    field = driven.window.focusWidget()
    qtbot.keyClicks(field, "dark")
    assert palette.shown_commands() == ["Theme: Dark"]
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert not palette.isVisible()
    assert driven.settings.choices.theme == "dark"


def test_keys_pressed_in_the_palette_stay_in_it(driven, qtbot):
    driven.press(Qt.Key.Key_K, CONTROL)
    field = driven.window.focusWidget()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_R, Qt.Key.Key_Space, Qt.Key.Key_Right):
        qtbot.keyClick(field, key)
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    driven.wait_still()
    assert not driven.window.palette_panel.isVisible()
    assert (driven.snapshot().rate, driven.snapshot().tip, driven.snapshot().playing) == (1e-5, 0, False)


def test_the_palette_opens_from_within_a_text_field(driven, qtbot):
    driven.window.rate.field.setFocus()
    driven.press(Qt.Key.Key_K, CONTROL)
    assert driven.window.palette_panel.isVisible()


def test_loading_a_preset_is_undone(driven, qtbot):
    driven.session.run_to(20)
    driven.wait_for_step(20)
    driven.window.registry["preset_clip250-corrected"].trigger()
    qtbot.waitUntil(lambda: driven.window.top_bar.preset.text() == "clip250-corrected")
    assert driven.snapshot().tip == 0
    driven.press(Qt.Key.Key_Z, CONTROL)
    driven.wait_for_step(20)
    qtbot.waitUntil(lambda: driven.window.top_bar.preset.text() == "clip250")


def test_a_dropped_file_is_loaded(driven, qtbot, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\n[data]\nsource = "clip250"\n[model]\nlayers = [{ units = 1 }]\n')
    drop(driven.window, path)
    qtbot.waitUntil(lambda: driven.window.top_bar.preset.text() == "mine")


@pytest.mark.parametrize("text", ["name = ", '[data]\nsource = "nowhere"\n', '[optimizer]\nlr = "fast"\n', "\x00\xff"])
def test_a_bad_file_is_refused_in_one_line_and_loses_nothing(driven, qtbot, tmp_path, text):
    driven.press(Qt.Key.Key_Right)
    driven.wait_for_step(1)
    path = tmp_path / "bad.toml"
    path.write_bytes(text.encode("latin-1"))
    drop(driven.window, path)
    driven.wait_still()
    assert driven.window.notice.text().startswith("Not loaded: ")
    assert driven.snapshot().step == 1
    assert not driven.window.commands.undoable


def test_a_missing_file_is_refused(driven, tmp_path):
    driven.window.commands.load_named(str(tmp_path / "gone.toml"))
    assert driven.window.notice.text().startswith("Not loaded: ")


def test_every_control_is_named_explains_itself_and_can_be_reached(driven):
    driven.window.choose_layout("step")
    for control in driven.window.findChildren(QWidget):
        if control.focusPolicy() & Qt.FocusPolicy.TabFocus and control.isVisible():
            where = f"{type(control).__name__} {control.objectName()}"
            assert control.accessibleName() or getattr(control, "text", str)(), where
    for button in driven.window.findChildren(QAbstractButton):
        if button.isVisible() and button.property("role"):
            assert button.toolTip(), button.accessibleName()
            assert button.focusPolicy() & Qt.FocusPolicy.TabFocus, button.accessibleName()


def test_layout_and_choices_are_remembered(qtbot, tmp_path):
    with opened(qtbot, folder=tmp_path, size=(1440, 900)) as first:
        first.window.choose_theme("dark")
        first.window.docks["try_it"].close()
        first.window.choose_layout("curves")
        first.session.set_speed(500.0)
        qtbot.waitUntil(lambda: first.snapshot().speed == 500.0)
    again = Settings(tmp_path)
    assert (again.choices.theme, again.choices.speed) == ("dark", 500.0)
    with opened(qtbot, folder=tmp_path) as second:
        assert not second.window.docks["try_it"].isVisible()
        assert second.window.docks["experiment"].isVisible()
        assert second.window.stage.layout_name == "curves"


def test_settings_that_make_no_sense_are_left_aside_with_a_word(tmp_path):
    (tmp_path / "settings.toml").write_text('theme = "pink"\n')
    settings = Settings(tmp_path)
    assert settings.choices.theme == "light"
    assert "settings.toml" in settings.problem


def test_a_window_closes_where_its_settings_can_not_be_written(qtbot, tmp_path, caplog):
    (tmp_path / "settings.toml").mkdir()
    with opened(qtbot, folder=tmp_path) as driven:
        closed = []
        driven.window.closed.connect(lambda: closed.append(True))
    assert closed == [True]
    assert "settings not saved" in caplog.text


def test_reset_settings_forgets_everything(tmp_path):
    settings = Settings(tmp_path)
    settings.choices.theme = "dark"
    settings.save()
    settings.reset()
    assert Settings(tmp_path).choices.theme == "light"


def test_text_size_changes_at_once_and_memory_says_when(driven, qtbot):
    driven.window.registry["settings"].trigger()
    panel = driven.window.settings_panel
    panel.text_size.setFocus()
    panel.text_size.selectAll()
    qtbot.keyClicks(panel.text_size, "150")
    qtbot.keyClick(panel.text_size, Qt.Key.Key_Return)
    assert QApplication.instance().font().pixelSize() == round(THEMES["light"].base_px * 1.5)
    words = [label.text() for label in panel.findChildren(QLabel)]
    assert any("next time the program starts" in text for text in words)


def test_a_worker_that_fails_is_told_in_words(driven, qtbot, monkeypatch):
    def fail(*_):
        raise ArithmeticError("the kernel said no")

    monkeypatch.setattr(driven.session, "work", fail)
    driven.session.step()
    qtbot.waitUntil(lambda: "the kernel said no" in driven.window.notice.text())


def test_a_window_whose_worker_failed_says_so_answers_and_goes_on(driven, qtbot, monkeypatch):
    work = driven.session.work

    def fail_once(*arguments):
        monkeypatch.setattr(driven.session, "work", work)
        raise ArithmeticError("the kernel said no")

    driven.press(Qt.Key.Key_Right)
    driven.wait_for_step(1)
    monkeypatch.setattr(driven.session, "work", fail_once)
    driven.press(Qt.Key.Key_Right)
    notice = driven.window.notice
    qtbot.waitUntil(lambda: "the kernel said no" in notice.text())
    driven.wait_still()
    assert driven.snapshot().step == 1
    qtbot.mouseClick(notice.findChild(QToolButton), Qt.MouseButton.LeftButton)
    assert notice.text() == ""
    driven.press(Qt.Key.Key_Right)  # refused, with the same words and the same offer
    assert "the kernel said no" in notice.text()
    driven.wait_still()
    assert driven.snapshot().step == 1
    assert notice.offer.text() == "Go on"
    qtbot.mouseClick(notice.offer, Qt.MouseButton.LeftButton)
    assert notice.text() == ""
    driven.press(Qt.Key.Key_Right)
    driven.wait_for_step(2)
    driven.window.complain("something else")
    assert not notice.offer.isVisible()


SCRIPT = """
import math, sys
from PySide6.QtCore import QTimer
from lrsim.experiment.files import load
from lrsim.gui import app
from lrsim.gui.window import window

shown = window.MainWindow.showEvent
def show(self, event) -> "None":
    shown(self, event)
    session = self._bridge.session
    session.set_rate(1e-9)
    session.set_speed(math.inf)
    session.play()
    QTimer.singleShot(400, lambda: {action})
window.MainWindow.showEvent = show

def once(ready, then):
    then() if ready() else QTimer.singleShot(20, lambda: once(ready, then))

print(app.main(load("clip250")), flush=True)
"""


def run_window(action: str, folder: Path, interrupt: bool = False) -> subprocess.CompletedProcess:
    """Run the window in a process of its own; returns what it said."""
    script = textwrap.dedent(SCRIPT).replace("{action}", action)
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": str(folder), "XDG_STATE_HOME": str(folder),
           "QT_LOGGING_RULES": "default.warning=true"}  # fmt: skip
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-u", "-c", script],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env,
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            first = process.stdout.readline()
            if interrupt:
                process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=100)
        finally:
            process.kill()
    assert first == "closing\n", err
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def said(result: subprocess.CompletedProcess) -> list[str]:
    """Standard error without the one remark that the off-screen platform makes of every window."""
    return [line for line in result.stderr.splitlines() if "propagateSizeHints" not in line]


def test_closing_in_mid_run_ends_the_process_quietly(tmp_path):
    result = run_window('(print("closing", flush=True), self.close())', tmp_path)
    assert (result.returncode, result.stdout, said(result)) == (0, "0\n", [])


def test_an_interrupt_closes_the_window(tmp_path):
    result = run_window('print("closing", flush=True)', tmp_path, interrupt=True)
    assert (result.stdout, said(result)) == ("130\n", [])


def test_an_error_in_a_slot_is_told_and_logged(tmp_path):
    action = (
        '(print("closing", flush=True), QTimer.singleShot(50, lambda: 1 / 0), '
        "once(self.notice.text, lambda: (print(self.notice.text()), self.close())))"
    )
    result = run_window(action, tmp_path)
    assert "ZeroDivisionError" in result.stdout
    logs = list(tmp_path.rglob("lrsim.log"))
    assert len(logs) == 1
    assert "ZeroDivisionError" in logs[0].read_text()


def test_speed_unlimited_is_a_command(driven, qtbot):
    driven.window.registry["unlimited"].trigger()
    qtbot.waitUntil(lambda: driven.snapshot().speed == math.inf)


def test_every_look_can_be_chosen_and_is_remembered(qtbot, tmp_path):
    for name in LOOKS:
        with opened(qtbot, folder=tmp_path) as driven:
            driven.window.registry[f"theme_{name}"].trigger()
        assert Settings(tmp_path).choices.theme == name


@pytest.mark.parametrize(("preset", "layout"), [("clip250", "step"), ("spiral", "step"), ("clip250", "sweep")])
def test_a_window_that_changed_its_theme_looks_like_one_that_was_opened_with_it(make_bridge, qtbot, preset, layout):
    pictures = {}
    for begin in ("light", "dark"):
        bridge, settings = make_bridge(preset), Settings(None)
        settings.choices.theme = begin
        window = MainWindow(bridge, settings)
        window.resize(1440, 900)
        window.show()
        bridge.train(20)
        window.choose_layout(layout)
        window.choose_theme("dark")
        window.setFocus()
        qtbot.waitUntil(lambda stage=window.stage: stage.settled)
        QTest.qWait(300)  # what is told while training is told at leisure
        pictures[begin] = window.grab().toImage()
        window.close()
        window.deleteLater()
    assert pictures["light"] == pictures["dark"]
