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
