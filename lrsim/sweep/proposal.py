"""What to sweep where nobody has said it."""

from __future__ import annotations

import math

from lrsim.experiment.keys import RATE_KEY
from lrsim.experiment.specs import Experiment
from lrsim.sweep.values import Value

AROUND = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
"""Shares of an experiment's own rate: two powers of ten to both sides."""


def proposed_over(experiment: Experiment) -> dict[str, list[Value]]:
    """The keys and values that an experiment proposes itself, else nine rates around its own.

    Its own rate is the middle one, to the last bit; the others have three digits.
    """
    if experiment.sweep.over:
        return {key: list(values) for key, values in experiment.sweep.over.items()}
    rate = experiment.optimizer.lr
    around = (rate if share == 1.0 else float(f"{rate * share:.3g}") for share in AROUND)
    return {RATE_KEY: [value for value in dict.fromkeys(around) if 0 < value < math.inf]}
