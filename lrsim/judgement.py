"""The verdict on a run as it stood at one of its steps: gathers the evidence from the history."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrsim.branch import Branch
from lrsim.history import History
from lrsim.stability import problem_facts
from lrsim.verdict import Evidence, Verdict, judge

RECENT_ROWS = 4096
SAMPLED_EPOCHS = 512
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
        return judge(
            Evidence(
                steps=step,
                rate=self._history.lr(branch, before) * self._history.factor(branch, before),
                losses=rows[0],
                errors=rows[1],
                parameters=rows[len(problem.metrics) :].T if problem.records_parameters else None,
                epoch_errors=self._epoch_errors(branch, step),
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

    def _epoch_errors(self, branch: Branch, step: int) -> NDArray[np.float64]:
        """Mean error of up to `SAMPLED_EPOCHS` whole epochs, spread evenly over what is at hand."""
        size = self._history.problem.steps_per_epoch
        if step < size:
            return np.empty(0)
        means = []
        for epoch in np.unique(np.linspace(0, step // size - 1, SAMPLED_EPOCHS).astype(int)).tolist():
            rows = self._history.raw(branch, epoch * size, (epoch + 1) * size)
            if rows is not None:
                means.append(float(rows[1].mean(dtype=np.float64)))
        return np.array(means)
