"""Every sum of "This step" is true, for any experiment: the text is parsed, carried out and held against the kernel.

`LRSIM_SUMS=200` in the environment tries so many experiments; the default is a small share of that.
"""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from lrsim.common.numbers import short
from lrsim.common.validation import ExperimentError
from lrsim.experiment.specs import Experiment
from lrsim.session.reader import SessionReader
from lrsim.session.session import Session
from lrsim.training import engine
from tests.debugger.arithmetic import assert_true
from tests.debugger.random_experiments import experiments

EXAMPLES = int(os.environ.get("LRSIM_SUMS", "40"))
TRIED = settings(max_examples=EXAMPLES, suppress_health_check=[*HealthCheck])


def session_of(setup: Experiment) -> Session:
    try:
        return Session(setup)
    except ExperimentError:
        assume(False)
        raise


@given(experiments(), st.lists(st.integers(1, 9), max_size=3), st.none() | st.sampled_from([1e-3, 0.02, 0.5]))
@TRIED
def test_every_sum_comes_to_what_the_kernel_did(setup: Experiment, moves: list[int], rate: float | None) -> None:
    session = session_of(setup)
    check(session)
    for number, steps in enumerate(moves):
        if number == 1 and rate is not None:
            session.set_rate(rate)
        session.step(steps)
        session.settle()
        check(session)


def check(session: Session) -> None:
    reader, snapshot = SessionReader(session), session.snapshot()
    problem = reader.problem_of(snapshot)
    lines = reader.explain(snapshot)
    for line in lines:
        assert_true(line.title, line.text)
    said = [(line.title, line.text) for line in lines]
    history, branch, done = snapshot.place.run.history, snapshot.place.branch, max(snapshot.step - 1, 0)
    before = history.state_at(branch, done)
    rate = float(history.rates(branch, done, 1)[0])
    after = before.copy()
    engine.advance(problem, after, np.array([rate]), multipliers=history.multipliers(branch, done))
    made = [(title.removeprefix("New "), text) for title, text in said if title.startswith("New ")]
    assert made
    for name, text in made:
        index = problem.parameter_names.index(name)
        assert text.startswith(short(before.theta[index])), text
        assert text.endswith(f"= {short(after.theta[index])}"), text
    assert said[0][0].startswith("Step ")
    marked = [part.text for line in lines for part in line.parts if part.role == "rate"]
    assert rate == 0 or short(rate) in marked or problem.optimizer.name == "sgd" or marked


@given(experiments())
@TRIED
def test_slope_and_loss_are_those_of_the_batch(setup: Experiment) -> None:
    session = session_of(setup)
    session.step(4)
    session.settle()
    snapshot = session.snapshot()
    problem = SessionReader(session).problem_of(snapshot)
    assume(snapshot.step == 4 and np.isfinite(snapshot.theta).all())
    before = snapshot.place.run.history.state_at(snapshot.place.branch, 3)
    rows = problem.batch(4)
    loss, gradient = engine.loss_and_gradient(
        problem, before.theta, problem.data.X_train[rows], problem.data.Y_train[rows]
    )
    lines = {line.title: line.text for line in SessionReader(session).explain(snapshot)}
    if "Loss before" in lines:
        assert float(lines["Loss before"].split("  ")[0]) == pytest.approx(loss, rel=1e-3, abs=1e-30)
    if "Steepest slope" in lines:
        name, slope = lines["Steepest slope"].split(": ")
        index = problem.parameter_names.index(name)
        assert float(slope) == pytest.approx(gradient[index], rel=1e-3, abs=1e-6)
        assert abs(gradient[index]) == pytest.approx(np.abs(gradient).max(), rel=1e-3, abs=1e-6)
