"""How much work trials may take, counted in multiply-adds and never in seconds."""

from __future__ import annotations

from lrsim.training.engine import Problem

PASSES = 3
"""A step multiplies by each weight on its way forward, on its way back, and for the gradient."""
STEP = 20_000
"""Multiply-adds that a processor of today does while a step of the smallest model is taken."""
LEAST = 6_000_000_000
"""Multiply-adds that any run may have tried: they take less time than the program to start."""
MOST = 300_000_000_000
"""Multiply-adds that trials take at most, some tens of seconds of one processor."""


def epoch_work(problem: Problem) -> int:
    """Multiply-adds of one epoch of training, and of the held-out rows at its end."""
    rows = PASSES * problem.samples + len(problem.data.X_test)
    return problem.n_parameters * rows + STEP * problem.steps_per_epoch


def budget(problem: Problem, epochs: int, share: float = 1.0) -> int:
    """What the trials for a run may take: as much as the run itself.

    Parameters
    ----------
    epochs
        Of the run, those that it took or was to take.
    share
        What part of that, or how many times.
    """
    own = epoch_work(problem) * epochs
    return int(share * min(max(own, LEAST), MOST))
