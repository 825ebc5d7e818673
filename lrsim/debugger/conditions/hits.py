"""Where on a line of training a condition comes true: the same places forwards and backwards.

A place is the first step of a stretch over which the condition holds: one that goes on being true is no new place.
Which of the places count is a matter of how often it has come true on this line since its first step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrsim.debugger.conditions.arrays import holds, values
from lrsim.debugger.conditions.condition import Condition
from lrsim.debugger.conditions.language import Expression
from lrsim.debugger.conditions.quantities import Source, columns, nanoseconds
from lrsim.training.engine import Problem

CHUNK = 1 << 16
"""Steps that are tested in one go."""
SLOW_NANOSECONDS = 1e7
"""What the steps of one go take at most, where each has to be worked out again."""

Steps = NDArray[np.int64]


@dataclass(frozen=True)
class Hit:
    """A step (from 1) at which conditions came true in a way that counts, in the order in which they were given."""

    step: int
    conditions: tuple[Condition, ...]


def value_at(source: Source, expression: Expression, step: int) -> float:
    """The value of an expression for one step (from 1)."""
    return float(values_of(source, expression, step - 1, step)[0])


def values_of(source: Source, expression: Expression, lo: int, hi: int) -> NDArray[np.float64]:
    """Values for rows lo to hi - 1 (row k is step k + 1), shape (hi - lo,)."""
    found = columns(source, expression.names, lo - expression.lookback, hi)
    return values(expression, found, hi - lo)


def comes_true(source: Source, expression: Expression, lo: int, hi: int) -> Steps:
    """The steps lo + 1 to hi at which it holds and did not at the step before, rising."""
    return _all_come_true(source, [expression], lo, hi)[0]


def _all_come_true(source: Source, expressions: Sequence[Expression], lo: int, hi: int) -> list[Steps]:
    """The same of several expressions, whose values are fetched once."""
    begin, names = max(lo - 1, 0), sorted({name for item in expressions for name in item.names})
    farthest = max((item.lookback for item in expressions), default=0)
    found = columns(source, names, begin - farthest, hi)
    return [_turns(holds(item, found, hi - begin), lo, begin) for item in expressions]


def _turns(true: NDArray[np.bool_], lo: int, begin: int) -> Steps:
    """The steps beyond `lo` at which truth begins, the first value being that of step begin + 1."""
    if not true.any():
        return np.empty(0, np.int64)
    begins = true.copy()
    begins[1:] &= ~true[:-1]
    steps = np.flatnonzero(begins) + begin + 1
    return steps[steps > lo]


def chunk_of(problem: Problem, expressions: Iterable[Expression]) -> int:
    """Steps to test in one go."""
    each = max((nanoseconds(problem, item.names) for item in expressions), default=0.0)
    return max(1, min(CHUNK, int(SLOW_NANOSECONDS / each))) if each else CHUNK


class Finder:
    """Finds where conditions count on one line of training, and remembers how often each came true before.

    Parameters
    ----------
    source
        The line; it may grow, but what it was up to a step stays.
    """

    def __init__(self, source: Source, conditions: Sequence[Condition]) -> None:
        self.source = source
        self.conditions = tuple(conditions)
        self.chunk = chunk_of(source.problem, (item.expression for item in conditions))
        self._counted: dict[Condition, list[tuple[int, int]]] = {}  # steps done, and times until then

    def within(self, lo: int, hi: int) -> list[Hit]:
        """All hits of steps lo + 1 to hi, in their order."""
        found: dict[int, list[Condition]] = {}
        all_steps = _all_come_true(self.source, [item.expression for item in self.conditions], lo, hi)
        for condition, steps in zip(self.conditions, all_steps, strict=True):
            for step in self._counting(condition, steps.tolist(), lo):
                found.setdefault(step, []).append(condition)
        return [Hit(step, tuple(found[step])) for step in sorted(found)]

    def _counting(self, condition: Condition, steps: list[int], lo: int) -> list[int]:
        """Of the steps beyond `lo` at which it comes true those that count."""
        if not condition.hits.kind or not steps:
            return steps
        before = self._times_before(condition, lo)
        return [step for time, step in enumerate(steps, before + 1) if condition.hits(time)]

    def _times_before(self, condition: Condition, step: int) -> int:
        """How often it came true at steps 1 to `step`; counted from the nearest place at which that is known."""
        known = self._counted.setdefault(condition, [(0, 0)])
        place = next(index for index in range(len(known) - 1, -1, -1) if known[index][0] <= step)
        done, times = known[place]
        while done < step:
            until = min(done - done % self.chunk + self.chunk, step)
            times += len(comes_true(self.source, condition.expression, done, until))
            done = until
            if done % self.chunk == 0 and done > known[-1][0]:
                known.append((done, times))
        return times

    def forwards(self, after: int, until: int) -> Iterator[Hit | None]:
        """The first hit of steps after + 1 to until; None each time that a part of the way has none."""
        lo = after
        while lo < until:
            hi = min(lo + self.chunk, until)
            hits = self.within(lo, hi)
            if hits:
                yield hits[0]
                return
            lo = hi
            yield None

    def backwards(self, before: int, down_to: int) -> Iterator[Hit | None]:
        """The last hit of steps down_to + 1 to before - 1; None each time that a part of the way has none."""
        hi = before - 1
        while hi > down_to:
            lo = max(hi - self.chunk, down_to)
            hits = self.within(lo, hi)
            if hits:
                yield hits[-1]
                return
            hi = lo
            yield None
