"""Lines of training whose past conditions can ask for: a branch of a history."""

from __future__ import annotations

from collections.abc import Mapping

from lrsim.history.branch import Branch
from lrsim.history.tree import History
from lrsim.training import engine
from lrsim.training.course import Course
from lrsim.training.engine import Problem, State
from lrsim_core import FloatArray


class BranchSource:
    """A branch with what it inherited; rows that are no longer held come back by replay."""

    def __init__(self, history: History, branch: Branch) -> None:
        self._history = history
        self._branch = branch
        self._held_out: dict[int, Mapping[str, float]] = {}
        self._kept: State | None = None

    @property
    def problem(self) -> Problem:
        return self._history.problem

    @property
    def course(self) -> Course:
        return self._branch.course

    def rows(self, lo: int, hi: int) -> FloatArray:
        return self._history.rows(self._branch, lo, hi)

    def state(self, step: int) -> State:
        kept = self._kept
        return kept.copy() if kept is not None and kept.step == step else self._history.state_at(self._branch, step)

    def keep(self, state: State) -> None:
        self._kept = state

    def held_out(self, epoch: int) -> Mapping[str, float]:
        if epoch not in self._held_out:
            records = self._history.epoch_records(self._branch, self._branch.tip)
            self._held_out.update({record.epoch: record.validation for record in records})
            if epoch not in self._held_out:  # the log was thinned
                end = self.course.grid.end_of(epoch)
                self._held_out[epoch] = held_out_figures(self.course.problem_of(end), self.state(end))
        return self._held_out[epoch]


def held_out_figures(problem: Problem, state: State) -> Mapping[str, float]:
    """What is measured on the held-out rows at a state."""
    return engine.evaluate(problem, state.theta, problem.data.X_test, problem.data.Y_test)
