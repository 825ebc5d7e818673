"""What a range test found, in words and as plain data."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from lrsim.experiment.files import load
from lrsim.instruments.range_report import as_dict, as_text, curve_in_words
from lrsim.instruments.range_test import RangeTest, Suggestion
from lrsim.training import engine

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
    assert curve_in_words(found([5, 6], suggestions=())).endswith(". No rate is suggested.")


def test_the_middle_suggestion_is_the_next_rate_to_try():
    problem = engine.build(load("clip250"))
    text = as_text(problem, found([5, 2, 3]))
    assert text.startswith(problem.experiment.name)
    assert text.endswith("Next: --set optimizer.lr=0.02")
    rows = [re.split(r" {3,}", line.strip()) for line in text.splitlines() if line.startswith("  ")]
    assert rows[2] == ["minimum / 10", "0.0123", "4", "a tenth of the rate with the lowest loss"]
    assert "Next" not in as_text(problem, found([5, 6], suggestions=()))


@pytest.mark.parametrize(("rate", "text"), [(1.0, "1"), (123.0, "120"), (3.14159e-5, "3.1e-05"), (2e-12, "2e-12")])
def test_the_rate_to_try_is_short_and_reads_back(rate, text):
    said = as_text(engine.build(load("clip250")), found([5, 2], suggestions=(Suggestion("valley", rate, 1.0),)))
    assert said.endswith(f"optimizer.lr={text}")
    assert float(text) == pytest.approx(rate, rel=0.05)


def test_plain_data_has_nothing_that_json_has_not():
    plain = as_dict(engine.build(load("clip250")), found([5, np.inf, np.nan], "not_finite"))
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert plain["smoothed"] == [5, None, None]
    assert plain["losses"] == [10, None, None]
    assert plain["rates"] == pytest.approx([0.001, 0.01, 0.1])
    assert plain["suggestions"][0] == {"name": "steepest", "rate": 0.02, "loss": 3.0}
    assert plain["stop_reason"] == "not_finite"
