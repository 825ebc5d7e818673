"""The table of classes against what the model takes them for."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from lrsim.instruments.confusion import confusion
from tests.gui.driving import opened


@pytest.fixture
def driven(qtbot):
    with opened(qtbot, experiment="bmi-mlp", size=(1600, 900)) as window:
        window.session.run_to(300)
        window.wait_for_step(300)
        window.press(Qt.Key.Key_A)
        panel = window.window.answers
        qtbot.waitUntil(lambda: panel.isVisible() and panel.settled and panel.plot._found is not None)
        yield window


def expected(driven, *, held_out: bool):
    reader, snapshot = driven.bridge.reader, driven.snapshot()
    data = reader.problem_of(snapshot).data
    X, Y = (data.X_test, data.Y_test) if held_out else (data.X_train, data.Y_train)
    given = data.class_of(reader.predict(snapshot, X).astype(float))
    return confusion(data.class_of(Y), given, len(data.classes)), data.classes


@pytest.mark.parametrize("part", ["held_out", "training"])
def test_it_counts_what_the_model_says_now(driven, qtbot, part):
    panel = driven.window.answers
    panel.sets[part].trigger()
    wanted, classes = expected(driven, held_out=part == "held_out")
    qtbot.waitUntil(lambda: (panel.plot._found.counts == wanted.counts).all())
    assert f"{wanted.right} of {wanted.rows} right" in panel.says.text()
    truth, given, times = wanted.mistakes()[0]
    assert f"{classes[truth]} is taken for {classes[given]}: {times} times." in panel.says.text()
    rows = [line.split(",") for line in panel.plot.csv().splitlines()]
    assert rows[0] == ["class", *classes]
    assert [[int(cell) for cell in row[1:]] for row in rows[1:]] == wanted.counts[:, :-1].tolist()


def test_it_follows_the_steps(driven, qtbot):
    panel = driven.window.answers
    before = panel.plot._found.counts.copy()
    driven.press(Qt.Key.Key_Home)
    driven.wait_for_step(0)
    wanted, _ = expected(driven, held_out=True)
    qtbot.waitUntil(lambda: (panel.plot._found.counts == wanted.counts).all())
    assert (wanted.counts != before).any()


def test_the_pointer_reads_a_cell_off(driven, qtbot):
    plot = driven.window.answers.plot
    plot.grab()
    found = plot._found
    places = np.argwhere(found.counts[:, :-1])
    for truth, given in places.tolist():
        at = plot._cell(plot._grid(plot.size().toSizeF()), truth, given).center()
        assert plot.cell_at(at) == (truth, given)
    before = plot.grab().toImage()
    qtbot.mouseMove(plot, QPoint(plot.width() // 2, plot.height() // 2))
    assert plot.grab().toImage() != before


def test_outputs_that_are_not_finite_are_a_column_of_their_own(driven, qtbot):
    panel = driven.window.answers
    driven.window.commands.set_rate(1e30)
    driven.session.run_to(330)
    driven.wait_still()
    qtbot.waitUntil(lambda: panel.settled)
    assert not np.isfinite(driven.snapshot().theta).all()
    qtbot.waitUntil(lambda: panel.plot._found.not_finite > 0)
    assert "have no finite answer" in panel.says.text()
    assert panel.plot._columns[-1] == "none"
    panel.plot.grab()


@pytest.mark.parametrize("preset", ["clip250", "plane"])
def test_an_experiment_without_classes_says_so(driven, qtbot, preset):
    driven.window.commands.load_named(preset)
    driven.wait_still()
    assert "learns a number" in driven.window.answers.plot._notice
    driven.window.answers.grab()
