"""Errors in the units of the source, where targets were scaled for training."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrsim.common.metrics import Split, held_out
from lrsim.training import engine
from lrsim.training.engine import Problem
from lrsim_core import FloatArray

ROWS_AT_A_TIME = 4096


def errors_in_units(problem: Problem, theta: FloatArray) -> dict[str, dict[str, float]]:
    """For each target its ``error`` (mean of |target - prediction|) and ``rmse``, and both of the held-out rows.

    The latter are called ``val_error`` and ``val_rmse`` and are absent where no row is held out. All are in the units
    of the source.
    """
    data = problem.data
    found: dict[str, dict[str, float]] = {name: {} for name in data.target_names}
    for split, X, Y in ((Split.TRAINING, data.X_train, data.Y_train), (Split.VALIDATION, data.X_test, data.Y_test)):
        if not len(X):
            continue
        for kind, values in zip(("error", "rmse"), _scaled_errors(problem, theta, X, Y)):
            name = held_out(kind) if split is Split.VALIDATION else kind
            for target, value in zip(data.target_names, (values * data.target_scaler.factor).tolist()):
                found[target][name] = value
    return found


def _scaled_errors(
    problem: Problem, theta: FloatArray, X: FloatArray, Y: FloatArray
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean absolute and root mean square error of each output, shape (k,)."""
    absolute, squares = np.zeros(Y.shape[1]), np.zeros(Y.shape[1])
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, len(X), ROWS_AT_A_TIME):
            rows = slice(start, start + ROWS_AT_A_TIME)
            away = Y[rows].astype(np.float64) - engine.predict(problem, theta, X[rows])
            absolute += np.abs(away).sum(axis=0)
            squares += np.square(away).sum(axis=0)
        return absolute / len(X), np.sqrt(squares / len(X))
