"""A run without a window that is looked at on its way: where it stops, what is logged, and the values of watches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lrsim.common.numbers import Floats
from lrsim.common.validation import ExperimentError
from lrsim.debugger.conditions.condition import Condition, Message
from lrsim.debugger.conditions.hits import Finder, Hit, comes_true, values_of
from lrsim.debugger.conditions.language import Expression
from lrsim.debugger.conditions.quantities import columns
from lrsim.debugger.conditions.sources import BranchSource
from lrsim.history.branch import Branch
from lrsim.history.tree import History
from lrsim.training.changes import Value
from lrsim.training.engine import Problem, Stops
from lrsim_core import Status

MEMORY_BUDGET = 256 << 20
"""Bytes for rows and states that are kept to look back at."""


@dataclass(frozen=True)
class Log:
    """What is written on the way: at each step, or where `when` comes true."""

    message: Message
    when: Expression | None = None


@dataclass(frozen=True)
class Found:
    """Where a run is to stop, and why.

    Attributes
    ----------
    values
        Of everything that the conditions name, at that step.
    """

    hit: Hit
    values: Mapping[str, float]

    @property
    def step(self) -> int:
        return self.hit.step


class Lookout:
    """Trains ahead of a run, which then is trained to the place that was found.

    Parameters
    ----------
    conditions
        What stops it, each where it comes true.
    logs
        What is written.
    changes
        Steps done, live keys and their values from there on, in the order of the steps.
    on_log
        Takes each text, in the order of the steps.

    Raises
    ------
    ExperimentError
        A callback monitors what the run does not have.
    """

    def __init__(
        self,
        problem: Problem,
        conditions: Sequence[Condition] = (),
        logs: Sequence[Log] = (),
        changes: Sequence[tuple[int, str, Value]] = (),
        on_log: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._history = History(problem, MEMORY_BUDGET)
        self._conditions = tuple(conditions)
        self._take_to(self._history.root)
        self._logs = tuple(logs)
        self._changes = list(changes)
        self._on_log = on_log

    @property
    def steps(self) -> int:
        """How far it has come."""
        return self._branch.tip

    def search(self, limit: int, interrupted: Callable[[], bool] = lambda: False) -> Found | None:
        """Train until a condition stops the run, one of its own rules ends it, or `limit` steps are done."""
        stop = self._history.problem.experiment.stop
        stops = Stops(stop.target_error, stop.min_steps, stop.divergence)
        while self.steps < limit and not interrupted():
            before = self.steps
            self._change(before)
            branch = self._branch
            until = min([limit, before + self._finder.chunk, *(step for step, _, _ in self._changes[:1])])
            try:
                status = self._history.advance(branch, until - before, stops, early_stop=True)
            except ExperimentError:  # there is no rate for the next step: the run itself will say so
                status = Status.NOT_FINITE
            hits = self._finder.within(before, branch.tip)
            self._log(before, hits[0].step if hits else branch.tip)
            if hits:
                return Found(hits[0], self._values(hits[0]))
            if status != Status.DONE or self._history.stops_early(branch):
                return None
        return None

    def _change(self, step: int) -> None:
        values: dict[str, Value] = {}
        while self._changes and self._changes[0][0] <= step:
            _, key, value = self._changes.pop(0)
            values[key] = value
        if values:
            self._take_to(self._history.change(self._branch, step, values))

    def _take_to(self, branch: Branch) -> None:
        """Go on there."""
        self._branch = branch
        self._source = BranchSource(self._history, branch)
        self._finder = Finder(self._source, self._conditions)

    def _log(self, lo: int, hi: int) -> None:
        """Write what there is to write of steps lo + 1 to hi."""
        lines: list[tuple[int, int, str]] = []
        for place, log in enumerate(self._logs):
            steps = np.arange(lo + 1, hi + 1) if log.when is None else comes_true(self._source, log.when, lo, hi)
            if len(steps):
                found = {part: self.values(part, lo, hi) for part in log.message.expressions}
                lines += [(step, place, _filled(log.message, found, step - lo - 1)) for step in steps.tolist()]
        for _, _, text in sorted(lines):
            self._on_log(text)

    def _values(self, hit: Hit) -> dict[str, float]:
        names = sorted({name for item in hit.conditions for name in item.expression.names})
        found = columns(self._source, names, hit.step - 1, hit.step)
        return {name: float(found[name][0]) for name in names}

    def values(self, expression: Expression, lo: int, hi: int) -> Floats:
        """Of an expression for steps lo + 1 to hi, which were trained, shape (hi - lo,)."""
        return values_of(self._source, expression, lo, hi)


def _filled(message: Message, values: Mapping[Expression, Floats], place: int) -> str:
    return message.filled(lambda expression: float(values[expression][place]))
