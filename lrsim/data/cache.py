"""What is made once for all who want the same: a lock for each thing, so that nobody waits for what another wants."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

Made = TypeVar("Made")


class _Turn:
    """Held by the one who makes a thing; those who want the same wait for it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()


class Cache(Generic[Made]):
    """Things by their keys, shared for as long as one of those who got them still has them.

    Parameters
    ----------
    most
        So many of those that were asked for with `keep` are kept beyond that, the one unused for longest making room.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()  # of the tables alone, never held while a thing is made
        self._turns: WeakValueDictionary[Hashable, _Turn] = WeakValueDictionary()
        self._shared: WeakValueDictionary[Hashable, Made] = WeakValueDictionary()
        self._kept: OrderedDict[Hashable, Made] = OrderedDict()
        self._users = 0

    def get(self, key: Hashable, make: Callable[[], Made], *, keep: bool = False) -> Made:
        """The thing of this key, made now where nobody has it."""
        with self._lock:
            turn = self._turns.setdefault(key, _Turn())
        with turn.lock:
            with self._lock:
                found = self._shared.get(key)
            if found is None:
                found = make()
            with self._lock:
                self._shared[key] = found
                if keep:
                    self._keep(key, found)
        return found

    def _keep(self, key: Hashable, found: Made) -> None:
        self._kept[key] = found
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """For as long as somebody works with what is kept; when the last of them is done, it is let go."""
        with self._lock:
            self._users += 1
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                if not self._users:
                    self._kept.clear()
