"""Toy sets: as many points as asked for, the same for the same seed, and of the shape that their name promises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrsim.data.dataset import load_data
from lrsim.data.sources import toy
from lrsim.data.spec import DataSpec
from lrsim.experiment.files import from_dict
from lrsim.training import engine

TOYS = [source.name for source in toy.TOYS]
EVERY = pytest.mark.parametrize("name", TOYS)


def points(name: str, **more):
    data = load_data(DataSpec(source=name, **more), "float64")
    return data.X_train, data.Y_train[:, 0]


@given(st.sampled_from(sorted(TOYS)), st.integers(2, 90), st.floats(0, 0.5), st.integers(0, 2**53))
def test_any_number_of_points(name, samples, noise, seed):
    data = load_data(DataSpec(source=name, samples=samples, noise=noise, seed=seed), "float32")
    assert data.X_train.shape == (samples, 2)
    assert data.Y_train.shape == (samples, 1)
    assert np.isfinite(data.X_train).all()


@EVERY
def test_the_seed_decides(name):
    first, again, other = (points(name, seed=seed, noise=0.1)[0] for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()
    assert (points(name, seed=1, noise=0.1, split_seed=7)[0] == first).all()


@EVERY
def test_noise_moves_the_same_points(name):
    still, labels = points(name)
    moved, same = points(name, noise=0.25)
    further, _ = points(name, noise=0.5)
    assert (labels == same).all()
    assert (further - still) == pytest.approx(2 * (moved - still))
    assert (moved - still).std() == pytest.approx(0.5, rel=0.2)


@EVERY
def test_points_without_noise_lie_in_the_domain_and_come_mixed(name):
    data = load_data(DataSpec(source=name, task="classification"), "float64")
    assert data.domain == ((-6, 6), (-6, 6))
    assert np.abs(data.X_train).max() <= 6
    changes = (np.diff(data.Y_train[:, 0]) != 0).sum()
    assert 60 < changes < 140
    assert 70 < data.Y_train.sum() < 130


def test_circle():
    X, y = points("circle", samples=2000)
    radius = np.hypot(*X.T)
    assert radius[y == 1].max() < 2.5
    assert radius[y == 0].min() > 3.3
    assert radius.max() <= 5


def test_xor():
    X, y = points("xor", samples=500)
    assert (y == (X.prod(axis=1) > 0)).all()
    assert np.abs(X).min() >= 0.3


def test_gauss():
    X, y = points("gauss", samples=4000)
    assert X[y == 1].mean(axis=0) == pytest.approx([2, 2], abs=0.1)
    assert X[y == 0].std(axis=0) == pytest.approx([1, 1], abs=0.1)


def test_spiral():
    X, y = points("spiral", samples=400)
    radius, angle = np.hypot(*X.T), np.arctan2(X[:, 1], X[:, 0])
    turned = angle - 2 * np.pi * 1.75 * radius / 5 - np.pi * y
    assert np.cos(turned) == pytest.approx(np.ones(400))


def test_plane_as_regression_and_classification():
    X, height = points("plane")
    assert height == pytest.approx(X.sum(axis=1) / 10)
    X, above = points("plane", task="classification")
    assert (above == (X.sum(axis=1) > 0)).all()


def test_a_network_learns_one():
    problem = engine.build(
        from_dict(
            {
                "data": {"source": "gauss", "test_fraction": 0.25},
                "model": {"layers": [{"units": 1, "activation": "sigmoid"}]},
                "training": {"batch_size": 10, "loss": "mse"},
            }
        )
    )
    state = problem.start()
    engine.advance(problem, state, np.full(600, 0.5))
    predicted = engine.predict(problem, state.theta, problem.data.X_test)
    assert (problem.data.class_of(predicted) == problem.data.class_of(problem.data.Y_test)).mean() > 0.95
