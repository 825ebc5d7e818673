"""The edge of stability: what the preset promises, and what is said of it."""

from __future__ import annotations

import numpy as np
import pytest

from lrsim.experiment import files
from lrsim.experiment.keys import with_value
from lrsim.instruments.moment import moment_at
from lrsim.instruments.stability import stability
from lrsim.runs import run
from lrsim.training import engine, loop
from lrsim.training.course import Course


def products(rate: float, steps: range) -> list[float]:
    problem = engine.build(with_value(files.load("edge-of-stability"), "optimizer.lr", rate))
    course, state, found = Course(problem), problem.start(), []
    for step in steps:
        loop.replay(course, state, step)
        found.append(stability(moment_at(course, state.copy())).product)
    return found


def test_rate_times_sharpness_rises_to_2_and_stays_while_the_loss_falls():
    begun, *_, there = products(0.2, range(0, 2001, 500))
    assert 1.0 < begun < 1.2
    assert there == pytest.approx(2.0, abs=0.05)
    later = products(0.2, range(3000, 8001, 250))
    np.testing.assert_allclose(later, 2.0, atol=0.03)
    losses = run.run(engine.build(files.load("edge-of-stability")), every_epoch=True).history["loss"]
    assert losses[0] > 0.4
    assert losses[-1] < 2e-4
    assert 0.4 < np.mean(np.diff(losses[4000:]) > 0) < 0.5


def test_half_the_rate_meets_twice_the_sharpness():
    (product,) = products(0.1, range(4000, 4001))
    assert product == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize("steps", [1000, 1500, 2500, 3000])
def test_the_verdict_calls_it_the_edge(steps):
    verdict = run.run(engine.build(files.load("edge-of-stability")), max_steps=steps).verdict
    assert verdict.text.startswith("Training at the edge of stability: rate x sharpness is ")
    assert verdict.evidence["rate_times_sharpness"] == pytest.approx(2.0, abs=0.15)
    assert verdict.evidence["limit"] == 2.0


def test_too_high_a_rate_is_divergence_all_the_same():
    problem = engine.build(with_value(files.load("edge-of-stability"), "optimizer.lr", 0.8))
    assert run.run(problem).verdict.code == "diverged"


def test_a_start_as_pytorch_draws_it_has_biases_too():
    problem = engine.build(files.load("edge-of-stability"))
    for W, b in problem.network.unpack(problem.theta):
        bound = 1 / np.sqrt(len(W))
        assert 0.5 * bound < np.abs(W).max() <= bound
        assert 0 < np.abs(b).max() <= bound
