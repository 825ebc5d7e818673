"""Figures that are taken once an epoch: means over its samples, the held-out rows, and how the weights are spread.

A log of them is thinned by powers of two as it grows, so that its size and the time it takes stay bounded however long
a run gets; the newest epochs are never further apart than the thinning says. Every run thins by the same rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from lrsim.common.epoch_grid import EpochGrid
from lrsim.common.metrics import held_out
from lrsim.common.numbers import Floats
from lrsim.training.engine import Problem
from lrsim_core import FloatArray

Figure = TypeVar("Figure")

MOST_RECORDS = 1024
DENSE_STEPS = 16384
"""Where the epochs that are wanted begin no further apart than this, all rows between them are recorded as well: that
takes less time than a call of its own for each epoch."""
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
ADDED_PAIRWISE = 8
"""NumPy adds up so many numbers and more in pairs, fewer one after the other."""
SUMMED_AT_ONCE = 4096
"""Rows whose sum is taken in one go; the sums of longer epochs are added up in this order, wherever blocks end."""


@dataclass(frozen=True)
class EpochFigures:
    """What was measured of some epochs, as arrays.

    Attributes
    ----------
    epochs
        Which, counted from 1, rising, shape (m,).
    training
        Means over the samples of each, each as it was before its step, by the names of `Problem.metrics`, shape (m,).
    validation
        The same on the held-out rows at the end of each; empty where there are none.
    rates
        Of the last step of each, shape (m,).
    """

    epochs: NDArray[np.int64]
    training: dict[str, Floats]
    validation: dict[str, Floats]
    rates: Floats

    def by_name(self) -> dict[str, Floats]:
        """All figures under the names that results and callbacks use: ``loss``, ``val_loss`` ..., and ``lr``."""
        return {**by_name(self.training, self.validation), "lr": self.rates}


@dataclass(frozen=True)
class EpochRecord:
    """One epoch's figures, at its last step.

    Attributes
    ----------
    epoch
        Which, from 1.
    training
        Means over the epoch's samples, each as it was before its step, by the names of `Problem.metrics`.
    validation
        The same on the held-out rows at the epoch's end; empty where there are none.
    rate
        Of the epoch's last step.
    spread
        Quantiles `QUANTILES` of the weights of each layer, shape (layers, 5); empty for models whose parameters
        are recorded one by one, and where nobody looks at it.
    """

    epoch: int
    step: int
    training: dict[str, float]
    validation: dict[str, float]
    rate: float
    spread: Floats


@dataclass(frozen=True)
class EpochSeries:
    """The records of a branch as arrays over steps and epochs, shape (m,); `spread` has the shape (m, layers, 5)."""

    steps: NDArray[np.int64]
    epochs: NDArray[np.int64]
    training: dict[str, Floats]
    validation: dict[str, Floats]
    spread: Floats


class EpochLog:
    """Records of one line of training: its first epoch, and every `stride`-th of the run, at most `most` of these.

    One thread writes; any thread may read `records`, a tuple that is replaced and never changed.
    """

    def __init__(self, stride: int = 1, most: int | None = None) -> None:
        self.stride = stride
        self._most = MOST_RECORDS if most is None else most
        self.records: tuple[EpochRecord, ...] = ()

    def next_due(self, done: int) -> int:
        """The first epoch, from 1, that is wanted once so many have ended."""
        return 1 if done == 0 else (done // self.stride + 1) * self.stride

    def take(self, grid: EpochGrid, figures: EpochFigures, spread: Callable[[], Floats]) -> None:
        """Add those of successive epochs that are wanted, and thin the log when it has grown too long.

        Parameters
        ----------
        grid
            Where epochs end.
        spread
            How the weights are spread at the end of the newest of them.
        """
        first = int(figures.epochs[0])
        last, records = int(figures.epochs[-1]), list(self.records)
        training, validation = (np.array([*split.values()]) for split in (figures.training, figures.validation))
        epoch = self.next_due(first - 1)
        while epoch <= last:
            place = epoch - first
            means = dict(zip(figures.training, training[:, place].tolist()))
            held_out = dict(zip(figures.validation, validation[:, place].tolist())) if len(validation) else {}
            records.append(
                EpochRecord(epoch, grid.end_of(epoch), means, held_out, float(figures.rates[place]), spread())
            )
            if epoch // self.stride > self._most:
                self.stride *= 2
                records = [item for item in records if _stays(item.epoch, self.stride)]
            epoch = self.next_due(epoch)
        self.records = tuple(records)


def _stays(epoch: int, stride: int) -> bool:
    return epoch == 1 or epoch % stride == 0


class EpochMeans:
    """Means over the samples of whole epochs, of rows that come in pieces; the same to the last bit however cut.

    Parameters
    ----------
    measured
        How many columns, the first ones, are averaged.
    last_weight
        What the last step of an epoch counts beside the others: its share of a whole batch, as Keras weighs it.

    Attributes
    ----------
    rows
        How many rows of the epoch that is not whole yet were added.
    size
        Steps of an epoch.
    """

    def __init__(self, measured: int, steps_per_epoch: int, last_weight: float = 1.0) -> None:
        self.rows = 0
        self.size = self._size = steps_per_epoch
        self._last_weight = last_weight
        self._weights = steps_per_epoch - 1 + last_weight
        self._piece = min(steps_per_epoch, SUMMED_AT_ONCE)
        self._sums = np.zeros(measured)
        self._rest = np.empty((measured, 0))

    def add(self, rows: FloatArray) -> Floats:
        """Means of the epochs that become whole, shape (measured, epochs), for more rows of shape (columns, n)."""
        measured = self._weighed(rows[: len(self._sums)])
        begins = not self._rest.shape[1] and measured.dtype == np.float64
        values: Any = measured if begins else np.concatenate([self._rest, measured], axis=1, dtype=np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            found, self._rest = self._short(values) if self._size <= SUMMED_AT_ONCE else self._long(values)
        self.rows = (self.rows + rows.shape[1]) % self._size
        return found

    def _weighed(self, rows: FloatArray) -> FloatArray:
        if self._last_weight == 1.0:
            return rows
        weighed = rows.astype(np.float64)
        weighed[:, self._size - 1 - self.rows :: self._size] *= self._last_weight
        return weighed

    def _short(self, values: Floats) -> tuple[Floats, Floats]:
        count = values.shape[1] // self._size
        whole = values[:, : count * self._size].reshape(len(values), count, self._size)
        return _sums(whole) / self._weights, values[:, count * self._size :].copy()

    def _long(self, values: Floats) -> tuple[Floats, Floats]:
        """Epochs of many rows: a piece at a time, the last one of an epoch as short as it is."""
        found, place = [], 0
        summed = self.rows - self._rest.shape[1]
        while place < values.shape[1]:
            wanted = min(SUMMED_AT_ONCE, self._size - summed)
            if values.shape[1] - place < wanted:
                break
            self._sums += values[:, place : place + wanted].sum(axis=1)
            place, summed = place + wanted, summed + wanted
            if summed == self._size:
                found.append(self._sums / self._weights)
                self._sums, summed = np.zeros_like(self._sums), 0
        return np.array(found).reshape(len(found), len(self._sums)).T, values[:, place:].copy()


def _sums(values: Floats) -> Floats:
    """Sums over the last axis; short ones column by column, which rounds as NumPy does in a fifth of the time."""
    if values.shape[2] >= ADDED_PAIRWISE:
        found: Floats = values.sum(axis=2)
        return found
    sums = values[:, :, 0].copy()
    for place in range(1, values.shape[2]):
        sums += values[:, :, place]
    return sums


def by_name(training: Mapping[str, Figure], validation: Mapping[str, Figure]) -> dict[str, Figure]:
    """An epoch's figures under the names that callbacks monitor: ``loss``, ``val_loss`` ..."""
    return {**training, **{held_out(name): value for name, value in validation.items()}}


