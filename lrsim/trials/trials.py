"""The trials for one piece of advice, a slice at a time; what they find does not depend on how they are cut."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lrsim.common.numbers import Floats
from lrsim.trials.budget import budget, epoch_work
from lrsim.trials.ends import mean_of, noise_between
from lrsim.trials.race import WHOLE, Race, Turn
from lrsim.trials.subject import Subject
from lrsim.verdict.codes import VerdictCode
from lrsim.verdict.finding import Finding
from lrsim.verdict.tried import FROM_HERE, FROM_START, Candidate, Trial, Tried

SLICE = 0.01
"""Seconds of one block of steps, at most."""
LEAST_GAIN, LEAST_GAIN_UNFINISHED = 0.01, 0.03
"""Share of its own figure by which another rate must do better, and the same where no trial went to the end."""
WORTH_A_RESTART = 0.1
"""Share by which a rate from the start must do better than one from here, as it costs all that was done."""
ALIKE = 0.005
"""Share by which the figures of two rates may differ that are as good as each other."""
FALLING_GAIN = 0.02
"""Share by which a rate that falls must do better than the best that stays."""
UPWARDS = (VerdictCode.TOO_SLOW, VerdictCode.STUCK, VerdictCode.CONVERGING)
"""Verdicts on which higher rates are tried before lower ones."""


class Trials:
    """The trials for a run that asks for a rate.

    Parameters
    ----------
    subject
        The run.
    finding
        What was found of it; see `verdict.rules.find`.
    share
        Of the budget, see `trials.budget`.
    excluded
        Candidates that are not to be advised, as they were tried before.
    """

    def __init__(
        self, subject: Subject, finding: Finding, *, share: float = 1.0, excluded: frozenset[Candidate] = frozenset()
    ) -> None:
        self._subject, self._excluded = subject, excluded | subject.known
        self._guess, self._upwards = finding.advice.guess, finding.code in UPWARDS
        self._budget = budget(subject.problem, subject.planned, share)
        self._races: list[Race] = []
        self._turns = self._all()
        self._turn: Turn | None = None
        self.done = False

    def work(self, seconds: float) -> bool:
        """Go on for about so long, at least by one block; whether all is done."""
        end = time.perf_counter() + seconds
        steps = max(1, int(1e9 * min(seconds, SLICE) / self._subject.problem.step_nanoseconds))
        while not self.done:
            turn = next(self._turns, None)
            if turn is None:
                self.done = True
                break
            copy, epoch = turn
            copy.go_on(epoch, steps)
            if time.perf_counter() >= end:
                break
        return self.done

    def result(self) -> Tried:
        """What was found so far; the best is told once all is done."""
        subject = self._subject
        trials = [
            Trial(candidate, copy.epochs, copy.figure(copy.epochs))
            for race in self._races
            for candidate, copy in race.copies.items()
        ]
        best = self._best() if self.done else None
        epoch = max([race.reached for race in self._races], default=0) if best is None else best.epoch
        own = self._own(epoch)
        return Tried(
            figure_name=subject.figure_name,
            own=Trial(Candidate(subject.rate(FROM_START)), epoch, mean_of(own)),
            trials=tuple(trials),
            noise=0.0 if best is None else best.noise,
            best=None if best is None else best.candidate,
            whole=epoch >= subject.planned,
            work=int(sum(race.spent for race in self._races) * epoch_work(subject.problem)),
            budget=self._budget,
            done=self.done,
        )

    # --- the whole

    def _all(self) -> Iterator[Turn]:
        subject = self._subject
        epochs = self._budget / epoch_work(subject.problem)
        if not subject.is_on_its_way:
            yield from self._race(FROM_START, subject.planned, epochs, subject.window)
            return
        yield from self._race(FROM_HERE, subject.planned, epochs / 2, None)
        left = epochs - self._races[0].spent
        whole = left >= WHOLE * subject.planned
        if whole or subject.epochs:
            yield from self._race(FROM_START, subject.planned if whole else subject.epochs, left, self._own)

    def _race(self, start: str, epochs: int, most: float, own: Callable[[int], Floats | None] | None) -> Iterator[Turn]:
        race = Race(self._subject, start, epochs=epochs, budget=most, own=own, guess=self._guess, upwards=self._upwards)
        self._races.append(race)
        yield from race.run()

    def _own(self, epoch: int) -> Floats | None:
        """The run's own figures, those that it will have included where a copy of it was trained so far."""
        found = self._subject.window(epoch)
        return found if found is not None or not self._races else self._races[0].own_window(epoch)

    def _best(self) -> _Winner | None:
        """The best of all races that does better than the run itself; None where none does."""
        here, start = (self._winner(kind) for kind in (FROM_HERE, FROM_START))
        if here is None or start is None:
            return here or start
        much_better = start.figure < (1.0 - WORTH_A_RESTART) * here.figure
        return start if start.epoch <= here.epoch and much_better else here

    def _winner(self, start: str) -> _Winner | None:
        race = next((race for race in self._races if race.start == start), None)
        if race is None or not race.reached:
            return None
        epoch, own = race.reached, self._own(race.reached)
        new = [item for item in race.standing() if item not in self._excluded]
        found = [_Winner(item, race.copies[item].window(epoch), own, epoch) for item in new]
        best = self._nearest([item for item in found if not item.candidate.falling])
        falling = self._nearest([item for item in found if item.candidate.falling])
        if best is None or (falling is not None and falling.figure < (1.0 - FALLING_GAIN) * best.figure):
            best = falling
        gain = LEAST_GAIN if epoch == self._subject.planned else LEAST_GAIN_UNFINISHED
        return best if best is not None and best.wins(gain) else None

    def _nearest(self, found: list[_Winner]) -> _Winner | None:
        """Of those that do as well as the best, by and large, the one that is nearest to the run's own rate."""
        if not found:
            return None
        limit = min(item.figure for item in found)
        limit += ALIKE * abs(limit)
        good = [item for item in found if item.figure <= limit]
        own = self._subject.rate(good[0].candidate.start)
        return min(good, key=lambda item: (abs(math.log(item.candidate.rate / own)), item.candidate))


@dataclass(frozen=True)
class _Winner:
    """A candidate, its figures over the end window at an epoch, and the run's own there."""

    candidate: Candidate
    window: Floats
    own: Floats | None
    epoch: int

    @property
    def figure(self) -> float:
        return mean_of(self.window)

    @property
    def noise(self) -> float:
        return noise_between(self.own, self.window)

    def wins(self, gain: float) -> bool:
        """Whether it does better than the run by this share of its figure, and by more than noise."""
        if self.own is None or math.isinf(self.figure):
            return False
        own = mean_of(self.own)
        return math.isinf(own) or own - self.figure > max(gain * abs(own), self.noise)
