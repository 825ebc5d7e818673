"""The way of the parameters, thinned; and states for a thread that reads while another one trains."""

from __future__ import annotations

import numpy as np
import pytest

from lrsim.experiment.files import load
from lrsim.history import path as ways
from lrsim.history.path import Known, path, state_beside
from lrsim.history.tree import History
from lrsim.training import engine

BUDGET = 64 << 20


def trained(preset, steps, budget=BUDGET):
    history = History(engine.build(load(preset)), budget)
    history.advance(history.root, steps)
    return history


def way(history, branch, step, most):
    return path(history, branch, step, history.state_at(branch, step).theta, most, Known())


def test_a_short_run_has_a_point_for_each_step():
    history = trained("clip250", 30)
    found = way(history, history.root, 30, 100)
    assert found.steps.tolist() == list(range(31))
    assert found.whole
    for step, theta in zip(found.steps, found.thetas):
        np.testing.assert_array_equal(theta, history.state_at(history.root, int(step)).theta)


def test_a_long_run_is_thinned_closer_at_its_beginning_and_true_at_each_point():
    history = trained("clip250", 20_000)
    found = way(history, history.root, 20_000, 120)
    assert not found.whole
    assert 80 <= len(found.steps) <= 130
    assert (found.steps[0], found.steps[-1]) == (0, 20_000)
    gaps = np.diff(found.steps)
    assert (gaps > 0).all()
    assert gaps.max() <= 256
    assert (found.steps < 100).sum() > 12
    for place in range(0, len(found.steps), 9):
        expected = history.state_at(history.root, int(found.steps[place])).theta
        np.testing.assert_array_equal(found.thetas[place], expected)


@pytest.mark.parametrize("preset", ["spiral", "clip250"])
def test_points_that_are_not_at_hand_are_found_again_and_kept(preset, monkeypatch):
    history = trained(preset, 4000)
    monkeypatch.setattr(history, "raw", lambda *_: None)  # no rows are held any more
    theta = history.state_at(history.root, 3500).theta
    known, sizes = Known(), []
    monkeypatch.setattr(ways, "REPLAY_NANOSECONDS", 1000 * history.problem.step_nanoseconds)
    for _ in range(20):
        found = path(history, history.root, 3500, theta, 60, known)
        sizes.append(len(found.steps))
        if found.complete:
            break
    assert found.complete
    assert len(sizes) > 1
    assert sizes == sorted(sizes)
    assert sizes[-1] >= 40
    for step, point in zip(found.steps, found.thetas):
        np.testing.assert_array_equal(point, history.state_at(history.root, int(step)).theta)
    monkeypatch.setattr(ways.loop, "replay", None)  # nothing is trained a second time
    np.testing.assert_array_equal(path(history, history.root, 3500, theta, 60, known).thetas, found.thetas)


def test_points_of_a_longer_run_are_among_those_of_a_shorter_one():
    history = trained("clip250", 9000)
    short, long = (set(way(history, history.root, step, 90).steps.tolist()) for step in (4000, 9000))
    assert len({step for step in long if step < 4000} - short) == 0


def test_the_way_of_a_branch_goes_on_from_that_of_its_parent():
    history = trained("clip250", 40)
    branch = history.change(history.root, 20, {"optimizer.lr": 0.01})
    history.advance(branch, 20)
    found, before = way(history, branch, 40, 100), way(history, history.root, 40, 100)
    np.testing.assert_array_equal(found.thetas[:21], before.thetas[:21])
    assert not np.array_equal(found.thetas[21:], before.thetas[21:])


@pytest.mark.parametrize("preset", ["spiral", "clip250"])
def test_a_state_beside_training_is_that_of_the_run_bit_for_bit(preset):
    history = trained(preset, 700)
    branch = history.change(history.root, 300, {"optimizer.lr": 0.002})
    history.advance(branch, 100)
    for where in (history.root, branch):
        for step in (0, 1, 299, 300, 301, 400):
            found, expected = state_beside(where, step), history.state_at(where, step)
            assert found.step == step
            np.testing.assert_array_equal(found.theta, expected.theta)
            np.testing.assert_array_equal(found.slots, expected.slots)


def test_points_found_again_on_a_branch_do_not_spoil_those_of_its_parent():
    history = trained("spiral", 600)
    branch = history.change(history.root, 300, {"optimizer.lr": 0.002})
    history.advance(branch, 300)
    known = Known()
    for where in (branch, history.root):
        found = path(history, where, 600, history.state_at(where, 600).theta, 200, known)
        assert found.complete
        for step, point in zip(found.steps[::7], found.thetas[::7]):
            np.testing.assert_array_equal(point, history.state_at(where, int(step)).theta)
