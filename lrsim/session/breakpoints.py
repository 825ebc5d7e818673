"""Conditions that people set on a session's run: where they stop it, what they log, and how often they came true."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

from lrsim.common.numbers import count, full
from lrsim.common.validation import ExperimentError
from lrsim.debugger.conditions.condition import Condition, condition, is_slow_condition
from lrsim.debugger.conditions.hits import Finder, Hit, chunk_of, value_at
from lrsim.debugger.conditions.quantities import columns
from lrsim.debugger.conditions.refusal import Refused
from lrsim.debugger.conditions.sources import BranchSource
from lrsim.history.branch import Branch
from lrsim.session.marked import Breakpoint, LogLine
from lrsim.session.snapshot import Place
from lrsim.session.watches import Watches
from lrsim.training.engine import Problem

KEY = "condition"
KEPT_LINES = 500
"""Lines of the log that are kept, the newest ones."""
KEPT_STEPS = 2000
"""Places of a condition that are kept for marks, the newest ones; all are counted."""
WALKED = 1 << 17
"""Recorded steps that are walked at once at most while conditions are looked at."""


@dataclass
class _Look:
    """What is known of one condition on one branch."""

    finder: Finder
    steps: tuple[int, ...] = ()  # replaced, never changed: snapshots share it
    times: int = 0
    done: int = 0

    def go_on(self, tip: int) -> None:
        hi = min(self.done + self.finder.chunk, tip)
        found = self.finder.within(self.done, hi)
        if found:
            self.steps = (*self.steps, *(hit.step for hit in found[-KEPT_STEPS:]))[-KEPT_STEPS:]
        self.times += len(found)
        self.done = hi


def _logs(found: Condition) -> bool:
    return found.message is not None


class Breakpoints:
    """All conditions of a session; they stay when another experiment is loaded, and are read anew for it.

    Attributes
    ----------
    fence
        Step at which going backwards ends at the latest.
    log
        What conditions wrote, oldest first.
    """

    def __init__(self, problem: Problem, watches: Watches) -> None:
        self._problem = problem
        self._watches = watches
        self._points: dict[int, Breakpoint] = {}
        self._conditions: dict[int, Condition] = {}
        self._next = 1
        self._finder: tuple[Branch, Finder] | None = None
        self._looks: dict[int, _Look] = {}
        self._looked_on: Branch | None = None
        self.fence = 0
        self.log: deque[LogLine] = deque(maxlen=KEPT_LINES)

    # --- which there are

    def put(self, number: int | None, text: str, hits: str, log: str, enabled: bool) -> None:
        """Add a condition, or write the one of that number anew; one that is there already is used again.

        Raises
        ------
        ExperimentError
            It can't be used, or there is none of that number; says why and where.
        """
        if number is not None and number not in self._points:
            raise ExperimentError(KEY, "there is no such condition any more", number)
        written = (text.strip(), hits.strip(), log)
        try:
            found = condition(self._problem, *written, self._watches.by_name())
        except Refused as refused:
            raise ExperimentError(KEY, str(refused), refused.text) from refused
        if number is None:
            same = (point.id for point in self._points.values() if (point.text, point.hits, point.log) == written)
            number = next(same, None)
        if number is None:
            number, self._next = self._next, self._next + 1
        slow = is_slow_condition(self._problem, found)
        self._points[number] = Breakpoint(number, *written, enabled=enabled, slow=slow)
        self._conditions[number] = found
        self._forget(number)

    def remove(self, number: int) -> None:
        """Take a condition away; one that is gone already stays so."""
        self._points.pop(number, None)
        self._conditions.pop(number, None)
        self._forget(number)

    def clear(self) -> None:
        """Take all away."""
        for number in list(self._points):
            self.remove(number)

    def enable(self, number: int, enabled: bool) -> None:
        """Use a condition, or leave it aside."""
        if number in self._points:
            self._points[number] = replace(self._points[number], enabled=enabled)
            self._finder = None

    def follow(self, problem: Problem) -> None:
        """Another run is at hand: read all conditions for it."""
        if problem is self._problem:
            return
        self._problem, self.fence = problem, 0
        self.log.clear()
        self._conditions, self._finder, self._looks = {}, None, {}
        self.read_anew()

    def read_anew(self) -> None:
        """Watches that conditions may name are other ones; of conditions that stay the same all is kept."""
        watches = self._watches.by_name()
        for number, point in self._points.items():
            before = self._conditions.pop(number, None)
            try:
                found = condition(self._problem, point.text, point.hits, point.log, watches)
            except Refused as refused:
                self._points[number] = replace(point, why_not=refused.why, slow=False)
            else:
                self._points[number] = replace(point, why_not="", slow=is_slow_condition(self._problem, found))
                self._conditions[number] = found
            if self._conditions.get(number) != before:
                self._forget(number)

    def _forget(self, number: int) -> None:
        """What was known of a condition, which is another one now."""
        self._finder = None
        self._looks.pop(number, None)

    def shown(self) -> tuple[Breakpoint, ...]:
        """All of them, with what became of them on the branch that was looked at last."""
        return tuple(self._with_look(point) for point in self._points.values())

    def _with_look(self, point: Breakpoint) -> Breakpoint:
        look = self._looks.get(point.id)
        if look is None:
            return point
        return replace(point, times=look.times, steps=look.steps, looked_to=look.done)

    # --- where they come true

    def _active(self) -> list[Condition]:
        return [found for number, found in self._conditions.items() if self._points[number].enabled]

    @property
    def most_steps(self) -> int | None:
        """Steps to move on by at most before the next look; None where there is nothing to look for."""
        active = self._active()
        if not active:
            return None
        return min(chunk_of(self._problem, (found.expression for found in active)), WALKED)

    def finder(self, place: Place) -> Finder:
        """What looks for the conditions in use on the branch of a place."""
        if self._finder is None or self._finder[0] is not place.branch:
            source = BranchSource(place.run.history, place.branch)
            self._finder = (place.branch, Finder(source, self._active()))
        return self._finder[1]

    def passed(self, place: Place, before: int, reached: int) -> Hit | None:
        """The run moved on from step `before` to `reached`: log what there is to log, and where it is to stop."""
        if not self._active():
            return None
        finder = self.finder(place)
        hits = finder.within(before, reached)
        stop = next((number for number, hit in enumerate(hits) if any(found.stops for found in hit.conditions)), None)
        logged = [hit for hit in hits[: None if stop is None else stop + 1] if any(map(_logs, hit.conditions))]
        for hit in logged[-KEPT_LINES:]:  # of more, nothing would be left
            self._write(finder, hit)
        return None if stop is None else hits[stop]

    def _write(self, finder: Finder, hit: Hit) -> None:
        for found in hit.conditions:
            if found.message is not None:
                text = found.message.filled(lambda item: value_at(finder.source, item, hit.step))
                self.log.append(LogLine(hit.step, text))

    def words(self, place: Place, hit: Hit) -> str:
        """Where and why it stopped, with the values that were asked for."""
        stopping = [found for found in hit.conditions if found.stops]
        names = sorted({name for found in stopping for name in found.expression.names} - {"step"})
        found = columns(self.finder(place).source, names, hit.step - 1, hit.step)
        values = ", ".join(f"{name} = {full(found[name][0]).removesuffix('.0')}" for name in names)
        texts = " and ".join(condition.expression.text for condition in stopping)
        return f"Stopped at step {count(hit.step)}: {texts}" + (f" ({values})" if values else "")

    def backwards(self, place: Place) -> Iterator[Hit | None]:
        """The last place before this one, a part of the way at a time; see `Finder.backwards`."""
        finder = Finder(self.finder(place).source, [found for found in self._active() if found.stops])
        down_to = self.fence if self.fence < place.step else 0
        return finder.backwards(place.step, down_to)

    # --- marks

    def look(self, place: Place, seconds: float) -> bool:
        """Go on for about so long with finding out where on the branch each comes true; whether more is to be done."""
        if self._looked_on is not place.branch:
            self._looked_on, self._looks = place.branch, {}
        tip, end = place.branch.tip, time.perf_counter() + seconds
        source = BranchSource(place.run.history, place.branch)
        for number, found in self._conditions.items():
            look = self._looks.setdefault(number, _Look(Finder(source, [found])))
            while look.done < tip:
                look.go_on(tip)
                if time.perf_counter() >= end:
                    return True
        return False

    def is_behind(self, place: Place) -> bool:
        """Whether `look` has something to do."""
        if not self._conditions:
            return False
        looks = [self._looks.get(number) for number in self._conditions]
        behind = any(look is None or look.done < place.branch.tip for look in looks)
        return behind or self._looked_on is not place.branch
