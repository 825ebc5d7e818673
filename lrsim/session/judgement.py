"""The verdict on a run as it stood at one of its steps, from what its history holds."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrsim.history.branch import Branch
from lrsim.history.tree import History
from lrsim.instruments.facts import problem_facts
from lrsim.training.engine import rate_left
from lrsim.training.epochs import epoch_means
from lrsim.verdict.finding import Verdict
from lrsim.verdict.gather import RECENT_ROWS, gather, judged_epochs
from lrsim.verdict.rules import judge

RECALLED_ROWS = 256
"""Rows that are brought back by replay where as many as a verdict looks at would take too long."""

Curves = dict[str, NDArray[np.float64]]


class Judgement:
    """Judges the branches of one run; what can be known beforehand is worked out once."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._facts: dict[str, Any] = problem_facts(history.problem.experiment, history.problem.data)
        self._means: dict[Branch, dict[int, NDArray[np.float64]]] = {}

    def at(self, branch: Branch, step: int, finished: str | None) -> Verdict:
        """The verdict once `step` steps of the branch were done."""
        problem, before = self._history.problem, max(step - 1, 0)
        lr, factor = self._history.lr(branch, before), self._history.factor(branch, before)
        epochs, training, held_out = self._figures(branch, step)
        return judge(
            gather(
                self._facts,
                steps=step,
                rate=lr * factor,
                rate_left=rate_left(problem, lr, factor, step),
                metrics=problem.metrics,
                recent=self._recent(branch, step),
                epochs=epochs,
                training=training,
                held_out=held_out,
                finished=finished,
                first_bad=branch.bad_at(step),
            )
        )

    def _recent(self, branch: Branch, step: int) -> NDArray[Any]:
        """The last rows before the cursor, in order; those that were dropped by replay, fewer where that takes long."""
        rows = self._history.raw(branch, max(step - RECENT_ROWS, 0), step)
        if rows is None:
            most = RECENT_ROWS if self._history.is_quick(RECENT_ROWS) else RECALLED_ROWS
            rows = self._history.recover(branch, max(step - most, 0), step)
        return rows

    def _figures(self, branch: Branch, step: int) -> tuple[NDArray[np.int64], Curves, Curves]:
        """Epochs (from 1) with their figures in training and on held-out rows: logged, or made from rows at hand."""
        logged = self._history.epoch_series(branch, step)
        if len(logged.steps):
            return logged.steps // self._history.problem.steps_per_epoch, logged.training, logged.validation
        epochs, means = self._epoch_means(branch, step)
        return epochs, dict(zip(self._history.problem.metrics, means)), {}

    def _epoch_means(self, branch: Branch, step: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The epochs that are judged, as far as they are at hand, and their mean figures: shapes (m,), (metrics, m)."""
        metrics, size = self._history.problem.metrics, self._history.problem.steps_per_epoch
        wanted = judged_epochs(step // size).tolist()
        lasting = {*wanted, *judged_epochs(branch.tip // size).tolist()}
        known = {epoch: mean for epoch, mean in self._means.get(branch, {}).items() if epoch in lasting}
        self._means[branch] = known
        for epoch in wanted:
            if epoch not in known and (mean := self._mean(branch, epoch)) is not None:
                known[epoch] = mean
        found = [epoch for epoch in wanted if epoch in known]
        means = np.array([known[epoch] for epoch in found]).reshape(len(found), len(metrics)).T
        return np.array(found, dtype=np.int64), means

    def _mean(self, branch: Branch, epoch: int) -> NDArray[np.float64] | None:
        """Mean figures of an epoch where its rows are at hand; the first epoch's are brought back."""
        size = self._history.problem.steps_per_epoch
        first, last = (epoch - 1) * size, epoch * size
        rows = self._history.raw(branch, first, last)
        if rows is None and epoch == 1:
            rows = self._history.recover(branch, first, last)
        return None if rows is None else epoch_means(self._history.problem, rows)[:, 0]
