"""What the figures of successive epochs show: whether a loss still falls, how it jumps, where a held-out one turns."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lrsim.common.numbers import Floats

LEAST_RISE = 0.03
"""A held-out loss has turned once it stands this share above its lowest value."""
SURE = 2.2
"""Standard errors above what chance alone explains: the lowest of m means lies sqrt(2 ln m) of them below the rest."""
LEAST_EPOCHS_AFTER = 4
FAR = 0.1
"""Share above its lowest value from which on any gain in training is by heart."""
LEAST_GAIN = 0.1
"""The training loss has gone on falling if it fell by this share since the held-out loss was lowest."""
MINOR = 0.1
"""A training loss that climbs by less than this share of what the held-out loss rises by does not explain that."""
CLIMBED = 0.25
"""A training loss has climbed once it stands this share above its lowest value."""
PEAK_FALLS, PEAKS_FALL = 0.95, 0.8
"""What peaks that fall leave of the highest loss: each third of a run of the one before, the last of the first."""
FEWEST_IN_A_THIRD = 8
"""Epochs; a swing does not show its peaks in fewer."""
WILD = 0.15
"""Losses of successive epochs that jump by this share are more than the noise of batches."""
CALM = 0.05
"""Losses that jump by no more than this share are calm again."""
LEAST_FALL = 0.02
"""A loss still falls if over the second half of the run it lost this share, or less but without a break."""


@dataclass(frozen=True)
class Turn:
    """Where a held-out loss was lowest before it began to rise: its place in the curve, and losses then and now."""

    place: int
    lowest: float
    now: float


@dataclass(frozen=True)
class Fall:
    """How a curve went over its second half.

    Attributes
    ----------
    now
        Mean of the last few values.
    share
        Share of the loss that was lost, below 0 where it rose.
    falling
        Whether it still falls by more than its noise.
    steady
        Whether hardly any epoch interrupts the fall.
    half_life
        Epochs in which it halves at this pace; infinite where it does not fall.
    noise
        Typical jump from one value to the next, as a standard deviation about the course.
    """

    now: float
    share: float
    falling: bool
    steady: bool
    half_life: float
    noise: float


def _reach(values: Floats) -> int:
    return min(len(values) // 24, 4)


def smooth(values: Floats) -> Floats:
    """Moving average over up to nine values, an odd number of them, fewer for short curves and at the ends."""
    reach = _reach(values)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    places = np.arange(len(values))
    first, last = np.maximum(places - reach, 0), np.minimum(places + reach + 1, len(values))
    averages: Floats = (sums[last] - sums[first]) / (last - first)
    return averages


def noise_of(values: Floats) -> float:
    """Standard deviation of the values about a smooth course, from their second differences."""
    if len(values) < 4:
        return 0.0
    bends = np.abs(np.diff(values, 2))
    return float(np.median(bends)) / (0.6745 * math.sqrt(6.0))


def jumps_of(losses: Floats) -> float:
    """Root mean square, over the second half of a run, of the shares by which the loss rises from epoch to epoch.

    Shares are logarithmic, falls count as 0: a fall may be as quick as it likes.
    """
    recent = losses[(len(losses) - 1) // 2 :]
    moves = np.diff(np.log(np.clip(recent, np.finfo(float).tiny, np.finfo(float).max)))
    return float(np.sqrt(np.mean(np.square(np.maximum(moves, 0.0))))) if len(moves) else 0.0


def peaks_half_life(losses: Floats, epochs: Floats) -> float:
    """Epochs in which the peaks of a loss halve, by which a swing that rings down is judged; infinite without a fall.

    The run, its first tenth aside, is cut into three; the highest losses of these have to fall one after the other.
    """
    first = len(losses) // 10
    third = (len(losses) - first) // 3
    if third < FEWEST_IN_A_THIRD:
        return math.inf
    a, b, c = (float(losses[len(losses) - k * third :][:third].max()) for k in (3, 2, 1))
    if not (0 < c <= PEAK_FALLS * b and b <= PEAK_FALLS * a and c <= PEAKS_FALL * a):
        return math.inf
    between = float(epochs[-1] - epochs[-1 - third])
    return between * 2 * math.log(2) / math.log(a / c)


def has_climbed(losses: Floats) -> bool:
    """Whether a loss stands well above the lowest that it has been, noise apart."""
    course = smooth(losses)
    lowest = int(np.argmin(course))
    noise = noise_of(losses[lowest:]) / math.sqrt(2 * _reach(losses) + 1)
    return bool(course[-1] - course[lowest] > max(CLIMBED * course[lowest], 3.0 * noise))


def turn_of(held_out: Floats, training: Floats) -> Turn | None:
    """Where the held-out loss turned while the training loss went on falling; None where it did not.

    Parameters
    ----------
    held_out, training
        Losses of the same epochs, shape (n,).
    """
    if len(held_out) <= LEAST_EPOCHS_AFTER or not (np.isfinite(held_out).all() and np.isfinite(training).all()):
        return None
    course, trained = smooth(held_out), smooth(training)
    place = int(np.argmin(course))
    after = len(held_out) - 1 - place
    if after < LEAST_EPOCHS_AFTER:
        return None
    lowest = float(course[place])
    now = float(np.mean(held_out[-max(2, min(after // 3, 9)) :]))
    averaged = min(2 * _reach(held_out) + 1, max(2, min(after // 3, 9)))  # values behind the less sure of the two means
    by_chance = (math.sqrt(2.0 * math.log(len(held_out) / averaged)) + SURE) / math.sqrt(averaged)
    risen = now - lowest > max(LEAST_RISE * lowest, by_chance * noise_of(held_out[place:]))
    noise = noise_of(training[place:]) / math.sqrt(2 * _reach(training) + 1)
    far = now - lowest > FAR * lowest
    clear = now - lowest > 2 * LEAST_RISE * lowest  # the more it has risen, the less need training have gained
    wanted = 0.0 if far else (LEAST_GAIN / 2 if clear else LEAST_GAIN)
    gained = trained[place] - trained[-1] > max(wanted * trained[place], 3.0 * noise)
    if not (risen and gained) or (has_climbed(training) and trained[-1] - trained.min() > MINOR * (now - lowest)):
        return None
    near = max(place - 2 * _reach(held_out), 0)
    place = near + int(np.argmin(held_out[near : place + 2 * _reach(held_out) + 1]))
    return Turn(place, float(held_out[place]), now)


def fall_of(values: Floats, epochs: Floats) -> Fall:
    """How a loss went over the second half of a run.

    Parameters
    ----------
    values
        Finite, shape (n,), n at least 2.
    epochs
        When each was taken, shape (n,).
    """
    middle = (len(values) - 1) // 2
    few = max(1, min(len(values) // 8, 5))
    recent = values[middle:]
    before, now = float(np.mean(recent[:few])), float(np.mean(recent[-few:]))
    noise = noise_of(recent)
    lost = before - now
    moves = np.diff(recent)
    steady = bool(len(moves) and np.mean(moves < 0) >= 0.9)
    falling = lost > max(LEAST_FALL * before, 3.0 * noise * math.sqrt(2.0 / few)) or (steady and lost > 1e-6 * before)
    pace = math.log(before / now) if falling and now > 0 else 0.0
    span = float(epochs[-1] - epochs[middle]) - (few - 1) * float(epochs[-1] - epochs[-2])
    half_life = max(span, 1.0) * math.log(2) / pace if pace > 0 else math.inf
    return Fall(now, lost / before if before else 0.0, falling, steady, half_life, noise)
