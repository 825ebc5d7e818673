"""Gradients and Hessian-vector products against the twin and against finite differences."""

import numpy as np
import pytest

import lrsim_core
from lrsim_core import reference
from tests.core import problems

STEP = 1e-5


def differences(function, theta, step=STEP):
    """Centred differences of a scalar (or array) function, one parameter after the other."""
    columns = []
    for k in range(len(theta)):
        up, down = theta.copy(), theta.copy()
        up[k] += step
        down[k] -= step
        columns.append((function(up) - function(down)) / (2 * step))
    return np.array(columns)


def penalty(net, theta):
    weights = [W for W, _ in net.unpack(theta)]
    return sum(net.l1 * np.abs(W).sum() + net.l2 * (W * W).sum() for W in weights)


@pytest.mark.parametrize(("output", "loss"), problems.PAIRS)
def test_gradient_of_every_pair(output, loss):
    net = problems.network("tanh", output, loss, sizes=(2, 3, 2), l1=0.01, l2=0.03)
    theta = problems.start(net, seed=3)
    X, Y = problems.data(net, rows=4, seed=5)

    def total(at):
        return lrsim_core.evaluate(net, at, X, Y)["loss"] + penalty(net, at)

    gradient = lrsim_core.loss_and_gradient(net, theta, X, Y)[2]
    np.testing.assert_allclose(gradient, differences(total, theta), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("hidden", problems.HIDDEN)
def test_gradient_of_every_hidden_activation(hidden):
    net = problems.network(hidden, "linear", sizes=(2, 3, 3, 1))
    theta = problems.start(net, seed=3)
    X, Y = problems.data(net, rows=4, seed=5)
    gradient = lrsim_core.loss_and_gradient(net, theta, X, Y)[2]
    expected = differences(lambda at: lrsim_core.evaluate(net, at, X, Y)["loss"], theta)
    np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("bias_rule", lrsim_core.BIAS_RULES)
@pytest.mark.parametrize(("output", "loss"), problems.PAIRS)
def test_hessian_vector_product_of_every_pair(output, loss, bias_rule):
    net = problems.network("gelu", output, loss, sizes=(2, 4, 3), l1=0.01, l2=0.03, bias_rule=bias_rule)
    theta, v = problems.start(net, seed=3), problems.start(net, seed=4)
    X, Y = problems.data(net, rows=4, seed=5)
    product = lrsim_core.hessian_vector_product(net, theta, X, Y, v)
    problems.close(product, reference.hessian_vector_product(net, theta, X, Y, v), "float64", factor=50)

    def gradient(at):
        return lrsim_core.loss_and_gradient(net, at, X, Y)[2]

    moved = STEP * net.movable(v)
    expected = (gradient(theta + moved) - gradient(theta - moved)) / (2 * STEP)
    np.testing.assert_allclose(product, expected, rtol=2e-6, atol=2e-8)


def test_biases_that_are_fixed_have_no_curvature():
    net = problems.network("tanh", "linear", sizes=(2, 4, 3), bias_rule="fixed")
    theta, (X, Y) = problems.start(net, seed=3), problems.data(net, rows=4, seed=5)
    columns = np.eye(net.n_parameters)
    hessian = np.array([lrsim_core.hessian_vector_product(net, theta, X, Y, v) for v in columns])
    np.testing.assert_allclose(hessian, hessian.T, atol=1e-12)
    for row in hessian:
        assert not any(biases.any() for _, biases in net.unpack(row))
    assert hessian.any()


@pytest.mark.parametrize("dtype", lrsim_core.DTYPES)
@pytest.mark.parametrize("hidden", problems.HIDDEN)
def test_hessian_vector_product_of_every_hidden_activation(hidden, dtype):
    net = problems.network(hidden, "softmax", "cross_entropy", sizes=(70, 35, 20, 3), dtype=dtype)
    theta, v = problems.start(net, scale=0.2), problems.start(net, seed=4)
    X, Y = problems.data(net, rows=600)
    product = lrsim_core.hessian_vector_product(net, theta, X, Y, v)
    expected = reference.hessian_vector_product(net, theta, X, Y, v)
    problems.close(product, expected, dtype, factor=50)


def test_clipped_cross_entropy_has_no_gradient_where_it_clips():
    net = problems.network(output="softmax", loss="cross_entropy_clipped", sizes=(1, 2), dtype="float32")
    theta = np.array([20, -20, 0, 0], dtype=np.float32)
    X, Y = np.ones((1, 1), np.float32), np.array([[0, 1]], np.float32)
    loss, error, gradient = lrsim_core.loss_and_gradient(net, theta, X, Y)
    assert loss == pytest.approx(-np.log(1e-7), rel=1e-6)
    assert error == pytest.approx(1)
    assert not gradient.any()


def test_clipped_gradient_is_bounded():
    net = problems.network(sizes=(1, 1), clip_gradient=2.0)
    gradient = lrsim_core.loss_and_gradient(net, np.array([100.0, 0.0]), np.ones((1, 1)), np.zeros((1, 1)))[2]
    assert gradient.tolist() == [2, 2]


def test_hinge_takes_zero_for_minus_one():
    net = problems.network(output="linear", loss="hinge", sizes=(2, 1))
    theta, (X, _) = problems.start(net), problems.data(net)
    signs = np.where(np.arange(7) % 2, 1.0, -1.0)[:, None]
    first = lrsim_core.evaluate(net, theta, X, signs)
    assert first == lrsim_core.evaluate(net, theta, X, (signs + 1) / 2)
    assert first["accuracy"] == np.mean((lrsim_core.predict(net, theta, X) > 0) == (signs > 0))


def test_the_recorded_loss_has_no_penalty_and_the_gradient_has():
    plain, heavy = problems.network(), problems.network(l1=1.0, l2=1.0)
    theta, (X, Y) = problems.start(plain), problems.data(plain)
    assert lrsim_core.evaluate(plain, theta, X, Y) == lrsim_core.evaluate(heavy, theta, X, Y)
    change = lrsim_core.loss_and_gradient(heavy, theta, X, Y)[2] - lrsim_core.loss_and_gradient(plain, theta, X, Y)[2]
    for (dW, db), (W, _) in zip(plain.unpack(change), plain.unpack(theta), strict=True):
        np.testing.assert_allclose(dW, 2 * W + np.sign(W))
        assert not db.any()
