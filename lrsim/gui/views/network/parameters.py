"""The numbers of a network by the parts of its diagram."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lrsim.common.numbers import Floats
from lrsim.gui.views.network.geometry import Bias, Link
from lrsim.session.snapshot import Snapshot


@dataclass(frozen=True, eq=False)
class Parameters:
    """Weights and biases of each layer and what the last step added to them.

    Attributes
    ----------
    weights, weight_updates
        Of each layer, shape (inputs, units); updates are NaN where there was no step.
    biases, bias_updates
        Of each layer, shape (units,).
    """

    problem: Any
    weights: tuple[Floats, ...]
    biases: tuple[Floats, ...]
    weight_updates: tuple[Floats, ...]
    bias_updates: tuple[Floats, ...]

    def value(self, part: Link | Bias) -> float:
        """Of a weight or a bias."""
        if isinstance(part, Link):
            return float(self.weights[part.layer - 1][part.source, part.target])
        return float(self.biases[part.layer - 1][part.number])

    def update(self, part: Link | Bias) -> float:
        """What the last step added to it; NaN where there was none."""
        if isinstance(part, Link):
            return float(self.weight_updates[part.layer - 1][part.source, part.target])
        return float(self.bias_updates[part.layer - 1][part.number])

    def name(self, part: Link | Bias) -> str:
        """As in traces and conditions."""
        shapes = self.problem.network.shapes
        begin = sum((inputs + 1) * units for inputs, units in shapes[: part.layer - 1])
        inputs, units = shapes[part.layer - 1]
        place = part.source * units + part.target if isinstance(part, Link) else inputs * units + part.number
        return self.problem.network.parameter_name(begin + place)


def parameters_of(problem: Any, snapshot: Snapshot) -> Parameters:
    """Those of a snapshot."""
    theta = snapshot.theta.astype(np.float64)
    with np.errstate(all="ignore"):
        update = np.full_like(theta, np.nan) if snapshot.before is None else theta - snapshot.before
    values, updates = (problem.network.unpack(each) for each in (theta, update))
    return Parameters(
        problem, tuple(W for W, _ in values), tuple(b for _, b in values), tuple(W for W, _ in updates),
        tuple(b for _, b in updates),
    )  # fmt: skip