def spread_of(problem: Problem, theta: FloatArray) -> Floats:
    """Quantiles `QUANTILES` of the finite weights of each layer, shape (layers, 5)."""
    return np.array([np.quantile(_finite(W), QUANTILES) for W, _ in problem.network.unpack(theta)])


def no_spread() -> Floats:
    """Of a model whose weights are recorded one by one."""
    return np.empty((0, len(QUANTILES)))


def _finite(values: FloatArray) -> Floats:
    finite = values[np.isfinite(values)].astype(np.float64)
    return finite if finite.size else np.array([np.nan])


def as_figures(problem: Problem, records: Sequence[EpochRecord]) -> EpochFigures:
    """The records as arrays over epochs."""
    validated = problem.metrics if problem.validates else ()
    return EpochFigures(
        epochs=np.array([item.epoch for item in records], dtype=np.int64),
        training={name: np.array([item.training[name] for item in records]) for name in problem.metrics},
        validation={name: np.array([item.validation[name] for item in records]) for name in validated},
        rates=np.array([item.rate for item in records]),
    )


def as_series(problem: Problem, records: Sequence[EpochRecord]) -> EpochSeries:
    """The records as arrays over steps, for pictures."""
    layers = 0 if problem.records_parameters else len(problem.network.layers)
    figures = as_figures(problem, records)
    return EpochSeries(
        steps=np.array([item.step for item in records], dtype=np.int64),
        epochs=figures.epochs,
        training=figures.training,
        validation=figures.validation,
        spread=np.array([item.spread for item in records]).reshape(len(records), layers, len(QUANTILES)),
    )
