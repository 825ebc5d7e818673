"""The learning rate by track, number, factor and key; what is refused; what is undone."""

from __future__ import annotations

import math
import threading

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QToolButton

from lrsim.common.numbers import count, short
from lrsim.experiment.files import load
from lrsim.experiment.keys import with_value
from lrsim.gui.commands.edits import Commands
from lrsim.session.player import Player
from tests.gui.driving import opened

SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def driven(qtbot):
    with opened(qtbot) as window:
        yield window


def wait_for_rate(driven, rate: float) -> None:
    driven.qtbot.waitUntil(lambda: driven.snapshot().rate == pytest.approx(rate, rel=1e-9))


def type_rate(driven, text: str, end=Qt.Key.Key_Return) -> None:
    field = driven.window.rate.field
    field.setFocus()
    field.selectAll()
    driven.qtbot.keyClicks(field, text)
    driven.qtbot.keyClick(field, end)


@pytest.mark.parametrize(
    ("key", "modifier", "factor"),
    [(Qt.Key.Key_Up, None, 1.1), (Qt.Key.Key_Down, None, 1 / 1.1), (Qt.Key.Key_Up, SHIFT, 2.0),
     (Qt.Key.Key_Down, SHIFT, 0.5)],
)  # fmt: skip
def test_arrow_keys_scale_the_rate(driven, key, modifier, factor):
    driven.press(key, modifier)
    wait_for_rate(driven, float(f"{1e-5 * factor:.4g}"))


def test_up_and_down_again_lead_back(driven):
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Down):
        driven.press(key)
    wait_for_rate(driven, 1e-5)


@pytest.mark.parametrize(("text", "rate"), [("÷10", 1e-6), ("÷2", 5e-6), ("×2", 2e-5), ("×10", 1e-4)])
def test_factor_buttons(driven, qtbot, text, rate):
    button = next(b for b in driven.window.rate.findChildren(QToolButton) if b.text() == text)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    wait_for_rate(driven, rate)
    assert driven.window.rate.field.text() == short(rate)


@pytest.mark.parametrize(("text", "rate"), [("3e-5", 3e-5), ("0.002", 0.002), ("1E1", 10.0), ("1e-12", 1e-12)])
def test_a_typed_rate_holds_from_the_next_step(driven, text, rate):
    type_rate(driven, text)
    wait_for_rate(driven, rate)
    driven.press(Qt.Key.Key_Right)
    driven.wait_for_step(1)
    assert driven.bridge.reader.rows(driven.snapshot(), 1, 1)[0].rate == rate


@pytest.mark.parametrize("text", ["fast", "0", "-1", "nan", "inf", ""])
def test_nonsense_keeps_the_rate_and_says_why(driven, text):
    field = driven.window.rate.field
    field.setFocus()
    field.selectAll()
    driven.qtbot.keyClick(field, Qt.Key.Key_Delete)
    type_rate(driven, text, Qt.Key.Key_Return)
    driven.wait_still()
    assert driven.snapshot().rate == 1e-5
    assert "expected a number" in field.complaint()
    driven.qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == "1e-05"
    assert driven.window.rate.message().startswith("from step")


def test_letters_and_arrows_typed_into_the_field_are_not_shortcuts(driven):
    field = driven.window.rate.field
    field.setFocus()
    for key in (Qt.Key.Key_R, Qt.Key.Key_Space, Qt.Key.Key_Left, Qt.Key.Key_Home, Qt.Key.Key_2):
        driven.qtbot.keyClick(field, key)
    driven.wait_still()
    snapshot = driven.snapshot()
    assert (snapshot.step, snapshot.playing) == (0, False)
    assert driven.window.stage.layout_name == "step"
    assert not driven.window.commands.undoable


