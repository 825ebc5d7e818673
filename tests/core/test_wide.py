"""Layers so wide that fewer rows are worked on at a time: the numbers do not depend on it."""

from __future__ import annotations

import resource
import sys

import numpy as np
import pytest

import lrsim_core as core

GROUP = 32  # rows whose losses are added before they go to the sum
ROWS = 7 * GROUP


def problem(inputs: int, units: int, dtype: str) -> tuple[core.Network, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    network = core.Network(inputs, (core.Layer(units, "tanh"), core.Layer(1)), dtype=dtype)
    theta = (rng.normal(size=network.n_parameters) / np.sqrt(units)).astype(dtype)
    X = rng.normal(size=(ROWS, inputs))
    X[rng.random(X.shape) < 0.8] = 0.0  # so many that the first layer reads the others as terms
    return network, theta, X.astype(dtype), rng.normal(size=(ROWS, 1)).astype(dtype)


@pytest.mark.parametrize("dtype", core.DTYPES)
@pytest.mark.parametrize(("inputs", "units"), [(2, 400_000), (64, 60_000)])
def test_how_many_rows_are_worked_on_at_a_time_changes_no_bit(inputs: int, units: int, dtype: str) -> None:
    network, theta, X, Y = problem(inputs, units, dtype)
    groups = [slice(first, first + GROUP) for first in range(0, ROWS, GROUP)]
    alone = np.concatenate([core.predict(network, theta, X[rows]) for rows in groups])
    assert core.predict(network, theta, X).tobytes() == alone.tobytes()
    whole = core.evaluate(network, theta, X, Y)
    parts = [core.evaluate(network, theta, X[rows], Y[rows]) for rows in groups]
    for metric in network.metrics:
        total = 0.0
        for figures in parts:
            total += GROUP * figures[metric]
        assert whole[metric] == total / ROWS


@pytest.mark.parametrize("dtype", core.DTYPES)
def test_held_out_rows_are_those_that_evaluate_has(dtype: str) -> None:
    network, theta, X, Y = problem(2, 400_000, dtype)
    figures = np.empty((2, 1))
    held_out = core.HeldOut(X, Y, figures)
    core.run_steps(network, theta, X[:1], Y[:1], np.array([1e-3]), batch_size=1, held_out=held_out)
    assert figures[:, 0].tolist() == list(core.evaluate(network, theta, X, Y).values())


@pytest.mark.skipif(sys.platform != "linux", reason="the largest memory in use is read in kilobytes")
def test_a_wide_layer_needs_little_memory_for_many_rows() -> None:
    network, theta, _, _ = problem(2, 1_000_000, "float64")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    core.predict(network, theta, np.zeros((512, 2)))  # 4 GB for the outputs of all rows at once
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1 << 20
