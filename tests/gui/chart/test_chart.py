"""Scales, ticks, ranges, and plots over steps."""

from __future__ import annotations

import csv
import io
import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QWheelEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from lrsim.common.validation import ExperimentError
from lrsim.gui.chart import not_finite
from lrsim.gui.chart.marks import visible_marks
from lrsim.gui.chart.scales import ScaleKind, fit
from lrsim.gui.chart.strokes import finite_stretches, polygon
from lrsim.gui.chart.ticks import axis_ticks, nice, step_ticks
from lrsim.gui.chart.view_range import FIRST_SPAN, AxisLink, ViewRange
from lrsim.gui.look.theme import THEMES
from lrsim.gui.views.error import ErrorView
from lrsim.gui.views.parameters import ParametersView
from lrsim.gui.views.switches import BY_SAMPLE, Switches

LIGHT = THEMES["light"]
any_float = st.floats(allow_nan=False, allow_infinity=False)
kinds = st.sampled_from(ScaleKind)


def scale_of(kind, one, two):
    low, high = sorted((one, two))
    if kind is ScaleKind.LOG:
        assume(low > 0)
    return fit(kind, low, high), low, high


# --- scales


@given(kinds, any_float, any_float)
def test_what_is_fitted_is_in_sight_whatever_its_size(kind, one, two):
    scale, low, high = scale_of(kind, one, two)
    shares = scale.shares(np.array([low, high]))
    assert np.isfinite(shares).all()
    assert -1e-6 <= shares[0] <= shares[1] <= 1 + 1e-6


@given(kinds, st.floats(1e-100, 1e100), st.floats(1e-100, 1e100), st.floats(0, 1))
def test_value_and_share_are_inverse(kind, one, two, share):
    scale, _, _ = scale_of(kind, one, two)
    assert scale.share(scale.value(share)) == pytest.approx(share, abs=1e-6)


@given(kinds, any_float, any_float)
def test_ticks_are_few_rising_and_told_apart(kind, one, two):
    scale, _, _ = scale_of(kind, one, two)
    ticks = [tick for tick in axis_ticks(scale, 6) if tick.text]
    shares = [tick.share for tick in ticks]
    assert shares == sorted(shares)
    assert len(ticks) <= 14
    texts = [tick.text for tick in ticks]
    assert len(set(texts)) == len(texts)


def test_ticks_are_round_numbers():
    assert [tick.text for tick in axis_ticks(fit(ScaleKind.LINEAR, 0, 1), 6)] == [
        "0", "0.2", "0.4", "0.6", "0.8", "1.0",
    ]  # fmt: skip
    decades = [tick.text for tick in axis_ticks(fit(ScaleKind.LOG, 1e-6, 1), 8) if tick.text]
    assert decades == ["1e-06", "1e-05", "1e-04", "0.001", "0.01", "0.1", "1"]
    both = [tick.text for tick in axis_ticks(fit(ScaleKind.SYMLOG, -4e141, 4e141), 5) if tick.text]
    assert both == ["-1e+100", "0", "1e+100"]


def test_narrow_ranges_get_the_digits_that_tell_them_apart():
    texts = [tick.text for tick in axis_ticks(fit(ScaleKind.LINEAR, 1.2876630, 1.2876634), 4)]
    assert len(set(texts)) == len(texts) >= 3
    assert all(text.startswith("1.28766") for text in texts)


def test_nan_has_no_place_and_what_a_log_axis_cannot_show_lies_below_it():
    assert math.isnan(fit(ScaleKind.LINEAR, 0, 1).share(math.nan))
    log = fit(ScaleKind.LOG, 0.1, 10)
    assert log.share(0.0) < 0
    assert log.share(-5.0) < 0


def test_a_scale_stays_while_the_data_changes_little():
    first = fit(ScaleKind.LINEAR, 0, 100)
    assert fit(ScaleKind.LINEAR, 2, 98, first) is first
    assert fit(ScaleKind.LINEAR, 0, 10, first) is not first
    assert fit(ScaleKind.LINEAR, 0, 500, first).share(500) <= 1


@given(st.floats(1e-300, 1e300))
def test_nice_sizes_are_one_two_or_five(size):
    found = nice(size)
    assert size * (1 - 1e-6) <= found <= size * 2.6
    assert float(f"{found:.3e}".split("e")[0]) in (1.0, 2.0, 5.0)


def test_steps_are_whole_numbers_with_thousands_apart():
    assert [tick.text for tick in step_ticks(0, 4, 10)] == ["0", "1", "2", "3", "4"]
    assert [tick.text for tick in step_ticks(0, 1e7, 2)] == ["0", "5\u202f000\u202f000", "10\u202f000\u202f000"]


# --- curves


