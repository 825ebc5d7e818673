"""The runs of one sweep as far as they are done, and which of them is chosen."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from lrsim.gui.throttle import Throttle
from lrsim.sweep import RunSpec, Sweep
from lrsim.sweep_record import Record

REDRAW_MS = 200


class Results(QObject):
    """What all views of a sweep show; they keep no copy.

    Signals
    -------
    began()
        Another sweep: views rebuild.
    grew()
        More runs are done; at most five times a second.
    selected()
        Another run is chosen, or none.
    """

    began = Signal()
    grew = Signal()
    selected = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.sweep: Sweep | None = None
        self.selection: int | None = None
        self._records: dict[int, Record] = {}
        self._throttle = Throttle(lambda _: self.grew.emit(), REDRAW_MS, self)

    @property
    def runs(self) -> tuple[RunSpec, ...]:
        """All runs of the sweep, done or not, in the order of the grid."""
        return self.sweep.runs if self.sweep else ()

    @property
    def records(self) -> list[Record]:
        """What is done, in the order of the grid."""
        return [record for _, record in sorted(self._records.items())]

    def record(self, index: int) -> Record | None:
        return self._records.get(index)

    def begin(self, sweep: Sweep, records: Iterable[Record]) -> None:
        """Show another sweep, of which some runs may be done."""
        self.sweep = sweep
        self.selection = None
        self._records = {record.index: record for record in records}
        self.began.emit()

    def add(self, record: Record) -> None:
        """One more run is done."""
        self._records[record.index] = record
        self._throttle.offer(None)

    def flush(self) -> None:
        """Tell of everything now."""
        self._throttle.flush(None)

    def select(self, index: int | None) -> None:
        """Choose a run in all views."""
        if index != self.selection:
            self.selection = index
            self.selected.emit()
