"""Find a rate: a range test points at one, and trials of rates tell which one trains best.

The range test costs next to nothing but misleads where what is best in the long run differs from what lowers the loss
at once. So its rate is where trials begin, and the rate whose loss ends lowest is suggested.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace

from lrsim.instruments.range_test import RangeSearch, RangeTrial, recommended
from lrsim.trials.budget import MOST, budget, epoch_work
from lrsim.trials.copies import Copy
from lrsim.trials.ends import mean_of
from lrsim.trials.race import Race
from lrsim.trials.subject import Subject
from lrsim.verdict.tried import FROM_HERE, FROM_START, Candidate, Trial, Tried

RUNS = 8
"""Trials for the one rate may take this many times what those for a verdict may: who asks for a rate waits for it."""
EPOCHS = 24
"""Of large runs, that trials may take together though that is more than `MOST`; never more than the run itself."""
SLICE = 0.01
"""Seconds of one block of steps, at most."""
GAIN = 0.02
"""By this share of its loss another rate has to end below the one in use to be suggested in its place."""


class RateTrials:
    """Rates tried from where a run stands, or from its start where it has come to its end; taken a slice at a time.

    What is found does not depend on how it is cut.

    Parameters
    ----------
    subject
        The run.
    guess
        A rate that is worth trying first; None for none.
    share
        Of the work that trials may take as a rule.

    Attributes
    ----------
    done
        Whether nothing more is to come.
    """

    def __init__(self, subject: Subject, guess: float | None, share: float = 1.0) -> None:
        self.done = share <= 0
        self.start = FROM_HERE if subject.epochs and subject.is_on_its_way else FROM_START
        self.epoch_work = epoch_work(subject.problem)
        self.budget = int(share * _most_work(subject))
        epochs = self.budget / self.epoch_work
        begin = 0 if self.start == FROM_START else subject.epochs
        self.subject = replace(subject, horizon=min(subject.planned, begin + max(1, int(epochs))))
        self._race = Race(
            self.subject, self.start, epochs=self.subject.planned, budget=epochs, own=None, guess=guess, upwards=True,
            single=True,
        )  # fmt: skip
        self._turns = self._race.run()
        self._known: dict[Candidate, Trial] = {}
        self._told: Tried | None = None

    @property
    def reached(self) -> int:
        """The epoch that the longest trials went up to."""
        return self._race.reached

    @property
    def spent(self) -> int:
        """Multiply-adds that were done."""
        return int(self._race.spent * self.epoch_work)

    def work(self, seconds: float) -> bool:
        """Go on for about so long, at least by one block; whether all is done."""
        end = time.perf_counter() + seconds
        while not self.done:
            turn = next(self._turns, None)
            if turn is None:
                self.done, self._told = True, None
                break
            copy, epoch = turn
            go_on(copy, epoch, seconds=min(seconds, SLICE))
            if copy.reaches(epoch):
                self._known[copy.candidate] = Trial(copy.candidate, copy.epochs, copy.figure(epoch))
                self._told = None
            if time.perf_counter() >= end:
                break
        return self.done

    def result(self) -> Tried:
        """What was found so far; the best is told once all is done, None where the rate in use does as well.

        The same object as long as that is the same.
        """
        if self._told is None:
            self._told = self._tell()
        return self._told

    def _tell(self) -> Tried:
        own = Candidate(self.subject.rate(self.start), start=self.start)
        return Tried(
            figure_name=self.subject.figure_name,
            own=self._of_own(own),
            trials=tuple(item for candidate, item in self._known.items() if candidate != own),
            best=self._best() if self.done else None,
            work=self.spent,
            budget=self.budget,
            done=self.done,
        )

    def _of_own(self, own: Candidate) -> Trial:
        """The rate in use, as far as those went that it is held against, where it went so far."""
        race, known = self._race, self._known.get(own, Trial(own, 0, math.inf))
        if self.done and race.reached and known.epochs > race.reached:
            return Trial(own, race.reached, mean_of(race.own_window(race.reached)))
        return known

    def _best(self) -> Candidate | None:
        """The rate to take in place of the one in use."""
        race = self._race
        best = next(iter(race.standing()), None) if race.reached else None
        if best is None:
            return None
        figure, of_own = race.copies[best].figure(race.reached), mean_of(race.own_window(race.reached))
        return best if math.isfinite(figure) and figure < (1 - GAIN) * of_own else None


def _most_work(subject: Subject) -> int:
    """Multiply-adds that the usual share is of."""
    problem, epochs = subject.problem, subject.planned
    large = epoch_work(problem) * min(EPOCHS, epochs)
    return min(budget(problem, epochs, RUNS), max(MOST, large))


def go_on(copy: Copy, epoch: int, *, seconds: float) -> None:
    """Let a copy train for about so long, at most up to the end of an epoch."""
    copy.go_on(epoch, max(1, int(1e9 * seconds / copy.step_nanoseconds)))


def _two_digits(rate: float) -> float:
    """A range test tells no more."""
    return float(f"{rate:.1e}")


class RateFinder:
    """A range test, then trials of rates, those first that it points at.

    Parameters
    ----------
    subject
        The run, at the step from which rates are looked for.
    lowest, highest, points
        As for `RangeTrial`.
    share
        As for `RateTrials`.

    Raises
    ------
    ValueError
        The rates are not finite, positive and rising, or there are fewer than 2 points.

    Attributes
    ----------
    cancelled
        Whether it was ended before its time.
    """

    name = "range_test"

    def __init__(self, subject: Subject, lowest: float, highest: float, points: int, share: float = 1.0) -> None:
        line = subject.line
        multipliers = line.course.multipliers(line.state.step)
        self.cancelled = False
        self.trials: RateTrials | None = None
        self._test = RangeTrial(subject.problem, line.state, multipliers, lowest, highest, points)
        self._subject, self._share = subject, share
        self._found: RangeSearch | None = None

    @property
    def done(self) -> bool:
        """Whether nothing more is to come."""
        return self.cancelled or (self.trials is not None and self.trials.done)

    def work(self, seconds: float) -> bool:
        """Go on for about so long; whether it is over."""
        end = time.perf_counter() + seconds
        if self.trials is None and not self.cancelled and self._test.work(seconds):
            guess = recommended(self._test.result().test)
            self.trials = RateTrials(self._subject, None if guess is None else _two_digits(guess.rate), self._share)
        if self.trials is not None and not self.done:
            self.trials.work(max(0.0, end - time.perf_counter()))
        return self.done

    def cancel(self) -> None:
        """End with what there is; no rate is suggested then."""
        if self.trials is None:
            self._test.cancel()
        self.cancelled = not self.done

    def result(self) -> RangeSearch:
        """What was found so far; the same object as long as that is the same."""
        trials = self.trials
        if trials is None or self._share <= 0:
            return self._test.result()
        if self._found is None:
            self._found = self._test.result()
        tried = trials.result()
        if tried is not self._found.tried:
            self._found = replace(self._found, tried=tried)
        return self._found
