"""Expressions that are followed over a run: each a curve over all its steps, also over those that came before it."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from lrsim.common.validation import ExperimentError
from lrsim.debugger.conditions.condition import expression, watch_name
from lrsim.debugger.conditions.hits import value_at, values_of
from lrsim.debugger.conditions.language import Expression
from lrsim.debugger.conditions.quantities import nanoseconds
from lrsim.debugger.conditions.refusal import Refused
from lrsim.debugger.conditions.sources import BranchSource
from lrsim.debugger.hindsight import Hindsight
from lrsim.history.branch import Branch
from lrsim.session.marked import ExactStretch, Watch
from lrsim.session.snapshot import Place
from lrsim.training.engine import Problem

KEY, NAME_KEY = "watch", "name of the watch"
MOST = 8
"""Watches at a time: as many as a plot can tell apart."""
KEPT_STRETCHES = 4
EXACT_NANOSECONDS = 3e8
"""What it takes at most to bring back every value of a stretch."""
EXACT_STEPS = 1 << 16


@dataclass
class _Followed:
    """One watch on one branch."""

    hindsight: Hindsight
    exact: tuple[ExactStretch, ...] = ()  # replaced, never changed: snapshots share it
    at: tuple[int, float] = (0, math.nan)  # the value that was told last, with its step


class Watches:
    """All watches of a session; they stay when another experiment is loaded, and are read anew for it."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._watches: dict[int, Watch] = {}
        self._expressions: dict[int, Expression] = {}
        self._next = 1
        self._branch: Branch | None = None
        self._source: BranchSource | None = None
        self._followed: dict[int, _Followed] = {}

    # --- which there are

    def by_name(self) -> Mapping[str, Expression]:
        """Those that can be used on this run, for expressions that name them."""
        return self._before(None)

    def put(self, number: int | None, name: str, text: str) -> None:
        """Add a watch, or write the one of that number anew.

        Raises
        ------
        ExperimentError
            It can't be used, or there is none of that number; says why and where.
        """
        if number is not None and number not in self._watches:
            raise ExperimentError(KEY, "there is no such watch any more", number)
        if number is None and len(self._watches) >= MOST:
            raise ExperimentError(KEY, f"there are {MOST} already, remove one first", text)
        try:
            found = expression(self._problem, text, self._before(number))
        except Refused as refused:
            raise ExperimentError(KEY, str(refused), refused.text) from refused
        clean = self._checked_name(number, name, found.text)
        if number is None:
            number, self._next = self._next, self._next + 1
        self._watches[number] = Watch(number, clean, found.text)
        self._read_anew()

    def _checked_name(self, number: int | None, name: str, text: str) -> str:
        """The name of a watch; without one its expression stands for it."""
        others = {each.name for each in self._watches.values() if each.id != number}
        if not name.strip():
            if text in others:
                raise ExperimentError(KEY, "is followed already", text)
            return text
        try:
            return watch_name(self._problem, name, others)
        except Refused as refused:
            raise ExperimentError(NAME_KEY, refused.why, name) from refused

    def _before(self, number: int | None) -> Mapping[str, Expression]:
        """Those that may be named in that one: the ones that were there before it, so that none names itself."""
        return {
            self._watches[each].name: found
            for each, found in self._expressions.items()
            if (number is None or each < number) and self._watches[each].has_name
        }

    def remove(self, number: int) -> None:
        """Take a watch away; one that is gone already stays so."""
        if self._watches.pop(number, None) is not None:
            self._read_anew()

    def clear(self) -> None:
        """Take all away."""
        self._watches.clear()
        self._read_anew()

    def follow(self, problem: Problem) -> None:
        """Another run is at hand: read all watches for it."""
        if problem is not self._problem:
            self._problem, self._branch = problem, None
            self._read_anew()

    def _read_anew(self) -> None:
        """Each in the order of their numbers; what was known of one that has become another is forgotten."""
        before, self._expressions = self._expressions, {}
        for number, watch in sorted(self._watches.items()):
            try:
                if watch.has_name:  # which may be taken in another run
                    watch_name(self._problem, watch.name, ())
                found = expression(self._problem, watch.text, self._before(number))
            except Refused as refused:
                self._watches[number] = replace(watch, why_not=refused.why, nanoseconds=0.0)
            else:
                each = nanoseconds(self._problem, found.names)
                self._watches[number] = replace(watch, why_not="", nanoseconds=each)
                self._expressions[number] = found
        same = {number for number, found in self._expressions.items() if before.get(number) == found}
        self._followed = {number: each for number, each in self._followed.items() if number in same}

    # --- what is known

    def _turn_to(self, place: Place) -> BranchSource:
        if self._branch is not place.branch or self._source is None:
            self._branch, self._source = place.branch, BranchSource(place.run.history, place.branch)
            self._followed = {}
        for number, found in self._expressions.items():
            if number not in self._followed:
                self._followed[number] = _Followed(Hindsight(self._source, found))
        return self._source

    def look_back(self, on: bool, place: Place) -> None:
        """Work out what came before, or leave what is not known yet of it."""
        self._turn_to(place)
        for each in self._followed.values():
            each.hindsight.since = 0 if on else place.branch.tip

    def are_behind(self, place: Place) -> bool:
        """Whether some of the steps of a place's branch are not known for some watch."""
        if not self._expressions:
            return False
        known = self._followed if self._branch is place.branch else {}
        return any(
            number not in known or known[number].hindsight.is_behind(place.branch.tip) for number in self._expressions
        )

    def go_on(self, place: Place, seconds: float) -> bool:
        """Work out what is not known for about so long, the newest first; whether more is to be done."""
        self._turn_to(place)
        tip, end = place.branch.tip, time.perf_counter() + seconds
        while True:
            behind = [each.hindsight for each in self._followed.values() if each.hindsight.is_behind(tip)]
            if not behind or time.perf_counter() >= end:
                return bool(behind)
            for each in behind:  # by turns, so that all curves fill together
                each.go_on(tip)

    def bring(self, place: Place, lo: int, hi: int) -> None:
        """Work out every value of steps lo + 1 to hi, as far as that is quick: around their middle."""
        source = self._turn_to(place)
        hi = min(hi, place.branch.tip)
        for each in self._followed.values():
            lo_, hi_ = self._within_reach(each.hindsight.expression, max(lo, 0), hi)
            if lo_ < hi_:
                stretch = ExactStretch(lo_, hi_, values_of(source, each.hindsight.expression, lo_, hi_))
                each.exact = (*each.exact, stretch)[-KEPT_STRETCHES:]

    def _within_reach(self, found: Expression, lo: int, hi: int) -> tuple[int, int]:
        most = exact_steps(nanoseconds(self._problem, found.names))
        middle = (lo + hi) // 2
        return (lo, hi) if hi - lo <= most else (max(middle - most // 2, 0), middle + most // 2)

    def shown(self, place: Place, playing: bool) -> tuple[Watch, ...]:
        """All of them, with what is known on the branch of a place, and the value at its step.

        While it plays a value that has to be worked out again is told once it is known.
        """
        return tuple(self._shown(watch, place, playing) for watch in self._watches.values())

    def _shown(self, watch: Watch, place: Place, playing: bool) -> Watch:
        found = self._expressions.get(watch.id)
        if found is None:
            return watch
        source = self._turn_to(place)
        each, value = self._followed[watch.id], None
        if place.step and place.step == each.at[0]:
            value = each.at[1]
        elif place.step and not (playing and watch.slow):
            value = value_at(source, found, place.step)
            each.at = (place.step, value)
        curve = each.hindsight.curve(place.branch.tip)
        left = not each.hindsight.is_behind(place.branch.tip)
        return replace(watch, value=value, curve=curve, exact=each.exact, early=found.lookback, is_left=left)


def exact_steps(nanoseconds: float) -> int:
    """Steps whose values are brought back at most at a time, where each takes so long."""
    return min(EXACT_STEPS, max(int(EXACT_NANOSECONDS / nanoseconds), 1)) if nanoseconds else EXACT_STEPS
