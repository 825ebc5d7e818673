"""Rates for each layer: right on quadratics, useful on networks."""

from __future__ import annotations

import numpy as np
import pytest

import lrsim_core
from lrsim.instruments.layer_rates import Tuning
from lrsim_core import Layer, Network

LAYERS = (slice(0, 3), slice(3, 5))


def quadratic(H):
    return (lambda w: (float(w @ H @ w) / 2, H @ w)), (lambda w, v: H @ v)


def tune(layers, theta, loss_and_gradient, product, direction=np.negative):
    tuning = Tuning(layers, theta, loss_and_gradient, product, direction)
    while not tuning.done:
        tuning.probe()
    return tuning.result()


def test_layers_that_do_not_touch_get_the_inverse_of_their_curvature():
    loss_and_gradient, product = quadratic(np.diag([100.0, 100, 100, 0.25, 0.25]))
    found = tune(LAYERS, np.ones(5), loss_and_gradient, product)
    np.testing.assert_allclose(found.rates, [0.01, 4.0])
    np.testing.assert_allclose(found.curvatures, [100.0, 0.25])
    assert found.lr == pytest.approx(0.2)
    np.testing.assert_allclose(found.lr * found.multipliers, found.rates)
    assert found.losses[-1] < 1e-20 * found.losses[0]
    for number in ("100", "0.25", "0.01", "4"):
        assert number in found.text


def test_descent_at_the_rates_found_is_stable():
    rng = np.random.default_rng(5)
    for _ in range(20):
        A = rng.normal(size=(5, 5)) * np.repeat([10.0, 0.1], [3, 2])[:, None]
        H = A @ A.T
        loss_and_gradient, product = quadratic(H)
        w = rng.normal(size=5)
        found = tune(LAYERS, w, loss_and_gradient, product)
        each = np.repeat(found.rates, [3, 2])
        start = loss_and_gradient(w)[0]
        for _ in range(200):
            w = w - each * loss_and_gradient(w)[1]
        assert loss_and_gradient(w)[0] < 0.5 * start


def test_momentum_lowers_the_rates():
    loss_and_gradient, product = quadratic(np.eye(5))
    plain = tune(LAYERS, np.ones(5), loss_and_gradient, product)
    heavy = tune(LAYERS, np.ones(5), loss_and_gradient, product, direction=lambda g: -g / (1 - 0.9))
    np.testing.assert_allclose(heavy.rates, 0.1 * plain.rates)


def test_a_layer_without_a_gradient_gets_the_mean():
    loss_and_gradient, product = quadratic(np.diag([4.0, 4, 4, 0, 0]))
    found = tune(LAYERS, np.ones(5), loss_and_gradient, product)
    np.testing.assert_allclose(found.rates, [0.25, 0.25])
    assert np.isnan(found.curvatures[1])
    assert "Layer 2 has no slope or no curvature" in found.text


@pytest.mark.parametrize(
    "loss_and_gradient",
    [
        lambda w: (1.0, np.zeros(5)),
        lambda w: (float("nan"), np.full(5, np.nan)),
        lambda w: (float(w.sum()), np.ones(5)),
    ],
    ids=["flat", "not a number", "no curvature"],
)
def test_nothing_to_go_by(loss_and_gradient):
    assert tune(LAYERS, np.ones(5), loss_and_gradient, lambda w, v: 0 * v) is None


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_on_a_network_it_beats_the_same_rate_for_all_layers(dtype):
    rng = np.random.default_rng(4)
    network = Network(inputs=3, layers=(Layer(16, "tanh"), Layer(1, "linear")), loss="mse", dtype=dtype)
    X = (rng.normal(size=(80, 3)) * [1, 5, 0.2]).astype(dtype)
    Y = np.sin(X[:, :1]) + X[:, 2:]
    theta = rng.normal(0, 0.3, network.n_parameters).astype(dtype)
    before = theta.copy()
    layers = (slice(0, 64), slice(64, 81))

    def loss_and_gradient(place):
        loss, _, gradient = lrsim_core.loss_and_gradient(network, place, X, Y.astype(dtype))
        return loss, gradient

    def product(place, along):
        return lrsim_core.hessian_vector_product(network, place, X, Y.astype(dtype), along)

    found = tune(layers, theta, loss_and_gradient, product)
    np.testing.assert_array_equal(theta, before)
    assert found.losses[-1] < found.losses[0]
    each = np.repeat(found.rates, [64, 17])

    def trained(rates):
        place = theta.astype(np.float64)
        for _ in range(100):
            place = place - rates * loss_and_gradient(place.astype(dtype))[1]
        return loss_and_gradient(place.astype(dtype))[0]

    assert trained(each) < 0.5 * found.losses[0]
    assert trained(each) < trained(np.full(81, found.rates.min()))
