"""A load that takes long: it is seen, heard of by every control, and has a way out."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from lrsim.data.progress import report
from lrsim.experiment.files import load
from lrsim.experiment.keys import with_value
from lrsim.gui.commands.edits import Commands
from lrsim.training import engine
from tests.gui.driving import Driven, opened

BUILD = engine.build


class Slow:
    """Builds of `circle` wait until they are let go, telling how far they are."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.deaf = False  # whether it tells nothing, so that it can't be ended

    def build(self, experiment, **options):
        if experiment.name == "circle":
            done = 0
            while not self.let_go.wait(0.005):
                done += 1
                if not self.deaf:
                    report(done * 1_000_000, 2_000_000_000, "bytes")
        return BUILD(experiment, **options)


@pytest.fixture
def slow(monkeypatch):
    found = Slow()
    monkeypatch.setattr(engine, "build", found.build)
    yield found
    found.let_go.set()


@pytest.fixture
def driven(qtbot, slow):
    with opened(qtbot) as found:
        yield found


def begin(driven: Driven) -> None:
    """Choose the slow preset, and wait until it is said that it is loaded."""
    driven.window.registry["preset_circle"].trigger()
    driven.qtbot.waitUntil(lambda: " of 2000.0 MB" in driven.window.loading.text())


def name_of(driven: Driven) -> str:
    return driven.bridge.reader.problem_of(driven.snapshot()).experiment.name


def test_an_undo_between_the_end_of_a_load_and_its_showing_takes_the_load_back(make_bridge):
    bridge = make_bridge()
    commands = Commands(bridge)
    commands.load(load("xor"))
    bridge.session.settle()  # it is done, and nothing of that is shown yet
    commands.undo()
    bridge.carry_out()
    assert bridge.reader.problem_of(bridge.reader.snapshot()).experiment.name == "clip250"
    assert commands.redoable is not None


def wait_loaded(driven: Driven, slow: Slow) -> None:
    slow.let_go.set()
    driven.qtbot.waitUntil(lambda: name_of(driven) == "circle")
    driven.wait_still()


def test_it_is_told_until_it_is_there(driven, slow) -> None:
    begin(driven)
    assert driven.window.loading.text().startswith("Loading circle; the run stands still meanwhile. ")
    wait_loaded(driven, slow)
    assert driven.window.loading.text() == ""
    assert not driven.window.registry["cancel_load"].isEnabled()


def test_a_quick_load_is_not_told(qtbot) -> None:
    with opened(qtbot) as driven:
        driven.window.registry["preset_xor"].trigger()
        qtbot.waitUntil(lambda: name_of(driven) == "xor")
        driven.wait_still()
        assert driven.window.loading.text() == ""


@pytest.mark.parametrize("way", ["button", "escape", "undo"])
def test_there_are_ways_out_of_it(driven, way: str) -> None:
    driven.press(Qt.Key.Key_Right)
    driven.wait_for_step(1)
    begin(driven)
    if way == "button":
        driven.qtbot.mouseClick(driven.window.loading.cancel, Qt.MouseButton.LeftButton)
    elif way == "escape":
        driven.press(Qt.Key.Key_Escape)
    else:
        driven.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    driven.wait_still()
    assert (name_of(driven), driven.snapshot().step) == ("clip250", 1)
    assert driven.window.loading.text() == ""
    assert driven.window.commands.undoable is None
    driven.press(Qt.Key.Key_Right)
    driven.wait_for_step(2)


def test_the_rate_of_the_old_run_is_not_touched(driven, slow) -> None:
    before = driven.window.commands.rate
    begin(driven)
    driven.press(Qt.Key.Key_Up)
    assert driven.window.notice.text().startswith("The rate stays as it is until the load is done")
    assert driven.window.commands.rate == before
    driven.qtbot.wait(50)
    assert driven.snapshot().lr == before
    wait_loaded(driven, slow)
    assert driven.snapshot().lr == load("circle").optimizer.lr
    driven.press(Qt.Key.Key_Up)
    driven.wait_still()
    assert driven.snapshot().lr > load("circle").optimizer.lr


def test_space_plays_what_is_loaded(driven, slow) -> None:
    begin(driven)
    driven.press(Qt.Key.Key_Space)
    driven.qtbot.wait(50)
    assert (driven.snapshot().step, driven.snapshot().playing) == (0, False)
    slow.let_go.set()
    driven.qtbot.waitUntil(lambda: name_of(driven) == "circle" and driven.snapshot().step > 0)


