"""The verdict on a run as it stood at one of its steps: gathers the evidence from the history."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrsim.history.branch import Branch
from lrsim.history.tree import History
from lrsim.instruments.facts import problem_facts
from lrsim.training.engine import rate_left
from lrsim.training.stops import StopReason
from lrsim.verdict.advice import Verdict
from lrsim.verdict.evidence import Evidence, curves
from lrsim.verdict.values import judge

RECENT_ROWS = 4096
SAMPLED_EPOCHS = 512
RECALLED_ROWS = 256


class Judgement:
    """Judges the branches of one run; what can be known beforehand is worked out once."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._facts: dict[str, Any] = problem_facts(history.problem.experiment, history.problem.data)
        self._means: dict[Branch, dict[int, NDArray[np.float64]]] = {}

    def at(self, branch: Branch, step: int, finished: StopReason | None) -> Verdict:
        """The verdict once `step` steps of the branch were done."""
        problem, rows = self._history.problem, self._recent(branch, step)
        bad, before = branch.bad_at(step), max(step - 1, 0)
        lr, factor = self._history.lr(branch, before), self._history.factor(branch, before)
        epochs, means = self._epoch_means(branch, step)
        return judge(
            Evidence(
                **self._curves(branch, step, epochs, means),
                steps=step,
                rate=lr * factor,
                rate_left=rate_left(problem, lr, factor, step),
                losses=rows[0],
                errors=rows[1],
                parameters=rows[len(problem.metrics) :].T if problem.records_parameters else None,
                epoch_errors=means[1],
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

    def _epoch_means(self, branch: Branch, step: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Up to `SAMPLED_EPOCHS` whole epochs (from 1), spread evenly over what is at hand, and their mean figures.

        Shapes (m,) and (metrics, m). Epochs are a power of two apart, so that what was worked out once serves again.
        """
        problem = self._history.problem
        whole = step // problem.steps_per_epoch
        stride = 1 << max(whole // SAMPLED_EPOCHS, 0).bit_length()
        known = {epoch: mean for epoch, mean in self._means.get(branch, {}).items() if epoch % stride == 0}
        self._means[branch] = known
        for epoch in range(0, whole, stride):
            if epoch not in known and (mean := self._mean(branch, epoch)) is not None:
                known[epoch] = mean
        found = [epoch for epoch in range(0, whole, stride) if epoch in known]
        means = [known[epoch] for epoch in found]
        if found and found[-1] != whole - 1 and (mean := self._mean(branch, whole - 1)) is not None:
            found.append(whole - 1)
            means.append(mean)
        return np.array(found, dtype=np.float64) + 1, np.array(means).reshape(len(found), len(problem.metrics)).T

    def _mean(self, branch: Branch, epoch: int) -> NDArray[np.float64] | None:
        """Mean figures of an epoch (from 0) where its rows are at hand."""
        size = self._history.problem.steps_per_epoch
        rows = self._history.raw(branch, epoch * size, (epoch + 1) * size)
        return None if rows is None else rows[: len(self._history.problem.metrics)].mean(axis=1, dtype=np.float64)

    def _curves(
        self, branch: Branch, step: int, epochs: NDArray[np.float64], means: NDArray[np.float64]
    ) -> dict[str, Any]:
        """Curves from the log of epochs, or from the means of whole epochs where none is kept."""
        logged = self._history.epoch_series(branch, step)
        if len(logged.steps):
            return curves(logged.steps / self._history.problem.steps_per_epoch, logged.training, logged.validation)
        return curves(epochs, dict(zip(self._history.problem.metrics, means)), {})
