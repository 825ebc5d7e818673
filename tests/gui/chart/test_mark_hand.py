"""Changes of the rate are dragged to another step in any chart over steps, and taken away in its menu."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage

from lrsim.experiment import files
from lrsim.experiment.keys import with_values
from lrsim.gui.chart.chart import Chart
from lrsim.gui.views.error import ErrorView
from lrsim.gui.views.learning import LearningView
from tests.gui.driving import opened

TIP = 2000


@pytest.fixture
def driven(qtbot):
    with opened(qtbot, experiment="clip250", size=(1600, 900)) as window:
        window.session.run_to(500)
        window.wait_for_step(500)
        window.window.commands.set_rate(2e-5)
        window.session.run_to(TIP)
        window.wait_for_step(TIP)
        yield window


def chart_of(driven, name: str) -> Chart:
    window = driven.window
    if name in (ErrorView.NAME, LearningView.NAME):
        window.choose_layout("curves")
        found = window.stage[name].plot
    elif name == "watches":
        driven.session.set_watch("", "loss")
        window.docks.open("watches")
        found = window.watches.plot
    else:
        window.docks.open("schedule")
        found = window.schedule.view.plot
    driven.qtbot.waitUntil(lambda: found.isVisible() and not found.notice())
    found.grab()
    return found


def place(chart: Chart, step: int) -> QPoint:
    return QPoint(round(float(chart.x_px(np.array([step]))[0])), round(chart.area.center().y()))


def drag(driven, chart: Chart, first: QPoint, last: QPoint, until: QPoint | None = None) -> QImage:
    """What is seen while the hand holds it at `last`."""
    qtbot, left = driven.qtbot, Qt.MouseButton.LeftButton
    qtbot.mousePress(chart, left, pos=first)
    qtbot.mouseMove(chart, (first + last) / 2)
    qtbot.mouseMove(chart, last)
    seen = chart.grab().toImage()
    qtbot.mouseRelease(chart, left, pos=last if until is None else until)
    return seen


@pytest.mark.parametrize("name", [ErrorView.NAME, LearningView.NAME, "watches", "schedule"])
def test_a_change_is_dragged_to_another_step_and_back_by_undo(driven, name):
    chart = chart_of(driven, name)
    before, range_before = chart.grab().toImage(), (chart.x_at(chart.area.left()), chart.x_at(chart.area.right()))
    theta = driven.snapshot().theta.tobytes()
    within = 2 * (range_before[1] - range_before[0]) / chart.area.width()  # a pixel may be several steps wide

    def has_moved() -> bool:
        shown = driven.snapshot()
        return shown.tip == TIP and [abs(step - 1200) < within for step, _ in shown.rate_marks] == [True]

    seen = drag(driven, chart, place(chart, 501), place(chart, 1200))
    assert seen != before
    driven.qtbot.waitUntil(has_moved)
    driven.bridge.pull()
    chart.grab()
    assert (chart.x_at(chart.area.left()), chart.x_at(chart.area.right())) == range_before
    assert driven.bridge.reader.rows(driven.snapshot(), 700, 700)[0].rate == 1e-5
    assert "moving the change of the rate from step 501" in driven.window.registry["undo"].text()
    driven.window.registry["undo"].trigger()
    driven.qtbot.waitUntil(lambda: driven.snapshot().rate_marks == ((501, 2e-5),))
    assert driven.snapshot().theta.tobytes() == theta


def test_let_go_outside_or_where_it_was_it_stays(driven):
    chart = chart_of(driven, ErrorView.NAME)
    edits = len(driven.snapshot().done)
    drag(driven, chart, place(chart, 501), place(chart, 900), until=QPoint(5, 5))
    for beside in (-3, 0, 3):  # taken beside the mark it does not jump to the hand
        first = place(chart, 501) + QPoint(beside, 0)
        drag(driven, chart, first, first + QPoint(0, 15))
    driven.bridge.pull()
    assert driven.snapshot().rate_marks == ((501, 2e-5),)
    assert len(driven.snapshot().done) == edits


def test_beyond_the_newest_step_it_stands_behind_it(driven):
    chart = chart_of(driven, "schedule")
    drag(driven, chart, place(chart, 501), QPoint(round(chart.area.right()) - 1, place(chart, 501).y()))
    driven.qtbot.waitUntil(lambda: driven.snapshot().rate_marks == ((TIP + 1, 2e-5),))


def test_it_is_taken_away_in_the_menu(driven):
    chart = chart_of(driven, ErrorView.NAME)
    menu = chart.make_menu(QPointF(place(chart, 501)))
    (action,) = [each for each in menu.actions() if each.text().startswith("Take away the change of the rate")]
    action.trigger()
    driven.qtbot.waitUntil(lambda: driven.snapshot().rate_marks == () and driven.snapshot().tip == TIP)
    assert driven.snapshot().rate == 1e-5
    driven.bridge.pull()
    assert not [each for each in chart.make_menu(QPointF(place(chart, 501))).actions() if "Take away" in each.text()]


def test_the_pointer_tells_that_it_can_be_dragged(driven):
    chart = chart_of(driven, ErrorView.NAME)
    for step in (480, 501):
        driven.qtbot.mouseMove(chart, place(chart, step))
    assert chart.cursor().shape() == Qt.CursorShape.SizeHorCursor
    driven.qtbot.mouseMove(chart, place(chart, 1200))
    assert chart.cursor().shape() == Qt.CursorShape.ArrowCursor


def test_what_a_callback_has_changed_stays(qtbot):
    schedule = {"name": "plateau", "monitor": "loss", "patience": 1}
    with opened(qtbot, experiment="circle", size=(1600, 900)) as driven:
        experiment = with_values(files.load("circle"), [("schedule", schedule)])
        driven.window.commands.load(experiment)
        driven.qtbot.waitUntil(lambda: not driven.window.commands.loading)
        driven.wait_for_step(0)
        driven.session.run_to(20_000)
        driven.wait_for_step(20_000)
        chart = chart_of(driven, "schedule")
        (step, _), *_ = driven.snapshot().reductions
        drag(driven, chart, place(chart, step), place(chart, step) + QPoint(40, 0))
        driven.bridge.pull()
        assert not any(way.edit.kind == "move" for way in driven.snapshot().done)
        assert driven.window.notice.text() == ""  # the picture was dragged, nothing was asked for
