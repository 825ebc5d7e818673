"""The loss over a plane, and along an update, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrsim.experiment import files
from lrsim.instruments.along import along
from lrsim.instruments.surface import (
    TrueLoss,
    finest,
    of_parameters,
    path_plane,
    random_plane,
    rows_of,
    rows_used,
    surface,
)
from lrsim.training import engine
from tests.instruments.moments import moment, problem

X = np.array([[1.0], [2.0], [-1.0], [0.5]])
Y = np.array([[0.0], [1.0], [2.0], [-1.0]])
LINE = [{"units": 1}]
DEEP = [{"units": 5, "activation": "tanh"}, {"units": 3, "activation": "relu"}, {"units": 1}]


def bowl(W, b, l1=0.0, l2=0.0):
    """Half the mean square of a line's errors, with its penalties."""
    errors = W[..., None] * X[:, 0] + b[..., None] - Y[:, 0]
    return 0.5 * (errors**2).mean(axis=-1) + l1 * np.abs(W) + l2 * W**2


@pytest.mark.parametrize("penalty", [{}, {"l1": 0.3, "l2": 0.7}])
def test_the_surface_of_a_line_is_its_bowl_penalties_included(penalty):
    built = problem(LINE, X, Y, **penalty)
    window = (-3.0, 2.0, -1.0, 4.0)
    found = surface(of_parameters(built.theta, 0, 1), TrueLoss(built), window, 7)
    W, b = np.meshgrid(np.linspace(-3, 2, 7), np.linspace(-1, 4, 7))
    np.testing.assert_allclose(found, bowl(W, b, **penalty), rtol=1e-12)
    turned = surface(of_parameters(built.theta, 1, 0), TrueLoss(built), window, 7)
    np.testing.assert_allclose(turned, bowl(b, W, **penalty), rtol=1e-12)


def test_rows_come_one_after_the_other_so_that_it_can_be_left_off():
    built = problem(LINE, X, Y)
    plane, loss, window = of_parameters(built.theta, 0, 1), TrueLoss(built), (-1.0, 1.0, -2.0, 2.0)
    rows = rows_of(plane, loss, window, 5)
    np.testing.assert_array_equal(next(rows), surface(plane, loss, window, 5)[0])


def test_values_that_are_not_finite_are_kept_and_others_are_not_hurt():
    built = problem(LINE, X, Y)
    found = surface(of_parameters(built.theta, 0, 1), TrueLoss(built), (-1e200, 1e200, -1.0, 1.0), 3)
    assert np.isinf(found[:, [0, 2]]).all()
    np.testing.assert_allclose(found[:, 1], bowl(np.zeros(3), np.array([-1.0, 0.0, 1.0])))


def test_random_directions_are_as_long_as_each_units_weights_and_leave_biases():
    built = problem(DEEP, np.tile(X, 2), Y)
    rng = np.random.default_rng(8)
    theta = rng.normal(size=built.n_parameters)
    plane = random_plane(built, theta, seed=4)
    for direction in plane.directions:
        for (W, _), (along_W, along_b) in zip(built.network.unpack(theta), built.network.unpack(direction)):
            np.testing.assert_allclose(np.linalg.norm(along_W, axis=0), np.linalg.norm(W, axis=0), rtol=1e-8)
            assert not along_b.any()
    again, other = random_plane(built, theta, seed=4), random_plane(built, theta, seed=5)
    np.testing.assert_array_equal(plane.directions, again.directions)
    assert not np.array_equal(plane.directions, other.directions)
    assert TrueLoss(built)(plane.points(np.zeros(1), np.zeros(1))) == TrueLoss(built)(theta[None])


def test_a_unit_without_weights_gets_no_direction():
    built = problem(DEEP, np.tile(X, 2), Y)
    theta = np.ones(built.n_parameters)
    built.network.unpack(theta)[0][0][:, 2] = 0.0
    assert not built.network.unpack(random_plane(built, theta).directions[0])[0][0][:, 2].any()


def test_the_paths_plane_has_its_main_directions_and_says_what_it_explains():
    """A path with variances 9, 4 and 1 in three known directions, seen from its end, which is their origin."""
    rng = np.random.default_rng(2)
    basis = np.linalg.qr(rng.normal(size=(6, 6)))[0][:3]
    places = np.array([[3.0, 0, 0], [-3.0, 0, 0], [0, 2.0, 0], [0, -2.0, 0], [0, 0, 1.0], [0, 0, -1.0]])
    theta = rng.normal(size=6)
    plane = path_plane(theta + places @ basis, theta)
    assert plane.explained == pytest.approx(13 / 14)
    for found, expected in zip(plane.directions, basis):
        assert abs(found @ expected) == pytest.approx(1.0)
    coordinates, distances = plane.coordinates(theta + places @ basis)
    np.testing.assert_allclose(np.abs(coordinates[[0, 2]]), [[3, 0], [0, 2]], atol=1e-12)
    np.testing.assert_allclose(distances, [0, 0, 0, 0, 1, 1], atol=1e-12)


def test_a_path_that_went_one_way_or_not_at_all_has_no_plane():
    theta = np.array([1.0, 2.0, 3.0])
    assert path_plane(theta[None], theta) is None
    assert path_plane(theta + np.outer([1.0, 2.0, 4.0], [1.0, 0.0, -1.0]), theta) is None
    assert path_plane(np.full((4, 3), np.nan), theta) is None


