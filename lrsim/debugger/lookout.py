"""A run without a window that is looked at on its way: where it stops, what is logged, and the values of watches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lrsim.common.numbers import Floats
from lrsim.common.validation import ExperimentError
from lrsim.debugger.conditions.condition import Condition
from lrsim.debugger.conditions.hits import Finder, Hit, value_at, values_of
from lrsim.debugger.conditions.language import Expression
from lrsim.debugger.conditions.quantities import columns
from lrsim.debugger.conditions.sources import BranchSource
from lrsim.history.tree import History
from lrsim.training.course import Value
from lrsim.training.engine import Problem, Stops
from lrsim_core import Status

MEMORY_BUDGET = 256 << 20
"""Bytes for rows and states that are kept to look back at."""


@dataclass(frozen=True)
class Found:
    """Where a run was stopped, and why.

    Attributes
    ----------
    values
        Of everything that the expressions name, at that step.
    """

    hit: Hit
    values: Mapping[str, float]


class Lookout:
    """Trains ahead of the run itself, which then is trained to the place that was found.

    Parameters
    ----------
    changes
        Steps done, live keys and their values from there on, in the order of the steps.
    on_log
        Takes the step and the text of each message, in order.

    Raises
    ------
    ExperimentError
        A callback monitors what the run does not have.
    """

    def __init__(
        self,
        problem: Problem,
        conditions: Sequence[Condition],
        changes: Sequence[tuple[int, str, Value]] = (),
        on_log: Callable[[int, str], None] = lambda step, text: None,
    ) -> None:
        self._history = History(problem, MEMORY_BUDGET)
        self._branch = self._history.root
        self._source = BranchSource(self._history, self._branch)
        self._finder = Finder(self._source, conditions)
        self._changes = list(changes)
        self._on_log = on_log

    def search(self, limit: int, interrupted: Callable[[], bool] = lambda: False) -> Found | None:
        """Train until a condition stops the run, one of its own rules ends it, or `limit` steps are done."""
        branch, stop = self._branch, self._history.problem.experiment.stop
        stops = Stops(stop.target_error, stop.min_steps, stop.divergence)
        while branch.tip < limit and not interrupted():
            before = branch.tip
            while self._changes and self._changes[0][0] <= before:
                _, key, value = self._changes.pop(0)
                self._history.set_value(branch, key, value)
            until = min([limit, before + self._finder.chunk, *(step for step, _, _ in self._changes[:1])])
            try:
                status = self._history.advance(branch, until - before, stops, early_stop=True)
            except ExperimentError:  # the run itself will tell
                status = Status.NOT_FINITE
            found = self._look(before, branch.tip)
            if found is not None:
                return found
            if status != Status.DONE or self._history.stops_early(branch):
                return None
        return None

    def _look(self, lo: int, hi: int) -> Found | None:
        """Log what there is to log on the way, and stop at the first place that is to stop."""
        for hit in self._finder.within(lo, hi):
            self._log(hit)
            if any(condition.stops for condition in hit.conditions):
                return Found(hit, self._values(hit))
        return None

    def _log(self, hit: Hit) -> None:
        for condition in hit.conditions:
            if condition.message is not None:
                self._on_log(hit.step, condition.message.filled(lambda item: self.value(item, hit.step)))

    def _values(self, hit: Hit) -> dict[str, float]:
        names = sorted({name for item in hit.conditions if item.stops for name in item.expression.names})
        found = columns(self._source, names, hit.step - 1, hit.step)
        return {name: float(found[name][0]) for name in names}

    def value(self, expression: Expression, step: int) -> float:
        """Of an expression for a step (from 1) that was trained."""
        return value_at(self._source, expression, step)

    def values(self, expression: Expression, lo: int, hi: int) -> Floats:
        """Of an expression for steps lo + 1 to hi, as far as was trained, shape (hi - lo,)."""
        return values_of(self._source, expression, lo, min(hi, self._branch.tip))
