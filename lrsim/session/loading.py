"""An experiment that is being loaded, in a thread of its own, so that commands are heard meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from lrsim.common.validation import ExperimentError
from lrsim.data.progress import watched
from lrsim.session.snapshot import Loading, Run

TOLD_SECONDS = 0.1
"""Progress is told no more often than this."""


class _Left(BaseException):
    """Nobody waits for the load any more; no reader of files takes this for an error of its own."""


@dataclass(frozen=True)
class _Outcome:
    run: Run | None = None
    error: BaseException | None = None


class Loader:
    """Builds a run and tells how far that is.

    Parameters
    ----------
    command
        Id of the command that asked for it.
    name
        Of the experiment.
    build
        Gives the run; called in the thread.
    tell
        Called in the thread whenever there is something new: `shown` has changed, or the load is over.
    """

    def __init__(self, command: int, name: str, build: Callable[[], Run], tell: Callable[[], None]) -> None:
        self.shown = Loading(command, name)
        self._build = build
        self._tell = tell
        self._told = time.perf_counter()
        self._left = False
        self._outcome: _Outcome | None = None
        threading.Thread(target=self._load, name="lrsim-loading", daemon=True).start()

    @property
    def over(self) -> bool:
        """Whether the run is there, or it is known why it is not."""
        return self._outcome is not None

    def leave(self) -> None:
        """Wait no longer: the thread ends by itself, as soon as it has something to tell, and its run is let go."""
        self._left = True

    def run(self) -> Run:
        """What was loaded, once it is over.

        Raises
        ------
        ExperimentError
            The experiment can't be built, or there is no memory for it.
        """
        assert self._outcome is not None
        found, error = self._outcome.run, self._outcome.error
        if isinstance(error, MemoryError):
            raise ExperimentError("load", f"there is no memory left for it{f' ({error})' if str(error) else ''}")
        if error is not None:
            raise error
        assert found is not None
        return found

    def _load(self) -> None:
        try:
            with watched(self._hear):
                outcome = _Outcome(self._build())
        except _Left:
            return
        except BaseException as error:
            outcome = _Outcome(error=error)
        if not self._left:
            self._outcome = outcome
            self._tell()

    def _hear(self, done: int, total: int, unit: str) -> None:
        if self._left:
            raise _Left
        now = time.perf_counter()
        if now - self._told >= TOLD_SECONDS:
            self._told = now
            self.shown = replace(self.shown, done=done, total=total, unit=unit)
            self._tell()
