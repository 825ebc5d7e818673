"""The views of larger models: loss and accuracy, decision regions, weights; and which of them are offered."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor

from lrsim.gui.chart.scales import ScaleKind
from lrsim.gui.look.theme import THEMES, ThemeSource
from lrsim.gui.views.learning import LearningView
from lrsim.gui.views.regions.contours import level_lines
from lrsim.gui.views.regions.view import RegionsView
from lrsim.gui.views.weights import WeightsView
from tests.gui.driving import opened

LIGHT = THEMES["light"]
VIEWS = (LearningView, RegionsView, WeightsView)


def shown(qtbot, view_class, bridge, size=(520, 400), themes=None):
    view = view_class(bridge, themes or ThemeSource(LIGHT))
    qtbot.addWidget(view)
    view.resize(*size)
    view.show()
    return view


@pytest.mark.parametrize("view_class", VIEWS)
@pytest.mark.parametrize("preset", ["clip250", "spiral", "plane", "digits-adam"])
def test_every_view_can_be_drawn_at_any_moment_in_every_theme(make_bridge, qtbot, themes, view_class, preset):
    if preset.startswith("digits"):
        pytest.importorskip("sklearn")
    bridge = make_bridge(preset)
    view = shown(qtbot, view_class, bridge, themes=themes)
    for steps in (0, 1, 120):
        if steps:
            bridge.train(steps)
        for theme in THEMES.values():
            themes.wear(theme)
            picture = (view if view_class is WeightsView else view.plot).grab().toImage()
            assert picture.pixelColor(2, picture.height() - 2) == QColor(theme.background)
    for size in ((1, 1), (60, 40), (2000, 60)):
        view.setFixedSize(*size)
        view.grab()


# --- loss and accuracy


def test_the_band_that_an_improvement_must_leave_is_drawn_from_the_best_epoch_on(make_bridge, qtbot):
    bridge = make_bridge("schedule-plateau", schedule__min_delta=0.2)
    view = shown(qtbot, LearningView, bridge, (900, 400))
    snapshot = bridge.train(210)
    state = snapshot.control.plateau
    assert state.best_epoch > 0
    plot = view.plot
    image = view.grab().toImage()
    share = plot.scale.share((state.best + state.threshold) / 2)
    y = round(plot.area.bottom() - share * plot.area.height())
    blue, white = QColor(LIGHT.series[0]), QColor(LIGHT.background)
    tint = [round(0.16 * a + 0.84 * b) for a, b in zip(blue.getRgb()[:3], white.getRgb()[:3])]
    at = range(round(plot.area.left()) + 1, round(plot.area.right()) - 1)
    tinted = [x for x in at if max(abs(a - b) for a, b in zip(image.pixelColor(x, y).getRgb()[:3], tint)) <= 2]
    best = plot.area.left() + state.best_epoch * snapshot.steps_per_epoch / snapshot.tip * plot.area.width()
    assert tinted, "the band is there"
    assert min(tinted) >= best - 2, "and begins with the best epoch"


def test_loss_and_accuracy_have_an_axis_each(make_bridge, qtbot):
    bridge = make_bridge("spiral")
    view = shown(qtbot, LearningView, bridge, (900, 400))
    bridge.train(280)
    view.grab()
    assert view.plot.title == "Loss and accuracy"
    values = {(entry.name, entry.pen.style()): entry.value for entry in view.plot.legend()}
    epochs = bridge.reader.epochs(bridge.session.snapshot())
    solid, dashed = Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine
    assert float(values["loss", solid]) == pytest.approx(epochs.training["loss"][-1], rel=1e-3)
    assert values["accuracy", solid].endswith(" %")
    assert ("validation", dashed) in values


def test_a_narrow_legend_still_explains_the_dashes(make_bridge, qtbot):
    bridge = make_bridge("spiral")
    view = shown(qtbot, LearningView, bridge, (300, 240))
    bridge.train(280)
    view.grab()
    assert [entry.name for entry in view.plot.legend()] == ["loss", "accuracy", "validation"]


def test_a_regression_shows_its_loss_alone(make_bridge, qtbot):
    bridge = make_bridge("clip250")
    view = shown(qtbot, LearningView, bridge)
    bridge.train(60)
    view.grab()
    assert [entry.name for entry in view.plot.legend()] == ["loss"]
    assert view.plot.title == "Loss"


def test_the_scale_of_the_loss_stays_as_it_was_chosen(make_bridge, qtbot):
    bridge = make_bridge("spiral")
    view = shown(qtbot, LearningView, bridge)
    assert view.plot.kind is ScaleKind.LINEAR
    view.plot.controls.choose(ScaleKind.LOG)
    view.rebuild(bridge.session.snapshot())
    assert view.plot.kind is ScaleKind.LOG


def test_epochs_are_read_off_and_copied_exactly(make_bridge, qtbot):
    bridge = make_bridge("spiral")
    view = shown(qtbot, LearningView, bridge)
    bridge.train(60)
    view.grab()
    epochs = bridge.reader.epochs(bridge.session.snapshot())
    rows = list(csv.DictReader(io.StringIO(view.plot.epochs_csv())))
    assert [int(row["step"]) for row in rows] == epochs.steps.tolist()
    assert float(rows[-1]["val_accuracy"]) == epochs.validation["accuracy"][-1]
    lines = {line.name: line.value for line in view.plot.readout(57)}
    assert lines["epoch"] == "2"
    assert float(lines["validation loss"]) == epochs.validation["loss"][1]
    row = bridge.reader.rows(bridge.session.snapshot(), 57, 57)[0]
    assert float(lines["loss"]) == row.loss


def test_changes_of_the_rate_are_marked_in_its_colour(make_bridge, qtbot):
    bridge = make_bridge("spiral")
    view = shown(qtbot, LearningView, bridge)
    bridge.train(30)
    accent = QColor(LIGHT.rate)

    def marked():
        picture = view.grab().toImage()
        return any(picture.pixelColor(x, 200) == accent for x in range(picture.width()))

    assert not marked()
    bridge.session.set_rate(0.2)
    bridge.train(60)
    assert marked()


# --- regions


def test_level_lines_lie_where_the_level_is():
    rows, columns = np.mgrid[0:9, 0:12].astype(float)
    lines = level_lines(2 * columns + rows, 9.3)
    ends = lines.reshape(-1, 2)
    assert len(lines) > 3
    assert np.allclose(2 * ends[:, 0] + ends[:, 1], 9.3)


def test_a_saddle_has_two_lines_and_nothing_is_drawn_through_gaps():
    assert level_lines(np.array([[1.0, 0.0], [0.0, 1.0]]), 0.5).shape == (2, 4)
    assert level_lines(np.array([[1.0, np.nan], [0.0, 1.0]]), 0.5).shape == (0, 4)
    assert level_lines(np.ones((3, 3)), 0.5).shape == (0, 4)


def test_regions_are_those_of_the_snapshot_and_get_finer_at_rest(make_bridge, qtbot):
    bridge = make_bridge("spiral")
    view = shown(qtbot, RegionsView, bridge)
    bridge.train(300)
    view.grab()
    qtbot.waitUntil(lambda: view.plot.settled)
    rows = list(csv.reader(io.StringIO(view.plot.csv())))
    assert rows[0][:2] == ["x", "y"]
    x, y, output = (float(word) for word in rows[1000])
    data = bridge.reader.problem.data
    inputs = data.scaler.scaled(np.array([[x, y]]), data.X_train.dtype.name)
    assert output == pytest.approx(float(bridge.reader.predict(bridge.session.snapshot(), inputs)[0, 0]), rel=1e-5)


def test_a_sample_under_the_pointer_is_told(make_bridge, qtbot):
    bridge = make_bridge("spiral")
    view = shown(qtbot, RegionsView, bridge)
    bridge.train(10)
    view.grab()
    plot, data = view.plot, bridge.reader.problem.data
    at = data.scaler.unscaled(data.X_test[:1])[0]
    place = QPointF(float(plot.x_px(at[:1])[0]), float(plot.y_px(at[1:])[0]))
    lines = {line.name: line.value for line in plot.readout(place)}
    assert {"x", "y", "held out", "predicted", "output"} <= set(lines)
    assert lines["predicted"] in data.classes


def test_regions_zoom_in_both_directions_and_come_back(make_bridge, qtbot):
    view = shown(qtbot, RegionsView, make_bridge("spiral"))
    plot = view.plot
    view.grab()

    def seen():
        area = plot.area
        corners = [plot.x_at(area.left()), plot.x_at(area.right()), plot.y_at(area.bottom()), plot.y_at(area.top())]
        return np.array(corners)

    whole, middle = seen(), plot.area.center()
    at = (plot.x_at(middle.x()), plot.y_at(middle.y()))
    plot.zoom_at(0.5, middle)
    assert seen()[1::2] - seen()[0::2] == pytest.approx((whole[1::2] - whole[0::2]) / 2)
    assert (plot.x_at(middle.x()), plot.y_at(middle.y())) == pytest.approx(at)
    view.grab()
    plot.show_all()
    assert seen() == pytest.approx(whole)


def test_regions_of_a_run_that_is_not_finite_say_so(make_bridge, qtbot):
    bridge = make_bridge("plane", optimizer__lr=1e6, stop__divergence=False)
    view = shown(qtbot, RegionsView, bridge)
    bridge.session.step(600)
    bridge.carry_out()
    view.grab()
    if not np.isfinite(bridge.session.snapshot().theta).all():
        assert not np.isfinite(view.plot._surface.values).any()


def test_regions_step_aside_for_other_models(bridge, qtbot):
    view = shown(qtbot, RegionsView, bridge)
    assert "two inputs" in view.plot.notice()


# --- weights


def test_many_weights_are_bands_from_the_start_on(make_bridge, qtbot):
    bridge = make_bridge("spiral")
    view = shown(qtbot, WeightsView, bridge)
    bridge.train(280)
    view.grab()
    assert view.bands.isVisible()
    rows = list(csv.DictReader(io.StringIO(view.bands.csv())))
    problem = bridge.reader.problem
    first = problem.network.unpack(problem.theta)[0][0]
    assert float(rows[0]["0.5"]) == pytest.approx(float(np.median(first)))
    assert int(rows[-1]["step"]) == 280
    view.layers.choose(1)
    view.grab()
    assert view.bands.title == "Weights of layer 2"
    rows = list(csv.DictReader(io.StringIO(view.bands.csv())))
    second = problem.network.unpack(bridge.session.snapshot().theta)[1][0]
    assert float(rows[-1]["0.95"]) == pytest.approx(float(np.quantile(second, 0.95)), rel=1e-5)


def test_up_to_eight_parameters_are_chosen(make_bridge, qtbot):
    layers = [{"units": 4, "activation": "tanh"}, {"units": 1, "activation": "sigmoid"}]
    bridge = make_bridge("spiral", model__layers=layers)
    view = shown(qtbot, WeightsView, bridge)
    bridge.train(20)
    view.grab()
    chooser = view.chooser
    assert view.curves.isVisible()
    assert len(chooser.ticked()) == 8
    unticked = next(row for row in range(chooser.list.count()) if row not in chooser.ticked())
    chooser.list.item(unticked).setCheckState(Qt.CheckState.Checked)  # a ninth
    assert unticked not in chooser.ticked()
    chooser.list.item(chooser.ticked()[0]).setCheckState(Qt.CheckState.Unchecked)
    chooser.list.item(unticked).setCheckState(Qt.CheckState.Checked)
    assert unticked in chooser.ticked()
    names = [entry.name for entry in view.curves.legend()]
    assert bridge.reader.problem.parameter_names[unticked] in names


# --- what is offered


@pytest.mark.parametrize(("preset", "expected"), [
    ("clip250", {"parameters", "error", "function", "steps"}),
    ("spiral", {"weights", "learning", "regions", "steps"}),
    ("bmi-mlp", {"weights", "learning", "steps"}),
])  # fmt: skip
def test_views_that_mean_nothing_step_aside(qtbot, preset, expected):
    with opened(qtbot, experiment=preset, size=(1440, 900)) as driven:
        stage = driven.window.stage
        assert {view.NAME for view in stage.views if view.isVisible()} == expected
        driven.window.choose_layout("curves")
        assert stage["learning"].isVisible()
        assert not stage["steps"].isVisible()


def test_another_preset_brings_its_views_and_undo_the_old_ones(qtbot):
    with opened(qtbot, size=(1440, 900)) as driven:
        driven.window.registry["preset_spiral"].trigger()
        qtbot.waitUntil(driven.window.stage["regions"].isVisible)
        driven.wait_still()
        driven.window.registry["undo"].trigger()
        qtbot.waitUntil(driven.window.stage["function"].isVisible)
        assert not driven.window.stage["regions"].isVisible()


def test_columns_of_batches_leave_out_single_samples(qtbot):
    with opened(qtbot, experiment="spiral", size=(1440, 900)) as driven:
        table = driven.window.stage["steps"].table
        driven.session.step(2)
        driven.wait_for_step(2)
        titles = [column.title for column in table._paint.columns]
        assert titles == ["step", "epoch", "loss", "error", "rate"]


# --- trying inputs


def test_inputs_are_typed_one_by_one_in_the_units_of_the_source(qtbot):
    with opened(qtbot, experiment="bmi-mlp", size=(1440, 900)) as driven:
        form = driven.window.try_it.form
        data = driven.bridge.reader.problem.data
        assert form.isVisible()
        assert len(form.fields) == len(data.feature_names)
        field = form.fields[1]
        field.setFocus()
        field.selectAll()
        qtbot.keyClicks(field, "150")
        qtbot.keyClick(field, Qt.Key.Key_Return)
        inputs = form.inputs()
        assert float(data.scaler.unscaled(inputs)[0, 1]) == pytest.approx(150)
        outputs = driven.bridge.reader.predict(driven.snapshot(), inputs)
        answers = form.answers()
        assert answers["wanted"] == "?"
        assert answers["predicted"] == data.classes[int(np.argmax(outputs))]
        assert float(answers[data.classes[0]]) == pytest.approx(float(outputs[0, 0]), rel=1e-3)


def test_samples_are_tried_by_number(qtbot):
    with opened(qtbot, experiment="spiral", size=(1440, 900)) as driven:
        form, data = driven.window.try_it.form, driven.bridge.reader.problem.data
        form.sample.setFocus()
        form.sample.selectAll()
        qtbot.keyClicks(form.sample, "3")
        qtbot.keyClick(form.sample, Qt.Key.Key_Return)
        assert np.allclose(form.inputs(), data.X_train[2:3])
        assert form.answers()["wanted"] == data.classes[int(data.class_of(data.Y_train[2:3])[0])]
        form.sample.setFocus()
        form.sample.selectAll()
        qtbot.keyClicks(form.sample, "999999")
        qtbot.keyClick(form.sample, Qt.Key.Key_Return)
        assert "expected a sample from 1 to" in form.sample.complaint()


def test_a_weight_with_a_comma_in_its_name_is_one_column_of_what_is_copied(make_bridge, themes, qtbot):
    bridge = make_bridge("xor")
    bridge.train(20)
    view = WeightsView(bridge, themes)
    qtbot.addWidget(view)
    header, *rows = csv.reader(view.curves.csv().splitlines())
    assert "W1[0,0]" in header
    assert {len(row) for row in rows} == {len(header)}
