"""How much work trials may take, counted in multiply-adds and never in seconds."""

from __future__ import annotations

from lrsim.training.engine import Problem

MOST = 300_000_000_000
"""Multiply-adds that trials take at most, some seconds of one processor."""
PASSES = 3
"""A step multiplies by each weight on its way forward, on its way back, and for the gradient."""


def epoch_work(problem: Problem) -> int:
    """Multiply-adds of one epoch of training, and of the held-out rows at its end."""
    return problem.n_parameters * (PASSES * problem.samples + len(problem.data.X_test))


def budget(problem: Problem, steps: int, share: float = 1.0) -> int:
    """What the trials for a run may take.

    Parameters
    ----------
    steps
        Of the run itself, those that it took or was to take.
    share
        Of the run's own work, and of the most that there is.
    """
    own = epoch_work(problem) * steps / problem.steps_per_epoch
    return int(share * min(own, MOST))
