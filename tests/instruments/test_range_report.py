"""What a range test found, in words and as plain data."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from lrsim.experiment.files import load
from lrsim.instruments.range_report import as_dict, as_text, curve_in_words, trials_in_words
from lrsim.instruments.range_test import RangeSearch, RangeTest, Suggestion
from lrsim.training import engine
from lrsim.verdict.tried import Candidate, Trial, Tried

THREE = (Suggestion("steepest", 0.02, 3.0), Suggestion("minimum / 10", 0.0123, 4.0), Suggestion("valley", 0.5, 2.0))


def found(smoothed: list[float], reason: str = "points", suggestions: tuple[Suggestion, ...] = THREE) -> RangeTest:
    """Rates 0.001, 0.01, 0.1 ... with these smoothed losses."""
    rates = 10.0 ** np.arange(-3, len(smoothed) - 3)
    return RangeTest(rates, np.array(smoothed) * 2, np.array(smoothed), 0, len(smoothed), suggestions, reason)


@pytest.mark.parametrize(
    ("smoothed", "reason", "words"),
    [
        ([5, 2, 3], "points", "begins at 5 and is lowest, 2, at 0.01; at the end it is 3."),
        ([5, 4, 3], "points", "and is lowest, 3, at 0.1, where the test ends; higher rates may do as well."),
        ([5, 6, 7], "points", "begins at 5 and never falls below that; at the end it is 7."),
        ([5, 2, 9], "exploded", "is lowest, 2, at 0.01; at 0.1 it is more than 4 times that, which ends the test."),
        ([5, 2, np.nan], "not_finite", "is lowest, 2, at 0.01; at 0.1 it is no longer finite, which ends the test."),
        ([np.inf, 2], "not_finite", "and is lowest, 2, at 0.01"),
        ([5, 2, 3], "cancelled", "; there the test was interrupted."),
    ],
)
def test_the_curve_in_words(smoothed, reason, words):
    text = curve_in_words(found(smoothed, reason))
    assert text.startswith(f"{len(smoothed)} steps at rates from 0.001 to ")
    assert words in text


def test_nothing_found_is_said():
    assert curve_in_words(found([])) == "No step was taken."
    assert curve_in_words(found([5, 6], suggestions=())).endswith(". No rule finds a rate there.")


def searched(*figures: float, best: float | None = None, own: float = 0.1, done: bool = True) -> RangeSearch:
    """A search in which 0.01, 0.1, 1 ... came to these figures over 40 epochs, those that diverged over 3."""
    rates = [10.0 ** (place - 2) for place in range(len(figures))]
    trials = [Trial(Candidate(rate), 40 if np.isfinite(end) else 3, end) for rate, end in zip(rates, figures)]
    of_own = next((item for item in trials if item.candidate.rate == own), Trial(Candidate(own), 0, np.inf))
    others = tuple(item for item in trials if item is not of_own)
    chosen = None if best is None else Candidate(best)
    return RangeSearch(0, found([5, 2, 3]), Tried("val_loss", of_own, others, best=chosen, done=done))


@pytest.mark.parametrize(
    ("search", "rate", "words"),
    [
        (
            searched(0.5, 0.3, 0.2, best=1.0), 1.0,
            "3 rates were tried, each on a copy, for up to 40 epochs: 1 does best, its held-out loss ends at 0.2; "
            "with the rate in use, 0.1, it ends at 0.3.",
        ),
        (searched(0.5, 0.3, 0.4), 0.1, "the one in use, 0.1, does as well as any, its held-out loss ends at 0.3."),
        (searched(0.5, np.inf, np.inf, best=0.01), 0.01, "with the rate in use, 0.1, training diverges."),
        (searched(np.inf, np.inf), None, "2 rates were tried, each on a copy, for up to 3 epochs: training diverged"),
        (searched(0.5, 0.3, done=False), None, "2 rates were tried so far, each on a copy."),
        (RangeSearch(0, found([5, 2, 3])), None, "No rate was tried, so none is suggested."),
        (RangeSearch(0, found([5, 2], "running")), None, ""),
    ],
    ids=str,
)  # fmt: skip
def test_what_was_tried_in_words(search, rate, words):
    assert search.rate == rate
    assert words in trials_in_words(search)


def test_a_rate_that_was_left_behind_is_told_at_the_epoch_where_it_was():
    search = searched(0.5, 0.3, 0.2, best=1.0)
    behind = replace(search.tried, own=Trial(Candidate(0.1), 10, 0.6))
    assert "0.1, it was behind by epoch 10, at 0.6." in trials_in_words(replace(search, tried=behind))


def test_the_rate_that_does_best_is_the_next_to_take():
    problem = engine.build(load("clip250"))
    text = as_text(problem, searched(0.5, 0.3, 0.2, np.inf, best=1.0))
    assert text.startswith(problem.experiment.name)
    assert text.endswith("Next: --set optimizer.lr=1")
    rows = [re.split(r" {3,}", line.strip()) for line in text.splitlines() if line.startswith("  ")]
    assert rows[2] == ["minimum / 10", "0.0123", "4", "a tenth of the rate with the lowest loss"]
    assert rows[4:] == [
        ["rate", "epochs", "held-out loss"], ["0.01", "40", "0.5"], ["0.1", "40", "0.3", "in use"],
        ["1", "40", "0.2", "suggested"], ["10", "3", "diverged"],
    ]  # fmt: skip
    assert "Next" not in as_text(problem, RangeSearch(0, found([5, 6])))


def test_plain_data_has_nothing_that_json_has_not():
    search = replace(searched(0.5, 0.3, np.inf), test=found([5, np.inf, np.nan], "not_finite"))
    plain = as_dict(engine.build(load("clip250")), search)
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert plain["smoothed"] == [5, None, None]
    assert plain["losses"] == [10, None, None]
    assert plain["rates"] == pytest.approx([0.001, 0.01, 0.1])
    assert plain["suggestions"][0] == {"name": "steepest", "rate": 0.02, "loss": 3.0}
    assert (plain["stop_reason"], plain["rate"], plain["figure"]) == ("not_finite", 0.1, "val_loss")
    assert plain["trials"][1:] == [
        {"rate": 0.1, "from": "start", "epochs": 40, "score": 0.3},
        {"rate": 1.0, "from": "start", "epochs": 3, "score": None},
    ]
