"""Steps by their logarithm, and running means, chosen in a chart's menu."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from lrsim.charts.smoothing import smoothed
from lrsim.gui.chart import log_steps
from lrsim.gui.chart.scales import ScaleKind
from lrsim.gui.chart.step_chart import StepPlot
from lrsim.gui.views.error import ErrorView
from tests.gui.driving import opened


@pytest.fixture
def driven(qtbot):
    with opened(qtbot, experiment="clip250", size=(1600, 900)) as window:
        window.session.run_to(100_000)
        window.wait_for_step(100_000)
        window.window.choose_layout("curves")
        yield window


@pytest.fixture
def chart(driven):
    chart = driven.window.stage[ErrorView.NAME].plot
    chart.grab()
    return chart


def choose(chart: StepPlot, *words: str) -> None:
    """Trigger an action of the chart's menu, or of a menu in it."""
    menu: QMenu = chart.make_menu(QPointF(chart.area.center()))
    for word in words[:-1]:
        menu = next(each.menu() for each in menu.actions() if each.text() == word)
    found: QAction = next(each for each in menu.actions() if each.text() == words[-1])
    found.trigger()


def test_the_first_steps_are_as_fine_as_the_last(driven, chart):
    choose(chart, "Steps by their logarithm")
    chart.grab()
    steps = chart._series.x
    assert (np.diff(steps) > 0).all()
    assert set(range(1, 60)) <= set(steps.tolist())
    assert steps[-1] > 99_000
    assert len(steps) < 2 * chart.area.width()
    reader, snapshot = driven.bridge.reader, driven.snapshot()
    exact = reader.series(snapshot, ["error"], 0, 60, 200)
    assert chart._series.low["error"][:60].tolist() == pytest.approx(exact.low["error"][:60].tolist(), nan_ok=True)
    assert [tick.text for tick in chart.x_ticks(9) if tick.text][:4] == ["0", "1", "10", "100"]


def test_linked_charts_change_together_and_the_hand_zooms_and_moves(driven, chart):
    choose(chart, "Steps by their logarithm")
    others = [each for each in driven.window.findChildren(StepPlot) if each.isVisible() and each is not chart]
    assert others
    assert all(each.even_factors for each in others)
    chart.grab()
    at = QPoint(round(chart.area.left() + 0.3 * chart.area.width()), round(chart.area.center().y()))
    step = chart.x_at(at.x())
    chart.zoom_at(0.5, QPointF(at))
    chart.grab()
    assert chart.x_at(at.x()) == pytest.approx(step, rel=0.02)
    lo, hi = chart.visible_steps
    driven.qtbot.mousePress(chart, Qt.MouseButton.LeftButton, pos=at)
    for moved in (10, 40, 80):
        driven.qtbot.mouseMove(chart, at + QPoint(moved, 0))
    driven.qtbot.mouseRelease(chart, Qt.MouseButton.LeftButton, pos=at + QPoint(80, 0))
    chart.grab()
    assert chart.visible_steps[0] < lo
    assert chart.visible_steps[1] < hi
    chart.show_all()
    chart.grab()
    assert chart.visible_steps == (0.0, 100_000.0)
    choose(chart, "Steps by their logarithm")
    assert not any(each.even_factors for each in others)


def test_marks_of_the_rate_lie_where_their_steps_do(driven, chart):
    driven.session.seek(500)
    driven.wait_for_step(500)
    driven.window.commands.set_rate(2e-5)
    driven.session.run_to(2000)
    driven.wait_for_step(2000)
    choose(chart, "Steps by their logarithm")
    chart.grab()
    (x,) = chart.x_px(np.array([501.0])) if chart._snapshot.rate_marks[-1][0] == 501 else chart.x_px(np.array([500.0]))
    driven.qtbot.mouseClick(chart, Qt.MouseButton.LeftButton, pos=QPoint(round(x), round(chart.area.center().y())))
    driven.wait_for_step(chart._snapshot.rate_marks[-1][0])


@pytest.mark.parametrize("even", [False, True])
def test_a_running_mean_is_drawn_over_what_it_is_made_of(driven, chart, even):
    for switch in chart.switches:
        switch.setChecked(False)
    chart.grab()
    if even:
        choose(chart, "Steps by their logarithm")
    else:
        chart.view_range.choose(1000.0, 1200.0, 100_000)
    before = chart.grab().toImage()
    choose(chart, "Smooth", "mean of about 20 steps")
    assert chart.grab().toImage() != before
    assert "mean of about 20 steps" in chart.y_label()
    steps, means = chart._smooth["error"]
    if not even:
        whole = driven.bridge.reader.series(driven.snapshot(), ["error"], 1, 1200, 5000)
        assert whole.exact
        expected = smoothed(whole.x, whole.low["error"], 20)
        at = np.searchsorted(whole.x, steps)
        assert means == pytest.approx(expected[at], rel=1e-3)
    at = int(steps[len(steps) // 2])
    told = {line.name: line.value for line in chart.readout(at)}
    mean = next(value for name, value in told.items() if name.endswith(", mean"))
    assert float(mean) == pytest.approx(float(means[len(steps) // 2]))
    choose(chart, "Smooth", "as it is")
    assert not any(line.name.endswith(", mean") for line in chart.readout(at))
    assert chart.grab().toImage() == before


def test_errors_told_apart_by_sample_are_as_fine_at_the_first_steps(driven, chart):
    driven.window.choose_layout("curves")
    by_sample = next(action for action in chart.switches)
    by_sample.setChecked(True)
    choose(chart, "Steps by their logarithm")
    chart.grab()
    assert chart._apart
    assert not chart.can_smooth
    for curve in chart._apart:
        steps, low, high = log_steps.thinned_evenly(curve.steps.astype(float), curve.errors, 300)
        early = curve.steps <= 60
        assert steps[: early.sum()].tolist() == curve.steps[early].tolist()
        assert low[: early.sum()].tolist() == high[: early.sum()].tolist() == curve.errors[early].tolist()
        assert (np.diff(steps) > 0).all()
        assert low.min() == curve.errors.min()
        assert high.max() == curve.errors.max()


@pytest.mark.parametrize("kind", ScaleKind)
def test_a_reference_line_stands_where_it_was_asked_for_until_it_is_taken_away(driven, chart, kind):
    for switch in chart.switches:
        switch.setChecked(False)
    chart.controls.choose(kind)
    chart.grab()  # the axis takes its width
    before = chart.grab().toImage()
    at = QPointF(chart.area.center().x(), chart.area.top() + 0.4 * chart.area.height())
    action = next(each for each in chart.make_menu(at).actions() if each.text().startswith("Reference line at"))
    action.trigger()
    assert chart.grab().toImage() != before
    (value,) = chart.references
    assert chart.y_px(np.array([value]))[0] == pytest.approx(at.y(), abs=3)
    choose(chart, "Remove reference lines")
    assert chart.grab().toImage() == before
