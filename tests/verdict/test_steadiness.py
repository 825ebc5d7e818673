"""What is said of a run under way stays true: no claim before there is evidence, and no flipping to and fro."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrsim.experiment import files as ex
from lrsim.experiment.keys import with_values
from lrsim.experiment.specs import Experiment
from lrsim.session.session import Session
from lrsim.verdict.finding import Verdict


def told(experiment: Experiment, epochs: int) -> list[Verdict]:
    """What the window says at the end of each epoch."""
    session = Session(experiment, trials=0.0)
    session.settle()
    size = session.snapshot().steps_per_epoch
    found = []
    for epoch in range(1, epochs + 1):
        session.step(epoch * size - session.snapshot().step)
        session.settle()
        found.append(session.snapshot().verdict)
    return found


def stretches(verdicts: list[Verdict]) -> list[str]:
    """The codes one after another, each once for as long as it stays."""
    return [str(code) for code, _ in itertools.groupby(verdict.code for verdict in verdicts)]


def unlearnable(task: str, rate: float, seed: int = 5) -> Experiment:
    """Targets that have nothing to do with the inputs."""
    dice, classes = random.Random(seed), task == "classification"
    inputs = [[dice.gauss(0, 1), dice.gauss(0, 1)] for _ in range(60)]
    targets = [[float(dice.random() > 0.5)] if classes else [dice.gauss(0, 2)] for _ in range(60)]
    return ex.from_dict(
        {
            "data": {"source": "table", "task": task, "inputs": inputs, "targets": targets, "test_fraction": 0.3},
            "model": {"layers": [{"units": 16, "activation": "tanh"},
                                 {"units": 1, "activation": "sigmoid" if classes else "linear"}]},
            "training": {"loss": "binary_cross_entropy" if classes else "mse", "batch_size": 8, "epochs": 200},
            "optimizer": {"lr": rate},
        }
    )  # fmt: skip


@pytest.mark.parametrize("preset", ["spiral", "xor", "circle", "gauss"])
def test_a_run_that_learns_is_not_called_level_or_slow_on_its_way(preset):
    verdicts = told(ex.load(preset), 100)
    assert stretches(verdicts) in (["converging"], ["converging", "converged"])
    assert all(verdict.guess is None for verdict in verdicts)


def test_a_run_that_is_much_too_slow_is_told_so_all_the_same():
    verdicts = told(with_values(ex.load("spiral"), [("optimizer.lr", 1e-6)]), 60)
    assert stretches(verdicts)[-1] == "too_slow"
    assert verdicts[-1].guess > 1e-6


@pytest.mark.parametrize("task", ["classification", "regression"])
@pytest.mark.parametrize("rate", [0.01, 0.1])
def test_a_higher_rate_is_not_advised_while_held_out_samples_come_out_worse(task, rate):
    for verdict in told(unlearnable(task, rate), 120)[20:]:
        if verdict.code == "too_slow":
            raise AssertionError(verdict.text)


@pytest.mark.parametrize(("preset", "seed", "rate"), [("plane", 227, 0.03), ("plane", 35, 0.01), ("spiral", 961, 0.1)])
def test_runs_whose_verdict_has_flipped(preset, seed, rate):
    """A held-out loss next to nothing, a loss about its least, and a loss about that of guessing."""
    verdicts = told(with_values(ex.load(preset), [("training.seed", seed), ("optimizer.lr", rate)]), 60)
    assert len(stretches(verdicts)) <= 4, stretches(verdicts)
    assert "stuck" not in stretches(verdicts)
    if preset == "plane":
        assert stretches(verdicts) == ["converging", "converged"]


@settings(deadline=None, max_examples=8)
@given(
    preset=st.sampled_from(["spiral", "xor", "gauss", "circle", "plane"]),
    seed=st.integers(1, 1000),
    rate=st.sampled_from([0.003, 0.01, 0.03, 0.1]),
)
def test_what_is_said_seldom_changes(preset, seed, rate):
    experiment = with_values(ex.load(preset), [("training.seed", seed), ("optimizer.lr", rate)])
    verdicts = told(experiment, 60)
    assert len(stretches(verdicts)) <= 5, stretches(verdicts)


@pytest.mark.parametrize(("rate", "far"), [(3.872e-4, True), (2e-4, True), (1e-4, True), (1e-5, False)])
def test_no_more_is_said_of_a_contradiction_than_was_worked_out(rate, far):
    experiment = with_values(ex.load("clip250"), [("optimizer.lr", rate), ("stop.target_error", 0.0)])
    session = Session(experiment, trials=0.0)
    session.step(1500)
    session.settle()
    verdict = session.snapshot().verdict
    assert "sample 3 contradicts the others, a line fitted to all leaves 10.49" in verdict.text
    assert "leave out sample 3" in verdict.advice
    assert verdict.asks_rate == far