def test_a_drag_is_one_edit(driven, qtbot):
    slider = driven.window.rate.slider
    middle = slider.height() // 2
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() // 2, middle))
    for x in range(slider.width() // 2, slider.width() // 2 + 60, 10):
        qtbot.mouseMove(slider, QPoint(x, middle))
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() // 2 + 60, middle))
    driven.wait_still()
    assert driven.snapshot().rate > 1e-4
    assert len(driven.snapshot().done) == 1
    driven.press(Qt.Key.Key_Z, CONTROL)
    wait_for_rate(driven, 1e-5)


def test_the_track_spans_1e_8_to_10(driven):
    slider = driven.window.rate.slider
    for position, rate in ((slider.minimum(), 1e-8), (slider.maximum(), 10.0)):
        slider.setValue(position)
        wait_for_rate(driven, rate)


def test_a_rate_beyond_the_track_rests_at_its_end(driven):
    type_rate(driven, "500")
    wait_for_rate(driven, 500.0)
    driven.wait_still()
    assert driven.window.rate.slider.value() == driven.window.rate.slider.maximum()


def test_scaling_out_of_range_is_refused_in_words(driven):
    driven.window.commands.set_rate(1e308)
    driven.window.commands.scale_rate(1e10)
    assert "1e+308" in driven.window.notice.text()
    assert driven.window.commands.rate == 1e308


def test_a_change_while_playing_is_marked_and_undone(driven, qtbot):
    driven.session.set_speed(1000.0)
    driven.press(Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: driven.snapshot().step > 5)
    driven.press(Qt.Key.Key_Up, SHIFT)
    wait_for_rate(driven, 2e-5)
    assert driven.snapshot().rate_marks[-1][1] == 2e-5
    driven.press(Qt.Key.Key_Z, CONTROL)
    wait_for_rate(driven, 1e-5)
    assert driven.snapshot().playing


def test_undoing_a_change_in_the_past_brings_the_recorded_future_back(driven, qtbot):
    driven.session.run_to(100)
    driven.wait_for_step(100)
    driven.session.seek(30)
    driven.wait_for_step(30)
    driven.press(Qt.Key.Key_Up)
    qtbot.waitUntil(lambda: driven.snapshot().tip == 30)
    driven.press(Qt.Key.Key_Z, CONTROL)
    qtbot.waitUntil(lambda: driven.snapshot().tip == 100)
    assert driven.snapshot().step == 30


def test_the_suggested_rate_is_one_click(qtbot):
    with opened(qtbot, experiment=with_value(load("circle"), "optimizer.lr", 1e-5), trials=1.0) as driven:
        driven.session.step(2100)
        qtbot.waitUntil(lambda: (tried := driven.snapshot().verdict.tried) is not None and tried.done)
        suggested = driven.snapshot().verdict.suggested_rate
        assert suggested > 1e-5
        qtbot.waitUntil(lambda: driven.window.banner._use.rate == suggested)
        driven.window.registry["rate_suggested"].trigger()
        wait_for_rate(driven, suggested)


# --- what the next step uses is what is shown largest


def words(strip) -> str:
    return strip.message().replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("preset", ["rule-warmup", "rule-exponential", "rule-halving", "schedule-custom", "spiral"])
def test_the_rate_shown_is_the_one_that_the_next_step_uses(qtbot, preset):
    with opened(qtbot, experiment=preset) as driven:
        for steps in (1, 7, 100):
            shown = driven.window.rate.field.text()
            done = driven.snapshot().step
            driven.session.step(steps)
            driven.wait_for_step(done + steps)
            row = driven.bridge.reader.rows(driven.snapshot(), done + 1, done + 1)[0]
            assert shown == short(row.rate)


def test_its_parts_stand_beside_it_and_a_hand_sets_the_base(qtbot):
    with opened(qtbot, experiment="rule-warmup") as driven:
        driven.session.step(50)
        driven.wait_for_step(50)
        strip, parts = driven.window.rate, driven.snapshot().parts
        assert (parts.base, parts.factor) == (1.0, 1.0)
        assert words(strip) == f"base 1 × schedule {short(parts.schedule)}"
        assert strip.field.text() == short(parts.schedule)
        type_rate(driven, "0.5")
        driven.qtbot.waitUntil(lambda: driven.snapshot().lr == 0.5)
        driven.wait_still()
        assert strip.field.text() == short(0.5 * parts.schedule) == short(driven.snapshot().rate)
        assert words(strip) == f"base 0.5 × schedule {short(parts.schedule)}"
        assert strip.slider.value() == round(1000 * math.log10(0.5))


def test_while_it_is_typed_the_field_holds_the_base_and_says_so(qtbot):
    with opened(qtbot, experiment="rule-warmup") as driven:
        strip = driven.window.rate
        strip.field.setFocus()
        used = short(driven.snapshot().rate)
        qtbot.waitUntil(lambda: strip.message() == f"the base; step 1 uses {used}")
        assert strip.field.text() == "1.0"
        qtbot.keyClick(strip.field, Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: words(strip).startswith("base 1 × schedule"))
        assert strip.field.text() == used
        assert driven.window.commands.undoable is None


def test_a_rate_that_a_callback_has_lowered_is_scaled_from_where_it_is(make_bridge):
    bridge = make_bridge(
        "clip250", schedule__name="plateau", schedule__monitor="loss", schedule__patience=1, schedule__factor=0.1,
        optimizer__lr=1e-3,
    )  # fmt: skip
    commands = Commands(bridge)
    snapshot = bridge.train(600)
    factor = snapshot.parts.factor
    assert factor < 1
    assert snapshot.rate == pytest.approx(1e-3 * factor)
    commands.scale_rate(2.0)
    assert bridge.carry_out().rate == pytest.approx(2e-3 * factor)


def test_the_base_can_be_set_again_where_a_callback_has_lowered_the_rate(make_bridge):
    bridge = make_bridge(
        "clip250", schedule__name="plateau", schedule__monitor="loss", schedule__patience=1, schedule__factor=0.1,
        optimizer__lr=1e-3,
    )  # fmt: skip
    commands = Commands(bridge)
    assert bridge.train(600).parts.factor < 1
    commands.set_rate(1e-3)
    assert bridge.carry_out().rate == 1e-3


# --- a session whose steps take long


class Gate:
    """Lets slices of training begin one by one."""

    def __init__(self) -> None:
        self.waits = threading.Event()
        self._passes = threading.Semaphore(0)

    def arrive(self) -> None:
        self.waits.set()
        self._passes.acquire(timeout=30)

    def let_through(self, slices: int = 1) -> None:
        self.waits.clear()
        self._passes.release(slices)


@pytest.fixture
def gate(monkeypatch):
    gate, slice_of_training = Gate(), Player.slice_of_training

    def slow(self, seconds):
        gate.arrive()
        return slice_of_training(self, seconds)

    monkeypatch.setattr(Player, "slice_of_training", slow)
    yield gate
    gate.let_through(10**6)


def test_a_rate_never_snaps_back_while_the_session_is_slow(gate, driven, qtbot):
    commands, strip, row = driven.window.commands, driven.window.rate, driven.window.experiment.rows["optimizer.lr"]
    driven.session.set_speed(math.inf)
    driven.press(Qt.Key.Key_Space)
    assert gate.waits.wait(10)
    type_rate(driven, "0.5")
    shown = []
    driven.bridge.changed.connect(
        lambda snapshot: shown.append((snapshot.lr, commands.rate, strip.field.value(), row.control.value()))
    )
    qtbot.wait(300)
    gate.let_through()  # ends the slice that began before the rate was set, and its frame has the old rate
    qtbot.waitUntil(lambda: bool(shown))
    assert shown[0] == (1e-5, 0.5, 0.5, 0.5)
    driven.press(Qt.Key.Key_Up)
    assert commands.rate == strip.field.value() == 0.55
    gate.let_through(3)
    qtbot.waitUntil(lambda: shown[-1][0] == 0.55)
    assert {rates[1:] for rates in shown} <= {(0.5,) * 3, (0.55,) * 3}
    driven.press(Qt.Key.Key_Z, CONTROL)
    assert commands.rate == strip.field.value() == 0.5


def test_a_rate_that_the_session_refuses_gives_way_to_the_one_that_holds(make_bridge):
    bridge = make_bridge("clip250", schedule__name="expression", schedule__expression="0.1 / (lr0 - 0.5) ** 2")
    commands = Commands(bridge)
    told = []
    commands.rate_changed.connect(told.append)
    commands.set_rate(0.5)
    assert commands.rate == 0.5
    snapshot = bridge.carry_out()
    assert snapshot.message.startswith("schedule.expression: ")
    assert commands.rate == snapshot.lr == 1e-5
    assert told == [0.5, 1e-5]


def test_an_undo_before_the_session_has_answered_brings_the_recorded_future_back(make_bridge):
    bridge = make_bridge()
    commands = Commands(bridge)
    bridge.train(100)
    bridge.session.seek(30)
    bridge.carry_out()
    commands.set_rate(0.5)
    commands.set_rate(0.7)
    commands.undo()
    assert commands.rate == 0.5
    commands.undo()
    assert commands.rate == 1e-5
    snapshot = bridge.carry_out()
    assert (snapshot.step, snapshot.tip, snapshot.lr, commands.rate) == (30, 100, 1e-5, 1e-5)


def test_an_undo_goes_back_to_each_change_also_while_another_one_waits(make_bridge):
    bridge = make_bridge()
    commands = Commands(bridge)
    bridge.train(100)
    bridge.session.seek(30)
    bridge.carry_out()
    commands.set_rate(2e-5)
    bridge.train(40)
    commands.set_rate(3e-5)
    commands.undo()
    assert commands.rate == 2e-5
    snapshot = bridge.carry_out()
    assert (snapshot.step, snapshot.tip, snapshot.lr, commands.rate) == (40, 40, 2e-5, 2e-5)
    commands.undo()
    snapshot = bridge.carry_out()
    assert (snapshot.step, snapshot.tip, snapshot.lr, commands.rate) == (30, 100, 1e-5, 1e-5)
    commands.redo()
    snapshot = bridge.carry_out()
    assert (snapshot.step, snapshot.tip, snapshot.lr, commands.rate) == (40, 40, 2e-5, 2e-5)


def test_the_old_future_comes_back_and_the_new_one_too(driven):
    """What undo and redo will do is said before."""
    driven.session.run_to(1999)
    driven.wait_for_step(1999)
    driven.session.seek(672)
    driven.wait_for_step(672)
    undo, redo = driven.window.registry["undo"], driven.window.registry["redo"]
    assert (undo.text(), undo.isEnabled()) == ("Undo", False)
    driven.press(Qt.Key.Key_Up, SHIFT)
    for _ in range(3):
        driven.press(Qt.Key.Key_Right)
    driven.wait_for_step(675)
    assert (driven.snapshot().tip, driven.snapshot().lr) == (675, 2e-5)
    assert undo.text() == "Undo rate 1e-05 to 2e-05"
    assert undo.toolTip().startswith(f"Takes back: rate 1e-05 to 2e-05. Goes to step 672 of {count(1999)},")
    driven.press(Qt.Key.Key_Z, CONTROL)
    driven.wait_for_step(672)
    assert (driven.snapshot().tip, driven.snapshot().lr) == (1999, 1e-5)
    assert redo.text() == "Redo rate 1e-05 to 2e-05"
    assert redo.toolTip().startswith("Does again: rate 1e-05 to 2e-05. Goes to step 675,")
    driven.press(Qt.Key.Key_Y, CONTROL)
    driven.wait_for_step(675)
    assert (driven.snapshot().tip, driven.snapshot().lr) == (675, 2e-5)


def test_where_undo_leads_is_said_as_seen_from_the_run_at_hand(driven):
    driven.press(Qt.Key.Key_Up, SHIFT)
    driven.press(Qt.Key.Key_Right)
    driven.wait_still()
    driven.window.registry["preset_circle"].trigger()
    driven.wait_still()
    undo, redo = driven.window.registry["undo"], driven.window.registry["redo"]
    assert undo.toolTip().startswith("Takes back: load circle. Goes to clip250, step 1,")
    driven.press(Qt.Key.Key_Z, CONTROL)
    driven.wait_still()
    assert undo.toolTip().startswith("Takes back: rate 1e-05 to 2e-05. Goes to step 0,")
    assert redo.toolTip().startswith("Does again: load circle. Goes to circle, step 0,")


def test_a_change_can_be_taken_back_before_the_session_has_answered(gate, driven):
    """Also by key, which an action that was not enabled yet would not hear."""
    driven.session.set_speed(math.inf)
    driven.press(Qt.Key.Key_Space)
    assert gate.waits.wait(10)
    driven.press(Qt.Key.Key_Up, SHIFT)
    driven.press(Qt.Key.Key_Z, CONTROL)
    assert driven.window.commands.rate == 1e-5
    gate.let_through(10**6)
    driven.press(Qt.Key.Key_Space)
    driven.wait_still()
    assert (driven.snapshot().lr, driven.snapshot().done) == (1e-5, ())


def test_drags_of_two_widgets_are_two_edits(driven, qtbot):
    """Each counts the movements of the hand by one numbering."""
    driven.window.registry["show_schedule"].trigger()
    driven.wait_still()
    slider, plot = driven.window.rate.slider, driven.window.schedule.view.plot
    middle = slider.height() // 2
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() // 2, middle))
    qtbot.mouseMove(slider, QPoint(slider.width() // 2 + 20, middle))
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() // 2 + 20, middle))
    driven.wait_still()
    plot.grab()
    at = plot._handle().toPoint()
    qtbot.mousePress(plot, Qt.MouseButton.LeftButton, pos=at)
    for down in (8, 16, 24):
        qtbot.mouseMove(plot, at + QPoint(0, down))
    qtbot.mouseRelease(plot, Qt.MouseButton.LeftButton, pos=at + QPoint(0, 24))
    driven.wait_still()
    assert len(driven.snapshot().done) == 2


def test_a_rate_set_elsewhere_is_followed(make_bridge):
    bridge = make_bridge()
    commands = Commands(bridge)
    bridge.session.set_rate(0.25)
    bridge.carry_out()
    assert commands.rate == 0.25
