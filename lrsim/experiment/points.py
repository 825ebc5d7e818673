"""An experiment whose samples a hand has changed: its rows stand in its file from then on.

Rows that are trained on come first, then those held out, which stay held out through every change.
"""

from __future__ import annotations

import numpy as np

from lrsim.common.numbers import Floats
from lrsim.common.validation import ExperimentError
from lrsim.data.dataset import Dataset
from lrsim.experiment.files import from_dict, to_dict
from lrsim.experiment.specs import Experiment

MOST_ROWS = 5000
"""More rows than this are not written into an experiment."""
KEPT = ("scale", "scale_target", "order", "basis")
"""Keys of the data that go on as they are."""


class Points:
    """The rows of an experiment, to be changed one at a time.

    Parameters
    ----------
    data
        What `experiment` is trained on.
    """

    def __init__(self, experiment: Experiment, data: Dataset) -> None:
        self._experiment, self._data = experiment, data
        self._first = len(data.X_train)
        numbers = np.arange(self._first + len(data.X_test))
        self._inputs, targets = data.given(numbers)
        self._targets = data.class_of(targets)[:, None].astype(float) if data.classes else targets

    @staticmethod
    def fit(data: Dataset) -> bool:
        """Whether the rows can be changed by hand: of two inputs, with classes, and not too many."""
        rows = len(data.X_train) + len(data.X_test)
        return len(data.input_names) == 2 and bool(data.classes) and rows <= MOST_ROWS

    def added(self, inputs: Floats, kind: int) -> Experiment:
        """With one more row to train on, shape (inputs,), of a class by its place among them."""
        self._inputs = np.insert(self._inputs, self._first, inputs, axis=0)
        self._targets = np.insert(self._targets, self._first, [float(kind)], axis=0)
        self._first += 1
        return self._made()

    def moved(self, number: int, inputs: Floats) -> Experiment:
        """With a row (from 0) elsewhere."""
        self._inputs = self._inputs.copy()
        self._inputs[number] = inputs
        return self._made()

    def removed(self, number: int) -> Experiment:
        """Without a row; ExperimentError where none of its class would be left, or none to train on."""
        if (self._targets[:, 0] == self._targets[number, 0]).sum() == 1:
            name = self._data.classes[int(self._targets[number, 0])]
            raise ExperimentError("data.targets", f"this is the last row of {name}, and a class needs one", name)
        self._inputs = np.delete(self._inputs, number, axis=0)
        self._targets = np.delete(self._targets, number, axis=0)
        self._first -= number < self._first
        return self._made()

    def _made(self) -> Experiment:
        raw = to_dict(self._experiment)
        before, rows = raw["data"], len(self._inputs)
        raw["data"] = {
            "source": "table", "task": "classification", "inputs": self._inputs.tolist(),
            "targets": self._targets.tolist(), "split": "tail", "test_fraction": (rows - self._first) / rows,
            **{key: before[key] for key in KEPT if key in before},
        }  # fmt: skip
        return from_dict(raw)
