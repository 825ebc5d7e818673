"""Named data sources as arrays: rows to train on, rows held out, and the order in which they are met."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrsim.experiment import DataSpec, ExperimentError

Array = NDArray[np.floating[Any]]
Wanted = Callable[[NDArray[np.float64]], NDArray[np.float64]]

CLIP250_INPUTS = (60.0, 40.0, 100.0, 300.0, -50.0, 310.0)
CLIP250_TARGETS = (60.0, 40.0, 150.0, 250.0, -50.0, 250.0)
CLIP250_TRIALS = ((10.0, 10.0), (240.0, 240.0), (550.0, 250.0), (-160.0, -160.0))


@dataclass(frozen=True)
class Dataset:
    """Samples of one source, ready for the kernel.

    Attributes
    ----------
    name
        The source.
    task
        ``regression`` or ``classification``.
    X_train, Y_train
        C-contiguous, shapes (n, d) and (n, k), of the model's dtype.
    X_test, Y_test
        The rows held out, shapes (m, d) and (m, k); m may be 0.
    feature_names
        One for each column of X.
    classes
        Names of the classes; empty for regression.
    wanted
        The function that the data was meant to teach, from inputs (n,) to outputs (n,); None where unknown.
    trials
        (input, wanted output) pairs to try after training.
    """

    name: str
    task: str
    X_train: Array
    Y_train: Array
    X_test: Array
    Y_test: Array
    feature_names: tuple[str, ...]
    classes: tuple[str, ...] = ()
    wanted: Wanted | None = field(default=None, repr=False)
    trials: tuple[tuple[float, float], ...] = ()


def up_to_250(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """The function that clip250 is meant to teach: the input itself, but no more than 250."""
    return np.minimum(x, 250.0)


def load_data(spec: DataSpec, dtype: str) -> Dataset:
    """The samples that `spec` names, as arrays of `dtype`.

    Raises
    ------
    ExperimentError
        The source is unknown, rows are missing, or the test set takes them all.
    """
    if spec.source == "clip250":
        inputs = spec.inputs or tuple((x,) for x in CLIP250_INPUTS)
        targets = spec.targets or tuple((y,) for y in CLIP250_TARGETS)
        trials, wanted = spec.trials or CLIP250_TRIALS, up_to_250
    elif spec.source == "table":
        inputs, targets, trials, wanted = spec.inputs, spec.targets, spec.trials, None
    else:
        raise ExperimentError("data.source", "expected one of clip250, table (this version runs no other)", spec.source)
    if not inputs:
        raise ExperimentError("data.inputs", "missing, expected at least one row")
    if len(inputs) != len(targets):
        raise ExperimentError("data.targets", f"expected {len(inputs)} rows, one for each input, got {len(targets)}")
    if wanted and len(inputs[0]) != 1:
        raise ExperimentError("data.inputs", f"expected one number a row for clip250, got {len(inputs[0])}")
    X, Y = (_array(rows, dtype, key) for rows, key in ((inputs, "data.inputs"), (targets, "data.targets")))
    train, test = split_rows(len(X), spec)
    return Dataset(
        name=spec.source,
        task=spec.task,
        X_train=np.ascontiguousarray(X[train]),
        Y_train=np.ascontiguousarray(Y[train]),
        X_test=np.ascontiguousarray(X[test]),
        Y_test=np.ascontiguousarray(Y[test]),
        feature_names=("x",) if X.shape[1] == 1 else tuple(f"x{i + 1}" for i in range(X.shape[1])),
        wanted=wanted,
        trials=tuple((x, y) for x, y in trials),
    )


def _array(rows: tuple[tuple[float, ...], ...], dtype: str, key: str) -> Array:
    exact = np.array(rows, dtype=np.float64)
    with np.errstate(over="ignore"):
        array = exact.astype(dtype)
    if not np.isfinite(array).all():
        raise ExperimentError(key, f"too large for {dtype}", float(exact[~np.isfinite(array)][0]))
    return array


def split_rows(n: int, spec: DataSpec) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Indices of the training rows and of the test rows, whose number is rounded to the nearest.

    Both keep the order of the file, so that a cyclic run meets the rows as they stand there.

    Raises
    ------
    ExperimentError
        No row would be left to train on, or the way to split is unknown.
    """
    held_out = round(n * spec.test_fraction)
    if held_out >= n:
        raise ExperimentError("data.test_fraction", f"leaves none of {n} rows to train on", spec.test_fraction)
    if spec.split == "tail":
        rows = np.arange(n)
    elif spec.split == "shuffle":
        rows = np.random.default_rng(spec.split_seed).permutation(n)
    else:
        raise ExperimentError("data.split", "expected one of shuffle, tail (this version runs no other)", spec.split)
    return np.sort(rows[: n - held_out]), np.sort(rows[n - held_out :])


def batch_orders(n: int, seed: int, first_epoch: int, epochs: int) -> NDArray[np.intp]:
    """Orders of `n` rows in several epochs (counted from 0), one after the other, shape (epochs * n,).

    Each is a function of seed and epoch alone: rows are sorted by numbers that are hashed from (seed, epoch, row)
    with the SplitMix64 finaliser (Steele, Lea and Flood, 2014).
    """
    with np.errstate(over="ignore"):
        run = _mix(np.uint64(seed) * _GOLDEN)
        epoch = _mix(run + np.arange(first_epoch + 1, first_epoch + epochs + 1, dtype=np.uint64) * _GOLDEN)
        keys = _mix(epoch[:, None] + np.arange(1, n + 1, dtype=np.uint64) * _GOLDEN)
    return np.argsort(keys, axis=1, kind="stable").astype(np.intp, copy=False).ravel()


def batch_order(n: int, seed: int, epoch: int) -> NDArray[np.intp]:
    """The order of `n` rows in one epoch (counted from 0)."""
    return batch_orders(n, seed, epoch, 1)


_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def _mix(z: Any) -> Any:
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
