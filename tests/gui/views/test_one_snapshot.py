"""What is drawn in one frame is of one snapshot, however far training is by then."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QWidget

from lrsim.experiment.files import load
from lrsim.gui.bridge.alive import alive
from lrsim.gui.bridge.turns import Turns
from lrsim.gui.chart.epoch_reader import PLAYING_MS, EpochReader
from lrsim.gui.panels.try_it.panel import TryItPanel
from lrsim.gui.views.registry import VIEWS

MODELS = ("clip250", "spiral", "bmi-mlp", "xor")


def test_figures_of_epochs_are_the_same_throughout_a_frame(make_bridge, qtbot):
    bridge = make_bridge("circle")
    reader = EpochReader(bridge.reader)
    reader.at(replace(bridge.train(200), playing=True))
    newer = replace(bridge.train(400), playing=True)
    found = reader.at(newer)
    qtbot.wait(PLAYING_MS + 20)
    assert reader.at(newer) is found
    newest = replace(bridge.train(600), playing=True)
    assert len(reader.at(newest).steps) > len(found.steps)


@pytest.mark.parametrize("first", MODELS)
@pytest.mark.parametrize("spec", VIEWS, ids=lambda spec: spec.name)
def test_a_view_shows_its_snapshot_while_others_are_loaded(make_bridge, themes, qtbot, spec, first):
    bridge = make_bridge(first)
    view = spec.make(bridge, themes)
    qtbot.addWidget(view)
    view.resize(500, 400)
    with qtbot.waitExposed(view):
        view.show()
    bridge.train(20)
    for place in (0.4, 0.5, 0.6):
        for part in (view, *view.findChildren(QWidget)):
            if part.isVisible():
                qtbot.mouseMove(part, QPoint(round(place * part.width()), part.height() // 2))
    for second in MODELS:
        bridge.session.load(load(second))
        bridge.session.settle()  # the view has not been told yet
        view.grab()
        bridge.pull()
        view.grab()


def test_a_view_is_set_up_by_the_snapshot_that_it_is_given(make_bridge, themes, qtbot):
    """Two experiments may be loaded before the first is shown."""
    bridge = make_bridge("clip250")
    views = [spec.make(bridge, themes) for spec in VIEWS]
    told = []
    for name in MODELS:
        bridge.session.load(load(name))
        bridge.session.settle()
        told.append(bridge.reader.snapshot())
    for snapshot in told:
        for view in views:
            qtbot.addWidget(view)
            view.rebuild(snapshot)
            view.show_snapshot(snapshot)
            view.grab()


def test_a_picture_that_is_deleted_before_its_turn_is_left_out(make_bridge, qtbot):
    bridge = make_bridge("clip250")
    turns = Turns.of(bridge)
    pictures = [QWidget() for _ in range(3)]
    for picture in pictures:
        turns.took(picture, 100.0)
        turns.ask(picture)
    pictures[1].deleteLater()
    qtbot.waitUntil(lambda: alive(pictures[1]) is None)
    for _ in range(3):
        bridge.train(bridge.reader.snapshot().tip + 1)
    for picture in (pictures[0], pictures[2]):
        qtbot.addWidget(picture)


def test_another_run_in_the_same_frame_is_seen_by_all(make_bridge, themes, qtbot):
    """Undo and another load between two frames: what is shown then is not the run that was shown before."""
    bridge = make_bridge("clip250")
    views = [spec.make(bridge, themes) for spec in VIEWS]
    panel = TryItPanel(bridge, themes)
    for widget in (*views, panel):
        qtbot.addWidget(widget)
        widget.show()
    for first, second in permutations(MODELS, 2):
        start = bridge.reader.snapshot().place
        for name in (first, second):
            bridge.session.restore(start)
            bridge.session.load(load(name))
            bridge.session.run_to(30)
            bridge.session.settle()
            if name == first:
                bridge.pull()
        bridge.pull()
        for widget in (*views, panel):
            widget.grab()
