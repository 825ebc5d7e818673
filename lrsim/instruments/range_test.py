"""The learning-rate range test: a short training in which the rate grows from step to step, and what it suggests.

The logic alone: whoever calls it trains a copy of the run, so that the run is untouched afterwards.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lrsim.common.numbers import Floats
from lrsim.training import engine
from lrsim.training.engine import Problem, State
from lrsim.verdict.tried import Tried

LOWEST, HIGHEST, POINTS = 1e-7, 10.0, 100
"""First and last rate of a test, and its steps, unless somebody says otherwise."""

SMOOTHING = 0.98
EXPLOSION = 4.0
"""The test ends once the smoothed loss is this many times the best."""

SKIPPED_AT_START = 0.1
SKIPPED_AT_END = 5
FEWEST_POINTS = 5
"""With fewer points left than this, nothing is suggested."""

FLAT = 1e-9
"""A curve whose values differ by no more than this share is flat but for rounding."""


@dataclass(frozen=True)
class Suggestion:
    """A rate, why it was chosen, and the smoothed loss at that rate.

    Attributes
    ----------
    name
        ``steepest``: where the loss falls fastest over the logarithm of the rate, up to its minimum (what falls after
        that is the bounce of an explosion); ``minimum / 10``: a tenth of the rate
        with the lowest loss; ``valley``: the middle of the longest stretch over which the loss keeps falling.
    """

    name: str
    rate: float
    loss: float


@dataclass(frozen=True)
class RangeTest:
    """What a range test found.

    Attributes
    ----------
    rates, losses, smoothed
        One entry a step taken, shape (n,); NaN and infinities as they came.
    first, last
        The suggestions were drawn from ``[first:last]``.
    suggestions
        In the order steepest, minimum / 10, valley; without those for which the loss never fell.
    stop_reason
        ``points`` (all were taken), ``exploded`` (smoothed loss > `EXPLOSION` times its best), ``not_finite``,
        ``cancelled``, or ``running``: there is more to come, and nothing is suggested yet.
    """

    rates: Floats
    losses: Floats
    smoothed: Floats
    first: int
    last: int
    suggestions: tuple[Suggestion, ...]
    stop_reason: str


class RangeRun:
    """A range test that is taken step by step, at rates that grow evenly on a logarithmic scale.

    Parameters
    ----------
    train_step
        Trains one step at the given rate and returns the loss of its batch, before the step.
    lowest, highest
        First and last rate, both > 0.
    points
        Steps to take.

    Raises
    ------
    ValueError
        The rates are not finite, positive and rising, or there are fewer than 2 points.

    Attributes
    ----------
    stop_reason
        As in `RangeTest`.
    """

    def __init__(self, train_step: Callable[[float], float], lowest: float, highest: float, points: int) -> None:
        if not 0 < lowest < highest < math.inf:
            raise ValueError(f"expected 0 < lowest < highest, got {lowest} and {highest}")
        if points < 2:
            raise ValueError(f"expected at least 2 points, got {points}")
        self.rates = np.geomspace(lowest, highest, points)
        self.stop_reason = "running"
        self._train_step = train_step
        self._losses: list[float] = []
        self._smoothed: list[float] = []
        self._average, self._best = 0.0, math.inf

    def step(self) -> None:
        """Take the next step, while the test is running."""
        place = len(self._losses)
        loss = float(self._train_step(float(self.rates[place])))
        self._average = SMOOTHING * self._average + (1.0 - SMOOTHING) * loss
        smoothed = self._average / (1.0 - SMOOTHING ** (place + 1))
        self._losses.append(loss)
        self._smoothed.append(smoothed)
        self._best = min(self._best, smoothed)
        if not (math.isfinite(loss) and math.isfinite(smoothed)):
            self.stop_reason = "not_finite"
        elif smoothed > EXPLOSION * self._best:
            self.stop_reason = "exploded"
        elif place + 1 == len(self.rates):
            self.stop_reason = "points"

    def result(self) -> RangeTest:
        """What was found so far."""
        losses, smoothed = np.array(self._losses), np.array(self._smoothed)
        rates = self.rates[: len(losses)]
        if self.stop_reason == "running":
            return RangeTest(rates, losses, smoothed, 0, 0, (), self.stop_reason)
        return _judged(rates, losses, smoothed, self.stop_reason)


def _judged(rates: Floats, losses: Floats, smoothed: Floats, stop_reason: str) -> RangeTest:
    finite = len(smoothed) - (stop_reason == "not_finite")
    first = math.ceil(SKIPPED_AT_START * len(rates))
    last = min(len(rates) - SKIPPED_AT_END, finite)
    suggestions = suggest(rates[first:last], smoothed[first:last]) if last - first >= FEWEST_POINTS else ()
    return RangeTest(rates, losses, smoothed, first, max(first, last), suggestions, stop_reason)


def suggest(rates: Floats, smoothed: Floats) -> tuple[Suggestion, ...]:
    """Rates worth trying, from a curve that has been smoothed and trimmed.

    Parameters
    ----------
    rates
        Rising, > 0, shape (n,), n at least 2.
    smoothed
        Finite losses, shape (n,).
    """
    if np.ptp(smoothed) <= FLAT * np.max(np.abs(smoothed)):
        return ()
    found = []
    lowest = int(np.argmin(smoothed))
    steepest = int(np.argmin(np.gradient(smoothed, np.log(rates))[: lowest + 1]))
    if lowest > 0:
        found.append(Suggestion("steepest", float(rates[steepest]), float(smoothed[steepest])))
        rate = float(rates[lowest]) / 10.0
        loss = float(np.interp(np.log(rate), np.log(rates), smoothed))
        found.append(Suggestion("minimum / 10", rate, loss))
    valley = _longest_fall(smoothed)
    if len(valley) > 2:
        middle = (valley[0] + valley[-1]) // 2
        found.append(Suggestion("valley", float(rates[middle]), float(smoothed[middle])))
    return tuple(found)


def recommended(test: RangeTest) -> Suggestion | None:
    """The one rate to try first: the middle one of those suggested, of two the lower; None where none is.

    Each rule is misled by some curves: by a start that is nearly flat, by the bounce before an explosion, by a minimum
    at the very end. It is seldom that two are misled to the same side.
    """
    rates = sorted(test.suggestions, key=lambda item: item.rate)
    return rates[(len(rates) - 1) // 2] if rates else None


def _longest_fall(values: Floats) -> list[int]:
    """Places of the longest subsequence in which each value is below the one before; small bumps are stepped over."""
    length = np.ones(len(values), dtype=np.int64)
    before = np.full(len(values), -1)
    for place in range(1, len(values)):
        candidates = np.where(values[:place] > values[place], length[:place], 0)
        longest = place - 1 - int(np.argmax(candidates[::-1]))  # the last of equals, so that a plateau is left out
        if candidates[longest]:
            length[place], before[place] = candidates[longest] + 1, longest
    places = [int(np.argmax(length))]
    while before[places[-1]] >= 0:
        places.append(int(before[places[-1]]))
    return places[::-1]


MEASURED_WHOLE = 4096
"""Up to so many training rows a range test measures the loss over all of them, beyond that over each step's batch."""


