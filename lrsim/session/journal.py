"""What was done to the runs and can be taken back: undo and redo return to where a run stood, bit for bit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from lrsim.history.branch import Branch
from lrsim.session.edits import Edit, Way
from lrsim.session.snapshot import Place, Run
from lrsim.training.course import Course
from lrsim.training.stops import StopReason

MOST_EDITS = 100
"""Edits that can be taken back; the oldest ones give way."""
SHARE_SET_ASIDE = 0.5
"""Share of the memory for the history that runs may take which only undo and redo lead back to."""


@dataclass(frozen=True)
class Standing:
    """A place, and its line of training as it was when this was taken.

    A change at the newest step goes on in the same branch, so that place and step alone do not lead back once more was
    trained there.
    """

    place: Place
    tip: int
    course: Course
    finished: StopReason | None
    restored: int | None
    passed: frozenset[StopReason]
    looks: tuple[tuple[Branch, str, bool], ...]  # what branches are called, and which are out of sight

    @classmethod
    def at(cls, place: Place) -> Standing:
        """A place as it is now."""
        branch = place.branch
        looks = tuple((each, each.name, each.hidden) for each in place.run.history.branches)
        return cls(place, branch.tip, branch.course, branch.finished, branch.restored, frozenset(branch.passed), looks)

    def bring_back(self) -> Place:
        """The place with its line as it was; a line that went on otherwise is left alone, another one begins."""
        run, branch = self.place.run, self.place.branch
        for each, name, hidden in self.looks:
            each.name, each.hidden = name, hidden
        if not self._holds(branch):
            if branch.tip != self.tip:
                branch = run.history.fork(branch, self.tip, anew=True, course=self.course)
            branch.line.course = self.course
            branch.finished, branch.restored, branch.passed = self.finished, self.restored, set(self.passed)
        return Place(run, branch, self.place.step)

    def _holds(self, branch: Branch) -> bool:
        """Whether nothing was trained or changed since."""
        return branch.tip == self.tip and _alike(branch.course, self.course)

    def is_same_as(self, other: Standing) -> bool:
        """Whether nothing distinguishes the two."""
        same = (self.place, self.tip) == (other.place, other.tip) and _alike(self.course, other.course)
        looks = len(self.looks)  # a branch that was begun meanwhile has none to go back to
        return same and self.looks[:looks] == other.looks[:looks]


def _alike(one: Course, other: Course) -> bool:
    return (one.events, one.factors) == (other.events, other.factors)


@dataclass(frozen=True)
class _Entry:
    edit: Edit
    standing: Standing
    """Where taking the edit back, or doing it again, leads."""


class Journal:
    """Edits that can be taken back and done again, the newest last."""

    def __init__(self) -> None:
        self._done: list[_Entry] = []
        self._undone: list[_Entry] = []
        self.done: tuple[Way, ...] = ()
        self.undone: tuple[Way, ...] = ()

    def note(self, edit: Edit, before: Standing, now: Place) -> None:
        """An edit was carried out, which led from `before` to `now`; what was taken back can't be done again."""
        newest = self._done[-1] if self._done else None
        if newest is not None and edit.gesture and newest.edit.gesture == edit.gesture and not self._undone:
            self._done[-1] = newest = _Entry(replace(newest.edit, after=edit.after), newest.standing)
            if newest.standing.is_same_as(Standing.at(now)):
                self._done.pop()
        else:
            self._done.append(_Entry(edit, before))
            del self._done[:-MOST_EDITS]
        self._undone.clear()
        self._tell()

    def undo(self, now: Standing) -> Standing | None:
        """Where taking the newest edit back leads from `now`; None where there is nothing to take back."""
        return self._turn(self._done, self._undone, now)

    def redo(self, now: Standing) -> Standing | None:
        """Where doing again leads what was taken back last."""
        return self._turn(self._undone, self._done, now)

    def _turn(self, source: list[_Entry], target: list[_Entry], now: Standing) -> Standing | None:
        if not source:
            return None
        entry = source.pop()
        target.append(_Entry(entry.edit, now))
        self._tell()
        return entry.standing

    def make_room(self, run: Run, budget: int) -> int:
        """Let go of the oldest edits until the runs that are set aside fit their share of the budget.

        The newest edit stays in any case.

        Parameters
        ----------
        run
            The one at hand.

        Returns
        -------
        int
            Bytes that the runs set aside still take.
        """
        while (taken := self._bytes_set_aside(run)) > SHARE_SET_ASIDE * budget and self._forget_oldest():
            pass
        self._tell()
        return taken

    def _forget_oldest(self) -> bool:
        if len(self._done) > 1:
            del self._done[0]
        elif len(self._done) + len(self._undone) > 1:
            del self._undone[0]
        else:
            return False
        return True

    def _bytes_set_aside(self, run: Run) -> int:
        aside = {id(kept): kept for kept in self._runs() if kept is not run}
        data = {id(kept.problem.data): kept.problem.data.nbytes for kept in aside.values()}
        data.pop(id(run.problem.data), None)
        return sum(kept.history.nbytes for kept in aside.values()) + sum(data.values())

    def _runs(self) -> Iterator[Run]:
        yield from (entry.standing.place.run for entry in (*self._done, *self._undone))

    def _tell(self) -> None:
        self.done = tuple(_way(entry) for entry in self._done)
        self.undone = tuple(_way(entry) for entry in self._undone)


def _way(entry: _Entry) -> Way:
    standing = entry.standing
    name = standing.place.run.problem.experiment.name
    return Way(entry.edit, standing.place.run.number, name, standing.place.step, standing.tip)
