"""What a model says of samples with classes, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrsim.common.numbers import Floats
from lrsim.session.reader import SessionReader
from lrsim.session.snapshot import Snapshot

NONE = -1
PROBABILITIES = ("softmax", "sigmoid")
"""Activations of the last layer whose outputs are probabilities."""


@dataclass(frozen=True)
class Answers:
    """For samples by number, shape (n,) each.

    Attributes
    ----------
    numbers
        The samples: those that are trained on, then those held out.
    wanted, given
        Classes; `NONE` is given where an output is not finite.
    shares
        For each class how sure the model is of it, shape (n, classes): its probability where outputs are that.
    """

    numbers: NDArray[np.intp]
    wanted: NDArray[np.intp]
    given: NDArray[np.intp]
    shares: Floats

    def share(self, place: int) -> float:
        """How sure the model is of what it says."""
        given = int(self.given[place])
        return float("nan") if given == NONE else float(self.shares[place, given])


def answers_for(reader: SessionReader, snapshot: Snapshot, numbers: NDArray[np.intp]) -> Answers:
    """What the snapshot's model says of samples."""
    data = reader.problem_of(snapshot).data
    inputs, targets = data.rows(numbers)
    with np.errstate(all="ignore"):
        outputs = reader.predict(snapshot, inputs).astype(np.float64)
        if outputs.shape[1] == 1:  # the one output is of the second class
            second = (outputs - data.low) / (1.0 - data.low)
            shares = np.concatenate([1.0 - second, second], axis=1)
        else:
            shares = outputs
    finite = np.atleast_1d(np.isfinite(outputs).all(axis=1))
    given = np.where(finite, data.class_of(np.where(finite[:, None], outputs, 0.0)), NONE)
    return Answers(numbers, data.class_of(targets), given, shares)


def are_probabilities(reader: SessionReader, snapshot: Snapshot) -> bool:
    """Whether the model's outputs are."""
    layers = reader.problem_of(snapshot).experiment.model.layers
    return layers[-1].activation in PROBABILITIES
