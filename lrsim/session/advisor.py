"""Rates are tried on copies of the run, beside it, before one is advised."""

from __future__ import annotations

import time

from lrsim.session.judgement import Found
from lrsim.session.snapshot import Place
from lrsim.training.stops import StopReason
from lrsim.trials.trials import Trials
from lrsim.verdict.tried import Tried

REST_SECONDS = 0.4
"""So long a run stands still, or what is found of it stays the same, before rates are tried: a step back is often
followed by another one."""

TOLD_SECONDS = 0.1
"""What was tried so far is told no more often than this."""

Situation = tuple[object, ...]


class Advisor:
    """Trials for what is found of the run at hand; other ones once that, or the place, is another one.

    While the run plays its place changes with every step, and the trials that a finding asked for hold as long as it
    stays the same at the same rate. At rest they are those of the very place, as a run without a window makes them.

    Parameters
    ----------
    share
        Of the run's own work, that trials may take; 0 for none.
    """

    def __init__(self, share: float) -> None:
        self._share = share
        self._situation: Situation | None = None
        self._place: Place | None = None
        self._since = self._told = 0.0
        self._trials: Trials | None = None
        self._tried: Tried | None = None

    @property
    def tried(self) -> Tried | None:
        """What was tried so far; None where nothing is in question."""
        return self._tried

    @property
    def pending(self) -> bool:
        """Whether rates are in question and none was tried yet."""
        return self._situation is not None and self._tried is None

    def forget(self) -> None:
        """Another run has begun, or there is nothing to be tried."""
        self._situation = self._place = self._trials = self._tried = None

    def follow(self, place: Place, found: Found, playing: bool) -> bool:
        """Look at what was found at a place; whether what was tried before does not hold for it."""
        if not found.finding.asks_rate or not self._share:
            changed = self._tried is not None
            self.forget()
            return changed
        situation = (place.run, place.branch, found.finding.code, found.evidence.rate)
        if situation == self._situation and (playing or place == self._place):
            return False
        changed = self._tried is not None
        self.forget()
        self._situation, self._place, self._since = situation, place, time.perf_counter()
        return changed

    def due(self) -> float | None:
        """Seconds until there is something to do; None for never."""
        if self._situation is None or (self._tried is not None and self._tried.done):
            return None
        return 0.0 if self._trials is not None else max(self._since + REST_SECONDS - time.perf_counter(), 0.0)

    def work(self, place: Place, found: Found, seconds: float) -> bool:
        """Go on for about so long with what was `found` at `place`; whether there is something new to tell."""
        if self._trials is None:
            self._place, self._trials = place, self._begin(place, found)
        over = self._trials.work(seconds)
        if not over and time.perf_counter() - self._told < TOLD_SECONDS:
            return False
        self._told, self._tried = time.perf_counter(), self._trials.result()
        return True

    def _begin(self, place: Place, found: Found) -> Trials:
        judgement, step, ended = place.run.judgement, found.evidence.steps, found.evidence.finished
        subject = judgement.subject(place.branch, step, None if ended is None else StopReason(ended))
        excluded = judgement.tried_by_hand(place.branch, step)
        return Trials(subject, found.finding, share=self._share, excluded=excluded)
