"""Sweeps of many hundred runs: what is drawn and told stays as little as can be seen."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from lrsim.experiment.files import load
from lrsim.gui.chart.frame import Fonts
from lrsim.gui.look.theme import THEMES, ThemeSource
from lrsim.gui.sweep.cell_paint import parts_width, short_parts
from lrsim.gui.sweep.page import SweepPage
from lrsim.gui.sweep.race_chart import MOST_CURVES
from lrsim.gui.sweep.runner import Plan, SweepRunner
from lrsim.sweep import executors
from lrsim.sweep.job import SweepJob
from lrsim.sweep.plan import describe

MANY = 300


@pytest.fixture(scope="module")
def finished():
    """A sweep of many runs with their records, all made of the same few."""
    few = describe(load("clip250"), {"optimizer.lr": [1e-6, 1e-5, 1e-4]}, max_epochs=5)
    job = SweepJob(few, executors.threads)
    job.run(lambda: False, lambda: None)
    sweep = describe(load("clip250"), {"optimizer.lr": [1e-6 * 1.01**n for n in range(MANY)]}, max_epochs=5)
    return sweep, [
        replace(job.records[spec.index % 3], index=spec.index, values=spec.values, rate=spec.experiment.optimizer.lr)
        for spec in sweep.runs
    ]


@pytest.fixture
def page(qtbot, make_bridge):
    page = SweepPage(make_bridge(), ThemeSource(THEMES["light"]))
    qtbot.addWidget(page)
    page.resize(1200, 700)
    page.show()
    yield page
    page.stop()


def test_the_race_draws_the_best_and_the_chosen_one_and_says_so(page, finished):
    page.show_finished(*finished)
    page.choose("race")
    chart = page.race.chart
    assert chart.title == f"Race over steps, the {MOST_CURVES} best of {MANY} runs"
    assert len(chart._drawn) == MOST_CURVES
    worst = page.race.board._order[-1].record
    page.results.select(worst.index)
    assert len(chart._drawn) == MOST_CURVES + 1
    assert chart._drawn[-1].record is worst
    assert not page.race.grab().isNull()


def test_pictures_that_nobody_sees_wait_until_they_are_seen(page, finished, monkeypatch):
    sweep, records = finished
    drawn = []
    monkeypatch.setattr(type(page.race), "show_results", lambda self: drawn.append(len(self.results.records)))
    page.results.begin(sweep, [])
    page._show_runs(sweep)
    drawn.clear()
    for record in records[:50]:
        page.results.add(record)
    page.results.grew.emit()
    assert drawn == []
    page.choose("race")
    assert drawn == [50]
    page.choose("charts")
    page.results.flush()
    assert drawn == [50, 50], "once no more are to come all of them are as they should be"


def test_of_how_far_it_is_only_the_newest_is_told(qtbot):
    runner, told, begun = SweepRunner(), [], []
    runner.drawing.connect(lambda done, total: told.append((done, total)))
    runner.notice.connect(begun.append)
    for done in range(500):
        runner._tell(runner.drawing, done, 500)
    runner._tell(runner.notice, "hello")
    while not runner._news.empty():
        runner._fetch()
    assert told[-1] == (499, 500)
    assert len(told) < 500
    assert begun == ["hello"]


def test_python_switches_threads_as_before_once_the_sweep_is_over(qtbot):
    before = sys.getswitchinterval()
    runner = SweepRunner()
    with qtbot.waitSignal(runner.ended):
        runner.start(Plan(load("clip250"), (("optimizer.lr", (1e-6,)),), 1, 1, 1, lambda _: executors.threads))
        assert sys.getswitchinterval() < before
    assert sys.getswitchinterval() == before


@pytest.mark.parametrize("room", [60, 90, 130, 200, 400])
def test_a_short_title_keeps_its_value_and_its_rate(qapp, room):
    metrics = Fonts(THEMES["projector"]).base_metrics
    parts = [("batch 16", False), (", learning rate ", False), ("0.001", True)]
    short = short_parts(parts, metrics, room)
    assert short[-1] == ("0.001", True)
    assert short[0][0].endswith("16") or parts_width(short[1:], metrics) + metrics.horizontalAdvance("16") > room
    if room == 400:
        assert short == parts
        assert short_parts(parts, metrics, room, short=True)[1] == (", lr ", False)


@pytest.mark.parametrize("theme", THEMES)
def test_the_titles_of_all_charts_are_told_in_the_same_words(qtbot, make_bridge, finished, theme, monkeypatch):
    page = SweepPage(make_bridge(), ThemeSource(THEMES[theme]))
    qtbot.addWidget(page)
    page.resize(1280, 640)
    page.show()
    page.show_finished(*finished)
    drawn = []
    monkeypatch.setattr("lrsim.gui.sweep.cell_paint.draw_parts", lambda painter, row, parts, *more: drawn.append(parts))
    page.grid.grab()
    assert drawn
    assert len({parts[0][0] for parts in drawn}) == 1
    page.stop()
