"""The finder's one rate: the best of those that were tried, the same however the search is cut, within its work."""

from __future__ import annotations

import math

import pytest

from lrsim.experiment.files import load
from lrsim.instruments.range_report import trials_in_words
from lrsim.session.session import Session
from lrsim.training import engine
from lrsim.trials.budget import MOST
from lrsim.trials.finder import GAIN, RateTrials
from lrsim.trials.subject import subject_at_start
from tests.trials.searches import curve, ending, search


@pytest.mark.parametrize("changes", [{}, {"optimizer__name": "adam"}, {"data__test_fraction": 0.0}], ids=repr)
def test_a_run_with_the_suggested_rate_ends_as_its_trial_said_and_no_rate_tried_ends_lower(changes):
    experiment = curve(**changes)
    found = search(engine.build(experiment))
    assert found.tried.done
    assert found.rate == found.tried.best.rate != 1e-4
    figures = {item.candidate.rate: item.figure for item in (*found.tried.trials, found.tried.own)}
    assert ending(experiment, found.rate) == pytest.approx(figures[found.rate], rel=1e-12)
    assert figures[found.rate] == min(figures.values())
    assert figures[found.rate] < 0.5 * ending(experiment, 1e-4)


def test_the_search_is_the_same_however_it_is_cut():
    problem = engine.build(curve())
    assert search(problem, seconds=0.0).tried == search(problem).tried


def test_the_rate_in_use_stays_where_it_does_as_well():
    best = search(engine.build(curve())).rate
    found = search(engine.build(curve(optimizer__lr=best)))
    if found.tried.best is None:
        assert found.rate == best
        assert all(item.figure >= (1 - GAIN) * found.tried.own.figure for item in found.tried.trials)
    else:  # from another place on the ladder a better one was met
        assert ending(curve(), found.rate) < (1 - GAIN) * ending(curve(), best)


def test_without_trials_no_rate_is_suggested():
    found = search(engine.build(curve()), share=0.0)
    assert (found.rate, found.tried) == (None, None)
    assert found.test.suggestions


def test_a_rate_so_high_that_training_diverges_leads_to_lower_ones():
    trials = RateTrials(subject_at_start(engine.build(load("clip250"))), 1000.0)
    trials.work(math.inf)
    tried = trials.result()
    assert math.isinf(next(item.figure for item in tried.trials if item.candidate.rate == 1000.0))
    assert tried.best is None or tried.best.rate < 1e-3


def test_a_large_run_is_tried_for_a_part_of_its_epochs_within_the_most_work_there_is():
    found = search(engine.build(curve(training__epochs=10**9)), share=1e-4)
    assert 0 < found.tried.work <= found.tried.budget <= 1e-4 * MOST
    assert 0 < max(item.epochs for item in found.tried.trials) < 10**9
    assert found.rate is not None


def test_in_mid_run_rates_are_tried_from_there_on():
    session = Session(curve())
    session.step(8 * 7 + 3)
    session.settle()
    theta = session.snapshot().theta.copy()
    session.find_rates(1e-6, 10.0, 50)
    session.settle()
    found = session.snapshot().range_test
    assert found.rate > 1e-4
    assert {item.candidate.start for item in found.tried.trials} == {"here"}
    assert session.snapshot().theta.tobytes() == theta.tobytes()


def test_a_finished_run_is_tried_from_its_start():
    session = Session(curve())
    session.run_to(30 * 7)
    session.settle()
    session.find_rates(1e-6, 10.0, 50)
    session.settle()
    found = session.snapshot().range_test
    assert found.step == 30 * 7
    assert found.rate > 1e-4
    assert {item.candidate.start for item in found.tried.trials} == {"start"}


def test_a_search_that_is_ended_suggests_nothing():
    session = Session(curve(training__epochs=3000))
    session.find_rates(1e-6, 10.0, 50)
    while session.snapshot().range_test is None or session.snapshot().range_test.tried is None:
        session.work(1e-6)
    session.cancel()
    session.settle()
    snapshot = session.snapshot()
    assert (snapshot.busy, snapshot.range_test.rate, snapshot.range_test.tried.done) == (None, None, False)


def test_where_the_work_lasts_for_no_other_rate_none_is_suggested():
    found = search(engine.build(curve()), share=1e-9)
    assert (found.rate, found.tried.trials, found.tried.done) == (None, (), True)
    assert "could be tried" in trials_in_words(found)


@pytest.mark.parametrize("share", [3e-6, 4.6e-6, 6e-6, 1e-5, 1e-3])
def test_rates_are_compared_over_the_same_epochs_however_little_work_there_is(share):
    experiment = curve(training__epochs=10**6, optimizer__lr=0.003)
    tried = search(engine.build(experiment), share).tried
    if tried.best is None:
        return
    best = next(item for item in tried.trials if item.candidate == tried.best)
    assert tried.own.epochs <= best.epochs
    assert tried.own.epochs < best.epochs or best.figure < tried.own.figure
    of_longest = [item.figure for item in tried.trials if item.epochs == best.epochs]
    assert best.figure == min(of_longest)
