"""What a session tells on request, from any thread, without waiting for training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock

from lrsim.common.marked_text import Line
from lrsim.history import series
from lrsim.history.branch import Branch
from lrsim.history.series import Series
from lrsim.history.steps import Row, table_rows
from lrsim.schedules.timeline import RateTimeline
from lrsim.session.snapshot import Place, Snapshot
from lrsim.training import engine
from lrsim.training.engine import Problem
from lrsim.training.epochs import EpochSeries
from lrsim_core import FloatArray


class Reading:
    """The reading half of a session; rows that are no longer held are asked for, and brought back by whoever works."""

    _snapshot: Snapshot

    def __init__(self) -> None:
        self.wake: Callable[[], None] | None = None
        self._requests: dict[str, tuple[Branch, int, int]] = {}  # rows to bring back, by who asked last
        self._requests_lock = Lock()

    def snapshot(self) -> Snapshot:
        """The newest published state."""
        return self._snapshot

    @property
    def problem(self) -> Problem:
        """Of the run that the newest snapshot shows."""
        return self._snapshot.place.run.problem

    @staticmethod
    def problem_of(snapshot: Snapshot) -> Problem:
        """Of the run that a snapshot shows."""
        return snapshot.place.run.problem

    def series(self, snapshot: Snapshot, columns: Sequence[str], lo: int, hi: int, points: int) -> Series:
        """Columns for steps lo to hi of the snapshot's branch, thinned to about `points` bins of minimum and maximum.

        Where a finer picture needs rows that are no longer held, replay is asked for and a later call has it.
        """
        history, branch = snapshot.place.run.history, snapshot.place.branch
        found = series.series(history, branch, snapshot.tip, columns, lo, hi, points)
        if found.wanted is not None:
            self._request("series", snapshot.place, *found.wanted)
        return found

    def epochs(self, snapshot: Snapshot) -> EpochSeries:
        """Figures taken once an epoch, up to the tip."""
        return snapshot.place.run.history.epoch_series(snapshot.place.branch, snapshot.tip)

    def rate_line(self, snapshot: Snapshot) -> RateTimeline:
        """The rate of each step of the snapshot's branch, also of those to come as things stand at its tip."""
        return snapshot.place.branch.course.timeline

    def rows(self, snapshot: Snapshot, lo: int, hi: int) -> list[Row] | None:
        """Steps lo to hi (from 1) for the iteration table; None while replay brings them back."""
        history, branch = snapshot.place.run.history, snapshot.place.branch
        lo, hi = max(lo, 1), min(hi, snapshot.tip)
        if lo > hi:
            return []
        rows = table_rows(history, branch, lo, hi)
        if rows is None:
            self._request("rows", snapshot.place, max(lo - 500, 0), min(hi + 500, snapshot.tip))
        return rows

    def _request(self, asker: str, place: Place, lo: int, hi: int) -> None:
        with self._requests_lock:
            self._requests[asker] = (place.branch, lo, hi)
        if self.wake is not None:
            self.wake()

    def predict(self, snapshot: Snapshot, X: FloatArray, theta: FloatArray | None = None) -> FloatArray:
        """Outputs (n, outputs) of the snapshot's model for inputs (n, inputs), at its parameters or at `theta`."""
        return engine.predict(self.problem_of(snapshot), snapshot.theta if theta is None else theta, X)

    def explain(self, snapshot: Snapshot) -> tuple[Line, ...]:
        """A step written out with its numbers: the current one, while playing one that was current just now."""
        return snapshot.lines
