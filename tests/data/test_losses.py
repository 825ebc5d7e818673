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
    assert LOSSES["hinge"].chance(binary) is None


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
