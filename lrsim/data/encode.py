"""What a network is asked to put out: from values and classes to columns of numbers that suit its output and loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrsim.common.validation import ExperimentError
from lrsim.data.losses import LOSSES
from lrsim.data.samples import Samples
from lrsim.data.sources.registry import source_of
from lrsim.data.spec import DataSpec


@dataclass(frozen=True)
class Coding:
    """How classes become targets.

    Attributes
    ----------
    units
        Outputs of the network; None stands for one where there are two classes and one a class where there are more.
    low
        What an output should be for the class that is not its own: 0, or -1 for a hinge loss and a tanh output.
        The class that is its own is always 1.
    class_loss
        Whether the loss makes sense for classes alone.
    """

    units: int | None = None
    low: float = 0.0
    class_loss: bool = False


def coding_for(loss: str, units: int, activation: str, task: str | None) -> Coding:
    """The coding that suits a loss and an output layer of so many `units`.

    Parameters
    ----------
    task
        `data.task`; None leaves it open.

    Raises
    ------
    ExperimentError
        The loss is one for classes and `data.task` says regression.
    """
    facts = LOSSES[loss]
    if facts.for_classes and task == "regression":
        what = 'made for classes, expected data.task "classification" or another loss'
        raise ExperimentError("training.loss", what, loss)
    usual = -1.0 if activation == "tanh" else 0.0
    return Coding(units, facts.low if facts.for_classes else usual, facts.for_classes)


def task_of(spec: DataSpec, coding: Coding) -> str:
    """The task of an experiment's data; see `chosen_task`."""
    return chosen_task(spec.task, spec.source, coding.class_loss)


def chosen_task(asked: str | None, source: str, class_loss: bool) -> str:
    """The task that is asked for, else what the source is made for, else what the loss is made for."""
    if asked is not None:
        return asked
    return source_of(source).task or ("classification" if class_loss else "regression")


def encode(samples: Samples, task: str, coding: Coding, dtype: str) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Targets of all rows, shape (n, k), and the name of each column; marks of classes are of `dtype`.

    Values stay as they are. In a regression on a source that has classes, the number of the class is the value. Two
    classes share one column if the network has one output; otherwise each has its own.

    Raises
    ------
    ExperimentError
        All rows are of one class.
    """
    if samples.codes is None:
        if samples.values is None:
            raise ValueError("samples have neither values nor codes")
        return samples.values, samples.target_names
    if task == "regression":
        return samples.codes[:, None].astype(np.float64), samples.target_names
    count = len(samples.classes)
    if count < 2:
        raise ExperimentError("data", f"expected at least two classes, all rows are of class {samples.classes[0]}")
    if count == 2 and coding.units in (None, 1):
        return np.where(samples.codes[:, None] == 1, 1.0, coding.low), samples.target_names
    marks = np.full((len(samples.codes), count), coding.low, dtype=dtype)
    marks[np.arange(len(marks)), samples.codes] = 1
    return marks, samples.classes
