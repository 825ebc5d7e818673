"""Instruments against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrsim.instruments.alpha import Ends, fit
from lrsim.instruments.moment import unlimited
from lrsim.instruments.movement import distance, layer_distances, layer_update_ratios, length
from lrsim.instruments.noise import gradient_noise
from lrsim.instruments.registry import INSTRUMENTS
from lrsim.instruments.units import idle_units
from lrsim.training import engine
from tests.instruments.moments import moment, problem

VALUE = {name: each.measure for name, each in INSTRUMENTS.items()}
X = np.array([[1.0], [2.0], [-1.0], [0.5]])
Y = np.array([[0.0], [1.0], [2.0], [-1.0]])
LINE = [{"units": 1}]


@given(st.floats(0.01, 100), st.floats(0.001, 10), st.floats(-50, 50).filter(lambda x: abs(x) > 0.01))
def test_alpha_on_a_parabola_is_rate_times_curvature_less_1(curvature, rate, place):
    step = -rate * curvature * place
    losses = tuple(0.5 * curvature * x**2 for x in (place, place + step))
    slopes = tuple(curvature * x * step for x in (place, place + step))
    assert fit(Ends(losses, slopes)).alpha == pytest.approx(rate * curvature - 1, rel=1e-6, abs=1e-9)
    weighed = Ends(losses, slopes, (1.0, 3.0), (0.2, 5.0))
    assert fit(weighed).alpha == pytest.approx(rate * curvature - 1, rel=1e-6, abs=1e-9)


def test_alpha_weighs_by_variance_and_calls_a_hill_top_minus_1():
    """Losses that say one thing and slopes another: whoever varies less is believed."""
    losses, slopes = (1.0, 0.0), (-1.0, 1.0)
    by_slopes = fit(Ends(losses, slopes, (1e6, 1e6), (1.0, 1.0)))
    assert by_slopes.alpha == pytest.approx(1.0, abs=1e-3)
    assert fit(Ends((0.0, -3.0), (-1.0, -5.0))).alpha == -1.0
    assert math.isnan(fit(Ends((0.0, math.inf), (-1.0, 1.0))).alpha)
    assert fit(Ends((1e308, 0.9e308), (-0.2e308, 0.0))).alpha == pytest.approx(0.0, abs=1e-6)
    run_over = Ends((1.0, 0.5), (-1.0, 0.0), (math.inf, math.inf), (math.inf, math.inf))
    assert fit(run_over).alpha == pytest.approx(fit(Ends((1.0, 0.5), (-1.0, 0.0))).alpha)


@pytest.mark.parametrize("rate", [0.05, 0.4, 1.1])
def test_alpha_of_a_linear_unit_with_one_input(rate):
    """Full batch of half squared error: the step is along the gradient, whose curvature is known."""
    built = problem(LINE, X, Y, {"lr": rate})
    X1 = np.column_stack([X, np.ones(4)])
    H = X1.T @ X1 / 4
    g = moment(built).gradient
    expected = rate * float(g @ H @ g) / float(g @ g) - 1
    assert VALUE["alpha"](moment(built)) == pytest.approx(expected, rel=1e-6)


def test_norms_ratios_flips_and_distances_by_hand():
    built = problem(LINE, X, Y, {"lr": 0.5})
    state = moment(built)
    residual = X * built.theta[0] + built.theta[1] - Y
    gradient = np.array([np.mean(residual * X), np.mean(residual)])
    assert VALUE["grad_norm"](state) == pytest.approx(np.linalg.norm(gradient))
    assert VALUE["update_ratio"](state) == pytest.approx(0.5 * np.linalg.norm(gradient) / np.linalg.norm(built.theta))
    np.testing.assert_allclose(layer_update_ratios(state), [0.5 * abs(gradient[0]) / abs(built.theta[0])])
    assert math.isnan(VALUE["flips"](state))
    assert VALUE["distance"](state) == 0
    later = moment(built, 1)
    assert VALUE["distance"](later) == pytest.approx(0.5 * np.linalg.norm(gradient))
    assert distance(built, later.state.theta) == pytest.approx(math.hypot(*layer_distances(built, later.state.theta)))
    assert length(np.array([3e300, 4e300])) == pytest.approx(5e300)


def test_a_swinging_weight_flips_its_sign_at_each_step():
    built = problem([{"units": 1}], [[1.0], [-1.0]], [[1.0], [-1.0]], {"lr": 1.9})
    assert VALUE["flips"](moment(built, 3)) == 0.5  # the bias stays where it is


def test_noise_of_gradients_against_all_of_them():
    built = problem(LINE, X, Y, batch_size=2)
    residual = (X * built.theta[0] + built.theta[1] - Y)[:, 0]
    each = np.column_stack([residual * X[:, 0], residual])
    spread, mean = each.var(axis=0, ddof=1).sum(), each.mean(axis=0)
    found = gradient_noise(moment(built))
    assert found.ratio == pytest.approx(spread / (mean @ mean))
    assert found.test == pytest.approx(math.sqrt(spread / 2 / (mean @ mean)))
    assert found.samples == 4
    assert math.isnan(gradient_noise(moment(problem(LINE, X[:1], Y[:1]))).ratio)


def test_dead_and_saturated_units():
    weights = [[[1.0, -1.0, 0.0]], [0, 0, -1.0], [[0.1, 50.0]] * 3, [0.0, 3.0], [[1.0], [1.0]], [0.0]]
    layers = [{"units": 3, "activation": "relu"}, {"units": 2, "activation": "tanh"}, {"units": 1}]
    state = moment(problem(layers, X, Y, model={"weights": weights}))
    relu, tanh, linear = idle_units(state)
    assert relu.dead.tolist() == [False, False, True]
    assert tanh.saturated.tolist() == [False, True]
    assert not linear.dead.any()
    assert (VALUE["dead_units"](state), VALUE["saturated_units"](state)) == (1.0, 1.0)


def test_a_limit_on_gradients_is_left_out_of_the_slope_of_the_loss():
    built = problem(LINE, 100 * X, Y, {"lr": 1e-6}, clip_gradient=0.001)
    free = unlimited(built)
    whole = engine.loss_and_gradient(free, built.theta, built.data.X_train, built.data.Y_train)[1]
    held = engine.loss_and_gradient(built, built.theta, built.data.X_train, built.data.Y_train)[1]
    assert np.linalg.norm(whole) > 100 * np.linalg.norm(held)
    assert VALUE["alpha"](moment(built)) < -0.99  # a short step on a steep slope


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("value", [math.nan, math.inf, -1e308, 1e160, 1e78, -1e40])
@pytest.mark.parametrize("name", INSTRUMENTS)
def test_no_instrument_breaks_on_what_is_not_finite(name, value, activation):
    built = problem([{"units": 3, "activation": activation}, {"units": 1}], X, Y, {"name": "adam"}, batch_size=2)
    state = moment(built, 2)
    state.state.theta[:] = value
    assert isinstance(VALUE[name](state), float)


def test_every_instrument_says_what_it_is_and_where_from():
    for name, each in INSTRUMENTS.items():
        assert each.name == name
        assert each.sentence.endswith(".")
        assert each.title
        assert each.source
