"""The loss along the last step: its curves, the rates that belong to them, and what a click does."""

from __future__ import annotations

import csv
import dataclasses
import io
import math

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt

from lrsim.gui.look.theme import THEMES, ThemeSource
from lrsim.gui.views.along.view import AlongView
from tests.gui.driving import opened


def settle(qtbot, view):
    """Until the curves are those of the newest step."""

    def done():
        view.grab()
        return view.settled

    qtbot.waitUntil(done)


def shown(qtbot, bridge, size=(640, 420), themes=None):
    view = AlongView(bridge, themes or ThemeSource(THEMES["light"]))
    qtbot.addWidget(view)
    view.resize(*size)
    view.show()
    settle(qtbot, view)
    return view


def table(view):
    rows = list(csv.DictReader(io.StringIO(view.plot.csv())))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


def test_the_curve_of_the_batch_goes_through_what_was_recorded(make_bridge, qtbot):
    """A step's loss is taken before its update: with one full batch the next step's loss is where the update led."""
    bridge = make_bridge("edge-of-stability")
    before = bridge.train(20)
    after = bridge.train(21)
    view = shown(qtbot, bridge)
    columns = table(view)
    start, end = (int(np.abs(columns["times the step"] - at).argmin()) for at in (0, 1))
    assert columns["batch loss"][start] == pytest.approx(after.loss, rel=1e-6)
    assert columns["rate"][end] == pytest.approx(before.rate)
    following = bridge.train(22)
    assert columns["batch loss"][end] == pytest.approx(following.loss, rel=1e-5)
    np.testing.assert_allclose(columns["training loss"], columns["batch loss"])


def test_before_the_first_step_it_says_what_to_do(make_bridge, qtbot):
    bridge = make_bridge("clip250")
    view = shown(qtbot, bridge)
    assert "Take a step" in view.plot.notice()
    view.show_snapshot(bridge.train(1))
    settle(qtbot, view)
    assert view.plot.notice() == ""
    assert view.plot.line is not None
    assert view.sentence.text().startswith("Step 1:")


def test_plain_descent_is_read_in_rates_and_momentum_in_steps(make_bridge, qtbot):
    bridge = make_bridge("clip250")
    bridge.train(5)
    plain = shown(qtbot, bridge)
    assert plain.plot.x_title == "learning rate"
    texts = [tick.text for tick in plain.plot.x_ticks(8) if tick.text]
    assert "0" in texts
    assert not any(text.startswith("-") for text in texts)
    bridge = make_bridge("clip250", optimizer__momentum=0.9)
    bridge.train(5)
    view = shown(qtbot, bridge)
    assert view.plot.x_title == "times the step"
    assert "off this line" in view.sentence.text()


def test_the_present_rate_stands_where_it_would_have_landed(make_bridge, qtbot):
    bridge = make_bridge("clip250")
    rate = bridge.train(5).rate
    view = shown(qtbot, bridge)
    assert view.plot.present == pytest.approx(1.0)
    bridge.session.set_rate(2 * rate)
    view.show_snapshot(bridge.carry_out())
    settle(qtbot, view)
    assert view.plot.present == pytest.approx(2.0)
    assert view.plot.line.rate == rate


def test_the_floor_of_the_parabola_is_where_alpha_says(make_bridge, qtbot):
    bridge = make_bridge("edge-of-stability")
    bridge.train(1500)
    view = shown(qtbot, bridge)
    line = view.plot.line
    assert 1 / line.floor - 1 == pytest.approx(line.parabola.alpha)
    assert "short of the parabola's floor" in view.sentence.text() or "past the" in view.sentence.text()


