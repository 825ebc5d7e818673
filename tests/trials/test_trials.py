"""Trials of runs: a copy is the run that it stands for, slices make no difference, the budget holds, the best wins."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from lrsim.experiment import files as ex
from lrsim.experiment.keys import with_values
from lrsim.runs import run
from lrsim.schedules.callback_log import Controls
from lrsim.training import engine, loop
from lrsim.training.course import Course
from lrsim.training.engine import Problem
from lrsim.training.epochs import EpochLog, as_figures, no_spread
from lrsim.training.loop import Line, Stretch
from lrsim.training.stops import StopReason
from lrsim.trials.budget import LEAST
from lrsim.trials.ends import end_window
from lrsim.trials.subject import Subject, subject_of
from lrsim.trials.trials import Trials
from lrsim.verdict.codes import VerdictCode
from lrsim.verdict.finding import Advice, Finding, say
from lrsim.verdict.tried import FROM_HERE, FROM_START, Candidate, Tried

EPOCHS = 40


class Keeper:
    """Keeps the figures of every epoch, and the rows of the one under way."""

    def __init__(self, problem: Problem) -> None:
        self.log = EpochLog()
        self.recent = np.empty((len(problem.columns), 0))
        self._columns, self._dtype = len(problem.columns), problem.network.dtype

    def stretch(self, line, most, *, figures):
        return Stretch(most, np.empty((self._columns, most), self._dtype), figures=True)

    def rows(self, lo, hi):
        return self.recent[:, self.recent.shape[1] - (hi - lo) :]

    def take(self, first, rates, rows):
        self.recent = np.concatenate([self.recent, rows], axis=1)

    def take_epochs(self, line, figures):
        self.log.take(line.course.grid, figures, no_spread)


def problem_of(name: str = "xor", **settings: object) -> Problem:
    changes = {"training__epochs": EPOCHS, **settings}
    return engine.build(with_values(ex.load(name), [(key.replace("__", "."), v) for key, v in changes.items()]))


def trained(problem: Problem, steps: int) -> tuple[Line, Keeper]:
    control = problem.first_control()
    line = Line(problem, Course(problem), problem.start(), None if control is None else Controls(control))
    keeper = Keeper(problem)
    loop.advance(line, keeper, steps)
    return line, keeper


def subject(problem: Problem, steps: int | None = None) -> Subject:
    line, keeper = trained(problem, problem.total_steps if steps is None else steps)
    finished = StopReason.DIVERGED if line.first_bad else None
    return subject_of(line, as_figures(problem, keeper.log.records), keeper.recent, finished)


def asking(code: VerdictCode = VerdictCode.TOO_SLOW, guess: float | None = None) -> Finding:
    return Finding(code, say("too_slow"), advice=Advice(asks_rate=True, guess=guess))


def all_tried(of: Subject, *, seconds: float = 1.0, finding: Finding | None = None, **options) -> Tried:
    trials = Trials(of, finding or asking(), **options)
    while not trials.work(seconds):
        assert not trials.result().done
    return trials.result()


def end_of(problem: Problem, epochs: int = EPOCHS) -> float:
    """The figure that matters at the end of a whole run."""
    history = run.run(problem, every_epoch=True, max_epochs=epochs).history
    values = history["val_loss"] if problem.validates else history["loss"]
    return float(np.mean(values[[epoch - 1 for epoch in end_window(epochs)]]))


def test_each_candidate_from_the_start_is_the_run_that_it_stands_for():
    found = all_tried(subject(problem_of(optimizer__lr=1e-4)))
    assert found.done
    assert found.whole
    assert len(found.trials) >= 7
    assert any(trial.candidate.falling for trial in found.trials)
    for trial in found.trials:
        falls = {"schedule__name": "cosine"} if trial.candidate.falling else {}
        again = problem_of(optimizer__lr=trial.candidate.rate, **falls)
        assert (trial.epochs, trial.figure) == (EPOCHS, end_of(again))
    assert found.own.figure == end_of(problem_of(optimizer__lr=1e-4))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"data__test_fraction": 0.0},
        {"training__batch_size": 10**6},
        {"optimizer__name": "adam"},
        {"schedule__name": "plateau"},
        {"model__dtype": "float32"},
    ],
)
def test_the_best_does_better_where_it_is_followed(settings):
    found = all_tried(subject(problem_of(optimizer__lr=1e-5, **settings)))
    assert found.best is not None
    assert found.figure_name == ("loss" if settings.get("data__test_fraction") == 0.0 else "val_loss")
    falls = {"schedule__name": "cosine"} if found.best.falling else {}
    after = end_of(problem_of(**{**settings, "optimizer__lr": found.best.rate, **falls}))
    assert after < 0.99 * end_of(problem_of(**{**settings, "optimizer__lr": 1e-5}))
    again = all_tried(subject(problem_of(**{**settings, "optimizer__lr": found.best.rate, **falls})))
    assert again.best is None or again.best.rate != 1e-5


@pytest.mark.parametrize("steps", [None, 67])
@pytest.mark.parametrize("settings", [{}, {"schedule__name": "plateau", "schedule__patience": 1}])
def test_slices_make_no_difference(steps, settings):
    problem = problem_of(optimizer__lr=2.0, training__epochs=6, **settings)
    whole = all_tried(subject(problem, steps), seconds=100.0)
    assert whole.trials
    assert all(all_tried(subject(problem, steps), seconds=seconds) == whole for seconds in (0.0, 3e-4))


@pytest.mark.parametrize(
    "settings", [{}, {"schedule__name": "plateau", "schedule__patience": 1, "schedule__min_delta": 0.1}]
)
@pytest.mark.parametrize("epochs", [4.0, 4.3])
def test_from_here_with_its_own_rate_is_the_run_going_on(settings, epochs):
    problem = problem_of(optimizer__lr=0.1, **settings)
    found = all_tried(subject(problem, int(epochs * problem.steps_per_epoch)))
    here = {trial.candidate.rate: trial for trial in found.trials if trial.candidate.start == FROM_HERE}
    line, keeper = trained(problem, problem.total_steps)
    rate = line.course.timeline.base_of(int(epochs * problem.steps_per_epoch) + 1)
    figures = as_figures(problem, keeper.log.records).validation["loss"]
    expected = float(np.mean(figures[[epoch - 1 for epoch in end_window(EPOCHS)]]))
    assert (here[rate].epochs, here[rate].figure) == (EPOCHS, expected)
    assert found.own.figure == expected


def test_from_here_with_another_rate_is_the_run_whose_rate_is_set_here():
    problem = problem_of(optimizer__lr=1e-4)
    step = 10 * problem.steps_per_epoch + 5
    found = all_tried(subject(problem, step))
    trial = next(t for t in found.trials if t.candidate == Candidate(0.01, start=FROM_HERE))
    result = run.run(problem, changes=[run.Change(step, "optimizer.lr", 0.01)], every_epoch=True)
    values = result.history["val_loss"][[epoch - 1 for epoch in end_window(EPOCHS)]]
    assert trial.figure == float(np.mean(values))
    assert {t.candidate.start for t in found.trials} == {FROM_HERE, FROM_START}


def test_a_run_that_is_over_is_tried_from_the_start_alone():
    of = subject(problem_of())
    assert not of.is_on_its_way
    assert {trial.candidate.start for trial in all_tried(of).trials} == {FROM_START}


def test_a_run_that_diverged_gets_a_rate_that_holds():
    of = subject(problem_of("clip250", optimizer__lr=1.0))
    found = all_tried(of, finding=asking(VerdictCode.DIVERGED, guess=1e-5))
    assert math.isinf(found.own.figure)
    assert found.trials[0].candidate.rate == 1e-5
    assert found.best is not None
    assert math.isfinite(min(trial.figure for trial in found.trials))
    assert found.best.rate <= 1e-4


@pytest.mark.parametrize("share", [0.1, 1.0, 3.0])
@pytest.mark.parametrize("steps", [None, 2000])
def test_the_budget_holds(monkeypatch, share, steps):
    monkeypatch.setattr("lrsim.trials.budget.LEAST", 0)
    of = subject(problem_of(training__epochs=120, optimizer__lr=1e-4), steps)
    found = all_tried(of, share=share)
    assert found.done
    assert found.work <= found.budget < LEAST
    if share == 3.0:
        assert found.best is not None
        assert not found.whole or found.own.epochs == 120


def test_with_little_to_spend_short_trials_show_the_way(monkeypatch):
    monkeypatch.setattr("lrsim.trials.budget.LEAST", 0)
    problem = problem_of(training__epochs=200, optimizer__lr=1e-4)
    found = all_tried(subject(problem))
    assert found.best is not None
    lengths = sorted({trial.epochs for trial in found.trials})
    assert lengths[0] < 20 < lengths[-1]
    assert end_of(problem_of(training__epochs=200, optimizer__lr=found.best.rate), 200) < end_of(problem, 200)


def test_nothing_to_spend_tries_nothing():
    found = all_tried(subject(problem_of()), share=0.0)
    assert (found.trials, found.best, found.work, found.done) == ((), None, 0, True)


def test_what_was_tried_before_is_not_advised_again():
    of = subject(problem_of(optimizer__lr=1e-4))
    first = all_tried(of).best
    assert first is not None
    second = all_tried(of, excluded=frozenset({first})).best
    assert second is not None
    assert second != first


def test_at_the_least_loss_of_a_model_no_rate_does_better():
    at_least = {"training__batch_size": 10**6, "training__epochs": 300, "data__test_fraction": 0.0}
    found = all_tried(subject(problem_of("plane", optimizer__lr=0.03, **at_least)))
    assert {trial.candidate.falling for trial in found.trials} == {True, False}
    assert min(trial.candidate.rate for trial in found.trials) <= 0.0003
    assert found.best is None


def test_a_run_is_not_changed_by_trials():
    of = subject(problem_of(optimizer__lr=0.01), 300)
    before = replace(of.line, state=of.line.state.copy())
    all_tried(of)
    assert (of.line.state.step, of.line.course) == (before.state.step, before.course)
    assert np.array_equal(of.line.state.theta, before.state.theta)


def test_a_run_steered_by_hand_has_its_rate_tried_from_the_start_too():
    problem = problem_of(optimizer__lr=1e-5)
    line, keeper = trained(problem, 20 * problem.steps_per_epoch)
    line.course = line.course.with_value(line.state.step, "optimizer.lr", 0.05)
    loop.advance(line, keeper, 20 * problem.steps_per_epoch)
    of = subject_of(line, as_figures(problem, keeper.log.records), keeper.recent, None)
    assert Candidate(0.05) in {trial.candidate for trial in all_tried(of).trials}
