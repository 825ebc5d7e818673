"""The error told apart by sample: curves are what each sample's steps had, with a switch and a choice of samples."""

from __future__ import annotations

import csv
import io
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt

from lrsim.experiment.files import load
from lrsim.experiment.keys import with_values
from lrsim.gui.look.theme import THEMES, ThemeSource
from lrsim.gui.views.error import MOST_STEPS, ErrorView
from lrsim.gui.views.error_curves import FEW, RANKS, choices, curves, usual
from lrsim.gui.views.switches import BY_SAMPLE, Switches
from lrsim.history.series import SampleErrors
from lrsim.session.session import Session
from tests.gui.conftest import DrivenBridge


@pytest.fixture
def shown(qtbot):
    def show(bridge, size=(560, 360)):
        view = ErrorView(bridge, ThemeSource(THEMES["light"]))
        qtbot.addWidget(view)
        view.resize(*size)
        view.show()
        return view

    return show


def many(samples=40, order="shuffle"):
    """A bridge to a perceptron on many samples."""
    inputs = [[float(x)] for x in range(samples)]
    targets = [[2 * x + x % 3] for (x,) in inputs]
    values = {"data.source": "table", "data.inputs": inputs, "data.targets": targets, "data.order": order}
    return DrivenBridge(Session(with_values(load("clip250"), values.items())))


@given(st.data())
def test_a_curve_has_the_errors_of_the_steps_that_saw_its_sample(data):
    samples = data.draw(st.integers(1, 12))
    seen = np.array(data.draw(st.lists(st.integers(0, samples - 1), max_size=60)), dtype=np.intp)
    errors = np.array(data.draw(st.lists(st.floats(), min_size=len(seen), max_size=len(seen))))
    found = SampleErrors(np.arange(1, len(seen) + 1), seen, errors)
    for curve in curves(found, samples, range(samples)):
        assert np.array_equal(curve.errors, errors[seen == curve.sample], equal_nan=True)
        assert np.array_equal(curve.steps, np.flatnonzero(seen == curve.sample) + 1)
    ranked = {curve.rank: curve for curve in curves(found, samples, RANKS)}
    newest = [errors[seen == sample][-1] for sample in np.unique(seen)]
    if newest:
        comparable = [math.inf if math.isnan(error) else error for error in newest]
        worst = next(curve for curve in curves(found, samples, ["worst"]))
        assert (math.inf if math.isnan(worst.last) else worst.last) == max(comparable)
        best = next(curve for curve in curves(found, samples, ["best"]))
        assert (math.inf if math.isnan(best.last) else best.last) == min(comparable)
    else:
        assert ranked == {}


@pytest.mark.parametrize("order", ["cyclic", "shuffle"])
@pytest.mark.parametrize("samples", [6, 40])
def test_errors_have_the_sample_that_their_step_saw(qapp, order, samples):
    bridge = many(samples, order)
    snapshot = bridge.train(207)
    problem = bridge.reader.problem
    for lo, hi in ((1, 207), (50, 50), (77, 160)):
        found = bridge.reader.sample_errors(snapshot, lo, hi)
        assert found.samples.tolist() == [int(problem.batch(step)[0]) for step in range(lo, hi + 1)]
        rows = bridge.reader.rows(snapshot, lo, hi)
        assert found.errors.tolist() == [row.error for row in rows]


def test_few_samples_have_a_curve_each(make_bridge, shown):
    bridge = make_bridge("clip250")
    view = shown(bridge)
    snapshot = bridge.train(600)
    view.grab()
    assert view.plot.title == "Error of each sample"
    assert [entry.name for entry in view.plot.legend()] == ["1", "2", "3", "4", "5", "6"]
    lines = {line.name: line.value for line in view.plot.readout(599)}
    rows = bridge.reader.rows(snapshot, 594, 599)
    for row in rows:
        assert float(lines[f"sample {row.sample + 1}"]) == row.error
    low, high = view.plot.scale.value(0), view.plot.scale.value(1)
    newest = [row.error for row in rows if row.error > 0]
    assert low <= min(newest) <= max(newest) <= high


def test_the_switch_is_in_the_picture_and_brings_all_steps_back(make_bridge, shown, qtbot):
    bridge = make_bridge("clip250")
    view = shown(bridge)
    bridge.train(60)
    apart = view.grab().toImage()
    box = view.boxes._boxes[Switches.of(bridge)[BY_SAMPLE]]
    assert view.chooser.isVisible()
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(6, box.height() // 2))
    assert view.plot.title == "Error of each step"
    assert not view.chooser.isVisible()
    assert view.grab().toImage() != apart
    assert [entry.name for entry in view.plot.legend()] == ["error"]
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(6, box.height() // 2))
    assert view.grab().toImage() == apart


def test_of_many_samples_the_worst_the_middle_and_the_best_are_shown_and_others_can_be_chosen(shown):
    bridge = many()
    view = shown(bridge)
    bridge.train(400)
    view.grab()
    names = [entry.name for entry in view.plot.legend()]
    assert [name.split(":")[0] for name in names] == ["worst", "median", "best"]
    view.chooser.list.item(0).setCheckState(Qt.CheckState.Unchecked)
    offered = choices(40)
    view.chooser.list.item(offered.index(16)).setCheckState(Qt.CheckState.Checked)
    view.grab()
    assert "17" in [entry.name for entry in view.plot.legend()]
    assert not any(entry.name.startswith("worst") for entry in view.plot.legend())


def test_what_is_offered():
    assert choices(0) == ()
    assert choices(FEW) == tuple(range(FEW))
    assert choices(FEW + 1)[:4] == (*RANKS, 0)
    assert len(choices(10**6)) < 1000
    assert usual(3) == (0, 1, 2)
    assert usual(100) == (0, 1, 2)


def test_what_is_drawn_is_copied(make_bridge, shown):
    bridge = make_bridge("clip250")
    view = shown(bridge)
    bridge.train(12)
    view.grab()
    rows = list(csv.DictReader(io.StringIO(view.plot.csv())))
    assert [int(row["step"]) for row in rows] == list(range(1, 13))
    assert [int(row["sample"]) for row in rows] == [1, 2, 3, 4, 5, 6] * 2


def test_with_too_many_steps_in_sight_all_are_drawn_as_one(make_bridge, shown):
    bridge = make_bridge("clip250")
    view = shown(bridge)
    bridge.train(MOST_STEPS + 100)
    view.grab()
    assert [entry.name for entry in view.plot.legend()] == ["error"]
    view.plot.zoom_at(0.01, QPointF(view.plot.area.center()))
    view.grab()
    assert len(view.plot.legend()) == 6


def test_rows_that_are_no_longer_held_come_back(make_bridge, shown):
    bridge = make_bridge("clip250")
    view = shown(bridge)
    snapshot = bridge.train(3000)
    snapshot.place.branch.recording.release()
    bridge.session.step()
    bridge.carry_out()
    for _ in range(4):
        view.grab()
        bridge.carry_out()
    assert len(view.plot.legend()) == 6


def test_steps_of_several_samples_have_no_switch(make_bridge, shown):
    view = shown(make_bridge("clip250", training__batch_size=3))
    assert view.plot.switches == ()
    assert not view.boxes.isVisible()
    assert view.plot.title == "Error of each step"
