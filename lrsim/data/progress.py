"""How far something that takes long is: told by who does it, heard by who has begun it in the same thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Watch = Callable[[int, int, str], None]
"""Is told how much is done, of how much (0 where that is not known), and of what: ``bytes``, ``rows``, ``weights``.

What it raises ends the work, wherever that stands: so it is cancelled.
"""


def _unwatched(done: int, total: int, unit: str) -> None:
    """For work that nobody waits for."""


_watch: ContextVar[Watch] = ContextVar("watch", default=_unwatched)


def report(done: int, total: int, unit: str) -> None:
    """Tell how far the work is; called often enough that it can be cancelled within a moment."""
    _watch.get()(done, total, unit)


@contextmanager
def watched(watch: Watch) -> Iterator[None]:
    """Hear of all work that this thread does meanwhile."""
    token = _watch.set(watch)
    try:
        yield
    finally:
        _watch.reset(token)
