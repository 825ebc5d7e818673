"""Long work for a picture, done beside the window in short pieces, so that other pictures have their turn between."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

from PySide6.QtCore import QObject

from lrsim.gui.bridge.alive import alive
from lrsim.gui.bridge.evaluator import Evaluator

PIECE_SECONDS = 0.04
LEAST_REST_SECONDS = 0.12
REST = 6.0
"""While training runs it rests so many times as long as it worked."""


class Pieces(QObject):
    """Works through one generator after the other; a newer one takes the place of one that is not done.

    Parameters
    ----------
    show
        Gets each outcome that is not None, in the window's thread.
    fail
        Gets a sentence instead, where there was no memory for it.
    """

    def __init__(
        self, evaluator: Evaluator, show: Callable[[Any], None], fail: Callable[[str], None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._evaluator, self._show, self._fail = evaluator, show, fail
        self._work: Iterator[Any] | None = None
        self._began = 0.0
        self._ended = 0.0
        self._took, self._rests = 0.0, False

    @property
    def open(self) -> bool:
        """Whether something is still to come."""
        return self._work is not None

    @property
    def rest_ms(self) -> int:
        """How long to wait before new work begins while training runs, so that most of the time is left to that."""
        rest = max(LEAST_REST_SECONDS, REST * self._took)
        return max(math.ceil(1000 * (self._ended + rest - time.perf_counter())), 0) if self._ended else 0

    def begin(self, work: Iterator[Any], *, rests: bool) -> None:
        """Work through a generator, which is called in another thread and yields outcomes, or None to pause.

        With `rests` training goes on meanwhile, and what it takes is rested from.
        """
        self._work, self._began, self._rests = work, time.perf_counter(), rests
        self._ask(work)

    def stop(self) -> None:
        """Leave off."""
        self._work = None

    def _ask(self, work: Iterator[Any]) -> None:
        def piece() -> tuple[Any, bool]:
            began = time.perf_counter()
            for outcome in work:
                if outcome is not None or self._work is not work or time.perf_counter() - began > PIECE_SECONDS:
                    return outcome, False
            return None, True

        def done(found: tuple[Any, bool]) -> None:
            if not alive(self) or self._work is not work:
                return  # nobody is there any more, or a newer one has asked for itself
            outcome, ended = found
            if ended:
                self._work, self._ended = None, time.perf_counter()
                if self._rests:
                    self._took = self._ended - self._began
            if outcome is not None:
                self._show(outcome)
            if alive(self) and self._work is work:
                self._ask(work)

        def failed(why: str) -> None:
            if alive(self) and self._work is work:
                self._work = None
                self._fail(why)

        self._evaluator.ask(self, piece, done, failed)
