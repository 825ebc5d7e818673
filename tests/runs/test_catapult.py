"""The catapult: a rate beyond the limit of a parabola throws the run to where the loss is flatter, or away.

Of f = u.v / sqrt(n) on one sample with target 0, two numbers tell all (Lewkowycz et al., 2020, equations 5 and 6):
f' = f (1 - a + a^2 f^2 / (n lam^2)) and lam' = lam + rate f^2 / n (a - 4), with a = rate x lam.
"""

from __future__ import annotations

import numpy as np
import pytest

from lrsim.experiment import files
from lrsim.experiment.keys import with_value
from lrsim.runs import run
from lrsim.training import engine, loop
from lrsim.training.course import Course

UNITS, STEPS = 64, 60
CURVATURE = 2.0062126670993785
"""At the start of the preset."""


def problem_at(product: float):
    """The preset at a rate of so many times 1 / curvature."""
    rate = product / CURVATURE
    return engine.build(with_value(files.load("catapult"), "optimizer.lr", rate)), rate


def told(problem, theta) -> tuple[float, float]:
    """The output and the curvature."""
    (u, _), (v, _) = (tuple(part.ravel() for part in layer) for layer in problem.network.unpack(theta))
    return float(u @ v) / np.sqrt(UNITS), float(u @ u + v @ v) / UNITS


@pytest.mark.parametrize("product", [0.5, 1.9, 2.2, 3.0, 3.8])
def test_two_numbers_tell_every_step(product):
    problem, rate = problem_at(product)
    course, state = Course(problem), problem.start()
    f, lam = told(problem, state.theta)
    assert rate * lam == pytest.approx(product)
    for step in range(1, STEPS):
        loop.replay(course, state, step)
        a, b = rate * lam, rate * f * f / UNITS
        f, lam = f * (1 - a + rate * b), lam + b * (a - 4)
        assert told(problem, state.theta) == pytest.approx((f, lam), rel=1e-9, abs=1e-13)


@pytest.mark.parametrize(
    ("product", "highest", "curvature"),
    [(1.9, 1.0, 1.775), (2.2, 1.449, 1.429), (3.0, 9.036, 0.117), (3.8, 21.2, 0.008)],
)
def test_between_2_and_4_the_loss_rises_and_lands_where_it_is_flat(product, highest, curvature):
    problem, _ = problem_at(product)
    result = run.run(problem, every_epoch=True)
    losses = result.history["loss"]
    assert max(losses) / losses[0] == pytest.approx(highest, rel=2e-3)
    assert losses[-1] < 1e-4 * losses[0]
    assert told(problem, result.theta)[1] == pytest.approx(curvature, abs=2e-3)
    assert result.verdict.code in ("converging", "converged")


def test_beyond_4_it_diverges_and_says_so():
    assert run.run(problem_at(4.1)[0]).verdict.code == "diverged"


@pytest.mark.parametrize("steps", range(1, 12))
def test_a_loss_that_is_thrown_up_is_not_called_divergence(steps):
    assert run.run(problem_at(3.0)[0], max_steps=steps).verdict.code != "diverged"


@pytest.mark.parametrize("name", ["sgd", "adam", "rmsprop", "adamax", "nadam", "adagrad", "adadelta", "adamw"])
def test_biases_that_are_fixed_stay_bit_for_bit_whatever_the_optimizer(name):
    built = engine.build(
        with_value(with_value(files.load("spiral"), "training.bias_rule", "fixed"), "optimizer.name", name)
    )
    before = [b.copy() for _, b in built.network.unpack(built.theta)]
    after = built.network.unpack(run.run(built, max_steps=50).theta)
    assert all((old == b).all() for old, (_, b) in zip(before, after, strict=True))
    assert any((start != W).any() for (W, _), (start, _) in zip(after, built.network.unpack(built.theta), strict=True))
