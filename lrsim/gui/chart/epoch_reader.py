"""The figures of the epochs, read no more often than they can be followed, and the same throughout a frame."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer

from lrsim.session.reader import SessionReader
from lrsim.session.snapshot import Snapshot
from lrsim.training.epochs import EpochSeries

PLAYING_MS = 100


class EpochReader:
    """Remembers the figures for a snapshot's branch; while training runs newer ones are read after a while.

    Whoever asks again with the same snapshot gets the same figures, so that what is drawn of them fits together.
    """

    def __init__(self, reader: SessionReader) -> None:
        self._reader = reader
        self._found: EpochSeries | None = None
        self._of: tuple[object, int] = (None, -1)
        self._asked_for: Snapshot | None = None
        self._since = QElapsedTimer()

    def forget(self) -> None:
        """Another experiment: nothing is known."""
        self._found = self._asked_for = None

    def at(self, snapshot: Snapshot) -> EpochSeries:
        """The figures of the epochs that the snapshot's branch has."""
        if self._found is None or snapshot is not self._asked_for:
            self._asked_for = snapshot
            self._found = self._newer(snapshot)
        return self._found

    def _newer(self, snapshot: Snapshot) -> EpochSeries:
        branch, epochs = snapshot.place.branch, snapshot.grid.ended(snapshot.tip)
        found = self._found
        if found is not None and self._of[0] is branch:
            fresh = snapshot.playing and self._since.elapsed() < PLAYING_MS
            if self._of[1] == epochs or (fresh and self._of[1] < epochs):
                return found
        self._since.start()
        self._of = (branch, epochs)
        return self._reader.epochs(snapshot)
