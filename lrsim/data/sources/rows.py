"""Samples that stand in the experiment itself, and the six of the clipped perceptron."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrsim.common.validation import ExperimentError
from lrsim.data.samples import Samples
from lrsim.data.source import Matrix, Request, Source

CLIP250_INPUTS = (60.0, 40.0, 100.0, 300.0, -50.0, 310.0)
CLIP250_TARGETS = (60.0, 40.0, 150.0, 250.0, -50.0, 250.0)
CLIP250_TRIALS = ((10.0, 10.0), (240.0, 240.0), (550.0, 250.0), (-160.0, -160.0))


def up_to_250(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """The function that clip250 is meant to teach: the input itself, but no more than 250."""
    return np.minimum(x, 250.0)


def read_clip250(spec: Request, task: str) -> Samples:
    """The six samples, or those of the experiment in their place; one input, one target."""
    if task != "regression":
        raise ExperimentError("data.task", "clip250 teaches a number, expected regression", task)
    inputs = spec.inputs or tuple((x,) for x in CLIP250_INPUTS)
    targets = spec.targets or tuple((y,) for y in CLIP250_TARGETS)
    _check_rows(inputs, targets)
    if len(inputs[0]) != 1:
        raise ExperimentError("data.inputs", f"expected one number a row for clip250, got {len(inputs[0])}")
    return Samples(
        inputs=np.array(inputs),
        values=np.array(targets),
        feature_names=("x",),
        wanted=up_to_250,
        trials=_pairs(spec.trials or CLIP250_TRIALS),
    )


def read_table(spec: Request, task: str) -> Samples:
    """The rows of `data.inputs` and `data.targets`; for classes either a label a row or one column a class."""
    _check_rows(spec.inputs, spec.targets)
    inputs, targets = np.array(spec.inputs), np.array(spec.targets)
    names = ("x",) if inputs.shape[1] == 1 else tuple(f"x{i + 1}" for i in range(inputs.shape[1]))
    trials = _pairs(spec.trials)
    if task == "regression":
        columns = targets.shape[1]
        target_names = ("target",) if columns == 1 else tuple(f"target{i + 1}" for i in range(columns))
        return Samples(
            inputs=inputs, values=targets, feature_names=names, target_names=target_names, trials=trials
        )  # fmt: skip
    labels = targets[:, 0] if targets.shape[1] == 1 else _marked(targets)
    found = np.unique(labels) if targets.shape[1] == 1 else np.arange(targets.shape[1])
    classes = tuple(f"{label:g}" for label in found)
    codes = np.searchsorted(found, labels).astype(np.intp)
    return Samples(inputs=inputs, codes=codes, classes=classes, feature_names=names, trials=trials)


def _check_rows(inputs: Matrix, targets: Matrix) -> None:
    if not inputs:
        raise ExperimentError("data.inputs", "missing, expected at least one row")
    if len(inputs) != len(targets):
        raise ExperimentError("data.targets", f"expected {len(inputs)} rows, one for each input, got {len(targets)}")


def _marked(targets: NDArray[np.float64]) -> NDArray[np.intp]:
    """Column of the one 1 in each row."""
    one_hot = (targets == 1).sum(axis=1) == 1
    others = ((targets == 1) | (targets == 0)).all(axis=1) | ((targets == 1) | (targets == -1)).all(axis=1)
    if not (one_hot & others).all():
        row = int(np.argmin(one_hot & others))
        expected = "expected one 1 for the row's class and 0 (or -1) for all others"
        raise ExperimentError(f"data.targets[{row}]", expected, targets[row].tolist())
    columns: NDArray[np.intp] = np.argmax(targets == 1, axis=1)
    return columns


def _pairs(trials: Matrix) -> tuple[tuple[float, float], ...]:
    return tuple((x, y) for x, y in trials)


CLIP250 = Source(
    name="clip250",
    line="The clipped perceptron's six samples: one input, and itself as the target up to 250.",
    read=read_clip250,
    task="regression",
    example="regression",
    takes_rows=True,
)

TABLE = Source(
    name="table",
    line="Rows that stand in the experiment itself, as data.inputs and data.targets.",
    read=read_table,
    keys=("task", "basis"),
    takes_rows=True,
    needs_rows=True,
)
