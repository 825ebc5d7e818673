"""The verdict on a run as it stood at one of its steps, from what its history holds."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from lrsim.history.branch import Branch
from lrsim.history.tree import History
from lrsim.instruments.facts import problem_facts
from lrsim.training.epochs import as_figures
from lrsim.training.stops import StopReason
from lrsim.verdict.finding import Verdict
from lrsim.verdict.gather import RECENT_ROWS, gather
from lrsim.verdict.rules import judge

RECALLED_ROWS = 256
"""Rows that are brought back by replay where as many as a verdict looks at would take too long."""


class Judgement:
    """Judges the branches of one run; what can be known beforehand is worked out once."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._facts: dict[str, Any] = problem_facts(history.problem.experiment, history.problem.data)

    def at(self, branch: Branch, step: int, finished: StopReason | None) -> Verdict:
        """The verdict once `step` steps of the branch were done."""
        problem, timeline = self._history.problem, branch.course.timeline
        logged = as_figures(problem, self._history.epoch_records(branch, step))
        return judge(
            gather(
                self._facts,
                steps=step,
                rate_of=timeline.base_of,
                schedule_of=timeline.schedule_of,
                rate_left=timeline.left(step),
                metrics=problem.metrics,
                recent=self._recent(branch, step),
                epochs=logged.epochs,
                training=logged.training,
                held_out=logged.validation,
                finished=finished,
                first_bad=branch.bad_at(step),
                changed_at=branch.course.changed_at(step),
            )
        )

    def _recent(self, branch: Branch, step: int) -> NDArray[Any]:
        """The last rows before the cursor, in order; those that were dropped by replay, fewer where that takes long."""
        rows = self._history.raw(branch, max(step - RECENT_ROWS, 0), step)
        if rows is None:
            most = RECENT_ROWS if self._history.is_quick(RECENT_ROWS) else RECALLED_ROWS
            rows = self._history.recover(branch, max(step - most, 0), step)
        return rows
