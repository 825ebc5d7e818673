"""The thread of a sweep: one that does not end in time is told in the log, and quick runs never hold the window."""

from __future__ import annotations

import logging
import threading
import time

import pytest
from PySide6.QtCore import QTimer

from lrsim.experiment.files import load
from lrsim.gui.sweep.runner import Plan, SweepRunner
from lrsim.sweep import executors


def plan(open_executor, rates=(1e-6, 2e-6)) -> Plan:
    return Plan(load("clip250"), (("optimizer.lr", tuple(rates)),), 1, 1, 1, open_executor)


@pytest.fixture
def stuck(monkeypatch, qapp):
    """A sweep that hangs while it opens its executor, until the test is over."""
    monkeypatch.setattr("lrsim.gui.sweep.runner.JOIN_SECONDS", 0.01)
    entered, over, runner = threading.Event(), threading.Event(), SweepRunner()

    def open_executor(_):
        entered.set()
        over.wait(30)
        return executors.threads

    runner.start(plan(open_executor))
    assert entered.wait(10)
    yield runner
    over.set()


def test_a_sweep_that_is_left_behind_is_told_in_the_log(stuck, caplog):
    with caplog.at_level(logging.WARNING, "lrsim"):
        stuck.stop()
    assert [record.message for record in caplog.records] == ["the sweep did not end within 0.01 s and is left behind"]


def test_a_sweep_that_ends_in_time_is_not_mentioned(qtbot, caplog):
    runner = SweepRunner()
    with qtbot.waitSignal(runner.ended):
        runner.start(plan(lambda _: executors.threads))
    with caplog.at_level(logging.WARNING, "lrsim"):
        runner.stop()
    assert caplog.records == []


def test_runs_that_end_quicker_than_they_are_drawn_leave_the_window_time_for_a_click(qtbot):
    runner, seen = SweepRunner(), []

    def draw(record):
        if not seen:
            QTimer.singleShot(0, runner.cancel)  # a click, which waits for the event loop
        seen.append(record)
        time.sleep(0.02)

    runner.finished_run.connect(draw)
    with qtbot.waitSignal(runner.ended):
        runner.start(plan(lambda _: executors.threads, rates=[1e-6 * 1.01**n for n in range(300)]))
    assert 1 <= len(seen) < 300


def test_of_how_far_it_got_only_the_newest_is_told(qtbot):
    """While the window was busy with something else, news have gathered: it does not live through each of them."""
    runner, standings, done = SweepRunner(), [], []
    runner.progressed.connect(standings.append)
    runner.went_on.connect(standings.append)
    runner.finished_run.connect(done.append)
    with qtbot.waitSignal(runner.ended):
        runner.start(plan(lambda _: executors.threads, rates=[1e-6 * 1.1**n for n in range(20)]))
        while any(thread.name == "sweep" for thread in threading.enumerate()):
            time.sleep(0.01)  # the event loop stands still
    assert len(done) == 20
    assert len(standings) == 2
    assert standings[0].done == standings[0].total == 20
