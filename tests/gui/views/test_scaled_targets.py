"""What is shown of a run whose target is scaled: pictures and answers in the units of the file, steps as computed."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from PySide6.QtCore import Qt

from lrsim.gui.panels.experiment.samples import SamplesModel
from lrsim.gui.panels.try_it.panel import TryItPanel
from lrsim.gui.views.error import ErrorView
from lrsim.gui.views.finder import FinderView
from lrsim.gui.views.function.view import FunctionView
from lrsim.gui.views.learning import LearningView
from lrsim.gui.views.regions.view import RegionsView
from lrsim.gui.views.steps.view import StepsView
from lrsim.training import engine


def shown(qtbot, view_class, bridge, themes):
    view = view_class(bridge, themes)
    qtbot.addWidget(view)
    view.resize(600, 400)
    view.show()
    return view


@pytest.fixture(params=["standard", "minmax"])
def scaled(make_bridge, request):
    """The linear fit of the six samples, in scaled units on both sides."""
    layers = [{"units": 1, "activation": "linear"}]
    keys = {"data__scale": "standard", "data__scale_target": request.param, "model__layers": layers}
    bridge = make_bridge("clip250-corrected", **keys, optimizer__lr=0.05, training__bias_rule="delta")
    bridge.train(120)
    return bridge


def answer(bridge, x: float) -> float:
    """What the run's network says, undone by hand."""
    problem, snapshot = bridge.reader.problem, bridge.session.snapshot()
    data = problem.data
    given = (np.array([[x]]) - data.scaler.offset) / data.scaler.factor
    output = engine.predict(problem, snapshot.theta, given.astype(data.X_train.dtype))
    return float(output[0, 0] * data.target_scaler.factor[0] + data.target_scaler.offset[0])


def test_the_learned_function_is_drawn_in_the_units_of_the_file(scaled, qtbot, themes):
    view = shown(qtbot, FunctionView, scaled, themes)
    header, *rows = csv.reader(io.StringIO(view.plot.csv()))
    assert header == ["input", "learned", "wanted"]
    inputs, learned, wanted = np.array(rows, dtype=float).T
    assert inputs.min() < -50
    assert inputs.max() > 310
    assert np.array_equal(wanted, np.minimum(inputs, 250))
    assert learned[10] == pytest.approx(answer(scaled, inputs[10]))
    assert {60.0, 40.0, 100.0, 300.0, -50.0, 310.0} <= set(inputs.tolist()), "passes where it was measured"
    lines = {line.name: line.value for line in view.plot.sample_readout(0)}
    assert (lines["input"], lines["target"]) == ("60.0", "60.0")
    assert float(lines["learned"]) == pytest.approx(answer(scaled, 60.0))
    assert float(lines["difference"]) == pytest.approx(60 - answer(scaled, 60.0))


def test_try_it_answers_in_the_units_of_the_file(scaled, qtbot, themes):
    panel = shown(qtbot, TryItPanel, scaled, themes)
    panel.rebuild(scaled.session.snapshot())
    rows = panel.trials.rows()
    assert [row[:2] for row in rows] == [("10", "10"), ("240", "240"), ("550", "250"), ("-160", "-160"), ("100", "100")]
    assert [float(row[2]) for row in rows] == pytest.approx([answer(scaled, float(row[0])) for row in rows], rel=1e-3)


def test_steps_show_what_they_were_computed_with_and_say_so(scaled, qtbot, themes):
    view = shown(qtbot, StepsView, scaled, themes)
    titles = [column.title for column in view.table._paint.columns]
    assert titles[2:6] == ["scaled input", "scaled target", "scaled prediction", "scaled error"]
    row = scaled.reader.rows(scaled.session.snapshot(), 5, 5)[0]
    assert row.error == pytest.approx(abs(row.target[0] - row.prediction[0]), rel=1e-6)
    assert "scaled" in shown(qtbot, ErrorView, scaled, themes).plot.y_title
    assert shown(qtbot, LearningView, scaled, themes).plot.y_title.endswith("scaled target")
    finder = shown(qtbot, FinderView, scaled, themes)
    finder.rebuild(scaled.session.snapshot())
    assert finder.plot.y_title == "loss, scaled target"