def test_points_of_a_path_that_are_not_finite_do_not_turn_its_plane():
    rng = np.random.default_rng(1)
    thetas, theta = rng.normal(size=(9, 4)), np.zeros(4)
    bad = np.vstack([thetas, [np.nan, 0, 0, 0], [np.inf, 0, 0, 0]])
    plane = path_plane(bad, theta)
    np.testing.assert_array_equal(plane.directions, path_plane(thetas, theta).directions)
    coordinates, distances = plane.coordinates(bad)
    assert np.isfinite(coordinates[:9]).all()
    assert not np.isfinite(distances[9:]).any()


@given(st.integers(0, 1000), st.floats(-5, 5), st.floats(-5, 5))
def test_what_lies_in_a_plane_is_found_there(seed, x, y):
    built = problem(DEEP, np.tile(X, 2), Y)
    theta = np.random.default_rng(seed).normal(size=built.n_parameters)
    for plane in (random_plane(built, theta, seed), of_parameters(theta, 3, 1)):
        coordinates, distance = plane.coordinates(plane.points(np.array([x]), np.array([y])))
        np.testing.assert_allclose(coordinates, [[x, y]], atol=1e-9)
        assert distance[0] == pytest.approx(0.0, abs=1e-9)


def test_a_plane_of_two_parameters_bears_any_number_and_counts_the_others_as_distance():
    theta = np.array([1.0, 2.0, 3.0, 4.0])
    plane = of_parameters(theta, 0, 2)
    coordinates, distance = plane.coordinates(np.array([[np.inf, 2.0, 5.0, 4.0], [7.0, 5.0, 8.0, 8.0]]))
    np.testing.assert_array_equal(coordinates, [[np.inf, 5.0], [7.0, 8.0]])
    np.testing.assert_array_equal(distance, [0.0, 5.0])


def test_a_large_set_is_sampled_evenly_and_a_small_one_is_not():
    small = problem(LINE, X, Y)
    assert TrueLoss(small).samples == 4
    rows = np.linspace(-1, 1, 5000)[:, None]
    large = problem(LINE, rows, rows)
    used = TrueLoss(large).samples
    assert 1000 < used <= 2048
    assert rows_used(large).step == 3
    np.testing.assert_allclose(
        TrueLoss(large, slice(None))(large.theta[None]), TrueLoss(large)(large.theta[None]), rtol=0.01
    )


def test_a_large_model_gets_fewer_points_and_no_fewer_rows_than_can_be_told():
    large = problem([{"units": 40_000, "activation": "tanh"}, {"units": 1}], np.tile(X, (300, 1)), np.tile(Y, (300, 1)))
    assert (finest(large), finest(problem(LINE, X, Y))) == (25, 51)
    assert TrueLoss(large).samples >= 100
    assert TrueLoss(large).is_sampled


# --- along the step


def test_along_a_step_down_a_bowl_the_parabola_is_the_loss_itself():
    built = problem(LINE, X, Y, {"lr": 0.4}, l2=0.2)
    start = moment(built)
    found = along(start)
    thetas = start.state.theta + found.at[:, None] * start.step
    np.testing.assert_allclose(found.batch, bowl(*thetas.T, l2=0.2), rtol=1e-12)
    np.testing.assert_allclose(found.fitted(found.at), found.batch, rtol=1e-9)
    np.testing.assert_allclose(found.training, found.batch, rtol=1e-12)
    assert found.floor == pytest.approx(1 / (1 + found.parabola.alpha))
    assert found.slope == pytest.approx(-float(start.gradient @ start.gradient) * 0.4)
    assert found.tangent(np.array([0.0, 1.0])).tolist() == pytest.approx([found.start, found.start + found.slope])
    assert found.proportional
    assert found.rate == 0.4


def test_a_batch_and_the_training_set_have_a_curve_each():
    built = problem(LINE, X, Y, {"lr": 0.1}, batch_size=1)
    start = moment(built)
    found = along(start)
    row = built.batch(1)[0]
    thetas = start.state.theta + found.at[:, None] * start.step
    W, b = thetas.T
    np.testing.assert_allclose(found.batch, 0.5 * (W * X[row, 0] + b - Y[row, 0]) ** 2, rtol=1e-9)
    np.testing.assert_allclose(found.training, bowl(W, b), rtol=1e-12)
    assert (found.batch_rows, found.rows, found.sampled) == (1, 4, False)


@pytest.mark.parametrize(
    ("optimizer", "expected"),
    [
        ({"name": "sgd"}, True),
        ({"name": "adam"}, True),
        ({"name": "sgd", "momentum": 0.9}, False),
    ],
)
def test_where_other_rates_land_on_the_line_is_measured(optimizer, expected):
    """Momentum as in Keras holds the rate of each step within it."""
    built = problem(LINE, X, Y, {"lr": 0.05, **optimizer})
    assert along(moment(built, 4)).proportional is expected


def test_a_step_into_infinity_has_no_floor_and_raises_nothing():
    built = problem(LINE, X, Y, {"lr": 1e300})
    found = along(moment(built, 1))
    assert found.floor is None
    assert not np.isfinite(found.batch).all()


def test_weights_that_span_no_plane_have_none():
    """A single weight, and weights that are 0 or not finite."""
    single = engine.build(files.load("clip250"))
    assert random_plane(single, single.theta) is None
    several = engine.build(files.load("spiral"))
    for value in (0.0, np.nan, np.inf):
        assert random_plane(several, np.full_like(several.theta, value)) is None
