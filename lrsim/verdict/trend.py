"""Where the error of successive epochs is going: its growth, its half-life, whether it has settled."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GROWTH = 3.0
"""Factor above its lowest value from which a rising error counts as growing."""


@dataclass(frozen=True)
class Epochs:
    """Mean errors of successive epochs, oldest first, and how many epochs lie between two of them."""

    errors: NDArray[np.float64]
    spacing: float
    done: int


@dataclass(frozen=True)
class Trend:
    """Where an error is going.

    Attributes
    ----------
    now
        The error of the newest epoch, or a mean over the last few where they are noisy.
    growth
        Factor an epoch.
    half_life
        In epochs: negative where the error rises, infinite where it stays.
    growing
        Whether it stands well above its lowest value and rises.
    settled
        Whether it will hardly move in as many epochs as are done.
    noisy, noise
        Whether its moves are nothing but noise, and the standard deviation of that.
    """

    now: float
    growth: float
    half_life: float
    growing: bool
    settled: bool
    noisy: bool
    noise: float


def trend_of(epochs: Epochs) -> Trend:
    """The trend of at least two epochs."""
    errors = epochs.errors
    recent = errors[-max(2, min(len(errors) // 2, 16)) :]  # the newer half: the first epochs fall by rules of their own
    logs = np.log(np.clip(recent, np.finfo(float).tiny, np.finfo(float).max))
    slope, spread = _slope(logs)
    slope, spread = slope / epochs.spacing, spread / epochs.spacing
    lowest, now = float(errors.min()), float(recent[-1])
    growing = now > GROWTH * lowest and slope > 0.02 and now >= 0.5 * float(recent.max()) and slope > 2 * spread
    drift_to_come = abs(slope) * max(epochs.done, 20)
    noisy = len(recent) >= 8 and abs(slope) < 2.5 * spread
    return Trend(
        now=float(np.mean(recent[-3:])) if noisy else now,
        growth=math.exp(min(slope, 700.0)),
        half_life=-math.log(2) / slope if slope else math.inf,
        growing=growing,
        settled=drift_to_come < 0.02 or noisy,
        noisy=noisy,
        noise=float(np.std(recent)) if noisy else 0.0,
    )


def _slope(values: NDArray[np.float64]) -> tuple[float, float]:
    """Least-squares slope over 0, 1, ... and its standard error (0 for two values)."""
    places = np.arange(len(values)) - (len(values) - 1) / 2
    weight = float(places @ places)
    slope = float(places @ values) / weight
    if len(values) < 3:
        return slope, 0.0
    residuals = values - values.mean() - slope * places
    return slope, math.sqrt(float(residuals @ residuals) / (len(values) - 2) / weight)