@dataclass(frozen=True)
class RangeSearch:
    """A range test, the step that it set out from, and what was tried after it.

    Attributes
    ----------
    tried
        The rates around the one that the test points at, each trained on a copy; None where none were.
    """

    step: int
    test: RangeTest
    tried: Tried | None = None

    @property
    def rate(self) -> float | None:
        """The one rate that is suggested: the best that was tried, None as long as that is not known."""
        tried = self.tried
        if tried is None or not tried.done or not tried.trials:
            return None
        if tried.best is not None:
            return tried.best.rate
        return tried.own.candidate.rate if math.isfinite(tried.own.figure) else None


class RangeTrial:
    """A range test from a state on, in the order in which the data would come.

    The loss of a step is that before its update: over the whole training set where that is small, so that samples
    which differ do not hide what the rate does, else over the step's batch.

    Parameters
    ----------
    state
        Where to set out; it is copied.
    multipliers
        Factor on the rate of each layer; empty for 1 in all.
    lowest, highest, points
        As for `RangeRun`.

    Raises
    ------
    ValueError
        The rates are not finite, positive and rising, or there are fewer than 2 points.
    """

    name = "range_test"

    def __init__(
        self,
        problem: Problem,
        state: State,
        multipliers: tuple[float, ...],
        lowest: float,
        highest: float,
        points: int,
    ) -> None:
        self.begin = state.step
        self._problem, self._state, self._multipliers = problem, state.copy(), multipliers
        self.measures_whole = problem.samples <= MEASURED_WHOLE
        self._row = np.empty((len(problem.columns), 1), problem.network.dtype)
        self._run = RangeRun(self._train_step, lowest, highest, points)

    def _train_step(self, rate: float) -> float:
        problem, data = self._problem, self._problem.data
        whole = self.measures_whole and engine.evaluate(problem, self._state.theta, data.X_train, data.Y_train)
        engine.advance(problem, self._state, np.array([rate]), multipliers=self._multipliers, record=self._row)
        return whole["loss"] if whole else float(self._row[0, 0])

    def work(self, seconds: float) -> bool:
        """Go on for about so long; whether it is over."""
        end = time.perf_counter() + seconds
        while self._run.stop_reason == "running":
            self._run.step()
            if time.perf_counter() >= end:
                break
        return self._run.stop_reason != "running"

    def cancel(self) -> None:
        """End with what there is."""
        self._run.stop_reason = "cancelled"

    def result(self) -> RangeSearch:
        """What was found so far."""
        return RangeSearch(self.begin, self._run.result())
