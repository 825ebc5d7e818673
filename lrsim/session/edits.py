"""What can be taken back: edits of a run, and where undo and redo lead."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class EditKind(StrEnum):
    """What was done."""

    RATE = "rate"
    LAYERS = "layers"
    FORK = "fork"
    MOVE = "move"
    CHANGE = "change"
    TRY = "try"
    NAME = "name"
    HIDE = "hide"
    SHOW = "show"
    RESET = "reset"
    LOAD = "load"


@dataclass(frozen=True)
class Edit:
    """Something that was done to the run.

    Attributes
    ----------
    before, after
        The rates, where a rate was changed.
    moved
        Steps that were first to use a change before and after it was moved; the second is None where it was taken away.
    label
        What a load is called by those who asked for it; otherwise the name of the experiment.
    gesture
        Edits of one gesture are one edit; 0 belongs to none.
    changes
        What was changed, in short; empty where `before` and `after` say it.
    """

    kind: EditKind
    before: float | None = None
    after: float | None = None
    label: str = ""
    gesture: int = 0
    changes: str = ""
    moved: tuple[int, int | None] | None = None


@dataclass(frozen=True)
class Way:
    """An edit that can be taken back or done again, and where that leads: a run, a step, and how far it was trained."""

    edit: Edit
    run: int
    experiment: str
    step: int
    tip: int