def test_this_step_says_what_its_prediction_is_in_the_units_of_the_file(scaled):
    lines = scaled.reader.explain(scaled.session.snapshot())
    line = next(line for line in lines if line.title == "In the file's units")
    sample = int(scaled.reader.problem.batch(120)[0])
    wanted = (60, 40, 100, 250, -50, 250)[sample]
    assert line.text.endswith(f"wanted {wanted}")
    assert lines[0].text.endswith("scaled")


def test_the_samples_are_the_numbers_of_the_file_and_hovering_tells_the_scaled_ones(scaled, qtbot):
    model = SamplesModel(None)
    data = scaled.reader.problem.data
    model.show_data(data)
    texts = [[model.data(model.index(row, column)) for column in range(2)] for row in range(6)]
    assert texts == [["60", "60"], ["40", "40"], ["100", "100"], ["300", "250"], ["-50", "-50"], ["310", "250"]]
    tip = model.data(model.index(3, 1), Qt.ItemDataRole.ToolTipRole)
    given, _, used = tip.partition(", scaled to ")
    assert given == "250.0"
    assert float(used) == pytest.approx(float(data.Y_train[3, 0]))


def test_heights_over_two_inputs_are_in_the_units_of_the_file(make_bridge, qtbot, themes):
    layers = [{"units": 1, "activation": "linear"}]
    bridge = make_bridge("plane", model__layers=layers, data__scale_target="minmax", optimizer__lr=0.03)
    bridge.train(200)
    view = shown(qtbot, RegionsView, bridge, themes)
    view.grab()
    qtbot.waitUntil(lambda: view.plot.settled)
    problem, snapshot = bridge.reader.problem, bridge.session.snapshot()
    data = problem.data
    rows = list(csv.reader(io.StringIO(view.plot.csv())))
    x, y, output = (float(word) for word in rows[777])
    inputs = np.array([[x, y]], dtype=data.X_train.dtype)
    expected = engine.predict(problem, snapshot.theta, inputs) * data.target_scaler.factor + data.target_scaler.offset
    assert output == pytest.approx(float(expected[0, 0]), rel=1e-5)
    low, high = view.plot._range
    assert (low, high) == pytest.approx((data.answers(data.Y_train).min(), data.answers(data.Y_train).max()))


def test_try_it_shows_a_sample_as_the_file_has_it(make_bridge, qtbot, themes):
    """Float32 made 1.22e-08 of 0, and scaling took 15634602 to 15634602.003."""
    inputs = [[0.0, 15634602.0], [1.0, 15647311.0], [7.1, 15619304.0], [0.0, 15701354.0]]
    bridge = make_bridge(
        "plane", data__inputs=inputs, data__targets=[[0.0], [112.25], [0.0], [3e5]], data__source="table",
        data__test_fraction=0.0, data__scale="standard", data__scale_target="standard", model__dtype="float32",
    )  # fmt: skip
    panel = shown(qtbot, TryItPanel, bridge, themes)
    panel.rebuild(bridge.session.snapshot())
    form = panel.form
    for number, (row, wanted) in enumerate(zip(inputs, ("0", "112.25", "0", "3e+05")), start=1):
        form.sample.committed.emit(number)
        assert [field.value() for field in form.fields] == row
        assert [field.text() for field in form.fields] == [
            f"{value:g}" if value < 10 else f"{value:.0f}" for value in row
        ]
        assert form.answers()["wanted"] == wanted


def test_try_it_shows_what_is_wanted_of_each_target(make_bridge, qtbot, themes):
    layers = [{"units": 2, "activation": "linear"}]
    bridge = make_bridge(
        "plane", data__inputs=[[0.0, 1.0], [1.0, 5.0], [2.0, 4.0]], model__layers=layers,
        data__targets=[[1000.0, 0.5], [3000.0, 0.25], [7000.0, 0.75]], data__source="table", data__test_fraction=0.0,
        data__scale_target="minmax",
    )  # fmt: skip
    panel = shown(qtbot, TryItPanel, bridge, themes)
    panel.rebuild(bridge.session.snapshot())
    panel.form.sample.committed.emit(2)
    answers = panel.form.answers()
    assert answers["wanted"] == "3000, 0.25"
    assert answers["predicted"] == f"{answers['target1']}, {answers['target2']}"
    data = bridge.reader.problem.data
    outputs = bridge.reader.predict(bridge.session.snapshot(), data.X_train[1:2])
    expected = outputs[0] * np.array([6000.0, 0.5]) + np.array([1000.0, 0.25])
    assert [float(answers["target1"]), float(answers["target2"])] == pytest.approx(expected.tolist(), rel=1e-3)
