"""What a call is said to set aside is no less than it does, and not much more."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lrsim_core as core

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the memory set aside is read in /proc")

NOISE = 8 << 20
"""Bytes that the interpreter itself takes meanwhile, at most."""
REUSED = 64 << 20
"""Bytes that were set aside before and are taken again, at most."""


def set_aside() -> int:
    """Bytes of the address space in use, touched or not."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * 4096


@st.composite
def networks(draw: st.DrawFn) -> core.Network:
    """Some wide, some deep, of up to about two million parameters."""
    widths = draw(st.lists(st.sampled_from([1, 3, 40, 700, 1500]), min_size=0, max_size=3))
    if draw(st.booleans()):
        widths = [draw(st.integers(50_000, 200_000))]
    inputs = draw(st.integers(1, 8)) if any(width > 10_000 for width in widths) else draw(st.integers(1, 900))
    activation = draw(st.sampled_from(["relu", "gelu", "sigmoid"]))
    classes = draw(st.booleans())
    last = core.Layer(10, "softmax") if classes else core.Layer(1)
    layers = (*(core.Layer(width, activation) for width in widths), last)
    loss = "cross_entropy" if classes else "mse"
    return core.Network(inputs, layers, loss=loss, dtype=draw(st.sampled_from(core.DTYPES)))


def rows_of(network: core.Network, rows: int) -> tuple[np.ndarray, np.ndarray]:
    Y = np.zeros((rows, network.outputs), network.dtype)
    Y[:, 0] = 1
    return np.zeros((rows, network.inputs), network.dtype), Y


def check(said: int, before: int) -> None:
    """`before` was in use before the call; the workspace is kept for the next one, so it still is."""
    really = set_aside() - before
    assert said + NOISE >= really
    assert said <= 1.5 * max(really, 0) + REUSED


@settings(max_examples=25, deadline=None)
@given(networks(), st.integers(1, 700))
def test_steps(network: core.Network, batch: int) -> None:
    X, Y = rows_of(network, batch)
    theta, rates = np.zeros(network.n_parameters, network.dtype), np.ones(1)
    assert network.plan is not None
    before = set_aside()
    core.run_steps(network, theta, X, Y, rates, batch_size=batch, fast_path=False)
    check(core.step_bytes(network, batch), before)


@settings(max_examples=25, deadline=None)
@given(networks(), st.integers(1, 2000))
def test_a_forward_pass(network: core.Network, rows: int) -> None:
    X, Y = rows_of(network, rows)
    theta = np.zeros(network.n_parameters, network.dtype)
    assert network.plan is not None
    before = set_aside()
    core.evaluate(network, theta, X, Y)
    check(core.forward_bytes(network, rows), before)


@settings(max_examples=15, deadline=None)
@given(networks(), st.integers(1, 200))
def test_an_opened_step(network: core.Network, batch: int) -> None:
    X, Y = rows_of(network, batch)
    theta = np.zeros(network.n_parameters, network.dtype)
    before = set_aside()
    opened = core.open_step(network, theta, X, Y, 0.1, batch_size=batch, fast_path=False)
    really = set_aside() - before  # the workspace is given back, the arrays are not
    parameters = 5 * theta.nbytes
    assert core.opened_bytes(network, batch) + parameters + NOISE >= really
    assert opened.theta_after.shape == theta.shape


def test_no_rows_take_nothing() -> None:
    assert core.forward_bytes(core.Network(2, (core.Layer(1),)), 0) == 0
