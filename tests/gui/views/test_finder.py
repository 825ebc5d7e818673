"""The range test in the window: its chart, its suggestions, and that the run stays as it is."""

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
from lrsim.gui.look.stylesheet import dress
from lrsim.gui.look.theme import THEMES, ThemeSource
from lrsim.gui.views.finder import FinderView
from lrsim.gui.words.finder import ground
from lrsim.instruments.range_report import REASONS
from lrsim.instruments.range_test import RangeTest, Suggestion, recommended

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


def test_a_test_leaves_the_run_as_it_is_and_suggests_rates(bridge, finder, qtbot):
    before = bridge.train(30)
    after = press_run(bridge, finder, qtbot)
    assert (after.step, after.tip, after.lr) == (30, 30, before.lr)
    assert np.array_equal(after.theta, before.theta)
    assert not finder.plot.notice()
    assert "From step 30" in finder.message()
    assert "untouched" in finder.message()
    found = {item.name: item.rate for item in after.range_test.test.suggestions}
    assert found
    offered = [finder.recommendation.use, *finder.others.uses]
    assert all(button.isVisible() for button in offered)
    assert sorted(button.rate for button in offered) == pytest.approx(sorted(found.values()), rel=0.05)
    assert finder.recommendation.use.rate == pytest.approx(sorted(found.values())[1], rel=0.05)


def test_a_suggestion_is_one_click(bridge, finder, qtbot):
    press_run(bridge, finder, qtbot)
    chosen = []
    finder.rate_chosen.connect(chosen.append)
    button = finder.others.uses[0]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert chosen == [button.rate]


@pytest.mark.parametrize("preset", ["rule-warmup", "clip250", "xor", "plane"])
@pytest.mark.parametrize("theme", THEMES)
def test_one_rate_is_recommended_with_its_ground_in_sight(make_bridge, qtbot, preset, theme):
    bridge = make_bridge(preset)
    themes = ThemeSource(THEMES[theme])
    finder = shown(bridge, qtbot, (784, 213) if theme != "projector" else (938, 190), themes)
    dress(finder, themes.theme)
    press_run(bridge, finder, qtbot)
    shot = finder.grab()
    assert not shot.isNull()
    part = finder.recommendation
    test = bridge.session.snapshot().range_test.test
    assert part.use.rate == float(f"{recommended(test).rate:.1e}")
    assert part.ground() == ground(test)
    for inner in part.findChildren(QWidget):
        assert inner.visibleRegion().boundingRect().size() == inner.size(), "nothing of it has to be scrolled to"
    assert part.use.width() >= part.use.sizeHint().width()


@pytest.mark.parametrize(
    ("rates", "words"),
    [
        ([], ""),
        ([1e-3], "No other rule finds a rate"),
        ([1e-3, 2e-3], "below the other rule's 0.002"),
        ([1e-3, 2e-3, 4e-3], "between the other rules' 0.001 and 0.004."),
        ([1e-4, 2e-3, 4e-1], "far apart"),
    ],
)
def test_the_ground_is_told_in_words(rates, words):
    found = tuple(Suggestion(name, rate, 1.0) for name, rate in zip(REASONS, rates))
    said = ground(RangeTest(np.empty(0), np.empty(0), np.empty(0), 0, 0, found, "points"))
    assert words in said


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
    assert finder.others.isHidden()
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
    assert [float(row["loss"]) for row in rows] == test.losses.tolist()


def test_another_experiment_takes_the_test_away(bridge, finder, qtbot):
    press_run(bridge, finder, qtbot)
    bridge.session.load(bridge.reader.problem.experiment)
    bridge.carry_out()
    assert "Press Run" in finder.plot.notice()
    assert finder.recommendation.isHidden()
    assert finder.others.isHidden()


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
