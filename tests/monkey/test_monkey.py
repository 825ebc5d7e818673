"""A short form of `python -m tests.monkey`: a few seeds, some hundred events each."""

from __future__ import annotations

import pytest

from tests.monkey.seeds import run_seed

SEEDS, EVENTS = (1, 2, 3), 300


@pytest.mark.timeout(400)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_hand_that_does_anything_finds_nothing(seed, tmp_path, monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    outcome = run_seed(seed, EVENTS, tmp_path)
    assert outcome.clean, outcome.in_words()
    assert outcome.events >= EVENTS


@pytest.mark.timeout(400)
def test_whatever_override_fails_the_window_goes_on(tmp_path, monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    outcome = run_seed(4, EVENTS, tmp_path, faults=0.01)
    assert not outcome.ended, outcome.ended
    assert outcome.events >= EVENTS
    assert len(outcome.findings) > 10
    assert all(each["text"].startswith("Fault: ") for each in outcome.findings), outcome.in_words()
