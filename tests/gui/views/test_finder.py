"""Find a rate in the window: the chart, the one rate that is suggested, and that the run stays as it is."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from lrsim.common.numbers import full
from lrsim.gui.chart.scales import ScaleKind
from lrsim.gui.look.dress import dress
from lrsim.gui.look.theme import THEMES, ThemeSource
from lrsim.gui.views.finder import FinderView
from lrsim.gui.widgets.use_rate_button import UseRateButton
from lrsim.instruments.range_report import by_rate, trials_in_words

LIGHT = THEMES["light"]


@pytest.fixture
def finder(bridge, qtbot):
    return shown(bridge, qtbot)


def shown(bridge, qtbot, size=(900, 300), themes=None):
    view = FinderView(bridge, themes or ThemeSource(LIGHT))
    qtbot.addWidget(view)
    view.resize(*size)
    view.show()
    return view


def press_run(bridge, finder, qtbot):
    qtbot.mouseClick(finder.run_button, Qt.MouseButton.LeftButton)
    return bridge.carry_out()


def typed(qtbot, field, text):
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def test_it_says_what_to_do_and_that_the_run_is_untouched(finder):
    assert "Press Run" in finder.plot.notice()
    assert "untouched" in finder.message()


def test_a_search_leaves_the_run_as_it_is_and_suggests_one_rate(bridge, finder, qtbot):
    before = bridge.train(30)
    after = press_run(bridge, finder, qtbot)
    assert (after.step, after.tip, after.lr) == (30, 30, before.lr)
    assert np.array_equal(after.theta, before.theta)
    assert not finder.plot.notice()
    assert "From step 30" in finder.message()
    assert "untouched" in finder.message()
    assert after.range_test.rate is not None
    buttons = [button for button in finder.findChildren(UseRateButton) if button.isVisible()]
    assert [button.rate for button in buttons] == [after.range_test.rate]


def test_the_suggestion_is_one_click_and_in_use_after_it(make_bridge, qtbot):
    bridge = make_bridge("plane", optimizer__lr=1e-5)
    finder = shown(bridge, qtbot)
    press_run(bridge, finder, qtbot)
    chosen = []
    finder.rate_chosen.connect(chosen.append)
    qtbot.mouseClick(finder.recommendation.use, Qt.MouseButton.LeftButton)
    assert chosen == [bridge.session.snapshot().range_test.rate]
    bridge.session.set_rate(chosen[0])
    bridge.carry_out()
    assert not finder.recommendation.use.isEnabled()


@pytest.mark.parametrize("preset", ["rule-warmup", "clip250", "xor", "plane"])
@pytest.mark.parametrize("theme", THEMES)
def test_one_rate_is_suggested_with_what_was_tried_in_sight(make_bridge, qtbot, preset, theme):
    bridge = make_bridge(preset)
    themes = ThemeSource(THEMES[theme])
    finder = shown(bridge, qtbot, (784, 213) if theme != "projector" else (938, 190), themes)
    dress(finder, themes.theme)
    press_run(bridge, finder, qtbot)
    shot = finder.grab()
    assert not shot.isNull()
    part, search = finder.recommendation, bridge.session.snapshot().range_test
    assert part.use.rate == search.rate
    assert part.ground() == trials_in_words(search)
    for inner in part.findChildren(QWidget):
        assert inner.visibleRegion().boundingRect().size() == inner.size(), "nothing of it has to be scrolled to"
    assert part.use.width() >= part.use.sizeHint().width()


def test_each_rate_that_was_tried_is_marked_and_read_off(bridge, finder, qtbot):
    search = press_run(bridge, finder, qtbot).range_test
    plot = finder.plot
    finder.grab()
    figure = "held-out loss" if search.tried.figure_name == "val_loss" else "loss"
    assert f"{figure} after training" in [entry.name for entry in plot.legend()]
    item = next(each for each in by_rate(search.tried) if each.candidate.rate == search.rate)
    at = float(plot.x_px(np.array([search.rate]))[0])
    assert plot.trial_near(at) == item
    values = {line.name: line.value for line in plot.trial_readout(item)}
    assert values == {"rate tried": full(search.rate), figure: full(item.figure), "epochs": str(item.epochs)}
    assert plot.trial_near(plot.area.left()) is None
    plain = finder.grab().toImage()
    qtbot.mouseMove(plot, QPoint(round(at), plot.area.center().toPoint().y()))
    assert finder.grab().toImage() != plain


def test_rates_beyond_the_test_are_in_the_picture(make_bridge, qtbot):
    bridge = make_bridge(optimizer__lr=1e-9)
    finder = shown(bridge, qtbot)
    press_run(bridge, finder, qtbot)
    finder.grab()
    assert finder.plot.area.left() <= float(finder.plot.x_px(np.array([1e-9]))[0]) <= finder.plot.area.right()


def test_the_fields_say_which_rates_are_tried(bridge, finder, qtbot):
    typed(qtbot, finder.lowest, "1e-6")
    typed(qtbot, finder.highest, "1e-5")
    typed(qtbot, finder.points, "40")
    test = press_run(bridge, finder, qtbot).range_test.test
    assert (len(test.rates), test.rates[0]) == (40, pytest.approx(1e-6))
    assert test.rates[-1] == pytest.approx(1e-5)


@pytest.mark.parametrize(("field", "text"), [("lowest", "fast"), ("lowest", "0"), ("highest", "inf"), ("points", "3")])
def test_nonsense_is_refused_in_words(bridge, finder, qtbot, field, text):
    typed(qtbot, getattr(finder, field), text)
    assert "expected" in getattr(finder, field).complaint()
    assert bridge.session.snapshot().range_test is None


def test_rates_the_wrong_way_round_are_refused(bridge, finder, qtbot):
    typed(qtbot, finder.lowest, "100")
    snapshot = press_run(bridge, finder, qtbot)
    assert "below the highest" in finder.message()
    assert snapshot.range_test is None


def test_it_is_shown_while_it_runs_and_can_be_ended(make_bridge, qtbot):
    bridge = make_bridge("spiral")
    finder = shown(bridge, qtbot)
    typed(qtbot, finder.points, "100000")
    qtbot.mouseClick(finder.run_button, Qt.MouseButton.LeftButton)
    for _ in range(5):
        bridge.session.work()
    bridge.pull()
    assert finder.running
    assert "on a copy" in finder.message()
    assert finder.run_button.text() == "Cancel"
    assert finder.recommendation.isHidden()
    finder.grab()
    qtbot.mouseClick(finder.run_button, Qt.MouseButton.LeftButton)
    snapshot = bridge.carry_out()
    assert snapshot.range_test.test.stop_reason == "cancelled"
    assert finder.run_button.text() == "Run"


def test_exact_values_under_the_cursor(bridge, finder, qtbot):
    test = press_run(bridge, finder, qtbot).range_test.test
    finder.grab()
    place = finder.plot.nearest(np.log10(test.rates[20]))
    values = {line.name: line.value for line in finder.plot.readout(place)}
    assert values["rate"] == full(test.rates[20])
    assert values["loss"] == full(test.losses[20])
    assert values["smoothed"] == full(test.smoothed[20])
    assert "left out" in {line.name for line in finder.plot.readout(0)}
    plain = finder.grab().toImage()
    qtbot.mouseMove(finder.plot, finder.plot.area.center().toPoint() + QPoint(3, 0))
    assert finder.grab().toImage() != plain


def test_it_zooms_and_comes_back_and_copies(bridge, finder, qtbot):
    test = press_run(bridge, finder, qtbot).range_test.test
    plot = finder.plot
    finder.grab()
    whole = (plot.x_at(plot.area.left()), plot.x_at(plot.area.right()))
    plot.zoom(0.5, -3.0)
    plot.pan(0.3)
    finder.grab()
    assert (plot.x_at(plot.area.left()), plot.x_at(plot.area.right())) != whole
    qtbot.mouseDClick(plot, Qt.MouseButton.LeftButton, pos=plot.area.center().toPoint())
    assert (plot.x_at(plot.area.left()), plot.x_at(plot.area.right())) == pytest.approx(whole)
    rows = list(csv.DictReader(io.StringIO(plot.csv())))
    assert [float(row["loss"]) for row in rows if row["loss"]] == test.losses.tolist()
    tried = {float(row["rate"]): float(row["tried"]) for row in rows if row["tried"]}
    assert tried == {item.candidate.rate: item.figure for item in by_rate(bridge.session.snapshot().range_test.tried)}


def test_another_experiment_takes_the_test_away(bridge, finder, qtbot):
    press_run(bridge, finder, qtbot)
    bridge.session.load(bridge.reader.problem.experiment)
    bridge.carry_out()
    assert "Press Run" in finder.plot.notice()
    assert finder.recommendation.isHidden()


def test_nothing_is_shown_while_hidden_and_all_of_it_afterwards(bridge, finder, qtbot):
    finder.hide()
    bridge.session.find_rates(1e-6, 1e-3, 50)
    bridge.carry_out()
    assert finder.plot.notice()
    finder.show()
    assert not finder.plot.notice()


def test_it_can_be_drawn_at_any_size_in_every_theme(make_bridge, qtbot, themes):
    bridge = make_bridge(optimizer__lr=1.0)
    finder = shown(bridge, qtbot, themes=themes)
    bridge.train(500)
    press_run(bridge, finder, qtbot)
    for theme in THEMES.values():
        themes.wear(theme)
        for kind in ScaleKind:
            finder.plot.controls.choose(kind)
            for size in ((1, 1), (300, 600), (900, 240), (2000, 60)):
                finder.resize(*size)
                finder.grab()
        finder.resize(900, 300)
        assert finder.plot.grab().toImage().pixelColor(2, 100) == QColor(theme.background)


def test_training_that_ends_far_above_does_not_squeeze_the_picture(make_bridge, qtbot):
    bridge = make_bridge("bmi-linear", training__epochs=10)
    finder = shown(bridge, qtbot)
    search = press_run(bridge, finder, qtbot).range_test
    finder.grab()
    ends = [item.figure for item in by_rate(search.tried)]
    assert max(ends) > 1e10
    lowest, start = np.array([min(ends), search.test.losses[0]])
    low, high = finder.plot.y_px(np.array([lowest, start]))
    assert low - high > 0.2 * finder.plot.area.height()
