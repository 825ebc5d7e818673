"""What a verdict rests on, and how it is measured: trend, growth, alternation, standstill.

Steps within an epoch see different samples, so their errors jump although all is well. Whole epochs are therefore
compared with each other, and parameters at the same place of successive epochs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SLOW_HALF_LIFE = 30
"""Epochs in which the error halves, beyond which training is called slow."""
SLOW_STEPS = 150
"""Steps in which the error halves, up to which training is not called slow however short the epochs."""
LEAST_SWING = 1e-2
"""An error that goes to and fro by less than this share of itself is not said to swing."""
GROWTH = 3.0
"""Factor above its lowest value from which a rising error counts as growing."""


@dataclass(frozen=True)
class Evidence:
    """What a judgement rests on.

    Attributes
    ----------
    steps, steps_per_epoch
        Steps done, and steps in one epoch.
    rate
        Learning rate in effect.
    losses, errors
        Of the last n steps, oldest first; shape (n,), n up to a few thousand.
    parameters
        After each of these steps, shape (n, p), W first for one input and unit; None for large models.
    epoch_errors
        Mean error of up to a few hundred whole epochs, evenly sampled over the run, the first one first.
    finished
        Stop reason, if the run has ended.
    diverged_at, not_finite
        First step with a value that is not finite, and which it was.
    curvatures
        Of each training sample (or of the full batch), where known: a rate is stable below 2 / curvature.
    target_error
        The error to stop at; 0 for none.
    contradiction
        Sample (from 1) without which all others can be fitted, where there is one.
    sample_by_sample
        Whether step k of each epoch is sample k.
    curve_epochs
        Epochs (from 1) that the following curves were taken at, rising; shape (k,). None where there are none.
    epoch_losses, accuracies
        Means of these epochs, shape (k,); `accuracies` for models that tell classes apart.
    val_losses, val_accuracies
        The same on held-out samples at the end of these epochs.
    chance_loss, chance_accuracy
        Of the best guess that does not look at the inputs, on the training set.
    least_loss
        The lowest that the model can have on the training set, where it is known.
    gradient_limit
        Element-wise limit on the gradient of the loss; 0 for none.
    unscaled
        Whether features are in units so large that steps must be tiny.
    clipped_loss
        Whether the loss clips probabilities.
    rate_left
        Rate of the last step over that of the first, as schedule and callbacks made them.
    """

    steps: int
    steps_per_epoch: int
    rate: float
    losses: NDArray[np.float64]
    errors: NDArray[np.float64]
    parameters: NDArray[np.float64] | None
    epoch_errors: NDArray[np.float64]
    finished: str | None = None
    diverged_at: int | None = None
    not_finite: str | None = None
    curvatures: NDArray[np.float64] | None = None
    target_error: float = 0.0
    contradiction: int | None = None
    sample_by_sample: bool = False
    curve_epochs: NDArray[np.float64] | None = None
    epoch_losses: NDArray[np.float64] | None = None
    accuracies: NDArray[np.float64] | None = None
    val_losses: NDArray[np.float64] | None = None
    val_accuracies: NDArray[np.float64] | None = None
    chance_loss: float | None = None
    chance_accuracy: float | None = None
    least_loss: float | None = None
    gradient_limit: float = 0.0
    unscaled: bool = False
    clipped_loss: bool = False
    rate_left: float = 1.0

    @property
    def epochs(self) -> int:
        """Whole epochs done."""
        return self.steps // self.steps_per_epoch

    @property
    def epochs_at(self) -> NDArray[np.float64]:
        """Epochs of the curves."""
        return np.empty(0) if self.curve_epochs is None else self.curve_epochs

    @property
    def sharpest(self) -> float | None:
        """The largest curvature."""
        return None if self.curvatures is None else float(np.max(np.abs(self.curvatures)))


def curves(
    epochs: NDArray[np.float64], training: Mapping[str, NDArray[np.float64]], validation: Mapping[str, Any]
) -> dict[str, Any]:
    """The fields of `Evidence` that hold curves over the given epochs, to be passed on by keyword.

    Parameters
    ----------
    training, validation
        Arrays of the same shape as `epochs` by the names of the metrics.
    """
    return {
        "curve_epochs": epochs,
        "epoch_losses": training["loss"],
        "accuracies": training.get("accuracy"),
        "val_losses": validation.get("loss"),
        "val_accuracies": validation.get("accuracy"),
    }


@dataclass(frozen=True)
class Epochs:
    """Mean errors of successive epochs, oldest first, and how many epochs lie between two of them."""

    errors: NDArray[np.float64]
    spacing: float
    done: int


@dataclass(frozen=True)
class Trend:
    """`half_life` is in epochs: negative where the error rises, infinite where it stays."""

    now: float
    growth: float
    half_life: float
    growing: bool
    settled: bool
    noisy: bool
    noise: float


def finite_end(evidence: Evidence) -> bool:
    """Whether the last row is finite."""
    if not (np.isfinite(evidence.errors[-1:]).all() and np.isfinite(evidence.losses[-1:]).all()):
        return False
    return evidence.parameters is None or bool(np.isfinite(evidence.parameters[-1:]).all())


def start_error(evidence: Evidence) -> float:
    """Mean error of the first epoch."""
    first = evidence.epoch_errors[:1] if len(evidence.epoch_errors) else evidence.errors[: evidence.steps_per_epoch]
    return float(np.mean(first))


def slow_from(evidence: Evidence) -> float:
    """The half-life, in epochs, beyond which this run is slow."""
    return max(SLOW_HALF_LIFE, SLOW_STEPS / evidence.steps_per_epoch)


def _at_epoch_ends(rows: NDArray[np.float64], evidence: Evidence) -> NDArray[np.float64]:
    """Those of the last rows that end an epoch."""
    last = len(rows) - 1 - evidence.steps % evidence.steps_per_epoch
    return rows[last :: -evidence.steps_per_epoch][::-1] if last >= 0 else rows[:0]


def recent_epochs(evidence: Evidence) -> Epochs:
    """The latest epochs: from the raw rows where they hold enough, else from those sampled over the whole run."""
    size = evidence.steps_per_epoch
    whole = evidence.errors[: len(evidence.errors) - evidence.steps % size]
    count = len(whole) // size
    if count >= min(8, evidence.epochs):
        count = min(count, 64)
        errors = whole[len(whole) - count * size :].reshape(count, size).mean(axis=1)
        return Epochs(errors, 1.0, evidence.epochs)
    sampled = evidence.epoch_errors
    spacing = (evidence.epochs - 1) / (len(sampled) - 1) if len(sampled) > 1 else 1.0
    return Epochs(sampled[-64:], spacing, evidence.epochs)


def trend_of(epochs: Epochs) -> Trend:
    """Where the error of successive epochs is going."""
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


def alternates(evidence: Evidence, epochs: Epochs) -> bool:
    """Whether successive epochs undo each other by about the same amount, epoch after epoch.

    Noise flips two times in three; so either every move is undone by one of nearly its own size, or nine of
    ten moves are undone over a long stretch.
    """
    if evidence.parameters is not None:
        ends, least = _at_epoch_ends(evidence.parameters, evidence)[-33:], 1e-3
    elif epochs.spacing == 1:
        ends, least = epochs.errors[-33:, None], LEAST_SWING
    else:
        return False
    moves = np.diff(ends, axis=0)
    if len(moves) < 6:
        return False
    widest = int(np.argmax(np.abs(moves).sum(axis=0)))
    moves, size = moves[:, widest], float(np.abs(ends[:, widest]).max())
    sizes = np.abs(moves)
    half = len(sizes) // 2
    if not (sizes.min() > 0 and sizes[half:].mean() > 0.9 * sizes[:half].mean() and sizes[half:].mean() > least * size):
        return False
    flips = float(np.mean(np.sign(moves[1:]) != np.sign(moves[:-1])))
    even = float(np.abs(np.diff(np.log(sizes))).max()) < 0.2
    return (flips == 1 and even) or (flips >= 0.9 and len(moves) >= 24)


def steps_a_flip(evidence: Evidence) -> float | None:
    """Steps between two changes of sign of the first parameter, over the last rows; None when it keeps its sign."""
    if evidence.parameters is None:
        return None
    signs = np.sign(evidence.parameters[-max(64, 4 * evidence.steps_per_epoch) :, 0])
    flips = int(np.count_nonzero(signs[1:] != signs[:-1]))
    return len(signs) / flips if flips >= 2 else None


def stands_still(evidence: Evidence) -> bool:
    """Whether no step of the last epoch moved any parameter to speak of."""
    if evidence.parameters is None or len(evidence.parameters) <= evidence.steps_per_epoch:
        return False
    last = evidence.parameters[-evidence.steps_per_epoch - 1 :]
    return bool(np.ptp(last, axis=0).max() <= 1e-9 * max(float(np.abs(last).max()), 1e-300))
