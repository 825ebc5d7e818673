"""What is found of a run as it stood at one of its steps, from what its history holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from lrsim.history.branch import Branch
from lrsim.history.tree import History
from lrsim.instruments.evidence import evidence_of
from lrsim.instruments.facts import problem_facts
from lrsim.training.engine import Problem
from lrsim.training.epochs import EpochFigures, as_figures
from lrsim.training.stops import StopReason
from lrsim.trials.subject import Subject, subject_of
from lrsim.verdict.advise import NOT_TRIED, TO_COME, advise
from lrsim.verdict.evidence import Evidence
from lrsim.verdict.finding import Finding, Verdict
from lrsim.verdict.gather import RECENT_ROWS
from lrsim.verdict.rules import find
from lrsim.verdict.tried import Candidate, Tried
from lrsim.verdict.wording import in_words
from lrsim_core import FloatArray

RECALLED_ROWS = 256
"""Rows that are brought back by replay where as many as a verdict looks at would take too long."""


@dataclass(frozen=True)
class Found:
    """What was found of a run, and what that rests on."""

    evidence: Evidence
    finding: Finding

    def verdict(self, tried: Tried | None, pending: bool) -> Verdict:
        """In words, with the advice that trials support; `pending`: some are to come."""
        return in_words(advise(self.finding, self.evidence, tried, TO_COME if pending else NOT_TRIED), tried)


class Judgement:
    """Looks at the branches of one run; what can be known beforehand is worked out once."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._facts: dict[int, tuple[Problem, dict[str, Any]]] = {}
        self._facts_of(history.problem)

    def at(self, branch: Branch, step: int, finished: StopReason | None) -> Found:
        """What is found once `step` steps of the branch were done."""
        recent = self._recent(branch, step)
        evidence = evidence_of(
            branch.course,
            step,
            facts=self._facts_of(branch.course.problem_of(step)),
            recent=recent,
            figures=self._figures(branch, step),
            finished=finished,
            first_bad=branch.bad_at(step),
            parameters=lambda: self._parameters(branch, step, recent),
        )
        return Found(evidence, find(evidence))

    def _facts_of(self, problem: Problem) -> dict[str, Any]:
        """What can be known of a problem beforehand; changes in mid-run make another one of it."""
        found = self._facts.get(id(problem))
        if found is None:
            found = self._facts[id(problem)] = problem, problem_facts(problem)
        return found[1]

    def subject(self, branch: Branch, step: int, finished: StopReason | None) -> Subject:
        """The run as it stood then, for rates to be tried on copies of it."""
        rows = self._history.rows(branch, branch.course.grid.begin_of(step), step)
        return subject_of(self._history.line_at(branch, step), self._figures(branch, step), rows, finished)

    def _figures(self, branch: Branch, step: int) -> EpochFigures:
        return as_figures(self._history.problem, self._history.epoch_records(branch, step))

    def tried_by_hand(self, branch: Branch, step: int) -> frozenset[Candidate]:
        """Rates with which other branches of the run were trained from the start as far as this one."""
        return frozenset(
            Candidate(other.course.timeline.base(0))
            for other in self._history.branches
            if other is not branch
            and other.tip >= step
            and len(other.course.timeline.bases) == 1
            and not (other.course.has_other_changes or branch.course.has_other_changes)
        )

    def _parameters(self, branch: Branch, step: int, recent: NDArray[Any]) -> FloatArray:
        """Once `step` steps were done: from the newest row where it has them, else from the state."""
        problem = self._history.problem
        if problem.records_parameters and recent.shape[1]:
            return recent[len(problem.metrics) :, -1].astype(problem.network.dtype)
        return self._history.state_at(branch, step).theta

    def _recent(self, branch: Branch, step: int) -> NDArray[Any]:
        """The last rows before the cursor, in order; those that were dropped by replay, fewer where that takes long."""
        rows = self._history.raw(branch, max(step - RECENT_ROWS, 0), step)
        if rows is None:
            most = RECENT_ROWS if self._history.is_quick(RECENT_ROWS) else RECALLED_ROWS
            rows = self._history.recover(branch, max(step - most, 0), step)
        return rows
