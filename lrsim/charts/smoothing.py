"""A running mean that forgets: what a noisy curve does on the whole."""

from __future__ import annotations

import math

import numpy as np

from lrsim.common.numbers import Floats

REACH = 10
"""What lies so many times the length back counts no more: 5e-5 of the whole."""


def smoothed(steps: Floats, values: Floats, over: float) -> Floats:
    """Mean of the values so far, each weighted by exp(-(steps since) / over).

    The weights of a finite past sum to less than 1; dividing by their sum takes that bias away (Kingma and Ba, Adam,
    2015, section 3). A value that is not finite is passed on and ends the past: the mean begins anew after it.

    Parameters
    ----------
    steps, values
        Shape (n,); steps rise, and need not be evenly spaced.
    over
        Length of the mean in steps.

    Returns
    -------
    Shape (n,).
    """
    found = np.empty(len(values))
    total = weight = 0.0
    before = steps[0] if len(steps) else 0.0
    for place, (step, value) in enumerate(zip(steps.tolist(), values.tolist())):
        if not math.isfinite(value):
            total = weight = 0.0
            found[place] = value
            continue
        kept = math.exp(-(step - before) / over)
        weight = weight * kept + 1.0
        share = 1.0 / weight
        total = total + (value * share - total * share) if place and weight > 1.0 else value
        found[place], before = total, step
    return found
