"""Small problems and their moments, for the tests of instruments."""

from __future__ import annotations

from typing import Any

import numpy as np

from lrsim.experiment import files
from lrsim.instruments.moment import Moment, moment_at
from lrsim.training import engine, loop
from lrsim.training.course import Course
from lrsim.training.engine import Problem


def problem(
    layers: list[dict[str, Any]], X: Any, Y: Any, optimizer: Any = None, model: Any = None, **training: Any
) -> Problem:
    """Of rows that are given, in double precision; a full batch unless `batch_size` says otherwise."""
    X, Y = np.asarray(X, float), np.asarray(Y, float)
    task = training.pop("task", "regression")
    return engine.build(
        files.from_dict(
            {
                "data": {"source": "table", "inputs": X.tolist(), "targets": Y.tolist(), "task": task},
                "model": {"layers": layers, "dtype": "float64", **(model or {})},
                "training": {"loss": "half_mse", "batch_size": len(X), "seed": 3, **training},
                "optimizer": optimizer or {},
            }
        )
    )


def moment(built: Problem, steps: int = 0) -> Moment:
    """Once so many steps were done."""
    course, state = Course(built), built.start()
    previous = None
    if steps:
        loop.replay(course, state, steps - 1)
        previous = state.theta.copy()
        loop.replay(course, state, steps)
    return moment_at(course, state, previous)


def hessian(built: Problem, theta: np.ndarray, step: float = 1e-6) -> np.ndarray:
    """By central differences of the gradient over all rows, shape (p, p)."""

    def gradient(place: np.ndarray) -> np.ndarray:
        return engine.loss_and_gradient(built, place, built.data.X_train, built.data.Y_train)[1]

    moves = step * np.eye(len(theta))
    found = np.array([(gradient(theta + move) - gradient(theta - move)) / (2 * step) for move in moves])
    return (found + found.T) / 2
