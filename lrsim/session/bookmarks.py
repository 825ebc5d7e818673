"""Places of a run that have names, to come back to."""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_lowercase

from lrsim.common.numbers import count
from lrsim.common.validation import ExperimentError, near
from lrsim.history.branch import Branch

KEY = "bookmark"
MOST_LETTERS = 40


@dataclass(frozen=True)
class Bookmark:
    """A place with a name.

    Attributes
    ----------
    branch
        Number of the branch that it was set on.
    here
        Whether the branch at hand goes through it.
    """

    name: str
    branch: int
    step: int
    here: bool


class Bookmarks:
    """Those of one run."""

    def __init__(self) -> None:
        self._places: dict[str, tuple[Branch, int]] = {}

    def put(self, name: str, branch: Branch, step: int) -> None:
        """Name a place.

        Raises
        ------
        ExperimentError
            There is no name, or another place has it.
        """
        clean = " ".join(name.split())[:MOST_LETTERS]
        if not clean:
            raise ExperimentError(KEY, "expected a name, such as a")
        if clean in self._places:
            step = self._places[clean][1]
            raise ExperimentError(KEY, f"step {count(step)} has this name already, take another one", clean)
        self._places[clean] = (branch, step)

    def remove(self, name: str) -> None:
        """Take a name away; one that is gone already stays so."""
        self._places.pop(name, None)

    def find(self, name: str) -> tuple[Branch, int]:
        """The place of a name.

        Raises
        ------
        ExperimentError
            There is none.
        """
        clean = " ".join(name.split())
        if clean not in self._places:
            raise ExperimentError(KEY, "there is none of that name" + near(clean, list(self._places)), clean)
        return self._places[clean]

    def shown(self, at_hand: Branch) -> tuple[Bookmark, ...]:
        """All of them, by their steps."""
        found = (
            Bookmark(name, branch.number, step, at_hand.holder(step) is branch.holder(step))
            for name, (branch, step) in self._places.items()
        )
        return tuple(sorted(found, key=lambda each: (each.step, each.name)))


def free_name(bookmarks: tuple[Bookmark, ...]) -> str:
    """The next letter that none of them has; then letters with a number."""
    taken = {each.name for each in bookmarks}
    names = (f"{letter}{number or ''}" for number in range(len(taken) + 1) for letter in ascii_lowercase)
    return next(name for name in names if name not in taken)
