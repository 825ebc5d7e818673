"""The source's own numbers of samples, for showing them: what float32 and scaling made of them can't be undone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrsim.data.scale import Scaler

MOST_KEPT = 32 << 20
"""Bytes of a source's own numbers that are kept beside those that are trained on."""


@dataclass(frozen=True, eq=False)
class GivenRows:
    """Numbers as they stood in the source.

    Attributes
    ----------
    inputs, targets
        All rows in the order of the source, shapes (n, d) and (n, k).
    order
        Place in there of each sample: those that are trained on, then those held out.
    """

    inputs: NDArray[Any]
    targets: NDArray[Any]
    order: NDArray[np.intp]

    @property
    def nbytes(self) -> int:
        return self.inputs.nbytes + self.targets.nbytes + self.order.nbytes

    def at(self, numbers: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Inputs and targets of samples by number, in the units of the source."""
        places = self.order[numbers]
        return self.inputs[places].astype(np.float64), self.targets[places].astype(np.float64)


def kept(
    inputs: NDArray[Any],
    targets: NDArray[Any],
    train: NDArray[np.intp],
    test: NDArray[np.intp],
    *,
    anyhow: bool = False,
) -> GivenRows | None:
    """The rows, where they are few enough to be kept beside the samples, or anyhow: what can't be computed back."""
    found = GivenRows(inputs, targets, np.concatenate([train, test]))
    return found if anyhow or found.nbytes <= MOST_KEPT else None


def undone(scaler: Scaler, scaled: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """The source's units for values (n, d), without digits that their type did not hold: 0 and not 1.22e-08."""
    values = scaler.unscaled(scaled.astype(np.float64))
    steps = np.spacing(np.abs(scaled)).astype(np.float64) * scaler.factor
    cleaned = [_cleaned(value, step) for value, step in zip(values.flat, steps.flat)]
    return np.array(cleaned, dtype=np.float64).reshape(values.shape)


def _cleaned(value: float, step: float) -> float:
    if not (math.isfinite(value) and math.isfinite(step) and step > 0):
        return float(value)
    return round(float(value), -math.floor(math.log10(step)) - 1)
