"""Figures that are taken once an epoch: means over its steps, the held-out rows, and how the weights are spread.

The log is thinned by powers of two as it grows, so that its size and the time it takes stay bounded however long a
run gets; the newest epochs are never further apart than the thinning says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrsim.common import metrics
from lrsim.training import engine
from lrsim.training.engine import Problem
from lrsim_core import FloatArray

MOST_RECORDS = 1024
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class EpochRecord:
    """One epoch's figures, at its last step.

    Attributes
    ----------
    training
        Means over the epoch's steps, by the names of `Problem.metrics`.
    validation
        The same on the held-out rows at the epoch's end; empty where there are none.
    spread
        Quantiles `QUANTILES` of the weights of each layer, shape (layers, 5); empty for models whose parameters
        are recorded one by one.
    """

    step: int
    training: dict[str, float]
    validation: dict[str, float]
    spread: NDArray[np.float64]


@dataclass(frozen=True)
class EpochSeries:
    """The records of a branch as arrays over `steps`, shape (m,); `spread` has the shape (m, layers, 5)."""

    steps: NDArray[np.int64]
    training: dict[str, NDArray[np.float64]]
    validation: dict[str, NDArray[np.float64]]
    spread: NDArray[np.float64]


class EpochLog:
    """Records of one branch, every `stride`-th epoch of the run."""

    def __init__(self, stride: int = 1) -> None:
        self.stride = stride
        self.records: list[EpochRecord] = []

    def next_due(self, step: int, steps_per_epoch: int) -> int:
        """The first step after `step` at whose end a record is due."""
        every = self.stride * steps_per_epoch
        return (step // every + 1) * every

    def add(self, record: EpochRecord, steps_per_epoch: int) -> None:
        """Append a record, and thin the log when it has grown too long."""
        records = [*self.records, record] if len(self.records) >= MOST_RECORDS else None
        if records is None:
            self.records.append(record)
            return
        self.stride *= 2
        every = self.stride * steps_per_epoch
        self.records = [item for item in records if item.step % every == 0]


def means(problem: Problem, rows: FloatArray) -> dict[str, float]:
    """Means of `Problem.metrics` over recorded rows, shape (columns, n)."""
    with np.errstate(all="ignore"):
        found = rows[: len(problem.metrics)].astype(np.float64).mean(axis=1)
    return dict(zip(problem.metrics, found.tolist()))


def held_out(problem: Problem, theta: FloatArray) -> dict[str, float]:
    """`Problem.metrics` on the held-out rows; empty where there are none."""
    data = problem.data
    return engine.evaluate(problem, theta, data.X_test, data.Y_test) if len(data.X_test) else {}


def by_name(training: Mapping[str, float], validation: Mapping[str, float]) -> dict[str, float]:
    """An epoch's figures under the names that callbacks monitor: ``loss``, ``val_loss`` ..."""
    return {**training, **{metrics.held_out(name): value for name, value in validation.items()}}


def examine(problem: Problem, theta: FloatArray, step: int, rows: FloatArray) -> EpochRecord:
    """The record of the epoch that ends at `step`; `rows` are its recorded rows, shape (columns, n)."""
    return EpochRecord(step, means(problem, rows), held_out(problem, theta), _spread(problem, theta))


def _spread(problem: Problem, theta: FloatArray) -> NDArray[np.float64]:
    if problem.records_parameters:
        return np.empty((0, len(QUANTILES)))
    layers = [np.quantile(_finite(W), QUANTILES) for W, _ in problem.network.unpack(theta)]
    return np.array(layers)


def _finite(values: FloatArray) -> NDArray[np.float64]:
    finite = values[np.isfinite(values)].astype(np.float64)
    return finite if finite.size else np.array([np.nan])


def as_series(problem: Problem, records: Sequence[EpochRecord]) -> EpochSeries:
    """The records as arrays."""
    layers = 0 if problem.records_parameters else len(problem.network.layers)
    validated = problem.metrics if len(problem.data.X_test) else ()
    return EpochSeries(
        steps=np.array([item.step for item in records], dtype=np.int64),
        training={name: np.array([item.training[name] for item in records]) for name in problem.metrics},
        validation={name: np.array([item.validation[name] for item in records]) for name in validated},
        spread=np.array([item.spread for item in records]).reshape(len(records), layers, len(QUANTILES)),
    )
