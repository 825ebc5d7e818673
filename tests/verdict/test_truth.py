"""Twelve runs on which verdicts once misled: what is seen of them, and what is right to advise."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lrsim.experiment import files as ex
from lrsim.experiment.keys import with_values
from lrsim.experiment.specs import Experiment
from lrsim.runs import run
from lrsim.training import engine
from lrsim.verdict.finding import Verdict

KEPT = tomllib.loads(Path(__file__).with_name("truth.toml").read_text())
CASES = {case["name"]: case for case in KEPT["case"]}
CAUSES = {"penalty": "l2", "dead": "dead", "scale": "data.scale"}
"""What is said of a cause that is not the rate."""


def experiment_of(case: dict[str, Any]) -> Experiment:
    parts = {part: case[part] for part in ("training", "optimizer", "schedule") if part in case}
    model = {key: case[key] for key in ("layers", "weights") if key in case}
    return ex.from_dict({"data": case["data"] | KEPT["table"].get(case.get("table"), {}), "model": model, **parts})


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Verdict]:
    return {name: run.run(engine.build(experiment_of(case)), trials=1.0).verdict for name, case in CASES.items()}


@pytest.mark.parametrize("name", CASES)
def test_what_is_seen(verdicts, name):
    assert verdicts[name].code in CASES[name]["seen"], verdicts[name].text


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case["advice"] in CAUSES])
def test_a_cause_that_is_not_the_rate_is_named(verdicts, name):
    verdict, cause = verdicts[name], CASES[name]["advice"]
    assert CAUSES[cause] in verdict.text
    assert cause != "penalty" or verdict.suggested_rate is None, verdict.text


def end(experiment: Experiment) -> float:
    """The figure that matters at the end: the mean over the last tenth of the epochs; infinite where it diverged."""
    result = run.run(engine.build(experiment), every_epoch=True)
    held_out, training = result.history["val_loss"], result.history["loss"]
    figures = training if held_out is None else held_out
    last = figures[-max(1, len(figures) // 10) :]
    return float(last.mean()) if result.diverged_at is None and np.isfinite(last).all() else np.inf


@pytest.mark.parametrize("name", CASES)
def test_a_rate_that_is_advised_does_better(verdicts, name):
    verdict, experiment = verdicts[name], experiment_of(CASES[name])
    rate, wanted = verdict.suggested_rate, CASES[name]["advice"]
    if wanted in ("raise", "lower"):
        assert rate is not None, verdict.text
    if rate is None:
        return
    own = experiment.optimizer.lr
    assert wanted not in ("raise", "not lower") or rate >= own, verdict.text
    assert wanted not in ("lower", "not raise") or rate <= own, verdict.text
    changes = [("optimizer.lr", rate), *([("schedule.name", "cosine")] if verdict.falling else [])]
    assert end(with_values(experiment, changes)) < 0.995 * end(experiment), verdict.text
