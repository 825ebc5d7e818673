"""The largest curvature, and the rates that it allows."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from lrsim.instruments.spectrum import MOST_PRODUCTS, extremes
from lrsim.instruments.stability import sharpness, stability
from lrsim.training import engine
from lrsim_core import ACTIVATIONS
from tests.instruments.moments import hessian, moment, problem

RANDOM = np.random.default_rng(7)
X = RANDOM.normal(size=(12, 3))
CLASSES = np.eye(3)[RANDOM.integers(0, 3, 12)]
LOSSES = {
    "mse": ("linear", RANDOM.normal(size=(12, 2))), "half_mse": ("linear", RANDOM.normal(size=(12, 2))),
    "mae": ("tanh", RANDOM.normal(size=(12, 2))), "huber": ("linear", RANDOM.normal(size=(12, 2))),
    "cross_entropy": ("softmax", CLASSES), "cross_entropy_clipped": ("softmax", CLASSES),
    "binary_cross_entropy": ("sigmoid", CLASSES), "hinge": ("tanh", 2 * CLASSES - 1),
}  # fmt: skip


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", [name for name in ACTIVATIONS if name != "softmax"])
def test_both_ends_are_those_of_the_full_hessian(loss, activation):
    last, Y = LOSSES[loss]
    hidden = {"units": 5, "activation": activation}
    if activation == "clip":
        hidden |= {"limit": 0.3, "straight_through": False}
    built = problem(
        [hidden, {"units": Y.shape[1], "activation": last}], X, Y, loss=loss, l2=0.01,
        task="regression" if Y.dtype == float and loss in ("mse", "half_mse", "mae", "huber") else "classification",
    )  # fmt: skip
    for steps in (0, 7):
        state = moment(built, steps)
        values = np.linalg.eigvalsh(hessian(built, state.state.theta))
        found = sharpness(state)
        assert found.settled
        assert found.largest == pytest.approx(values[-1], rel=0.01)
        assert found.smallest == pytest.approx(values[0], rel=0.02, abs=0.01 * values[-1])


def test_ends_of_large_matrices_and_of_such_that_are_not_symmetric():
    for size in (1, 2, 30, 400):
        A = RANDOM.normal(size=(size, size))
        A = A + A.T
        values = np.linalg.eigvalsh(A)
        found = extremes(lambda v, A=A: A @ v, size)
        assert found.products <= min(MOST_PRODUCTS, size)
        np.testing.assert_allclose([found.largest, found.smallest], values[[-1, 0]], rtol=0.01)
    turned = RANDOM.normal(size=(20, 20))
    slanted = turned @ np.diag(np.arange(20.0)) @ np.linalg.inv(turned)
    assert extremes(lambda v: slanted @ v, 20).largest == pytest.approx(19.0, rel=1e-3)


def test_where_the_last_search_ended_the_next_one_is_short():
    A = np.diag(np.r_[np.linspace(0, 1, 300), 1.5])
    first = extremes(lambda v: A @ v, 301)
    again = extremes(lambda v: 1.01 * (A @ v), 301, first.start)
    assert again.largest == pytest.approx(1.515, rel=1e-3)
    assert again.products < first.products


@pytest.mark.parametrize("value", [math.nan, math.inf, 1e308])
def test_what_is_not_finite_has_no_sharpness(value):
    built = problem([{"units": 4, "activation": "relu"}, {"units": 2}], X, LOSSES["mse"][1])
    state = moment(built)
    theta = np.full_like(state.state.theta, value)
    assert math.isnan(sharpness(replace(state, state=replace(state.state, theta=theta))).largest)


def test_a_flat_loss_has_no_largest_rate():
    built = problem([{"units": 1}], np.zeros((3, 1)), np.zeros((3, 1)), bias_rule="as_input")
    assert stability(moment(built)).largest_rate == math.inf


QUADRATICS = {
    "sgd": {"name": "sgd"},
    "heavy ball": {"name": "sgd", "momentum": 0.9},
    "heavy ball, torch": {"name": "sgd", "momentum": 0.6, "flavor": "torch"},
    "nesterov": {"name": "sgd", "momentum": 0.9, "nesterov": True},
    "nesterov, torch": {"name": "sgd", "momentum": 0.5, "nesterov": True, "flavor": "torch"},
    "rmsprop": {"name": "rmsprop", "rho": 1 - 1e-13},
    "rmsprop, torch": {"name": "rmsprop", "rho": 1 - 1e-13, "flavor": "torch", "momentum": 0.5},
    "adam": {"name": "adam", "beta_2": 1 - 1e-13},
    "adam, torch": {"name": "adam", "beta_1": 0.7, "beta_2": 1 - 1e-13, "flavor": "torch"},
    "nadam": {"name": "nadam", "beta_2": 1 - 1e-13},
    "adagrad": {"name": "adagrad"},
}


@pytest.mark.parametrize("factors", [(), (0.25,)], ids=["one rate", "a quarter of it"])
@pytest.mark.parametrize("kind", QUADRATICS)
def test_just_below_the_largest_stable_rate_a_quadratic_converges_and_just_above_it_diverges(kind, factors):
    """A linear unit; the rate of its layer is multiplied by a factor, or not."""
    random = np.random.default_rng(11)
    inputs = random.normal(size=(8, 4)) * [3.0, 1.0, 0.5, 0.1]
    layers = [{"units": 1}]
    optimizer = {**QUADRATICS[kind], "lr": 1.0, "multipliers": list(factors)}
    built = problem(layers, inputs, inputs @ random.normal(size=(4, 1)), optimizer)
    updates = 10_000
    slots = built.optimizer.new_slots(built.network)
    scaled = {"rmsprop": 0, "adagrad": 0, "adam": 1, "nadam": 1}.get(QUADRATICS[kind]["name"])
    if scaled is not None:  # as it would be after many gradients of unequal size, and so large that it stays
        corrected = 1 - built.optimizer.beta_2**updates if scaled else 1.0
        slots[scaled] = np.linspace(1, 9, built.network.n_parameters) * 1e8 * corrected
    state = engine.State(built.theta.copy(), slots, updates, 0)
    begun = replace(moment(built), state=state, multipliers=factors)
    largest = stability(begun).largest_rate
    target = np.linalg.lstsq(np.column_stack([inputs, np.ones(8)]), built.data.Y_train[:, 0], rcond=None)[0]

    def sizes(factor: float) -> list[float]:
        """How far off it is, each 20 steps; far off, adaptive methods would shorten their steps."""
        there, found = state.copy(), []
        there.theta[:] = target + 1e-3 * random.normal(size=5)
        for _ in range(10):
            found.append(float(np.abs(there.theta - target).max()))
            engine.advance(built, there, np.full(20, factor * largest), multipliers=factors)
        return found

    below, above = sizes(0.97), sizes(1.03)
    assert below[-1] < below[0]
    assert max(above) > 10 * above[0]


def test_the_limit_of_adam_at_its_usual_average_is_38():
    built = problem([{"units": 1}], [[1.0], [2.0]], [[1.0], [0.0]], {"name": "adam"})
    assert stability(moment(built, 1)).limit == pytest.approx(38.0)


def test_before_the_first_update_adam_has_nothing_to_scale_by():
    built = problem([{"units": 1}], [[1.0], [2.0]], [[1.0], [0.0]], {"name": "adam"})
    assert math.isnan(stability(moment(built)).product)
    assert stability(moment(built, 3)).product > 0


def test_curvature_of_many_rows_is_that_of_a_sample_and_called_approximate():
    rows = np.random.default_rng(0).normal(size=(5000, 2))
    built = problem([{"units": 1}], rows, rows[:, :1])
    state = moment(built)
    assert state.is_sampled
    assert len(state.sample[0]) <= 2048
    assert stability(state).is_approximate
    assert not stability(moment(problem([{"units": 1}], rows[:50], rows[:50, :1]))).is_approximate
    assert stability(moment(problem([{"units": 1}], rows[:50], rows[:50, :1], batch_size=10))).is_approximate
