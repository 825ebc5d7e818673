"""The rate over the whole training, the insides of callbacks, and rates for the layers."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor

from lrsim.gui.chart.scales import ScaleKind
from lrsim.gui.commands.edits import Commands
from lrsim.gui.look.theme import THEMES
from lrsim.gui.panels.schedule.panel import SchedulePanel
from lrsim.gui.words.callbacks import of_early_stop, of_plateau
from lrsim.schedules.callbacks import EarlyStop, Plateau

LIGHT = THEMES["light"]


@pytest.fixture
def open_panel(make_bridge, qtbot, themes):
    """A panel on a preset with some of its values changed, with the bridge and the commands behind it."""

    kept = []  # what is only part of a cycle would be collected while it is painted

    def make(preset="spiral", size=(900, 300), **values):
        bridge = make_bridge(preset, **values)
        commands = Commands(bridge)
        panel = SchedulePanel(bridge, commands, themes)
        qtbot.addWidget(panel)
        panel.resize(*size)
        panel.show()
        bridge.pull()
        kept.append((panel, bridge, commands))
        return kept[-1]

    return make


# --- the rate's picture


def test_it_shows_the_whole_training_from_the_start(open_panel):
    panel, bridge, _ = open_panel(schedule__name="cosine")
    rows = list(csv.DictReader(io.StringIO(panel.view.plot.csv())))
    total = bridge.reader.problem.total_steps
    assert (int(rows[0]["step"]), int(rows[-1]["step"])) == (1, total)
    assert float(rows[0]["rate"]) == pytest.approx(0.01)
    assert float(rows[-1]["rate"]) < 1e-4


def test_changes_by_hand_and_on_a_plateau_are_told_apart(open_panel):
    panel, bridge, _ = open_panel(schedule__name="plateau", schedule__patience=1, optimizer__lr=1.0)
    bridge.train(28 * 12)
    bridge.session.set_rate(0.5)
    snapshot = bridge.train(28 * 14)
    names = [entry.name for entry in panel.view.plot.legend()]
    assert {"used", "to come", "by hand", "on plateau"} <= set(names)
    reduced = snapshot.reductions[0][0]
    assert ("changed", "on plateau") in [(line.name, line.value) for line in panel.view.plot.readout(reduced)]
    assert ("changed", "by hand") in [(line.name, line.value) for line in panel.view.plot.readout(28 * 12 + 1)]
    panel.grab()


def test_the_read_out_is_exact_in_the_past_and_to_come(open_panel):
    panel, bridge, _ = open_panel(schedule__name="exponential")
    snapshot = bridge.train(100)
    used = bridge.reader.rows(snapshot, 60, 60)[0].rate
    past = {line.name: line.value for line in panel.view.plot.readout(60)}
    assert float(past["rate"]) == used
    assert "rate to come" in {line.name for line in panel.view.plot.readout(5000)}


def test_the_rate_is_dragged_as_one_edit(open_panel, qtbot):
    panel, bridge, commands = open_panel(schedule__name="cosine")
    bridge.train(5000)
    plot = panel.view.plot
    plot.grab()
    at = plot._handle().toPoint()
    qtbot.mousePress(plot, Qt.MouseButton.LeftButton, pos=at)
    for down in (10, 20, 40):
        qtbot.mouseMove(plot, at + QPoint(0, down))
    qtbot.mouseRelease(plot, Qt.MouseButton.LeftButton, pos=at + QPoint(0, 40))
    snapshot = bridge.carry_out()
    under = plot.scale.value((plot.area.bottom() - (at.y() + 40)) / plot.area.height())
    assert snapshot.lr < 0.01
    assert snapshot.rate == pytest.approx(under, rel=0.02)
    assert len(bridge.session.snapshot().done) == 1
    commands.undo()
    assert bridge.carry_out().lr == 0.01


def test_dragging_elsewhere_moves_the_picture_and_leaves_the_rate(open_panel, qtbot):
    panel, bridge, _ = open_panel(schedule__name="cosine")
    bridge.train(500)
    plot = panel.view.plot
    plot.grab()
    plot.zoom(0.2, 14_000)
    plot.grab()
    before = plot.x_at(plot.area.left())
    middle = plot.area.center().toPoint()
    qtbot.mousePress(plot, Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseMove(plot, middle + QPoint(40, 0))
    qtbot.mouseMove(plot, middle + QPoint(80, 0))
    qtbot.mouseRelease(plot, Qt.MouseButton.LeftButton, pos=middle + QPoint(80, 0))
    plot.grab()
    assert plot.x_at(plot.area.left()) < before
    assert not bridge.session.snapshot().done
    bridge.train(600)
    plot.show_all()
    plot.grab()
    assert plot.x_at(plot.area.left()) == 0


def test_a_click_on_a_change_goes_to_its_step(open_panel, qtbot):
    panel, bridge, _ = open_panel()
    bridge.train(9000)
    bridge.session.set_rate(0.5)
    bridge.train(15_000)
    plot = panel.view.plot
    plot.grab()
    steps = []
    panel.view.seek_requested.connect(steps.append)
    at = QPoint(round(float(plot.x_px(np.array([9001]))[0])), round(plot.area.center().y()))
    qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=at)
    assert steps == [9001]


def test_rates_that_span_decades_are_shown_on_a_log_scale_unless_chosen(open_panel):
    assert open_panel(schedule__name="cosine")[0].view.plot.kind is ScaleKind.LINEAR
    panel, bridge, _ = open_panel(schedule__name="exponential", schedule__decay_rate=0.5)
    assert panel.view.plot.kind is ScaleKind.LOG
    panel.view.plot.controls.choose(ScaleKind.LINEAR)
    bridge.session.load(bridge.reader.problem.experiment)
    bridge.carry_out()
    assert panel.view.plot.kind is ScaleKind.LINEAR


def test_it_can_be_drawn_at_any_moment_at_any_size_in_every_theme(open_panel, themes):
    for preset, values in (("clip250", {}), ("spiral", {"schedule__name": "plateau", "schedule__patience": 1})):
        panel, bridge, _ = open_panel(preset, **values)
        for steps in (0, 1, 300):
            if steps:
                bridge.train(steps)
            for theme in THEMES.values():
                themes.wear(theme)
                for size in ((1, 1), (300, 600), (900, 260), (2000, 60)):
                    panel.resize(*size)
                    panel.grab()
                panel.resize(900, 300)
                assert panel.view.grab().toImage().pixelColor(2, 100) == QColor(theme.background)


def test_an_epoch_without_a_rate_is_said(open_panel):
    panel, bridge, _ = open_panel(
        schedule__name="expression", training__epochs=3000, schedule__expression="lr0 if epoch < 2000 else 0"
    )
    panel.grab()
    assert "nan" in [line.value for line in panel.view.plot.readout(2500 * bridge.reader.problem.steps_per_epoch)]


# --- callbacks in words


def test_what_the_plateau_does_next_is_what_it_does():
    state = Plateau(patience=3, reduction=0.5, cooldown=2)
    for metric in (1.0, 1.0):
        state = state.update(metric, 0.04)
    assert "0.02 after 2 more epochs" in of_plateau(state, 0.04).next
    assert (of_plateau(state, 0.04).wait, of_plateau(state, 0.04).patience) == (1, 3)
    for _ in range(2):
        state = state.update(1.0, 0.04)
    words = of_plateau(state, 0.04)
    assert state.factor == 0.5
    assert "Cooldown: 2 epochs" in words.text
    assert "0.01 after" in words.next
    assert "epoch 1" in words.text


def test_torch_waits_for_one_epoch_more():
    keras, torch = (Plateau(flavor=flavor, patience=3).update(1.0, 0.1) for flavor in ("keras", "torch"))
    assert "3 more epochs" in of_plateau(keras, 0.1).next
    assert "4 more epochs" in of_plateau(torch, 0.1).next
    assert of_plateau(torch, 0.1).patience == 4


def test_a_rate_that_can_go_no_lower_is_said():
    state = Plateau(patience=1, min_lr=0.1).update(1.0, 0.1)
    assert "Leaves the rate" in of_plateau(state, 0.1).next


def test_what_early_stopping_does_next():
    state = EarlyStop(patience=3, restore_best=True)
    assert "epoch 1" in of_early_stop(state).next
    for metric in (1.0, 0.5, 0.7):
        state = state.update(metric)
    words = of_early_stop(state)
    assert "2 more epochs" in words.next
    assert "come back" in words.next
    assert "0.5 after epoch 2" in words.text
    for _ in range(2):
        state = state.update(0.7)
    assert "after epoch 5" in of_early_stop(state).next


def test_the_panel_shows_the_callbacks_of_the_run_alone(open_panel):
    panel, bridge, _ = open_panel(schedule__name="plateau", schedule__patience=4, optimizer__lr=1e-7)
    bridge.train(28 * 3)
    assert not panel.plateau.isHidden()
    assert panel.early_stop.isHidden()
    assert "more epoch" in panel.plateau.text()
    bridge.session.seek(0)
    bridge.carry_out()
    assert "first epoch" in panel.plateau.text()
    assert open_panel("clip250")[0].plateau.isHidden()


# --- a rate for each layer


def test_layers_are_tuned_and_that_is_taken_back(open_panel, qtbot):
    panel, bridge, commands = open_panel("xor", training__epochs=60)
    before = bridge.train(42)
    qtbot.mouseClick(panel.layers.button, Qt.MouseButton.LeftButton)
    tuned = bridge.carry_out()
    assert len(tuned.multipliers) == len(bridge.reader.problem.experiment.model.layers)
    assert "layer 1" in panel.layers.text()
    assert "probe steps" in panel.layers.text()
    assert len(bridge.session.snapshot().done) == 1
    commands.undo()
    after = bridge.carry_out()
    assert (after.multipliers, after.lr, after.tuning) == (before.multipliers, before.lr, None)
    assert "layer 1" not in panel.layers.text()
    commands.redo()
    assert bridge.carry_out().multipliers == pytest.approx(tuned.multipliers)


def test_what_cannot_be_tuned_says_why(open_panel):
    panel, *_ = open_panel(optimizer__name="adadelta", optimizer__lr=1.0)
    assert not panel.layers.button.isEnabled()
    assert "nothing to tune" in panel.layers.text()
    panel, bridge, _ = open_panel("clip250", optimizer__lr=1.0)
    assert not panel.layers.button.isEnabled()
    assert "There is one layer" in panel.layers.text()
    bridge.train(2000)
    assert not panel.layers.button.isEnabled()
    assert "no longer finite" in panel.layers.text()
    assert not bridge.session.snapshot().done


def test_a_search_that_finds_nothing_better_leaves_nothing_to_undo(open_panel, qtbot):
    _, bridge, commands = open_panel("circle", training__epochs=40)
    bridge.train(42)
    commands.tune_layers()
    after = bridge.carry_out()
    assert after.message.startswith("The layers' rates stay as they are, as one rate does as well")
    assert (after.done, after.tuning, after.multipliers) == ((), None, ())


def test_the_schedule_is_edited_in_its_own_fields(open_panel, qtbot):
    panel, _, _ = open_panel()
    with qtbot.waitSignal(panel.edit_requested):
        qtbot.mouseClick(panel.edit, Qt.MouseButton.LeftButton)
