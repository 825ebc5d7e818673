"""What a network shows inside: units at their limits, how far it moved, what a penalty pulls at."""

from __future__ import annotations

import numpy as np
import pytest

from lrsim.experiment import files as ex
from lrsim.instruments.inside import MOST_ROWS, look, sample_rows
from lrsim.training import engine
from lrsim.training.engine import Problem

X = np.linspace(-1, 1, 20)[:, None]


def problem(*layers: dict, weights: list | None = None, samples: np.ndarray = X, **training: float) -> Problem:
    return engine.build(
        ex.from_dict(
            {
                "data": {"source": "table", "inputs": samples.tolist(), "targets": (2 * samples[:, :1]).tolist(),
                         "task": "regression"},
                "model": {"layers": list(layers), "dtype": "float64", **({"weights": weights} if weights else {})},
                "training": {"loss": "mse", "batch_size": 4, **training},
            }
        )
    )  # fmt: skip


def test_units_at_a_limit_for_all_rows_are_dead_and_near_one_saturated():
    """Layer 1: two of four ReLU units are below 0 for all inputs; layer 2: one of three tanh units is at its limit."""
    weights = [
        [[1.0, -1.0, 0.1, 0.0]], [0.0, 0.0, -2.0, -1.0],
        [[1.0, 0.0, 0.5]] * 4, [0.0, 5.0, 0.0],
        [[1.0], [1.0], [1.0]], [0.0],
    ]  # fmt: skip
    built = problem(
        {"units": 4, "activation": "relu"}, {"units": 3, "activation": "tanh"}, {"units": 1}, weights=weights
    )
    seen = look(built, built.theta)
    relu, tanh = seen.layers
    assert (relu.number, relu.units, relu.dead, relu.dead_at_start, relu.saturated) == (1, 4, 2, 2, 0)
    assert (tanh.number, tanh.units, tanh.dead, tanh.saturated) == (2, 3, 0, 1)
    assert (seen.moved, seen.shrunk) == (0.0, 1.0)


@pytest.mark.parametrize("activation", ["leaky_relu", "softplus", "gelu", "linear"])
def test_units_that_always_have_a_slope_are_never_dead(activation):
    built = problem({"units": 4, "activation": activation}, {"units": 1})
    assert look(built, built.theta - 5.0).layers == ()


def test_how_far_parameters_moved_and_weights_shrank():
    built = problem(
        {"units": 2, "activation": "tanh"}, {"units": 1}, weights=[[[3.0, 4.0]], [0, 0], [[0.0], [0.0]], [0]]
    )
    moved = built.theta + np.array([0, 0, 1.0, 0, 0, 0, 0])
    assert look(built, moved).moved == pytest.approx(1 / 5)
    assert look(built, built.theta / 10).shrunk == pytest.approx(0.1)


@pytest.mark.parametrize(("l1", "l2"), [(0.1, 0.0), (0.0, 0.2), (0.1, 0.2)])
def test_the_penalties_part_of_the_gradient_and_of_what_is_minimised(l1, l2):
    layers = {"units": 3, "activation": "tanh"}, {"units": 1}
    built, free = problem(*layers, l1=l1, l2=l2), problem(*layers)
    seen, without = look(built, built.theta), look(free, free.theta)
    weights = np.concatenate([W.ravel() for W, _ in built.network.unpack(built.theta)])
    assert seen.penalty == pytest.approx(l1 * np.abs(weights).sum() + l2 * np.square(weights).sum())
    assert seen.pull == pytest.approx(np.linalg.norm(l1 * np.sign(weights) + 2 * l2 * weights))
    assert seen.slope == pytest.approx(without.slope)
    assert (seen.loss, without.pull, without.penalty, without.held) == (without.loss, 0.0, 0.0, pytest.approx(1.0))
    assert 0 < seen.held <= 1


def test_the_sample_is_spread_over_all_rows_and_bounded_by_work():
    many = np.linspace(-1, 1, 5000)[:, None]
    small, large = (problem({"units": units, "activation": "relu"}, {"units": 1}, samples=many) for units in (4, 70000))
    assert len(many[sample_rows(small)]) <= MOST_ROWS
    assert len(many[sample_rows(small)]) > MOST_ROWS / 2
    assert 8 <= len(many[sample_rows(large)]) * 1.2 < 130
    assert look(large, large.theta).answers > 0


def test_parameters_that_are_no_numbers_show_nothing():
    built = problem({"units": 1})
    assert look(built, built.theta * np.nan) is None
