"""What a loss is, besides its formula in the kernel: one declaration for all who ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Targets = NDArray[Any]
Answer = NDArray[np.float64]
"""What is put out for each input alike, shape (k,)."""
HALVINGS = 60
"""Of the range of targets, until the best answer by huber is found."""


def _mean(Y: Targets, delta: float) -> Answer:
    share: Answer = Y.mean(axis=0, dtype=np.float64)
    return share


def _median(Y: Targets, delta: float) -> Answer:
    middle: Answer = np.median(Y.astype(np.float64), axis=0)
    return middle


def _side(Y: Targets, delta: float) -> Answer:
    """-1 or 1, whichever more targets are."""
    side: Answer = np.where(np.mean(Y > 0, axis=0) > 0.5, 1.0, -1.0)
    return side


def _least_huber(Y: Targets, delta: float) -> Answer:
    """Where the pulls of all targets, limited to `delta`, cancel; by bisection."""
    low, high = Y.min(axis=0).astype(np.float64), Y.max(axis=0).astype(np.float64)
    for _ in range(HALVINGS):
        middle = low + (high - low) / 2
        upward = np.clip(Y - middle, -delta, delta).mean(axis=0, dtype=np.float64) > 0
        low, high = np.where(upward, middle, low), np.where(upward, high, middle)
    least: Answer = low
    return least


def _absolute(answer: Answer, Y: Targets, delta: float) -> float:
    return float(np.mean(np.abs(Y - answer), dtype=np.float64))


def _huber(answer: Answer, Y: Targets, delta: float) -> float:
    off = np.abs(Y - answer)
    return float(np.mean(np.where(off <= delta, 0.5 * off**2, delta * (off - 0.5 * delta)), dtype=np.float64))


def _hinge(answer: Answer, Y: Targets, delta: float) -> float:
    return float(np.mean(np.maximum(1.0 - np.where(Y > 0, 1.0, -1.0) * answer, 0.0), dtype=np.float64))


def _surprise(share: Answer, wanted: Answer) -> float:
    """Of shares `wanted` to one who expects these; what is never wanted takes none."""
    there = wanted > 0
    with np.errstate(divide="ignore"):
        return float(-np.sum(wanted[there] * np.log(share[there])))


def _entropy(answer: Answer, Y: Targets, delta: float) -> float:
    return _surprise(answer, Y.mean(axis=0, dtype=np.float64))


def _entropy_of_each(answer: Answer, Y: Targets, delta: float) -> float:
    share = Y.mean(axis=0, dtype=np.float64)
    return (_surprise(answer, share) + _surprise(1.0 - answer, 1.0 - share)) / len(share)


def _sums_to_1(Y: Targets) -> NDArray[np.bool_]:
    fits: NDArray[np.bool_] = np.abs(Y.sum(axis=1, keepdims=True) - 1) <= 1e-3
    return fits


def _is_a_side(Y: Targets) -> NDArray[np.bool_]:
    return np.isin(Y, (-1, 0, 1))


@dataclass(frozen=True, kw_only=True)
class LossFacts:
    """One loss. The activation that its output needs is a matter of the kernel, see `lrsim_core.output_needed`.

    Attributes
    ----------
    name
        `training.loss`.
    words
        As titles have it.
    for_classes
        Whether it makes sense for classes alone.
    targets, low, high
        What its targets may be, in words and as a range; empty and endless where any number will do.
    fits
        Which targets (of rows, or one by one) are such within that range; None where all are.
    squared
        What the mean squared error is multiplied by; None for other losses.
    guess
        The best output that is the same for all inputs, for targets (n, k) and the width of huber's bowl.
    constant
        The loss of such an output on targets; None for `squared` ones, which leave it to their factor.
    clips
        Whether there is no gradient where a probability is clipped.
    """

    name: str
    words: str
    for_classes: bool = False
    targets: str = ""
    low: float = -np.inf
    high: float = np.inf
    fits: Callable[[Targets], NDArray[np.bool_]] | None = None
    squared: float | None = None
    guess: Callable[[Targets, float], Answer] = _mean
    constant: Callable[[Answer, Targets, float], float] | None = None
    clips: bool = False

    def chance(self, Y: Targets, delta: float = 1.0) -> float:
        """The loss of guessing: of the best output that is the same for all inputs; `delta` is huber's."""
        return self.of_guess(self.guess(Y, delta), Y, delta)

    def of_guess(self, answer: Answer, Y: Targets, delta: float = 1.0) -> float:
        """The loss on targets (n, k) of putting out the same for all."""
        if self.constant is not None:
            return self.constant(answer, Y, delta)
        assert self.squared is not None
        return self.squared * float(np.mean((Y - answer) ** 2, dtype=np.float64))

    def misfits(self, Y: Targets) -> NDArray[np.bool_]:
        """Where targets (n, k) are none that the loss can take."""
        wrong: NDArray[np.bool_] = (self.low > Y) | (self.high < Y)
        return wrong if self.fits is None else wrong | ~self.fits(Y)


_SHARES = "rows of shares from 0 to 1 that sum to 1"

LOSSES: dict[str, LossFacts] = {
    loss.name: loss
    for loss in (
        LossFacts(name="mse", words="mean squared error", squared=1.0),
        LossFacts(name="half_mse", words="half squared error", squared=0.5),
        LossFacts(name="mae", words="mean absolute error", guess=_median, constant=_absolute),
        LossFacts(name="huber", words="huber", guess=_least_huber, constant=_huber),
        LossFacts(
            name="cross_entropy", words="cross entropy", for_classes=True, targets=_SHARES, low=0.0, high=1.0,
            fits=_sums_to_1, constant=_entropy,
        ),
        LossFacts(
            name="cross_entropy_clipped", words="cross entropy clipped", for_classes=True, targets=_SHARES, low=0.0,
            high=1.0, fits=_sums_to_1, constant=_entropy, clips=True,
        ),
        LossFacts(
            name="binary_cross_entropy", words="binary cross entropy", for_classes=True, targets="numbers from 0 to 1",
            low=0.0, high=1.0, constant=_entropy_of_each,
        ),
        LossFacts(
            name="hinge", words="hinge", for_classes=True, targets="-1 and 1 (0 means -1)", low=-1.0, high=1.0,
            fits=_is_a_side, guess=_side, constant=_hinge,
        ),
    )
}  # fmt: skip
"""All losses by name, in the order of the kernel."""
