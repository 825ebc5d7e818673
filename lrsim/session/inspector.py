"""The stage of an update that stands open, made from the run as it is; the update is worked out once."""

from __future__ import annotations

from lrsim.debugger.opened_stage import OpenedStage, OpenedUpdate, open_update, opened_stage
from lrsim.debugger.stages import Focus
from lrsim.history.branch import Branch
from lrsim.session.snapshot import Place
from lrsim.training.course import Course


class Inspector:
    """Opens the update that follows a place."""

    def __init__(self) -> None:
        self._of: tuple[Branch, Course, int] | None = None
        self._update: OpenedUpdate | None = None

    def can_open(self, place: Place) -> bool:
        """Whether the update has a rate and is not too large to be opened."""
        return self._opened(place) is not None

    def at(self, place: Place, stage: int | None, focus: Focus) -> OpenedStage | None:
        """The stage, from 0; None where none is open."""
        if stage is None:
            self._of = self._update = None
            return None
        update = self._opened(place)
        return None if update is None else opened_stage(update, stage, focus)

    def _opened(self, place: Place) -> OpenedUpdate | None:
        now = (place.branch, place.branch.course, place.step)
        if self._of is None or any(old is not new for old, new in zip(self._of[:2], now[:2])) or self._of[2] != now[2]:
            self._of, self._update = now, open_update(place.run.history, place.branch, place.step)
        return self._update
