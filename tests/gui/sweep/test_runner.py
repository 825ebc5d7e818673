"""The thread of a sweep: one that does not end in time is told in the log."""

from __future__ import annotations

import logging
import threading

import pytest

from lrsim.experiment.files import load
from lrsim.gui.sweep.runner import Plan, SweepRunner
from lrsim.sweep import executors


def plan(open_executor) -> Plan:
    return Plan(load("clip250"), (("optimizer.lr", (1e-6, 2e-6)),), 1, 1, 1, open_executor)


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
    with qtbot.waitSignal(runner.ended, timeout=60_000):
        runner.start(plan(lambda _: executors.threads))
    with caplog.at_level(logging.WARNING, "lrsim"):
        runner.stop()
    assert caplog.records == []
