"""A rate for each layer that was tried: what probes of the layers suggest, held against the best single rate.

Probes look at the loss near the start alone. So single rates are tried first, as for `finder`; then the layers' rates,
in the ratios that the probes found, are tried on several levels, and offered only where one of these ends lower.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from lrsim.common.numbers import short
from lrsim.experiment.keys import MULTIPLIERS_KEY
from lrsim.instruments.layer_rates import LayerRates, LayerTrial
from lrsim.instruments.range_report import FIGURES
from lrsim.instruments.range_test import HIGHEST, LOWEST, POINTS
from lrsim.training.engine import Problem
from lrsim.trials.copies import Copy
from lrsim.trials.ends import end_window
from lrsim.trials.finder import GAIN, SLICE, RateFinder, RateTrials, go_on
from lrsim.trials.ladder import ALIKE
from lrsim.trials.subject import Subject
from lrsim.verdict.tried import Candidate, Trial, Tried

SINGLE_SHARE = 2 / 3
"""Of the work, that trials of single rates may take."""
LEVELS = (1.0, 3.0)
"""Mean rates of the layers that are tried, as multiples of the best single rate; the probes' own is tried as well."""


@dataclass(frozen=True)
class TunedLayers:
    """What was found.

    Attributes
    ----------
    found
        What the probes came to; None where no step along the gradient lowers the loss.
    singles
        One rate for all layers.
    layers
        A rate for each layer: their geometric means as candidates.
    best
        Of `layers` the one that ends lower than the best single rate; None where none does.
    """

    found: LayerRates | None
    singles: Tried | None
    layers: tuple[Trial, ...] = ()
    best: Candidate | None = None

    @property
    def multipliers(self) -> tuple[float, ...]:
        """What each layer's rate is of their mean."""
        return () if self.found is None else tuple(self.found.multipliers.tolist())


