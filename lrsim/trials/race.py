"""Rates held against each other from one place on: short trials find the region, the better ones go on for longer.

Short trials favour rates that are good early: lower ones catch up where noise or overfitting keeps high ones from
falling further. So whatever wins goes on together with the next lower rate, and trials are as long as the budget lets
them be: where all of them can be trained to the end, all of them are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator

from lrsim.common.numbers import Floats
from lrsim.common.validation import ExperimentError
from lrsim.trials import ladder
from lrsim.trials.copies import Copy
from lrsim.trials.ends import end_window, mean_of
from lrsim.trials.subject import Subject
from lrsim.verdict.tried import FROM_START, Candidate

WHOLE = 16
"""Trials of full length that a budget must hold for none to be shorter."""
EVERYWHERE = 32
"""The same for rates of all sizes to be tried, a decade apart; twice as many for those between."""
STRETCHED = 32
"""Else those of the ladder are this many times shorter than the budget."""
LONGER = 4
"""How many times longer those are that go on after the ladder; those after them are twice as long, and so on."""
LADDER = 0.5
"""Share of the budget that the ladder may take where others are to go on after it."""
SURVIVORS = (3, 2)
"""How many go on at the first rung after the ladder, and at each later one."""
HIGHER = 3.0
"""A rate that falls may begin higher than one that stays, by this factor."""

Turn = tuple[Copy, int]
"""A copy that is to go on, and the epoch that it is to reach."""
Figures = Generator[Turn, None, dict[float, float]]
"""Turns, and figures by rate in the end."""


class Race:
    """Trials from one place on.

    Parameters
    ----------
    subject, start
        Of what run, and from where.
    epochs
        Up to which epoch the longest trial goes.
    budget
        Epochs that all of them may take together.
    own
        Gives the run's own figures over the end window at an epoch; None to train it as a candidate with its own rate.
    guess, upwards
        As for `ladder.next_rate`.
    single
        Whether the best rate alone is wanted: none that falls, and where trials go to the end, rates all around it.

    Attributes
    ----------
    copies
        By candidate, in the order in which they were begun.
    reached
        The epoch that the longest trials went up to; 0 where there was none.
    """

    def __init__(
        self,
        subject: Subject,
        start: str,
        *,
        epochs: int,
        budget: float,
        own: Callable[[int], Floats | None] | None,
        guess: float | None,
        upwards: bool,
        single: bool = False,
    ) -> None:
        self.copies: dict[Candidate, Copy] = {}
        self.reached = 0
        self._subject, self.start, self._epochs, self._budget = subject, start, epochs, budget
        self._own, self._guess, self._upwards = own, guess, upwards
        self._single = single
        self._own_candidate = Candidate(subject.rate(start), start=start)
        self._own_counts = start != FROM_START or not subject.is_changed
        self._begin = 0 if start == FROM_START else subject.epochs
        self._rungs = self._plan()
        self._wanted = sorted({epoch for rung in self._rungs for epoch in end_window(rung, subject.every)})

    @property
    def spent(self) -> float:
        """Epochs that were taken so far."""
        return sum(copy.steps for copy in self.copies.values()) / self._subject.problem.steps_per_epoch

    def run(self) -> Iterator[Turn]:
        """All trials: yields the copy that is to take its next steps until it is where it shall be."""
        first, *later = self._rungs
        yield from self._climb(first, LADDER if later else 1.0)
        for place, rung in enumerate(later):
            if not self.reached or not (yield from self._go_on(rung, SURVIVORS[min(place, 1)])):
                return
        if self.reached and not later:
            yield from self._refine(first)

    def own_window(self, epoch: int) -> Floats | None:
        """The run's own figures over the end window at an epoch; None where they are not known."""
        if self._own is not None:
            return self._own(epoch)
        copy = self.copies.get(self._own_candidate)
        return copy.window(epoch) if copy is not None and copy.reaches(epoch) else None

    def standing(self) -> list[Candidate]:
        """The candidates that went up to `reached`, the best first; the run itself is none of them."""
        those = [item for item, copy in self.copies.items() if copy.reaches(self.reached)]
        if self._own is None and self._own_candidate in those:
            those.remove(self._own_candidate)
        return sorted(those, key=lambda item: (self.copies[item].figure(self.reached), item))

    # --- the parts

    def _plan(self) -> list[int]:
        """The epochs up to which trials go, one rung after the other."""
        length = self._epochs - self._begin
        if self._budget >= WHOLE * length:
            return [self._epochs]
        lengths = [max(1, round(self._budget / STRETCHED))]
        lengths.append(LONGER * lengths[0])
        while lengths[-1] < length:
            lengths.append(2 * lengths[-1])
        every = self._subject.every
        return sorted({min(self._epochs, self._begin + -(-item // every) * every) for item in lengths})

    def _far(self) -> tuple[float, ...]:
        """Rates to look at wherever the best is, as the budget allows."""
        if len(self._rungs) > 1:
            return ()
        lengths = self._budget / (self._epochs - self._begin)
        each = ladder.THIRD if lengths >= 2 * EVERYWHERE else 10.0 if lengths >= EVERYWHERE else None
        return ladder.far_from(self._own_candidate.rate, each)

    def _climb(self, epoch: int, share: float) -> Iterator[Turn]:
        """The ladder: one rate after the other, as far as its share of the budget goes."""
        figures = yield from self._with_own({}, epoch)
        own, far = self._own_candidate.rate, self._far()
        while (rate := ladder.next_rate(figures, own, self._guess, self._upwards, far)) is not None:
            candidate = Candidate(rate, start=self.start)
            if not (yield from self._train(candidate, epoch, share)):
                break
            copy = self.copies.get(candidate)
            figures[rate] = math.inf if copy is None else copy.figure(epoch)
            self.reached = epoch

    def _go_on(self, rung: int, survivors: int) -> Generator[Turn, None, bool]:
        """The best go on up to the next rung, the next lower ones with them as long as these win; whether any did."""
        before = {item.rate: self.copies[item].figure(self.reached) for item in self.standing()}
        before = yield from self._with_own(before, self.reached if self._single else rung, self.reached)
        order = sorted(before, key=lambda rate: (before[rate], rate))
        below = ladder.next_below(order[0], before)
        order = [order[0], *([] if below is None else [below]), *(rate for rate in order[1:] if rate != below)]
        gone: dict[float, float] = {}
        waiting = [rate for rate in order if not math.isinf(before[rate])][:survivors]
        while waiting:
            rate = waiting.pop(0)
            figure = yield from self._figure(rate, rung)
            if figure is None:
                break
            gone[rate] = figure
            if not waiting:
                below = ladder.next_below(min(gone, key=lambda rate: (gone[rate], rate)), before)
                waiting = [] if below is None or below in gone else [below]
        others = [rate for rate in gone if rate != self._own_candidate.rate or not self._own_counts]
        self.reached = rung if others else self.reached
        return bool(others)

    def _refine(self, epoch: int) -> Iterator[Turn]:
        """Rates next to the best, and the best falling to zero or those farther away from it."""
        figures = {item.rate: self.copies[item].figure(epoch) for item in self.standing() if not item.falling}
        if self._own_counts:
            figures[self._own_candidate.rate] = mean_of(self.own_window(epoch))
        best = min(figures, key=lambda rate: (figures[rate], rate))
        if math.isinf(figures[best]):
            return
        for rate in ladder.between(best, figures):
            yield from self._train(Candidate(rate, start=self.start), epoch)
        if self._single:
            for rate in ladder.around(best, figures):
                yield from self._train(Candidate(rate, start=self.start), epoch)
        elif self.start == FROM_START and self._subject.can_fall and epoch == self._subject.planned:
            for factor in (1.0, HIGHER):
                rate = ladder.rounded(best * factor, self._own_candidate.rate)
                yield from self._train(Candidate(rate, True, self.start), epoch)

    # --- one candidate

    def _with_own(self, figures: dict[float, float], trained: int, shown: int | None = None) -> Figures:
        """The figures with the run's own among them, which is trained where it has to be.

        Of a run whose rate was changed by hand they do not stand for its rate.
        """
        if not self._own_counts:
            return figures
        if self._own is None:
            yield from self._train(self._own_candidate, trained)
        own = self.own_window(trained if shown is None else shown)
        return {self._own_candidate.rate: mean_of(own), **figures}

    def _figure(self, rate: float, epoch: int) -> Generator[Turn, None, float | None]:
        """What a rate comes to by an epoch; None where the budget does not reach so far."""
        if rate == self._own_candidate.rate and self._own_counts:
            if self._own is None:
                yield from self._train(self._own_candidate, epoch)
            own = self.own_window(epoch)
            return None if own is None else mean_of(own)
        candidate = Candidate(rate, start=self.start)
        if not (yield from self._train(candidate, epoch)):
            return None
        return self.copies[candidate].figure(epoch)

    def _train(self, candidate: Candidate, epoch: int, share: float = 1.0) -> Generator[Turn, None, bool]:
        """Train a candidate up to an epoch; whether the budget allows for it. One that can't be had is passed over."""
        copy = self.copies.get(candidate)
        done = self._begin if copy is None else copy.epochs
        if self.spent + (epoch - done) > share * self._budget:
            return False
        if copy is None:
            try:
                copy = Copy(candidate, self._subject, self._wanted)
            except ExperimentError:
                return True
            self.copies[candidate] = copy
        while not copy.reaches(epoch):
            yield copy, epoch
        return True
