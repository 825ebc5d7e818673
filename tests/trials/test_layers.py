"""A rate for each layer: offered only where copies end lower with it than with the best single rate."""

from __future__ import annotations

import math

import pytest

from lrsim.common.validation import ExperimentError
from lrsim.experiment.keys import with_values
from lrsim.experiment.specs import Experiment
from lrsim.session.session import Session
from lrsim.training import engine
from lrsim.trials.finder import GAIN
from lrsim.trials.layers import LayerTuner, TunedLayers
from lrsim.trials.subject import subject_at_start
from tests.trials.searches import curve, ending, wide


def tuned(experiment: Experiment, seconds: float = math.inf) -> tuple[TunedLayers, str]:
    tuner = LayerTuner(subject_at_start(engine.build(experiment)))
    while not tuner.work(seconds):
        pass
    return tuner.result(), tuner.text(tuner.result())


def single(found: TunedLayers) -> float:
    """What the best single rate comes to."""
    return min(item.figure for item in (*found.singles.trials, found.singles.own) if item.epochs)


def test_rates_of_layers_are_offered_where_a_run_with_them_ends_lower():
    found, text = tuned(curve())
    with_layers = with_values(curve(), [("optimizer.multipliers", list(found.multipliers))])
    assert ending(with_layers, found.best.rate) < (1 - GAIN) * single(found)
    assert "with the best single rate" in text
    assert math.prod(found.multipliers) == pytest.approx(1.0)


def test_rates_of_layers_are_refused_where_one_rate_does_as_well():
    found, text = tuned(wide())
    assert found.layers
    assert found.best is None
    assert min(item.figure for item in found.layers) >= (1 - GAIN) * single(found)
    assert text.startswith("The layers' rates stay as they are, as one rate does as well or better: with ")


def test_what_is_found_does_not_depend_on_how_the_search_is_cut():
    (found, text), (other, told) = tuned(curve()), tuned(curve(), 0.0)
    assert (found.singles, found.layers, found.best, text) == (other.singles, other.layers, other.best, told)


def test_factors_that_are_in_use_do_not_count_as_one_rate():
    other = with_values(curve(), [("optimizer.multipliers", [0.0, 5.0])])
    assert tuned(other)[0].singles == tuned(curve())[0].singles


def test_nothing_is_tried_where_there_is_nothing_to_tune():
    line = with_values(curve(), [("model.layers", [{"units": 1}])])
    found, text = tuned(line)
    assert (found.found, found.singles, found.best) == (None, None, None)
    assert text == "The layers' rates stay as they are: there is one layer, whose rate is the rate."
    with pytest.raises(ExperimentError, match=r"^optimizer\.name: adadelta finds the size of its steps by itself"):
        tuned(with_values(curve(), [("optimizer.name", "adadelta")]))


def test_at_the_end_of_a_run_it_is_said_that_no_epoch_is_left():
    session = Session(curve())
    session.run_to(30 * 7)
    session.settle()
    before = session.snapshot()
    session.auto_tune()
    session.settle()
    assert "no epoch is left to try rates in" in session.snapshot().message
    assert session.snapshot().place == before.place


def test_what_was_refused_is_said_and_changes_nothing():
    session = Session(wide())
    session.step(10)
    session.settle()
    before = session.snapshot()
    session.auto_tune()
    session.settle()
    after = session.snapshot()
    assert after.message.startswith("The layers' rates stay as they are")
    assert (after.place, after.rate, after.multipliers, after.tuning) == (before.place, before.rate, (), None)


def test_where_the_work_lasts_for_none_that_is_said():
    tuner = LayerTuner(subject_at_start(engine.build(curve())), share=1e-9)
    assert tuner.work(math.inf)
    assert tuner.result().best is None
    assert "within this work no rates of layers could be tried" in tuner.text(tuner.result())