def test_applied_changes_can_be_cancelled_and_wait_as_before(qtbot, slow) -> None:
    slow.let_go.set()
    with opened(qtbot, experiment="circle", size=(1600, 900)) as driven:
        slow.let_go.clear()
        panel = driven.window.experiment
        panel.rows["training.batch_size"].edited.emit("training.batch_size", 25)
        qtbot.mouseClick(panel.footer.apply, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: driven.window.loading.text() != "")
        assert not panel.footer.apply.isEnabled()
        assert (panel.footer.discard.text(), panel.footer.discard.isEnabled()) == ("Cancel", True)
        qtbot.mouseClick(panel.footer.discard, Qt.MouseButton.LeftButton)
        driven.wait_still()
        assert panel.pending() == {"training.batch_size": 25}
        assert (panel.footer.discard.text(), panel.footer.apply.isEnabled()) == ("Discard", True)
        assert driven.snapshot().run == 1
        slow.let_go.set()
        qtbot.mouseClick(panel.footer.apply, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: driven.snapshot().run == 2)
        driven.wait_still()
        assert panel.pending() == {}


def test_of_two_choices_the_newest_counts(driven) -> None:
    begin(driven)
    driven.window.registry["preset_xor"].trigger()
    driven.qtbot.waitUntil(lambda: name_of(driven) == "xor")
    driven.wait_still()
    assert driven.window.loading.text() == ""
    assert driven.window.commands.undoable is not None
    assert not driven.window.commands.loading


def test_one_choice_made_twice_quickly_is_loaded_once(driven, slow) -> None:
    driven.window.registry["preset_circle"].trigger()
    driven.window.registry["preset_circle"].trigger()
    wait_loaded(driven, slow)
    assert [way.experiment for way in driven.snapshot().done] == ["clip250"]


@pytest.mark.parametrize("deaf", [False, True])
def test_closing_the_window_does_not_wait_for_it(driven, slow, deaf: bool) -> None:
    begin(driven)
    slow.deaf = deaf
    driven.window.close()  # it would wait for good
    assert not driven.window.isVisible()
    assert not slow.let_go.is_set()


def test_escape_cancels_the_load_before_it_leaves_the_presentation(driven) -> None:
    driven.press(Qt.Key.Key_F5)
    begin(driven)
    driven.press(Qt.Key.Key_Escape)
    driven.wait_still()
    assert driven.window.isFullScreen()
    driven.press(Qt.Key.Key_Escape)
    assert not driven.window.isFullScreen()


def test_no_memory_for_it_is_a_sentence(driven, monkeypatch) -> None:
    def fail(*_, **__):
        raise MemoryError("unable to set aside 3 GiB")

    with monkeypatch.context() as patch:
        patch.setattr(engine, "build", fail)
        driven.window.registry["preset_xor"].trigger()
        driven.qtbot.waitUntil(lambda: "there is no memory left" in driven.window.notice.text())
    assert name_of(driven) == "clip250"
    driven.press(Qt.Key.Key_Right)
    driven.wait_for_step(1)


def test_units_that_do_not_fit_are_told_at_their_layer(qtbot) -> None:
    with opened(qtbot, experiment="circle", size=(1600, 900)) as driven:
        panel = driven.window.experiment
        layers = [{"units": 99_999_999, "activation": "tanh"}, {"units": 1, "activation": "sigmoid"}]
        panel.rows["model.layers"].edited.emit("model.layers", layers)
        qtbot.mouseClick(panel.footer.apply, Qt.MouseButton.LeftButton)
        driven.wait_still()
        QApplication.processEvents()
        assert panel.rows["model.layers"].problem().startswith("Layer 1: training takes ")
        assert panel.pending().keys() == {"model.layers"}
        assert driven.snapshot().run == 1


def test_a_million_rows_load_while_the_window_answers(qtbot) -> None:
    with opened(qtbot) as driven:
        driven.window.commands.load(with_value(load("circle"), "data.samples", 1_000_000))
        qtbot.waitUntil(lambda: name_of(driven) == "circle")
        driven.wait_still()
        driven.press(Qt.Key.Key_Right)
        driven.wait_for_step(1)
