"""The iteration table: recorded rows with the sample that each step saw and what was predicted for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrsim.history.branch import Branch
from lrsim.history.tree import History
from lrsim.training import engine
from lrsim.training.course import Course
from lrsim_core import FloatArray

Numbers = tuple[float, ...]


@dataclass(frozen=True)
class Row:
    """One step as the iteration table shows it; `sample` and its values are None where a batch has several rows."""

    step: int
    epoch: int
    sample: int | None
    input: Numbers | None
    target: Numbers | None
    prediction: Numbers | None
    error: float
    loss: float
    rate: float
    parameters: Numbers


def table_rows(history: History, branch: Branch, lo: int, hi: int) -> list[Row] | None:
    """Steps lo to hi (from 1, both included); None where rows are no longer held and replay must bring them back."""
    first = max(lo - 2, 0)
    values = history.raw(branch, first, hi)
    if values is None:
        return None
    rates = history.rates(branch, lo - 1, hi - lo + 1)
    return [_row(branch.course, step, values[:, : step - first], float(rates[step - lo])) for step in range(lo, hi + 1)]


def _row(course: Course, step: int, values: FloatArray, rate: float) -> Row:
    """The row of `step`, which is the last column of `values`."""
    problem, row = course.problem_of(step), values[:, -1]
    sample: int | None = None
    inputs: Numbers | None = None
    targets: Numbers | None = None
    prediction: Numbers | None = None
    if problem.batch_size == 1:
        sample = int(problem.batch(step)[0])
        X, Y = problem.data.X_train[sample], problem.data.Y_train[sample]
        inputs, targets = _numbers(X), _numbers(Y)
        if problem.records_parameters:
            before = problem.theta if step == 1 else np.ascontiguousarray(values[-problem.n_parameters :, -2])
            prediction = _numbers(engine.predict(problem, before, X[None])[0])
    return Row(
        step=step,
        epoch=course.grid.epoch_of(step),
        sample=sample,
        input=inputs,
        target=targets,
        prediction=prediction,
        error=float(row[1]),
        loss=float(row[0]),
        rate=rate,
        parameters=_numbers(row[len(problem.columns) - problem.n_parameters :]) if problem.records_parameters else (),
    )


def _numbers(values: FloatArray) -> Numbers:
    return tuple(values.tolist())