def test_points_are_copied_as_they_are():
    points = polygon(np.array([1.0, 2.5]), np.array([-3.0, 4.0]))
    assert [(point.x(), point.y()) for point in points] == [(1.0, -3.0), (2.5, 4.0)]
    assert polygon(np.zeros(0), np.zeros(0)).isEmpty()


def test_lines_are_interrupted_where_nothing_is_finite():
    nan = math.nan
    assert finite_stretches(np.array([nan, 1, 2, nan, math.inf, 3])) == [(1, 3), (5, 6)]
    assert finite_stretches(np.array([nan, nan])) == []


# --- marks


def test_crowded_marks_are_drawn_as_one_with_the_later_rate():
    crowd = [(step, float(step)) for step in range(1, 100_001)]
    shown = visible_marks(crowd, 0, 100_000, lambda steps: steps / 200)
    assert len(shown) <= 500 / 3 + 1
    assert shown[-1][1] == (100_000, 100_000.0)
    assert visible_marks([(5, 0.1), (50, 0.2)], 10, 100, lambda steps: (steps - 10) / 90 * 500) == [
        (pytest.approx(40 / 90 * 500), (50, 0.2))
    ]


# --- ranges


def test_everything_is_shown_and_grows_until_a_hand_moves_it():
    shown = ViewRange()
    assert shown.resolve(0, 0) == (0.0, FIRST_SPAN)
    assert shown.resolve(1000, 1000) == (0.0, 1000.0)
    shown.zoom(0.5, 900.0, 1000)
    assert shown.resolve(2000, 2000) == (1500.0, 2000.0)
    shown.pan(-300, 2000)
    assert not shown.follow
    assert shown.resolve(9000, 9000) == (1200.0, 1700.0)
    shown.show_all()
    assert shown.resolve(9000, 9000) == (0.0, 9000.0)


def test_the_wheel_keeps_what_is_under_it():
    shown = ViewRange()
    shown.resolve(1000, 1000)
    shown.set_follow(False)
    shown.zoom(0.5, 250.0, 1000)
    assert shown.resolve(1000, 1000) == (125.0, 625.0)
    shown.zoom(1e-9, 300.0, 1000)
    low, high = shown.resolve(1000, 1000)
    assert low <= 300 <= high
    assert high - low >= 4
    shown.zoom(1e9, 300.0, 1000)
    assert shown.resolve(1000, 1000) == (0.0, 1000.0)


def test_following_keeps_the_current_step_in_sight_when_time_is_turned_back():
    shown = ViewRange()
    shown.resolve(1000, 1000)
    shown.zoom(0.1, 1000.0, 1000)
    low, high = shown.resolve(300, 1000)
    assert low <= 300 <= high
    assert high - low == pytest.approx(100)


# --- the plots of the window


@pytest.fixture
def parameters(bridge, qtbot, themes):
    return shown(ParametersView(bridge, themes), qtbot)


@pytest.fixture
def error(bridge, qtbot, themes):
    Switches.of(bridge)[BY_SAMPLE].setChecked(False)
    return shown(ErrorView(bridge, themes), qtbot)


def shown(view, qtbot):
    qtbot.addWidget(view)
    view.resize(500, 300)
    view.show()
    return view


def colors_in(widget):
    picture = widget.grab().toImage()
    return {picture.pixel(x, y) for x in range(picture.width()) for y in range(picture.height())}