class LayerTuner:
    """The search, taken a slice at a time; what is found does not depend on how it is cut.

    Parameters
    ----------
    subject
        The run, at the step from which the rates are to hold.
    share
        Of the work that trials may take as a rule.

    Raises
    ------
    ExperimentError
        The optimizer finds its rates by itself.
    """

    name = "tuning"

    def __init__(self, subject: Subject, share: float = 1.0) -> None:
        problem = subject.problem
        self._obstacle = obstacle(problem, subject.line.state.step)
        self.done = bool(self._obstacle)
        self._subject, self._share = _with_one_rate(subject), share
        self._probes = LayerTrial(problem, subject.line.state.theta)
        self._probes_over = False
        self._singles = RateFinder(self._subject, LOWEST, HIGHEST, POINTS, share=share * SINGLE_SHARE)
        self._copies: dict[Candidate, Copy] = {}
        self._turns: Iterator[tuple[Copy, int]] | None = None

    def work(self, seconds: float) -> bool:
        """Go on for about so long, at least by one probe or block; whether it is over."""
        end = time.perf_counter() + seconds
        while not self.done:
            self._work(max(0.0, end - time.perf_counter()))
            if time.perf_counter() >= end:
                break
        return self.done

    def _work(self, seconds: float) -> None:
        if not self._probes_over:
            self._probes_over = self._probes.work(seconds)
            self.done = self._probes_over and self._probes.result() is None
        elif self._turns is None:
            if self._singles.work(seconds):
                assert self._singles.trials is not None
                self._turns = self._try_layers(self._singles.trials)
        else:
            turn = next(self._turns, None)
            self.done = turn is None
            if turn is not None:
                go_on(*turn, seconds=min(seconds, SLICE))

    def _try_layers(self, singles: RateTrials) -> Iterator[tuple[Copy, int]]:
        """As long as the best single rates were tried, and as the work lasts."""
        found, single = self._probes.result(), _best_single(singles.result())
        assert found is not None
        if single is None:
            return
        epoch, subject = singles.reached, _with_multipliers(self._subject, tuple(found.multipliers.tolist()))
        wanted = sorted(end_window(epoch, subject.every))
        left = singles.budget / SINGLE_SHARE - singles.spent
        for rate in _levels(single.candidate.rate, found.lr):
            candidate = Candidate(rate, start=singles.start)
            copy = self._copies[candidate] = Copy(candidate, subject, wanted)
            left -= (epoch - copy.epochs) * singles.epoch_work
            if left < 0:
                del self._copies[candidate]
                return
            while not copy.reaches(epoch):
                yield copy, epoch

    def result(self) -> TunedLayers:
        """What was found so far; the best is told once all is done."""
        found, trials = self._probes.result(), self._singles.trials
        if trials is None:
            return TunedLayers(found, None)
        singles, reached = trials.result(), trials.reached
        layers = tuple(Trial(item, copy.epochs, copy.figure(reached)) for item, copy in self._copies.items())
        best, single = min(layers, key=lambda item: item.figure, default=None), _best_single(singles)
        wins = best is not None and single is not None and best.figure < (1 - GAIN) * single.figure
        return TunedLayers(found, singles, layers, best.candidate if self.done and best is not None and wins else None)

    def text(self, tuned: TunedLayers) -> str:
        """What was tried, and how it was found, in a few sentences."""
        stay = "The layers' rates stay as they are"
        if self._obstacle:
            return f"{stay}: {self._obstacle}."
        if tuned.found is None:
            return f"{stay}: no step along the gradient lowers the loss."
        singles = tuned.singles
        single = None if singles is None else _best_single(singles)
        if singles is not None and singles.trials and single is None:
            return f"{stay}: training diverged with every rate that was tried."
        if singles is None or single is None or not tuned.layers:
            return f"{stay}: within this work no rates of layers could be tried."
        best, figure = min(tuned.layers, key=lambda item: item.figure), FIGURES[singles.figure_name]
        one, end = short(single.candidate.rate), f"the {figure} ends at {short(single.figure)}"
        if tuned.best is None:
            with_one = f"with {one} {end} at epoch {single.epochs} on a copy"
            with_many = f"with a rate for each layer at {_ending(best)} at best"
            return f"{stay}, as one rate does as well or better: {with_one}, {with_many}."
        *first, last = (short(item.candidate.rate) for item in tuned.layers)
        means = f"means {', '.join(first)} and {last}" if first else f"mean {last}"
        tried = f"Of the {means}, tried on copies, {short(best.candidate.rate)} does best"
        ends = f"the {figure} ends at {short(best.figure)} at epoch {best.epochs}"
        with_one = f"with the best single rate, {one}, at {short(single.figure)}"
        return f"{self._probes.text(tuned.found.with_mean(best.candidate.rate))} {tried}: {ends}, {with_one}."


def obstacle(problem: Problem, step: int) -> str:
    """Why there is nothing to tune once `step` steps are done; empty where there is."""
    if len(problem.network.layers) == 1:
        return "there is one layer, whose rate is the rate"
    if problem.grid.ended(step) >= problem.experiment.training.epochs:
        return "no epoch is left to try rates in, go back to a step before"
    return ""


def _ending(trial: Trial) -> str:
    return short(trial.figure) if math.isfinite(trial.figure) else "no finite value"


def _levels(single: float, probed: float) -> list[float]:
    levels: list[float] = []
    for rate in (*(float(f"{single * level:.3g}") for level in LEVELS), probed):
        if not any(1 / ALIKE < rate / other < ALIKE for other in levels):
            levels.append(rate)
    return levels


def _with_multipliers(subject: Subject, multipliers: tuple[float, ...]) -> Subject:
    line = subject.line
    course = line.course.with_value(line.state.step, MULTIPLIERS_KEY, multipliers)
    return replace(subject, line=replace(line, course=course))


def _with_one_rate(subject: Subject) -> Subject:
    return _with_multipliers(subject, ())


def _best_single(tried: Tried) -> Trial | None:
    """The single rate to hold others against: the best, or the one in use where that does as well."""
    best = next((item for item in tried.trials if item.candidate == tried.best), tried.own)
    return best if math.isfinite(best.figure) else None
