"""What a verdict rests on, and what it shows at a glance: trend, alternation, standstill.

Steps within an epoch see different samples, so their errors jump although all is well. Whole epochs are therefore
compared with each other, and parameters at the same place of successive epochs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lrsim.common.epoch_grid import EpochGrid
from lrsim.verdict.beforehand import NOTHING, Beforehand, Bounds, no_bounds
from lrsim.verdict.edge import Edge, no_edge
from lrsim.verdict.inside import Inside, unseen
from lrsim.verdict.measures import CALM, WILD, Fall, fall_of, jumps_of, peaks_half_life
from lrsim.verdict.trend import Epochs, Trend, trend_of

SLOW_HALF_LIFE = 30
"""Epochs in which the error halves, beyond which training is called slow."""
SLOW_STEPS = 150
"""Steps in which the error halves, up to which training is not called slow however short the epochs."""
STILL_FALLS = 0.05
"""A run that loses this share of its loss over its second half is not kept up by what its steps undo."""
FEWEST_HALVED = 24
"""Epochs of which a quarter tells a fall from noise."""
LEAST_SWING = 1e-2
"""An error that goes to and fro by less than this share of itself is not said to swing."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a judgement rests on; `gather` makes it.

    Attributes
    ----------
    grid
        Where epochs begin and end; None where all have as many steps.
    steps, steps_per_epoch
        Steps done, and steps in one epoch.
    rate
        Learning rate of the last step, before the schedule: what a rate that is set takes the place of.
    scheduled
        What the schedule multiplied it by.
    rate_left, rate_left_midway
        That over the rate of the first step, as schedule and callbacks made them; the same of the step half-way.
    losses, errors
        Of the last n steps, oldest first; shape (n,), n up to a few thousand.
    parameters
        After each of these steps, shape (n, p), W first for one input and unit; None for large models.
    curve_epochs
        Epochs (from 1) that the following curves were taken at, rising: the first one, and every so many-th; shape
        (k,), k up to a few hundred.
    epoch_losses, epoch_errors, accuracies
        Means of these epochs, shape (k,); `accuracies` is None for models that do not tell classes apart.
    val_losses, val_accuracies
        Of held-out samples at the end of these epochs; None where there are none.
    finished
        Stop reason, if the run has ended.
    diverged_at, not_finite
        First step with a value that is not finite, and which it was; None once the run has recovered.
    diverging_rate, diverging_scheduled
        Of that step as `rate` and `scheduled`; of a run that has recovered, too.
    since, diverged_before
        Steps that are left out, as the rate was set or the run has recovered after them; where it had diverged before.
    begun_error
        Mean error of the very first epoch; None where it is not known.
    curvatures
        Of each training sample (or of the full batch), where known: a rate is stable below 2 / curvature.
    last_weight
        What an epoch's last step counts in its means beside the others: its share of a whole batch.
    target_error
        The error to stop at; 0 for none.
    contradiction
        Sample (from 1) without which all others can be fitted, where there is one.
    sample_by_sample
        Whether step k of each epoch is sample k.
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
    planned_epochs
        Epochs that the experiment wants; 0 where that is not known.
    least_error
        Mean error that a line fitted to all samples leaves, where one of them contradicts the others.
    before
        What is known of data and network beforehand.
    look, fit, curve
        Work out what the network shows inside at its newest step, how low a loss can get, and how the rate stands to
        the sharpness. They are asked where a cause is looked for, and not while all is well.
    """

    steps: int
    steps_per_epoch: int
    rate: float
    rate_left: float
    losses: NDArray[np.float64]
    errors: NDArray[np.float64]
    parameters: NDArray[np.float64] | None
    curve_epochs: NDArray[np.float64]
    epoch_losses: NDArray[np.float64]
    epoch_errors: NDArray[np.float64]
    accuracies: NDArray[np.float64] | None = None
    val_losses: NDArray[np.float64] | None = None
    val_accuracies: NDArray[np.float64] | None = None
    finished: str | None = None
    diverged_at: int | None = None
    not_finite: str | None = None
    diverging_rate: float | None = None
    diverging_scheduled: float = 1.0
    rate_left_midway: float = 0.0
    scheduled: float = 1.0
    since: int = 0
    diverged_before: int | None = None
    begun_error: float | None = None
    curvatures: NDArray[np.float64] | None = None
    last_weight: float = 1.0
    target_error: float = 0.0
    contradiction: int | None = None
    sample_by_sample: bool = False
    chance_loss: float | None = None
    chance_accuracy: float | None = None
    least_loss: float | None = None
    grid: EpochGrid | None = None
    gradient_limit: float = 0.0
    unscaled: bool = False
    clipped_loss: bool = False
    planned_epochs: int = 0
    least_error: float | None = None
    before: Beforehand = NOTHING
    look: Callable[[], Inside | None] = field(default=unseen, repr=False, compare=False)
    curve: Callable[[], Edge | None] = field(default=no_edge, repr=False, compare=False)
    fit: Callable[[], Bounds] = field(default=no_bounds, repr=False, compare=False)

    @cached_property
    def inside(self) -> Inside | None:
        """What the network shows inside; None where nobody looked, or its parameters are not finite."""
        return self.look()

    @cached_property
    def edge(self) -> Edge | None:
        """How the rate stands to the sharpness at its newest step; None where that is not known."""
        return self.curve()

    @cached_property
    def bounds(self) -> Bounds:
        """How low a loss can get."""
        return self.fit()

    @property
    def epochs(self) -> int:
        """Whole epochs done, those that are left out aside."""
        return max(self.done - self.epoch_grid.ended(self.epoch_grid.next_begin(self.since)), 0)

    @cached_property
    def epoch_grid(self) -> EpochGrid:
        """Where epochs begin and end."""
        return EpochGrid.uniform(self.steps_per_epoch) if self.grid is None else self.grid

    @property
    def done(self) -> int:
        """Whole epochs done."""
        return self.epoch_grid.ended(self.steps)

    @property
    def into(self) -> int:
        """Steps of the epoch that is not whole yet."""
        return self.epoch_grid.place(self.steps)[1]

    @property
    def spacing(self) -> float:
        """Epochs between two values of the curves, the first one aside."""
        return float(self.curve_epochs[-1] - self.curve_epochs[-2]) if len(self.curve_epochs) > 1 else 1.0

    @property
    def sharpest(self) -> float | None:
        """The largest curvature."""
        return None if self.curvatures is None else float(np.max(np.abs(self.curvatures)))

    @property
    def tells_classes(self) -> bool:
        """Whether there are accuracies to judge by."""
        return self.accuracies is not None and len(self.accuracies) >= 2

    @property
    def is_young(self) -> bool:
        """Whether fewer than two epochs can be compared."""
        return len(self.epoch_losses) < 2 or len(self.recent.errors) < 2

    @cached_property
    def recent(self) -> Epochs:
        """The latest epochs: from the raw rows where they hold enough, else from those spread over the whole run."""
        size = self.steps_per_epoch
        whole = self.errors[: len(self.errors) - self.into]
        count = len(whole) // size
        if count >= min(8, self.epochs):
            count = min(count, 64)
            errors = whole[len(whole) - count * size :].reshape(count, size)
            return Epochs(mean_of_epoch(self, errors), 1.0, self.epochs)
        return Epochs(self.epoch_errors[-64:], self.spacing, self.epochs)

    @cached_property
    def trend(self) -> Trend:
        """Where the error of the latest epochs is going; these are at least two."""
        return trend_of(self.recent)

    @cached_property
    def fall(self) -> Fall:
        """How the loss went over the second half of the run; its epochs are at least two."""
        return fall_of(self.epoch_losses, self.curve_epochs)

    @cached_property
    def late(self) -> Fall:
        """How it went over the last quarter; over the second half of a run of few epochs."""
        middle = len(self.epoch_losses) // 2 if len(self.epoch_losses) >= FEWEST_HALVED else 0
        return fall_of(self.epoch_losses[middle:], self.curve_epochs[middle:])

    @cached_property
    def jumps(self) -> float:
        """How much the loss rises from epoch to epoch."""
        return jumps_of(self.epoch_losses)

    @cached_property
    def peaks_half_life(self) -> float:
        """Epochs in which the peaks of the loss halve where momentum alone makes it swing; infinite without a fall.

        Heavy ball below its limit carries the parameters past the least and back: the loss goes up and down by a
        multiple, while its envelope falls by a factor of the momentum with each step (Polyak, 1964).
        """
        if not self.before.momentum or self.steps_per_epoch > 1:  # batches make it swing as well
            return math.inf
        least = self.least_loss or 0.0
        return peaks_half_life(np.maximum(self.epoch_losses - least, 0.0), self.curve_epochs)

    @property
    def still_jumps(self) -> bool:
        """Whether it rises wildly, and has not calmed down over the last quarter of the run, nor rings down."""
        late = self.epoch_losses[len(self.epoch_losses) // 2 :]
        if math.isfinite(self.peaks_half_life):
            return False
        return self.jumps > WILD and jumps_of(late) > CALM


def mean_of_epoch(evidence: Evidence, rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Means over the samples of epochs, of the values of their steps in order, shape (..., steps_per_epoch)."""
    if evidence.last_weight == 1.0:
        found: NDArray[np.float64] = rows.mean(axis=-1)
        return found
    weights = np.ones(evidence.steps_per_epoch)
    weights[-1] = evidence.last_weight
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(np.average(rows, axis=-1, weights=weights))