def wheel(plot, notches):
    at = QPointF(plot.area.center())
    event = QWheelEvent(
        at, plot.mapToGlobal(at), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(plot, event)


def test_an_empty_plot_says_what_to_do(parameters):
    assert "Space" in parameters.plot.notice()
    assert QColor(LIGHT.series[0]).rgb() not in colors_in(parameters)


def test_curves_are_drawn_in_their_colours(bridge, parameters):
    bridge.train(50)
    found = colors_in(parameters)
    assert QColor(LIGHT.muted).rgb() in found
    saturated = [QColor(color) for color in found if QColor(color).saturation() > 120]
    assert any(abs(color.hue() - QColor(LIGHT.series[0]).hue()) < 12 for color in saturated)
    assert any(abs(color.hue() - QColor(LIGHT.series[1]).hue()) < 12 for color in saturated)


def test_the_legend_tells_names_and_values_now(bridge, parameters):
    bridge.train(2)
    entries = {entry.name: entry for entry in parameters.plot.legend()}
    assert entries["b"].value == "0.09622"
    assert entries["W"].value == "0.1462"
    assert entries["b"].marker != entries["W"].marker


def test_the_wheel_zooms_steps_only_and_dragging_pans(bridge, parameters, qtbot):
    bridge.train(2000)
    plot = parameters.plot
    plot.grab()
    wheel(plot, 4)
    plot.grab()
    low, high = plot.visible_steps
    assert high == 2000
    assert high - low == pytest.approx(2000 / 1.25**4)
    centre = plot.area.center().toPoint()
    qtbot.mousePress(plot, Qt.MouseButton.LeftButton, pos=centre)
    qtbot.mouseMove(plot, centre + QPoint(60, 0))
    qtbot.mouseRelease(plot, Qt.MouseButton.LeftButton, pos=centre + QPoint(60, 0))
    plot.grab()
    assert plot.visible_steps[1] < high
    assert not plot.view_range.follow
    assert not plot.controls.follow_button.isChecked()
    qtbot.mouseDClick(plot, Qt.MouseButton.LeftButton, pos=centre)
    plot.grab()
    assert plot.visible_steps == (0.0, 2000.0)


def test_no_edit_resets_a_zoom(bridge, parameters, themes):
    bridge.train(2000)
    plot = parameters.plot
    plot.grab()
    plot.pan(1)
    wheel(plot, 5)
    plot.grab()
    before = plot.visible_steps
    bridge.session.set_rate(1e-4)
    bridge.train(2500)
    plot.set_scale(ScaleKind.SYMLOG)
    themes.wear(THEMES["dark"])
    plot.grab()
    assert plot.visible_steps == before


def test_linked_plots_move_together_until_they_are_not(bridge, parameters, error):
    bridge.train(1000)
    parameters.plot.grab()
    wheel(parameters.plot, 3)
    parameters.plot.grab()
    error.plot.grab()
    assert error.plot.visible_steps == parameters.plot.visible_steps
    error.plot.set_linked(False)
    error.plot.show_all()
    error.plot.grab()
    parameters.plot.grab()
    assert error.plot.visible_steps == (0.0, 1000.0)
    assert parameters.plot.visible_steps[0] > 0
    error.plot.set_linked(True)
    parameters.plot.grab()
    assert parameters.plot.visible_steps == (0.0, 1000.0)
    assert AxisLink.of(bridge).enabled


def test_the_cursor_reads_off_every_digit(bridge, parameters):
    bridge.train(200_000)
    lines = {line.name: line for line in parameters.plot.readout(1)}
    assert lines["b"].value == "0.08237000000000001" or float(lines["b"].value) == pytest.approx(0.08237, abs=1e-15)
    row = bridge.reader.rows(bridge.session.snapshot(), 123_457, 123_457)[0]
    lines = {line.name: line.value for line in parameters.plot.readout(123_457)}
    names = bridge.reader.problem.parameter_names
    assert float(lines["b"]) == row.parameters[names.index("b")]
    assert float(lines["W"]) == row.parameters[names.index("W")]
    assert float(lines["rate"]) == 1e-5


def test_the_cursor_leaves_the_curves_in_sight(bridge, parameters, qtbot):
    bridge.train(100)
    before = len(colors_in(parameters))
    parameters.plot.setFocus()
    qtbot.mouseMove(parameters.plot, QPoint(200, 150))
    assert parameters.plot.pointer is not None
    assert len(colors_in(parameters)) >= before


def test_a_second_cursor_tells_the_difference(bridge, error, qtbot):
    bridge.train(10)
    plot = error.plot
    plot.grab()
    at = QPoint(round(plot.area.left() + 2 / 20 * plot.area.width()), round(plot.area.center().y()))
    qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, at)
    lines = {line.name: line for line in plot.readout(3)}
    assert lines["step"].difference == "+1"
    assert float(lines["error"].difference) == pytest.approx(135.281867668 - 34.62283)
    plot.pin(None)
    assert plot.readout(3)[0].difference == ""


def test_changes_of_the_rate_are_marked_and_can_be_gone_to(bridge, parameters, qtbot):
    bridge.train(100)
    accent = QColor(LIGHT.rate).rgb()
    assert accent not in colors_in(parameters)
    bridge.session.set_rate(1e-4)
    bridge.train(200)
    assert accent in colors_in(parameters)
    plot = parameters.plot
    at = QPoint(round(plot.area.left() + 101 / 200 * plot.area.width()), round(plot.area.center().y()))
    with qtbot.waitSignal(parameters.seek_requested) as blocker:
        qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=at)
    assert blocker.args == [101]


def test_divergence_is_marked_and_stays_drawable(make_bridge, qtbot, themes):
    bridge = make_bridge(optimizer__lr=1.0, stop__divergence=False)
    snapshot = bridge.train(3)
    bridge.session.set_speed(math.inf)
    bridge.session.step(1500)
    snapshot = bridge.carry_out()
    assert snapshot.diverged_at is not None
    assert not np.isfinite(snapshot.theta).all()
    for view_class, kind in itertools.product((ParametersView, ErrorView), ScaleKind):
        view = shown(view_class(bridge, themes), qtbot)
        view.plot.set_scale(kind)
        found = colors_in(view)
        assert QColor(LIGHT.bad).rgb() in found, (view_class, kind)
        columns = [curve.column for curve in view.plot._curves]
        told = not_finite.of_series(snapshot, view.plot._series, columns, 1.0, view.plot.visible_steps)
        assert told.begin == snapshot.diverged_at
        assert "not finite from step" in told.label
    values = [entry.value for entry in shown(ParametersView(bridge, themes), qtbot).plot.legend()]
    assert values == ["NaN", "NaN"]