def test_a_click_uses_the_rate_that_is_read_there_and_undo_takes_it_back(qtbot):
    with opened(qtbot, experiment="edge-of-stability", size=(1500, 900)) as driven:
        driven.window.choose_layout("landscape")
        driven.session.run_to(10)
        driven.wait_for_step(10)
        view = driven.window.stage["along"]
        qtbot.waitUntil(lambda: view.settled)
        plot, before = view.plot, driven.snapshot().rate
        x = float(plot.x_px(np.array([2.0]))[0])
        at = QPoint(round(x), round(plot.area.center().y()))
        qtbot.mouseMove(plot, at)
        wanted = plot.rate_at(plot._nearest(QPointF(at)))
        assert wanted == pytest.approx(2 * before, rel=0.05)
        assert plot.readout(plot._nearest(QPointF(at)))[0].name == "rate"
        qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=at)
        qtbot.waitUntil(lambda: driven.snapshot().rate == wanted)
        driven.window.registry["undo"].trigger()
        qtbot.waitUntil(lambda: driven.snapshot().rate == before)
        behind = QPoint(round(float(plot.x_px(np.array([-0.5]))[0])), at.y())
        qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=behind)
        driven.wait_still()
        assert driven.snapshot().rate == before, "there is no rate behind the start"


def test_under_a_schedule_the_click_sets_the_base_that_makes_the_rate(make_bridge, qtbot):
    bridge = make_bridge("rule-exponential")
    snapshot = bridge.train(40)
    assert snapshot.parts.schedule < 1
    view = shown(qtbot, bridge)
    chosen = []
    view.rate_chosen.connect(chosen.append)
    at = QPointF(float(view.plot.x_px(np.array([1.5]))[0]), view.plot.area.center().y())
    wanted = view.plot.rate_at(view.plot._nearest(at))
    view.plot.click(at, Qt.KeyboardModifier.NoModifier)
    bridge.session.set_rate(chosen[0])
    assert bridge.carry_out().rate == pytest.approx(wanted)


@pytest.mark.parametrize("preset", ["clip250", "edge-of-stability", "spiral"])
@pytest.mark.parametrize("rate", [1e10, 1e150, 1e300])
def test_a_step_into_the_void_is_drawn_and_said(make_bridge, qtbot, preset, rate):
    bridge = make_bridge(preset, optimizer__lr=rate)
    view = None
    for steps in (1, 2, 3, 8):
        bridge.train(steps)
        if view is None:
            view = shown(qtbot, bridge)
        view.show_snapshot(bridge.session.snapshot())
        settle(qtbot, view)
        plot = view.plot
        ends = [plot.scale.value(0), plot.scale.value(1), plot.x_at(plot.area.left()), plot.x_at(plot.area.right())]
        assert all(map(math.isfinite, ends))
        assert ends[0] < ends[1]
        plot.readout(3)
        assert plot.csv()
        assert plot.in_words()
        assert view.sentence.text()


def test_a_step_that_changes_nothing_is_not_said_to_bend(make_bridge, qtbot):
    bridge = make_bridge("clip250")
    bridge.train(60)
    view = shown(qtbot, bridge)
    assert (view.plot.line.batch == view.plot.line.start).all()
    assert view.sentence.text().endswith("the same all along it.")


def test_a_rate_of_nothing_or_of_no_number_has_no_place(make_bridge, qtbot):
    bridge = make_bridge("clip250")
    snapshot = bridge.train(4)
    view = shown(qtbot, bridge)
    for rate in (math.nan, math.inf):
        view.show_snapshot(dataclasses.replace(snapshot, rate=rate, version=snapshot.version + 1))
        assert view.plot.present is None
        view.grab()


def test_what_is_hidden_works_nothing_out(make_bridge, qtbot):
    bridge = make_bridge("clip250")
    view = AlongView(bridge, ThemeSource(THEMES["light"]))
    qtbot.addWidget(view)
    bridge.train(20)
    assert view.plot.line is None


@pytest.mark.parametrize("theme", list(THEMES))
def test_it_can_be_drawn_in_every_theme_and_size(make_bridge, qtbot, themes, theme):
    bridge = make_bridge("spiral")
    bridge.train(30)
    view = shown(qtbot, bridge, themes=themes)
    themes.wear(THEMES[theme])
    view.grab()
    for size in ((1, 1), (60, 40), (2000, 60), (300, 900)):
        view.setFixedSize(*size)
        view.grab()