def last_loss(evidence: Evidence) -> float:
    """Mean loss over the samples of the last steps, as many as an epoch has."""
    size = evidence.steps_per_epoch
    rows = evidence.losses[-size:]
    if len(rows) < size:
        return float(np.mean(rows))
    return float(mean_of_epoch(evidence, np.roll(rows, evidence.into)))  # in the order of an epoch


def finite_end(evidence: Evidence) -> bool:
    """Whether the last row is finite."""
    if not (np.isfinite(evidence.errors[-1:]).all() and np.isfinite(evidence.losses[-1:]).all()):
        return False
    return evidence.parameters is None or bool(np.isfinite(evidence.parameters[-1:]).all())


def start_error(evidence: Evidence) -> float:
    """Mean error of the first epoch; one that began anew is held against the very first epoch, too."""
    first = evidence.epoch_errors[:1] if len(evidence.epoch_errors) else evidence.errors[: evidence.steps_per_epoch]
    start = float(np.mean(first))
    return start if not evidence.since or evidence.begun_error is None else min(start, evidence.begun_error)


def slow_from(evidence: Evidence) -> float:
    """The half-life, in epochs, beyond which this run is slow."""
    return max(SLOW_HALF_LIFE, SLOW_STEPS / evidence.steps_per_epoch)


def _at_epoch_ends(rows: NDArray[np.float64], evidence: Evidence) -> NDArray[np.float64]:
    """Those of the last rows that end an epoch."""
    last = len(rows) - 1 - evidence.into
    return rows[last :: -evidence.steps_per_epoch][::-1] if last >= 0 else rows[:0]


def alternates(evidence: Evidence) -> bool:
    """Whether successive epochs undo each other by about the same amount, epoch after epoch.

    Noise flips two times in three; so either every move is undone by one of nearly its own size, or nine of
    ten moves are undone over a long stretch.
    """
    epochs = evidence.recent
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


def undoes_itself(evidence: Evidence) -> bool:
    """Whether epochs undo each other and the loss stays up for it: parameters may swing while it falls."""
    fall = evidence.fall
    falls = (fall.falling and fall.share > STILL_FALLS) or math.isfinite(evidence.peaks_half_life)
    return alternates(evidence) and not falls


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
