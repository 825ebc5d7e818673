"""Named data sources as arrays: rows to train on, rows held out, and the order in which they are met."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrsim.common.numbers import short
from lrsim.common.validation import ExperimentError
from lrsim.data import basis, given, scale
from lrsim.data.cache import Cache
from lrsim.data.encode import Coding, encode, task_of
from lrsim.data.given import GivenRows
from lrsim.data.samples import Samples, check_size
from lrsim.data.scale import Scaler
from lrsim.data.source import Notify
from lrsim.data.sources import registry
from lrsim.data.spec import DataSpec
from lrsim.data.split import split_rows

Array = NDArray[np.floating[Any]]
Wanted = Callable[[NDArray[np.float64]], NDArray[np.float64]]

PLAIN_CODING = Coding()

MARGIN = 0.1  # of an input's range, left around the data where the source names no domain


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
        C-contiguous, read-only, shapes (n, d) and (n, k), of the model's dtype.
    X_test, Y_test
        The rows held out, shapes (m, d) and (m, k); m may be 0.
    feature_names, target_names
        One for each column of X and of Y.
    input_names
        One for each input of the source; the same as `feature_names` where no features are made of them.
    classes
        Names of the classes; empty for regression.
    low
        What stands in Y for the class that a column is not of: 0 or -1; the class that it is of is 1.
    scaler
        From the source's units to those of X, and back.
    target_scaler
        From the source's units to those of Y and of the network's outputs, and back; see `answers`. Losses, errors and
        slopes are in the units of Y.
    domain
        (low, high) of each input in the units of the source, where a picture of the whole should reach; empty for more
        than two.
    image
        Height and width where the inputs are an image's pixels, row by row.
    notes
        Sentences for people on what was done to the data.
    wanted
        The function that the data was meant to teach, from inputs (n,) to outputs (n,) in the units of the source; None
        where unknown.
    trials
        (input, wanted output) pairs to try after training, in the units of the source.
    basis
        Which features stand in the place of two inputs, as `data.basis` names them; empty for the inputs themselves.
    """

    name: str
    task: str
    X_train: Array
    Y_train: Array
    X_test: Array
    Y_test: Array
    input_names: tuple[str, ...]
    feature_names: tuple[str, ...]
    target_names: tuple[str, ...]
    scaler: Scaler
    target_scaler: Scaler
    classes: tuple[str, ...] = ()
    low: float = 0.0
    domain: tuple[tuple[float, float], ...] = ()
    image: tuple[int, int] | None = None
    notes: tuple[str, ...] = ()
    wanted: Wanted | None = field(default=None, repr=False)
    trials: tuple[tuple[float, float], ...] = ()
    basis: tuple[str, ...] = ()
    _given: GivenRows | None = field(default=None, repr=False)

    @property
    def scales_targets(self) -> bool:
        """Whether Y is in other units than the source."""
        return self.target_scaler.kind != "none"

    def inputs_for(self, given: NDArray[Any]) -> Array:
        """What the network is given for inputs (n, len(input_names)) in the units of the source."""
        features = basis.expanded(self.basis, given) if self.basis else given
        return self.scaler.scaled(features, self.X_train.dtype.name)

    def answers(self, outputs: NDArray[Any]) -> NDArray[np.float64]:
        """A network's outputs (n, k), or rows of Y, in the units of the source."""
        return self.target_scaler.unscaled(outputs.astype(np.float64))

    def given(self, numbers: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Inputs and targets of samples by number, as `rows`, in the units of the source; for showing them."""
        if self._given is not None:
            return self._given.at(numbers)
        X, Y = self.rows(numbers)
        return given.undone(self.scaler, X), given.undone(self.target_scaler, Y)

    def class_of(self, outputs: NDArray[Any]) -> NDArray[np.intp]:
        """Index into `classes` for each row of targets or of a network's outputs, shape (n, k)."""
        if outputs.shape[1] == 1:
            return (outputs[:, 0] > (1.0 + self.low) / 2).astype(np.intp)
        largest: NDArray[np.intp] = np.argmax(outputs, axis=1)
        return largest

    def rows(self, numbers: NDArray[np.intp]) -> tuple[Array, Array]:
        """Inputs and targets of samples by number, from 0: those that are trained on, then those held out."""
        first = len(self.X_train)
        held_out = numbers >= first
        X = np.empty((len(numbers), self.X_train.shape[1]), self.X_train.dtype)
        Y = np.empty((len(numbers), self.Y_train.shape[1]), self.Y_train.dtype)
        for here, at, inputs, targets in (
            (~held_out, numbers[~held_out], self.X_train, self.Y_train),
            (held_out, numbers[held_out] - first, self.X_test, self.Y_test),
        ):
            X[here], Y[here] = inputs[at], targets[at]
        return X, Y

    @property
    def nbytes(self) -> int:
        """Bytes that the samples take."""
        own = 0 if self._given is None else self._given.nbytes
        return own + sum(array.nbytes for array in (self.X_train, self.Y_train, self.X_test, self.Y_test))

    @cached_property
    def digest(self) -> str:
        """What tells the numbers apart from any others: a hash of all rows as they are trained on, 16 digits."""
        found = hashlib.blake2b(repr(self.classes).encode(), digest_size=8)
        for array in (self.X_train, self.Y_train, self.X_test, self.Y_test):
            found.update(f"{array.dtype.str}{array.shape}".encode())
            found.update(np.ascontiguousarray(array).data)
        return found.hexdigest()


MOST_KEPT = 4
"""Datasets that are kept between the runs of sweeps."""

_cache: Cache[Dataset] = Cache(MOST_KEPT)
kept_in_use = _cache.in_use


def load_data(
    spec: DataSpec,
    dtype: str,
    coding: Coding = PLAIN_CODING,
    *,
    keep: bool = False,
    on_notice: Notify = registry.unheard,
) -> Dataset:
    """The samples that `spec` names, as arrays of `dtype`.

    Runs that want the same rows, of files that have not changed, share the arrays as long as one of them lives.

    Parameters
    ----------
    keep
        Whether the next run is to find them too: until the last sweep has left `kept_in_use`, a few are kept.
    on_notice
        Is told of what takes long.

    Raises
    ------
    ExperimentError
        The source is unknown or can't be read, rows are missing or do not fit each other, or the test set takes them
        all; names the key and, for a file, the line and column.
    """
    stamp = registry.stamp(spec)
    if stamp is None:
        return _load(spec, dtype, coding, on_notice)
    return _cache.get((spec, dtype, coding, stamp), lambda: _load(spec, dtype, coding, on_notice), keep=keep)


def _load(spec: DataSpec, dtype: str, coding: Coding, on_notice: Notify) -> Dataset:
    task = task_of(spec, coding)
    if spec.scale_target != "none" and task == "classification":
        what = 'classes are not numbers to scale, expected none or data.task "regression"'
        raise ExperimentError("data.scale_target", what, spec.scale_target)
    source = registry.read(spec, task, on_notice)
    samples = _with_basis(source, spec.basis)
    columns = samples.inputs.shape[1] + (max(len(samples.classes), 1) if task == "classification" else 1)
    check_size(len(samples.inputs), columns, np.dtype(dtype).itemsize)
    targets, target_names = encode(samples, task, coding, dtype)
    train, test = split_rows(len(targets), spec, samples.codes if task == "classification" else None)
    scaler = scale.fit(spec.scale, samples.inputs[train], samples.divisor)
    target_scaler = scale.fit(spec.scale_target, targets[train], of="targets")
    X = [_finite(scaler.scaled(samples.inputs[rows], dtype), samples, rows, True) for rows in (train, test)]
    scaled = partial(_cast, dtype=dtype) if target_scaler.kind == "none" else partial(target_scaler.scaled, dtype=dtype)
    Y = [_finite(scaled(targets[rows]), samples, rows, False) for rows in (train, test)]
    for array in (*X, *Y):
        array.flags.writeable = False  # they may be shared
    return Dataset(
        name=spec.source,
        task=task,
        X_train=X[0],
        Y_train=Y[0],
        X_test=X[1],
        Y_test=Y[1],
        input_names=source.feature_names,
        feature_names=samples.feature_names,
        target_names=target_names,
        scaler=scaler,
        target_scaler=target_scaler,
        classes=samples.classes if task == "classification" else (),
        low=coding.low if task == "classification" else 0.0,
        domain=_domain(source),
        image=samples.image,
        notes=(*samples.notes, *_notes(samples, task, scaler, train), *_on_targets(target_names, target_scaler)),
        wanted=samples.wanted,
        trials=samples.trials,
        basis=spec.basis,
        _given=given.kept(source.inputs, targets, train, test, anyhow=bool(spec.basis)),
    )


def _with_basis(samples: Samples, names: tuple[str, ...]) -> Samples:
    """The samples with features in the place of their inputs."""
    if not names:
        return samples
    width = samples.inputs.shape[1]
    if width != basis.INPUTS:
        raise ExperimentError("data.basis", "features are made of two inputs, expected data of two", width)
    inputs = basis.expanded(names, samples.inputs)
    return replace(samples, inputs=inputs, feature_names=basis.named(names, samples.feature_names))


def _cast(values: NDArray[Any], dtype: str) -> Array:
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(values, dtype=dtype)


def _finite(array: Array, samples: Samples, rows: NDArray[np.intp], inputs: bool) -> Array:
    """The array, where every number fits into its type."""
    if not np.isfinite(array).all():
        place, column = np.argwhere(~np.isfinite(array))[0]
        row = rows[place]
        if samples.lines is None:
            key, where = "data.inputs" if inputs else "data.targets", ""
        else:
            name = samples.feature_names[column] if inputs else samples.target_names[0]
            key, where = "data.path", f"line {samples.lines[row]}, column {name}: "
        values = samples.inputs if inputs else samples.values
        got = None if values is None else float(values[row, column])
        raise ExperimentError(key, f"{where}too large for {array.dtype}", got)
    return array


def _domain(samples: Samples) -> tuple[tuple[float, float], ...]:
    if samples.inputs.shape[1] > 2:
        return ()
    corners = np.array(samples.domain, dtype=np.float64).T
    if not samples.domain:
        inputs = samples.inputs / samples.divisor
        low, high = (edge.astype(np.float64) for edge in (inputs.min(axis=0), inputs.max(axis=0)))
        with np.errstate(over="ignore"):
            margin = np.where(high > low, MARGIN * (high - low), 1.0)
            corners = np.nan_to_num(np.array([low - margin, high + margin]))
    low, high = corners
    return tuple(zip(low.tolist(), high.tolist()))


def _notes(samples: Samples, task: str, scaler: Scaler, train: NDArray[np.intp]) -> list[str]:
    notes = []
    constant = [name for name, same in zip(samples.feature_names, scaler.constant) if same]
    if len(constant) == 1:
        notes.append(f"{constant[0]} is the same in all training rows.")
    elif constant:
        notes.append(f"{len(constant)} inputs are the same in all training rows.")
    if task == "classification" and samples.codes is not None:
        counts = np.bincount(samples.codes[train], minlength=len(samples.classes))
        absent = [name for name, count in zip(samples.classes, counts) if not count]
        if absent:
            notes.append(f"No training row is of class {', '.join(absent[:10])}.")
    return notes


def _on_targets(names: tuple[str, ...], scaler: Scaler) -> list[str]:
    """In which units losses and errors are where targets are scaled."""
    if scaler.kind == "none":
        return []
    notes = [f"{name} is the same in all training rows." for name, same in zip(names, scaler.constant) if same]
    to, size = ("mean 0 and deviation 1", "deviation") if scaler.kind == "standard" else ("0 to 1", "range")
    what, unit = f"{len(names)} targets are", f"each one's own {size}"
    if len(names) == 1:
        what, unit = f"{names[0]} is", f"its {size}, {short(float(scaler.factor[0]))},"
    told = f"{what} scaled to {to}: losses and errors count {unit} as 1; predictions are shown in the file's units."
    return [*notes, told]


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


_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def _mix(z: Any) -> Any:
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
