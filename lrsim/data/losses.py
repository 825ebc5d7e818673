"""What a loss is, besides its formula in the kernel: one declaration for all who ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Targets = NDArray[Any]


def _nothing_known(Y: Targets) -> float | None:
    return None


def _absolute_around_median(Y: Targets) -> float:
    return float(np.mean(np.abs(Y - np.median(Y, axis=0)), dtype=np.float64))


def _entropy(Y: Targets) -> float:
    share = Y.mean(axis=0, dtype=np.float64)
    return float(-np.sum(share[share > 0] * np.log(share[share > 0])))


def _entropy_of_each(Y: Targets) -> float:
    share = Y.mean(axis=0, dtype=np.float64)
    parts = [part[part > 0] for part in (share, 1.0 - share)]
    return float(-sum(np.sum(part * np.log(part)) for part in parts) / len(share))


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
    constant
        The loss of the best output that is the same for all inputs, for targets (n, k); None where that is not worked
        out, which `squared` ones leave to their factor.
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
    constant: Callable[[Targets], float | None] = _nothing_known
    clips: bool = False

    def chance(self, Y: Targets) -> float | None:
        """The loss of guessing: of the best output that is the same for all inputs; None where it isn't worked out."""
        if self.squared is None:
            return self.constant(Y)
        share = Y.mean(axis=0, dtype=np.float64)
        return self.squared * float(np.mean((Y - share) ** 2, dtype=np.float64))

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
        LossFacts(name="mae", words="mean absolute error", constant=_absolute_around_median),
        LossFacts(name="huber", words="huber"),
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
            fits=_is_a_side,
        ),
    )
}  # fmt: skip
"""All losses by name, in the order of the kernel."""
