"""The branches of a run as people see them: where each left its parent, what sets it apart, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from lrsim.history.branch import Branch
from lrsim.history.labels import label
from lrsim.history.tree import History
from lrsim.session.judgement import Judgement
from lrsim.training.stops import StopReason
from lrsim.verdict.codes import VerdictCode

MOST_SHOWN = 64
"""Branches that are shown, the newest ones."""


@dataclass(frozen=True)
class BranchShown:
    """One branch.

    Attributes
    ----------
    number
        Which one; the first is 0.
    parent
        The branch that it left after `fork` steps; None for the first.
    parts
        Step after which it and the one at hand are no longer the same; its tip for the one at hand.
    label
        What sets it apart, in words.
    name
        What a hand has called it; empty for nothing.
    end
        What is found of it at its tip; None while that is not known.
    diverged_at
        First step with a value that is not finite.
    """

    number: int
    parent: int | None
    fork: int
    tip: int
    parts: int
    label: str
    name: str
    end: VerdictCode | None
    diverged_at: int | None
    finished: StopReason | None
    current: bool
    hidden: bool

    @property
    def title(self) -> str:
        """What it is called."""
        return self.name or self.label


class Branches:
    """What is said of the branches of one run."""

    def __init__(self, history: History, judgement: Judgement) -> None:
        self._history = history
        self._judgement = judgement
        self._ends: dict[int, tuple[int, VerdictCode | None]] = {}  # tip, and what was found there

    def shown(self, current: Branch) -> tuple[BranchShown, ...]:
        """Those on which something was trained, and the one at hand; of very many the newest."""
        kept = [each for each in self._history.branches if each is current or each.recording.n or each.parent is None]
        newest = kept[-MOST_SHOWN:]
        return tuple(self._shown(each, current) for each in ([] if current in newest else [current]) + newest)

    def _shown(self, branch: Branch, current: Branch) -> BranchShown:
        tip, code = self._ends.get(branch.number, (-1, None))
        return BranchShown(
            branch.number,
            None if branch.parent is None else branch.parent.number,
            branch.fork,
            branch.tip,
            parting(branch, current),
            label(branch),
            branch.name,
            code if tip == branch.tip else None,
            None if branch.first_bad is None else branch.first_bad[0],
            branch.finished,
            branch is current,
            branch.hidden,
        )

    def judge_one(self, current: Branch) -> bool:
        """Find out what became of one branch beside the one at hand; whether there was one to judge."""
        for branch in self._history.branches:
            known = self._ends.get(branch.number)
            if branch is not current and branch.recording.n and (known is None or known[0] != branch.tip):
                found = self._judgement.at(branch, branch.tip, branch.finished)
                self._ends[branch.number] = (branch.tip, found.finding.code)
                return True
        return False


def parting(one: Branch, other: Branch) -> int:
    """Steps that two branches have in common."""
    ends: dict[int, int] = {}
    branch: Branch | None = one
    end = one.tip
    while branch is not None:
        ends[branch.number] = end
        end, branch = min(end, branch.fork), branch.parent
    branch, end = other, other.tip
    while branch is not None:
        if branch.number in ends:
            return min(end, ends[branch.number])
        end, branch = min(end, branch.fork), branch.parent
    return 0
