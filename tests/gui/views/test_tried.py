"""The rates that were tried, in the window: a mark each, what it says of them, and taking one by a click."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QSignalSpy

from lrsim.experiment import files
from lrsim.experiment.keys import with_values
from lrsim.gui.chart.scales import ScaleKind
from lrsim.gui.look.theme import THEMES, ThemeSource
from lrsim.gui.panels.banner import Banner
from lrsim.gui.views.tried import TriedView
from lrsim.verdict.tried import FROM_HERE, Candidate, Trial, Tried
from tests.gui.driving import opened

OWN = Trial(Candidate(1e-3), 60, 0.62)
TRIALS = (
    Trial(Candidate(1e-4), 10, 0.69), Trial(Candidate(1e-2), 60, 0.31), Trial(Candidate(3e-2), 60, 0.12),
    Trial(Candidate(2e-2, falling=True), 60, 0.2), Trial(Candidate(1.0), 10, math.inf),
)  # fmt: skip
TRIED = Tried("val_loss", OWN, TRIALS, noise=0.03, best=Candidate(3e-2), work=100, budget=100, done=True)


def shown(bridge, qtbot, tried, size=(900, 320)):
    view = TriedView(bridge, ThemeSource(THEMES["light"]))
    qtbot.addWidget(view)
    view.resize(*size)
    view.show()
    tell(view, bridge, tried)
    return view


def tell(view, bridge, tried):
    snapshot = bridge.reader.snapshot()
    view.show_snapshot(replace(snapshot, verdict=replace(snapshot.verdict, tried=tried)))
    view.plot.grab()


def mark_of(view, number) -> QPointF:
    """Where the mark of a trial stands, 0 being the run itself."""
    return view.plot._places()[number]


def test_it_says_where_nothing_was_tried(bridge, qtbot):
    view = shown(bridge, qtbot, None)
    assert "Nothing was tried" in view.plot.notice()
    assert not view.take.isVisible()
    assert "untouched" in view.message()


def test_the_rate_that_won_is_named_with_what_it_came_to(bridge, qtbot):
    view = shown(bridge, qtbot, TRIED)
    assert view.take.text() == "Start again with 0.03"
    assert view.message() == (
        "0.03 came to 0.12 after 60 epochs on a copy, with the same batches. This run has held-out loss 0.62. "
        "The run is untouched."
    )
    spy = QSignalSpy(view.chosen)
    qtbot.mouseClick(view.take, Qt.MouseButton.LeftButton)
    assert spy.at(0) == [Candidate(3e-2)]


def test_a_rate_that_goes_on_from_here_is_told_apart(bridge, qtbot):
    here = Candidate(3e-2, start=FROM_HERE)
    view = shown(bridge, qtbot, replace(TRIED, trials=(Trial(here, 60, 0.12),), best=here))
    assert view.take.text() == "Go on with 0.03"
    assert view.message().startswith("0.03 from here on came to")


def test_no_rate_that_does_better_is_a_result(bridge, qtbot):
    view = shown(bridge, qtbot, replace(TRIED, best=None))
    assert not view.take.isVisible()
    assert "does better than the run by more than chance" in view.message()


def test_what_goes_on_is_told_while_it_does(bridge, qtbot):
    view = shown(bridge, qtbot, replace(TRIED, done=False, best=None, work=40))
    assert "so far 0.03, 0.02 falling to 0, 1; it has done 40 % of its work" in view.message()
    tell(view, bridge, TRIED)
    assert view.take.isVisible()


def test_a_click_on_a_mark_takes_its_rate_and_one_beside_takes_none(bridge, qtbot):
    view = shown(bridge, qtbot, TRIED)
    spy = QSignalSpy(view.chosen)
    for number, trial in enumerate(TRIALS, start=1):
        qtbot.mouseClick(view.plot, Qt.MouseButton.LeftButton, pos=mark_of(view, number).toPoint())
        assert spy.at(spy.count() - 1) == [trial.candidate]
    count = spy.count()
    qtbot.mouseClick(view.plot, Qt.MouseButton.LeftButton, pos=mark_of(view, 0).toPoint())
    far = QPointF(view.plot.area.left() + 2, view.plot.area.center().y() + 30)
    qtbot.mouseClick(view.plot, Qt.MouseButton.LeftButton, pos=far.toPoint())
    assert spy.count() == count


def test_a_mark_tells_its_numbers_under_the_pointer(bridge, qtbot):
    view = shown(bridge, qtbot, TRIED)
    lines = {line.name: line.value for line in view.plot.readout(TRIALS[3])}
    assert (lines["rate"], lines["held-out loss"], lines["epochs"]) == ("0.02", "0.2", "60")
    assert lines["rate falls"] == "to 0, along half a cosine"
    assert {line.name: line.value for line in view.plot.readout(TRIALS[4])}["held-out loss"] == "diverged"
    assert "this run" in [line.name for line in view.plot.readout(OWN)]


def test_readers_hear_every_trial(bridge, qtbot):
    words = shown(bridge, qtbot, TRIED).plot.in_words()
    for text in ("this run 0.001: 0.62", "0.03: 0.12", "0.02 falling to 0: 0.2", "1: diverged"):
        assert text in words


def test_marks_of_what_diverged_stand_at_the_upper_edge_and_all_are_within(bridge, qtbot):
    view = shown(bridge, qtbot, TRIED)
    places, area = view.plot._places(), view.plot.area
    assert places[5].y() < area.top() + 20
    assert all(area.adjusted(-1, -1, 1, 1).contains(place) for place in places)
    assert [place.x() for place in places[1:4]] == sorted(place.x() for place in places[1:4])


def test_figures_far_apart_are_shown_on_a_log_scale_until_a_hand_chooses(bridge, qtbot):
    view = shown(bridge, qtbot, TRIED)
    assert view.plot.kind is ScaleKind.LINEAR
    tell(view, bridge, replace(TRIED, trials=(*TRIALS, Trial(Candidate(0.05), 60, 1e-6))))
    assert view.plot.kind is ScaleKind.LOG
    view.plot.controls.scale_actions[ScaleKind.LINEAR].trigger()
    tell(view, bridge, TRIED)
    assert view.plot.kind is ScaleKind.LINEAR


def test_the_trials_are_copied_as_csv(bridge, qtbot):
    view = shown(bridge, qtbot, TRIED)
    rows = list(csv.reader(io.StringIO(view.plot.csv())))
    assert rows[0] == ["rate", "falling", "from", "epochs", "val_loss", "advised"]
    assert rows[1][:4] == ["0.001", "0", "start", "60"]
    assert [row[0] for row in rows if row[-1] == "1"] == ["0.03"]
    assert len(rows) == 7


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", [(900, 320), (300, 500), (260, 200)])
def test_it_is_drawn_in_any_room(bridge, qtbot, theme, size):
    view = shown(bridge, qtbot, TRIED, size)
    view.plot._set_theme(THEMES[theme])
    assert not view.plot.grab().isNull()


def test_odd_figures_do_no_harm(bridge, qtbot):
    for own in (math.inf, math.nan, 0.0, 1e300):
        shown(bridge, qtbot, replace(TRIED, own=Trial(Candidate(1e-3), 0, own), trials=(), best=None, done=False))
        shown(bridge, qtbot, replace(TRIED, own=Trial(Candidate(1e-3), 5, own)))


def test_the_banner_offers_what_was_tried(bridge, qtbot):
    banner = Banner(bridge, ThemeSource(THEMES["light"]))
    qtbot.addWidget(banner)
    banner.show()
    snapshot = bridge.train(30)
    verdict = replace(snapshot.verdict, tried=TRIED, suggested_rate=0.03)
    taken, asked = QSignalSpy(banner.candidate_suggested), QSignalSpy(banner.trials_asked)
    banner._show(replace(snapshot, verdict=verdict))
    qtbot.mouseClick(banner.trials, Qt.MouseButton.LeftButton)
    assert asked.count() == 1
    assert banner._use.toolTip() == "Starts again with 0.03 on a new branch; undo leads back"
    banner.accept()
    assert taken.at(0) == [Candidate(3e-2)]
    banner._show(replace(snapshot, verdict=replace(verdict, tried=None, suggested_rate=None)))
    assert not banner.trials.isVisible()


def test_a_rate_is_tried_beside_the_run_and_taken_by_a_click(qtbot):
    """The whole way: a run at far too low a rate, the sentence, the chart behind it, a new branch, and back."""
    changes = [("optimizer.lr", 1e-5), ("training.epochs", 30), ("data.samples", 120)]
    with opened(qtbot, experiment=with_values(files.load("circle"), changes), trials=1.0) as driven:
        window, total = driven.window, driven.snapshot().place.run.problem.total_steps
        driven.session.run_to(total)
        driven.wait_for_step(total)
        tried = lambda: driven.snapshot().verdict.tried  # noqa: E731
        qtbot.waitUntil(lambda: tried() is not None and tried().done, timeout=60_000)
        qtbot.waitUntil(lambda: window.banner.trials.isVisible())
        assert not window.tried.isVisible()
        driven.press(Qt.Key.Key_T)
        assert window.tried.isVisible()
        best = driven.snapshot().verdict.tried.best
        before = driven.snapshot()
        qtbot.mouseClick(window.tried.take, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: driven.snapshot().lr == best.rate)
        assert driven.snapshot().tip == (0 if best.start == "start" else before.tip)
        driven.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: driven.snapshot().lr == 1e-5)
        assert (driven.snapshot().step, driven.snapshot().tip) == (before.step, before.tip)


def test_a_rate_that_is_to_fall_begins_another_run(qtbot):
    with opened(qtbot) as driven:
        driven.window.commands.take(Candidate(2e-6, falling=True))
        qtbot.waitUntil(lambda: driven.bridge.reader.problem.experiment.schedule.name == "cosine")
        assert driven.snapshot().lr == 2e-6
        driven.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: driven.bridge.reader.problem.experiment.schedule.name == "constant")
