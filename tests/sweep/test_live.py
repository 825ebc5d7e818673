"""Runs of a sweep that are under way can be looked at, and what is seen is the beginning of what they come to."""

from __future__ import annotations

import pickle

import numpy as np

from lrsim.experiment import files
from lrsim.sweep import executors
from lrsim.sweep import live as live_runs
from lrsim.sweep.job import SweepJob
from lrsim.sweep.live import LiveRuns
from lrsim.sweep.plan import describe


def watched(monkeypatch, sweep):
    """The job once it has ended, and everything that was seen of its runs meanwhile."""
    monkeypatch.setattr(live_runs, "EVERY_SECONDS", 0.0)
    monkeypatch.setattr("lrsim.sweep.job.POLL_SECONDS", 0.001)
    job = SweepJob(sweep, lambda: executors.threads(2))
    seen, progress = [], []

    def look():
        seen.extend(job.live.now())
        progress.append(job.progress)

    job.run(on_tick=look)
    return job, seen, progress


def test_what_is_seen_of_a_run_is_the_beginning_of_its_curves(monkeypatch):
    sweep = describe(files.load("spiral"), {"optimizer.lr": [0.003, 0.01]}, max_epochs=600)
    job, seen, progress = watched(monkeypatch, sweep)
    assert len(job.records) == 2
    assert {run.index for run in seen} == {0, 1}
    for run in seen:
        whole = job.records[run.index].history
        epochs = len(run.history["lr"])
        assert run.history.keys() == whole.keys()
        assert all(np.array_equal(values, whole[name][:epochs]) for name, values in run.history.items())
        assert epochs == run.steps // run.steps_per_epoch
        assert run.share == run.steps / (600 * run.steps_per_epoch)
    assert job.live.now() == []
    assert [found.share for found in progress] == sorted(found.share for found in progress)
    assert progress[-1].share == 1


def test_the_time_left_is_known_before_a_run_is_done(monkeypatch):
    sweep = describe(files.load("spiral"), {"optimizer.lr": [0.003, 0.01]}, max_epochs=600)
    _, _, progress = watched(monkeypatch, sweep)
    early = [found for found in progress if found.done == 0 and found.share > 0.05]
    assert early
    assert all(found.remaining_seconds is not None for found in early)


def test_very_long_curves_are_left_out_until_they_are_done(monkeypatch):
    monkeypatch.setattr(live_runs, "MOST_EPOCHS", 10)
    sweep = describe(files.load("spiral"), {"optimizer.lr": [0.003]}, max_epochs=300)
    _, seen, _ = watched(monkeypatch, sweep)
    assert seen
    assert all(bool(run.history) == (run.steps <= 10 * run.steps_per_epoch) for run in seen)


def test_in_another_process_nobody_listens():
    live = LiveRuns()
    sent = pickle.loads(pickle.dumps(live))
    assert sent is not live
    assert sent.now() == []