@pytest.mark.parametrize("kind", ScaleKind)
@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_every_scale_and_theme_can_be_drawn(bridge, qtbot, themes, kind, theme):
    themes.wear(theme)
    bridge.train(500)
    view = shown(ErrorView(bridge, themes), qtbot)
    view.plot.controls.choose(kind)
    assert view.plot.kind is kind
    assert len(colors_in(view)) > 5


def test_zero_on_a_log_axis_is_said(bridge, error):
    bridge.train(500)
    error.plot.grab()
    assert error.plot.kind is ScaleKind.LOG
    assert error.plot.floor_label() == "0"
    error.plot.set_scale(ScaleKind.SYMLOG)
    error.plot.grab()
    assert error.plot.floor_label() == ""


def read_csv(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_what_is_shown_is_copied_with_all_digits(bridge, parameters):
    bridge.train(3)
    parameters.plot.grab()
    parameters.plot.copy_csv()
    rows = read_csv(QGuiApplication.clipboard().text())
    assert [int(row["step"]) for row in rows] == [0, 1, 2, 3]
    theta = bridge.session.snapshot().theta
    assert {float(rows[-1]["W"]), float(rows[-1]["b"])} == set(theta.tolist())


def test_thinned_data_is_copied_as_minimum_and_maximum(bridge, parameters):
    bridge.train(50_000)
    parameters.plot.grab()
    rows = read_csv(parameters.plot.csv())
    assert 50 < len(rows) < 1000
    assert all(float(row["W_min"]) <= float(row["W_max"]) for row in rows)


def test_pictures_are_saved_as_pixels_and_as_svg(bridge, error, tmp_path):
    bridge.train(300)
    error.plot.save_image(tmp_path / "error.png")
    picture = QImage(str(tmp_path / "error.png"))
    assert picture.size() == 2 * error.plot.size()
    error.plot.save_image(tmp_path / "error.svg")
    assert QSvgRenderer(str(tmp_path / "error.svg")).isValid()
    assert "Error of each step" in (tmp_path / "error.svg").read_text()
    with pytest.raises(ExperimentError, match="nowhere"):
        error.plot.save_image(tmp_path / "nowhere" / "error.png")


def test_the_menu_offers_what_the_hand_can_do(bridge, error):
    bridge.train(10)
    error.plot.grab()
    menu = error.plot.make_menu(error.plot.area.center())
    texts = [action.text() for action in menu.actions() if action.text()]
    for expected in ("Linear", "Log", "Symlog", "Follow the newest step", "Link x axes", "Copy data as CSV"):
        assert expected in texts
    with_step = next(action for action in menu.actions() if action.text().startswith("Go to step"))
    chosen = []
    error.seek_requested.connect(chosen.append)
    with_step.trigger()
    assert chosen == [10]


def test_an_edit_in_the_past_dotted_line_shows_the_current_step(bridge, parameters):
    bridge.train(100)
    before = colors_in(parameters)
    bridge.session.seek(40)
    bridge.carry_out()
    assert colors_in(parameters) != before


def test_a_hidden_plot_fetches_nothing(bridge, parameters, monkeypatch):
    parameters.hide()
    asked = []
    series = bridge.reader.series
    monkeypatch.setattr(bridge.reader, "series", lambda *args: asked.append(args) or series(*args))
    bridge.train(100)
    assert not asked
    parameters.show()
    parameters.grab()
    assert asked


def test_another_experiment_starts_over(bridge, parameters, make_bridge):
    bridge.train(500)
    parameters.plot.pin(3)
    other = make_bridge("clip250-corrected").reader.problem.experiment
    bridge.session.load(other)
    bridge.carry_out()
    assert parameters.plot.notice()
    bridge.train(10)
    assert parameters.plot.readout(5)[0].difference == ""


def test_a_snapshot_of_a_run_that_is_not_known_yet_is_not_drawn(bridge, parameters, make_bridge):
    bridge.train(50)
    other = make_bridge("clip250-corrected").reader.problem.experiment
    bridge.session.load(other)
    bridge.session.settle()
    parameters.show_snapshot(bridge.session.snapshot())
    parameters.grab()
    assert not parameters.plot.notice()
    bridge.carry_out()
    assert parameters.plot.notice()
