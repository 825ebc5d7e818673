"""The door for rates into advice: none that was not tried, what it came to, and what else to try where none helps."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from lrsim.verdict.advise import TO_COME, advise
from lrsim.verdict.codes import VerdictCode
from lrsim.verdict.evidence import Evidence
from lrsim.verdict.finding import Advice, Finding, say
from lrsim.verdict.tried import Candidate, Trial, Tried
from lrsim.verdict.wording import in_words

EVIDENCE = Evidence(
    steps=1000, steps_per_epoch=10, rate=0.001, rate_left=1.0, losses=np.ones(10), errors=np.ones(10), parameters=None,
    curve_epochs=np.arange(1.0, 101.0), epoch_losses=np.ones(100), epoch_errors=np.ones(100),
)  # fmt: skip


def finding(code: VerdictCode = VerdictCode.TOO_SLOW, **advice: object) -> Finding:
    said = say("pace", error=0.5, half_life=400.0)
    message = say("too_slow", said=said, limit=None) if code is VerdictCode.TOO_SLOW else say("stuck", error=0.5)
    return Finding(code, message, {"step": 1000}, Advice(asks_rate=True, guess=0.77, **advice))


def tried(*figures: float, best: int | None = None, own: float = 0.5, **fields: object) -> Tried:
    trials = tuple(Trial(Candidate(0.01 * 10.0**place), 100, figure) for place, figure in enumerate(figures))
    chosen = None if best is None else trials[best].candidate
    return replace(Tried("val_loss", Trial(Candidate(0.001), 100, own), trials, best=chosen, done=True), **fields)


def told(found: Finding, evidence: Evidence = EVIDENCE, **options: object) -> str:
    return in_words(advise(found, evidence, **options)).text


def test_a_rate_that_was_not_tried_is_never_told():
    for options in ({}, {"tried": tried(0.1, done=False)}, {"tried": tried()}, {"untried": TO_COME}, {"untried": None}):
        verdict = in_words(advise(finding(), EVIDENCE, **options))
        assert verdict.suggested_rate is None
        assert "0.77" not in verdict.text
        assert "0.01" not in verdict.text
    assert told(finding()).endswith("Other rates were not tried.")
    assert told(finding(), tried=tried(0.1, done=False)).endswith("Other rates are being tried.")
    assert told(finding(), untried=None).endswith("400 epochs.")


def test_the_best_is_told_with_what_it_came_to():
    verdict = in_words(advise(finding(), EVIDENCE, tried(0.25, 0.3, best=0)))
    assert (verdict.suggested_rate, verdict.falling, verdict.start) == (0.01, False, "start")
    assert verdict.advice == "Try 0.01: the held-out loss comes to 0.25 after 100 epochs, not 0.5."
    training = tried(0.25, best=0, figure_name="loss", own=math.inf)
    assert told(finding(), tried=training).endswith(
        "Try 0.01: the loss comes to 0.25 after 100 epochs, where this rate diverges."
    )


@pytest.mark.parametrize(
    ("candidate", "words"),
    [
        (Candidate(0.1, falling=True), 'Try 0.1 falling to zero (schedule.name = "cosine"): the'),
        (Candidate(0.1, start="here"), "Try 0.1 from here on: the"),
    ],
)
def test_how_it_was_tried_is_told(candidate, words):
    found = replace(tried(), trials=(Trial(candidate, 1, 0.2),), best=candidate)
    verdict = in_words(advise(finding(), EVIDENCE, found))
    assert words in verdict.advice
    assert "after one epoch" in verdict.advice
    assert (verdict.falling, verdict.start) == (candidate.falling, candidate.start)


def test_where_no_rate_does_better_it_is_said_and_what_else_to_try():
    verdict = in_words(advise(finding(VerdictCode.STUCK), EVIDENCE, tried(0.6, 0.7, math.inf)))
    assert verdict.suggested_rate is None
    assert "No rate does better: none of 3 from 0.01 to 1 lowers the held-out loss." in verdict.text
    assert verdict.text.endswith("Try another start (training.seed) or a model that can bend further.")
    short = told(finding(VerdictCode.STUCK), tried=tried(0.6, 0.7, whole=False))
    assert "lowers the held-out loss within 100 epochs." in short
    assert "0.01 does no better." in told(finding(VerdictCode.STUCK), tried=tried(0.6))


def test_what_no_rate_makes_quicker_is_not_too_slow():
    verdict = in_words(advise(finding(), EVIDENCE, tried(0.6, 0.7)))
    assert verdict.code is VerdictCode.CONVERGING
    assert verdict.tone == "good"
    assert verdict.text.startswith("Converging: the mean error of an epoch is 0.5")
    assert verdict.text.endswith("Train for more epochs.")


def test_a_cure_comes_first_and_takes_the_place_of_what_else_to_try():
    cured = finding(VerdictCode.OVERFITTING, cure=say("stop_at_epoch", epoch=7))
    best = told(cured, tried=tried(0.25, best=0))
    assert re.search(r"Stop at epoch 7 \(early stopping\)\. Try 0\.01: ", best)
    assert told(cured, tried=tried(0.6, 0.7)).endswith("lowers the held-out loss.")
    other = finding(VerdictCode.STUCK, instead=say("scale"))
    assert told(other, tried=tried(0.6, 0.7)).endswith('Scale the features (data.scale = "standard").')


def test_where_the_rate_is_not_in_question_trials_change_nothing():
    found = Finding(VerdictCode.PLATEAUED, say("stuck", error=0.5), {}, Advice(say("better_model")))
    assert advise(found, EVIDENCE, tried(0.25, best=0)) is found
