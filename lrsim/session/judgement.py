"""The verdict on a run as it stood at one of its steps: gathers the evidence from the history."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrsim.history.branch import Branch
from lrsim.history.tree import History
from lrsim.instruments.facts import problem_facts
from lrsim.runs.sink import RECENT_ROWS
from lrsim.training.epochs import as_figures, judged
from lrsim.verdict.advice import Verdict
from lrsim.verdict.evidence import Evidence, curves
from lrsim.verdict.values import judge

RECALLED_ROWS = 256


class Judgement:
    """Judges the branches of one run; what can be known beforehand is worked out once."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._facts: dict[str, Any] = problem_facts(history.problem.experiment, history.problem.data)

    def at(self, branch: Branch, step: int, finished: str | None) -> Verdict:
        """The verdict once `step` steps of the branch were done."""
        problem, rows = self._history.problem, self._recent(branch, step)
        bad, before = branch.bad_at(step), max(step - 1, 0)
        timeline = branch.course.timeline
        logged = as_figures(problem, judged(self._history.epoch_records(branch, step), problem.steps_per_epoch))
        return judge(
            Evidence(
                **curves(logged.epochs.astype(np.float64), logged.training, logged.validation),
                steps=step,
                rate=timeline.base(before) * timeline.factor(before),
                rate_left=timeline.left(step),
                losses=rows[0],
                errors=rows[1],
                parameters=rows[len(problem.metrics) :].T if problem.records_parameters else None,
                epoch_errors=logged.training["error"],
                finished=finished,
                diverged_at=bad[0] if bad else None,
                not_finite=bad[1] if bad else None,
                **self._facts,
            )
        )

    def _recent(self, branch: Branch, step: int) -> NDArray[np.float64]:
        """The last rows before the cursor, in order; of those that were dropped, the nearest few by replay."""
        rows = self._history.raw(branch, max(step - RECENT_ROWS, 0), step)
        if rows is None:
            rows = self._history.recover(branch, max(step - RECALLED_ROWS, 0), step)
        return np.asarray(rows, dtype=np.float64)
