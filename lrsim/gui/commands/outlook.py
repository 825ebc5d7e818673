"""What can be taken back and done again, also of what the session has not answered yet."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lrsim.session.edits import Edit, Way
from lrsim.session.reader import SessionReader
from lrsim.session.snapshot import Snapshot


@dataclass(frozen=True)
class Asked:
    """A command that was sent: its id, and the edit that it is, or which way it turns."""

    command: int
    edit: Edit | None = None
    back: bool = False


class Outlook:
    """The edits that undo takes back and redo does again once the session has answered all that was asked of it.

    Attributes
    ----------
    done, undone
        The next one last.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.done: list[Way] = []
        self.undone: list[Way] = []
        self._asked: tuple[Asked, ...] = ()
        self.follow(snapshot)

    @property
    def waiting(self) -> bool:
        """Whether something that was asked is still to be answered."""
        return bool(self._asked)

    def follow(self, snapshot: Snapshot) -> None:
        """Take what the session tells, and on top of it what it does not know of yet."""
        self._snapshot = snapshot
        self._asked = tuple(asked for asked in self._asked if asked.command > snapshot.acknowledged)
        self.done, self.undone = list(snapshot.done), list(snapshot.undone)
        for asked in self._asked:
            self._apply(asked)

    def ask(self, asked: Asked) -> None:
        """A command was sent."""
        self._asked = (*self._asked, asked)
        self._apply(asked)

    def _apply(self, asked: Asked) -> None:
        if asked.edit is None:
            source, target = (self.done, self.undone) if asked.back else (self.undone, self.done)
            target += [self._from_here(source.pop().edit)] if source else []
            return
        self.undone.clear()
        newest = self.done[-1] if self.done else None
        if newest is not None and asked.edit.gesture and newest.edit.gesture == asked.edit.gesture:
            self.done[-1] = replace(newest, edit=replace(newest.edit, after=asked.edit.after))
        else:
            self.done.append(self._from_here(asked.edit))

    def _from_here(self, edit: Edit) -> Way:
        shown = self._snapshot
        return Way(edit, shown.run, SessionReader.problem_of(shown).experiment.name, shown.step, shown.tip)
