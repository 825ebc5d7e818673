"""Verdicts against those that were given by eye, of 144 runs on small drawn tables."""

from __future__ import annotations

import tomllib
from pathlib import Path

from lrsim.runs import run
from lrsim.training import engine
from lrsim.verdict.codes import VerdictCode
from tests.verdict.drawn import experiment_of

RUNS = tomllib.loads(Path(__file__).with_name("seen.toml").read_text())["run"]
LEAST_ACCEPTABLE = 0.95
LEAST_FIRST = 0.7
"""Share of the verdicts that are the reader's first choice, at least."""


def test_the_table_is_varied():
    assert len(RUNS) >= 60
    assert {code for row in RUNS for code in row["seen"]} == set(VerdictCode)
    assert all(1 <= len(row["seen"]) <= 2 for row in RUNS)
    assert len({row.get("draw") or row["source"] for row in RUNS}) >= 10


def test_verdicts_are_what_an_eye_sees():
    verdicts = [run.run(engine.build(experiment_of(row))).verdict for row in RUNS]
    misses = [
        f"{place}: {verdict.code}, the curves say {' or '.join(row['seen'])} ({verdict.text})"
        for place, (row, verdict) in enumerate(zip(RUNS, verdicts, strict=True))
        if verdict.code not in row["seen"]
    ]
    first = sum(verdict.code == row["seen"][0] for row, verdict in zip(RUNS, verdicts, strict=True))
    report = "\n".join([f"{len(RUNS) - len(misses)} of {len(RUNS)} acceptable, {first} first; misses:", *misses])
    assert len(misses) <= (1 - LEAST_ACCEPTABLE) * len(RUNS), report
    assert first >= LEAST_FIRST * len(RUNS), report
