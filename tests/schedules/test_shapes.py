"""The curves at places where a hand can work them out."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lrsim.schedules import shapes


def at(curve, times, **settings):
    return curve(np.array(times, dtype=np.float64), 8.0, **settings).tolist()


def test_step():
    assert at(shapes.step, [0, 9, 10, 19, 20], every=10, milestones=(), factor=0.5) == [8, 8, 4, 4, 2]
    assert at(shapes.step, [0, 2, 3, 7, 8], every=10, milestones=(3.0, 8.0), factor=0.5) == [8, 8, 4, 4, 2]


def test_exponential():
    assert at(shapes.exponential, [0, 2, 4], decay_rate=0.25, every=4, staircase=False) == [8, 4, 2]
    assert at(shapes.exponential, [0, 3, 4], decay_rate=0.25, every=4, staircase=True) == [8, 8, 2]


def test_inverse_time():
    assert at(shapes.inverse_time, [0, 1, 3], decay_rate=1, every=1, staircase=False) == [8, 4, 2]
    assert at(shapes.inverse_time, [0, 5, 6], decay_rate=1, every=6, staircase=True) == [8, 8, 4]


def test_polynomial():
    assert at(shapes.polynomial, [0, 5, 10, 99], length=10, end_lr=2, power=2, cycle=False) == [8, 3.5, 2, 2]
    found = at(shapes.polynomial, [5, 10, 15, 20], length=10, end_lr=0, power=1, cycle=True)
    assert found == [4, 0, 2, 0], "once past its length, the next end is at twice that"


def test_cosine():
    assert at(shapes.cosine, [0, 5, 10, 50], length=10, alpha=0.25) == pytest.approx([8, 5, 2, 2])
    assert at(shapes.cosine, [10 / 3], length=10, alpha=0) == pytest.approx([6]), "cos(60 degrees) is a half"


def test_cosine_restarts():
    """Lengths 2, 4, 8: restarts at 2, 6 and 14, each half as high as the one before."""
    found = at(shapes.cosine_restarts, [0, 1, 2, 4, 6, 10, 14], length=2, t_mul=2, m_mul=0.5, alpha=0)
    assert found == pytest.approx([8, 4, 4, 2, 2, 1, 1])
    even = at(shapes.cosine_restarts, [0, 1, 2, 3, 4], length=2, t_mul=1, m_mul=1, alpha=0)
    assert even == pytest.approx([8, 4, 8, 4, 8])


@pytest.mark.parametrize("t_mul", [1.5, 2.0, 3.0, 1.01])
def test_a_restart_is_at_the_top_again(t_mul):
    """Where a logarithm may round to the wrong side."""
    begins = 100 * (t_mul ** np.arange(12) - 1) / (t_mul - 1)
    found = shapes.cosine_restarts(np.ceil(begins), 1.0, length=100, t_mul=t_mul, m_mul=1, alpha=0)
    assert found.min() > 0.999


@pytest.mark.parametrize(
    ("policy", "wanted"),
    [
        ("triangular", [2, 5, 8, 5, 2, 5, 8, 5, 2]),
        ("triangular2", [2, 5, 8, 5, 2, 3.5, 5, 3.5, 2]),
        ("exp_range", [2, 2 + 3 * 0.5, 2 + 6 * 0.25, 2 + 3 * 0.125, 2, 2 + 3 / 32, 2 + 6 / 64, 2 + 3 / 128, 2]),
    ],
)
def test_cyclic(policy, wanted):
    found = at(shapes.cyclic, range(9), base_lr=2, policy=policy, step_size_up=2, step_size_down=2, gamma=0.5)
    assert found == pytest.approx(wanted)


@pytest.mark.parametrize("anneal", ["linear", "cos"])
def test_one_cycle(anneal):
    """Length 21 and a third of it up: the peak at step 6, the end at step 20."""
    form = {"length": 21, "pct_start": 1 / 3, "anneal": anneal, "div_factor": 4, "final_div_factor": 2}
    found = at(shapes.one_cycle, [0, 3, 6, 13, 20, 30], three_phase=False, **form)
    assert found == pytest.approx([2, 5, 8, 4.5, 1, 1]), "half way is half the height for both"
    assert at(shapes.one_cycle, [0, 6, 12, 20], three_phase=True, **form) == pytest.approx([2, 8, 2, 1])
    momentum = shapes.one_cycle_momentum(
        np.array([0.0, 6, 20]), length=21, pct_start=1 / 3, anneal=anneal, three_phase=False,
        base_momentum=0.85, max_momentum=0.95,
    )  # fmt: skip
    assert momentum.tolist() == pytest.approx([0.95, 0.85, 0.95])


def test_between_corners_a_cosine_is_not_a_line():
    form = {"length": 21, "pct_start": 1 / 3, "div_factor": 4, "final_div_factor": 2, "three_phase": False}
    assert at(shapes.one_cycle, [2], anneal="linear", **form) == pytest.approx([4])
    assert at(shapes.one_cycle, [2], anneal="cos", **form) == pytest.approx([8 - 6 * (1 + math.cos(math.pi / 3)) / 2])
