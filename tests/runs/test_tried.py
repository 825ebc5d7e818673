"""Rates that a run has tried: in its JSON, in its summary, on the command line."""

from __future__ import annotations

import json

import pytest

from lrsim.cli.main import main
from lrsim.experiment import files as ex
from lrsim.experiment.keys import with_values
from lrsim.runs import run
from lrsim.runs.summary import summarize
from lrsim.training import engine

SLOW = [("optimizer.lr", 1e-5), ("training.epochs", 40)]


@pytest.fixture(scope="module")
def result() -> run.Result:
    return run.run(engine.build(with_values(ex.load("xor"), SLOW)), trials=1.0)


def test_json_has_every_trial(result):
    verdict = result.as_dict()["verdict"]
    tried = result.verdict.tried
    assert verdict["rate"] == tried.best.rate
    assert (verdict["falling"], verdict["from"]) == (tried.best.falling, tried.best.start)
    assert [(t["rate"], t["epochs"], t["score"]) for t in verdict["trials"]] == [
        (t.candidate.rate, t.epochs, t.figure) for t in tried.trials
    ]
    falling = {t["rate"] for t in verdict["trials"] if t["schedule"] == "cosine"}
    assert falling == {t.candidate.rate for t in tried.trials if t.candidate.falling}
    assert {t["from"] for t in verdict["trials"]} == {"start"}


def test_a_trial_that_diverged_has_no_score():
    clip = with_values(ex.load("clip250"), [("optimizer.lr", 1.0)])
    trials = run.run(engine.build(clip), trials=1.0).as_dict()["verdict"]["trials"]
    assert {t["score"] is None for t in trials if t["rate"] > 0.01} <= {True}
    assert any(t["score"] is not None for t in trials)


def test_the_summary_says_what_was_tried(result):
    lines = summarize(result).splitlines()
    head = next(place for place, line in enumerate(lines) if "rate tried" in line)
    assert "held-out loss" in lines[head]
    assert lines[head + 1].split() == ["1e-05", f"{result.verdict.tried.own.figure:.6g}", "this", "run"]
    best = [line for line in lines if line.endswith("best")]
    assert len(best) == 1
    assert best[0].split()[0] == f"{result.verdict.tried.best.rate:g}"
    assert len(lines[head + 2 : lines.index("", head)]) == len(result.verdict.tried.trials)


def said(capsys, *options: str) -> dict:
    settings = [word for key, value in SLOW for word in ("--set", f"{key}={value}")]
    assert main(["run", "xor", *settings, *options, "--json", "-"]) == 0
    return json.loads(capsys.readouterr().out)["verdict"]


def test_the_command_tries_rates_unless_it_is_told_not_to(capsys, result):
    usual, none = said(capsys), said(capsys, "--trials", "0")
    assert usual["text"] == result.verdict.text
    assert (none["rate"], none["trials"]) == (None, [])
    assert none["text"].endswith("Other rates were not tried.")
    assert none["code"] == usual["code"]


@pytest.mark.parametrize("share", ["-1", "many", "nan", "inf"])
def test_a_share_that_is_none_is_refused(capsys, share):
    assert main(["run", "xor", "--trials", share]) == 2
    assert "--trials" in capsys.readouterr().err
