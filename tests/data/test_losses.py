"""What is known of each loss beside its formula."""

from __future__ import annotations

import numpy as np
import pytest

import lrsim_core
from lrsim.data.losses import LOSSES


def test_every_loss_of_the_kernel_is_declared():
    assert tuple(LOSSES) == lrsim_core.LOSSES


def test_the_loss_of_guessing():
    Y = np.array([[1.0, 0, 0], [0, 1, 0], [0, 1, 0], [0, 0, 1]])
    entropy = -(0.25 * np.log(0.25) * 2 + 0.5 * np.log(0.5))
    assert LOSSES["cross_entropy"].chance(Y) == LOSSES["cross_entropy_clipped"].chance(Y) == pytest.approx(entropy)
    binary = np.array([[1.0], [0], [0], [0]])
    expected = -(0.25 * np.log(0.25) + 0.75 * np.log(0.75))
    assert LOSSES["binary_cross_entropy"].chance(binary) == pytest.approx(expected)
    values = np.array([[1.0], [2], [6]])
    assert LOSSES["mse"].chance(values) == 2 * LOSSES["half_mse"].chance(values) == pytest.approx(np.var(values))
    assert LOSSES["mae"].chance(values) == pytest.approx(5 / 3)
    assert LOSSES["hinge"].chance(binary) == 2 * 0.25
    assert LOSSES["huber"].chance(values, 100.0) == pytest.approx(0.5 * np.var(values))
    assert LOSSES["huber"].chance(values, 1e-3) == pytest.approx(1e-3 * 5 / 3, rel=1e-3)


@pytest.mark.parametrize("name", LOSSES)
def test_no_answer_that_is_the_same_for_all_is_better_than_the_guess(name):
    """Of the kernel's own loss, whose output is a bias alone."""
    rng = np.random.default_rng(3)
    loss, output = LOSSES[name], lrsim_core.output_needed(name) or "linear"
    Y = rng.normal(size=(40, 2)) ** 3 if not loss.for_classes else np.eye(2)[(rng.random(40) < 0.3).astype(int)]
    net = lrsim_core.Network(1, (lrsim_core.Layer(2, output),), loss=name, huber_delta=0.7)
    X = np.ones((40, 1))
    answers = [np.array([0.0, 0.0, a, b]) for a in np.linspace(-2, 2, 41) for b in np.linspace(-2, 2, 41)]
    least = min(lrsim_core.evaluate(net, theta, X, Y)["loss"] for theta in answers)
    chance = loss.chance(Y, 0.7)
    assert chance <= least * (1 + 1e-9)
    assert chance == pytest.approx(least, rel=0.02)
    assert loss.of_guess(loss.guess(Y, 0.7), Y[:9], 0.7) >= loss.chance(Y[:9], 0.7)


@pytest.mark.parametrize("name", [name for name, loss in LOSSES.items() if loss.squared])
def test_squared_losses_are_multiples_of_the_mean_squared_error(name):
    rng = np.random.default_rng(1)
    X, Y = rng.normal(size=(7, 2)), rng.normal(size=(7, 3))
    net = lrsim_core.Network(2, (lrsim_core.Layer(3),), loss=name)
    theta = rng.normal(size=net.n_parameters)
    error = lrsim_core.predict(net, theta, X) - Y
    assert lrsim_core.evaluate(net, theta, X, Y)["loss"] == pytest.approx(LOSSES[name].squared * np.mean(error**2))


@pytest.mark.parametrize(
    ("name", "row", "fits"),
    [
        ("mse", [-5.0, 1e9], [True, True]),
        ("cross_entropy", [0.25, 0.75], [True, True]),
        ("cross_entropy", [0.5, 0.75], [False, False]),
        ("cross_entropy", [-0.5, 1.5], [False, False]),
        ("binary_cross_entropy", [0.3, 1.1], [True, False]),
        ("hinge", [0.0, 0.5], [True, False]),
    ],
)
def test_which_targets_a_loss_can_take(name, row, fits):
    assert (~LOSSES[name].misfits(np.array([row])))[0].tolist() == fits
