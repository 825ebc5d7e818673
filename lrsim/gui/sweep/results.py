"""The runs of one sweep as far as they are done, and which of them is chosen."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from lrsim.gui.bridge.throttle import Throttle
from lrsim.sweep.live import LiveRun
from lrsim.sweep.plan import RunSpec, Sweep
from lrsim.sweep.record import Record

REDRAW_MS, REST = 200, 5.0
"""How often the views are told of more runs: every so often, and less where they need long for it."""


class Results(QObject):
    """What all views of a sweep show; they keep no copy.

    Attributes
    ----------
    sweep
        Whose runs these are; None while there are none.
    selection
        Index of the chosen run.
    under_way
        Whether runs are still to come.

    Signals
    -------
    began()
        Another sweep: views rebuild.
    grew()
        More runs are done; at most five times a second.
    went_on()
        Runs under way got further; at most five times a second.
    selected()
        Another run is chosen, or none.
    """

    began = Signal()
    grew = Signal()
    went_on = Signal()
    selected = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.sweep: Sweep | None = None
        self.selection: int | None = None
        self.under_way = False
        self._records: dict[int, Record] = {}
        self._live: dict[int, LiveRun] = {}
        self._throttle = Throttle(lambda _: self.grew.emit(), REDRAW_MS, self, rest=REST)
        self._live_throttle = Throttle(lambda _: self.went_on.emit(), REDRAW_MS, self, rest=REST)

    @property
    def runs(self) -> tuple[RunSpec, ...]:
        """All runs of the sweep, done or not, in the order of the grid."""
        return self.sweep.runs if self.sweep else ()

    @property
    def records(self) -> list[Record]:
        """What is done, in the order of the grid."""
        return [record for _, record in sorted(self._records.items())]

    def record(self, index: int) -> Record | None:
        """A run that is done; None while it is not."""
        return self._records.get(index)

    @property
    def live(self) -> list[LiveRun]:
        """The runs under way."""
        return list(self._live.values())

    def live_run(self, index: int) -> LiveRun | None:
        """A run under way; None once it is done."""
        return self._live.get(index)

    def go_on(self, runs: Iterable[LiveRun]) -> None:
        """How far the runs are that are not done."""
        found = {run.index: run for run in runs if run.index not in self._records}
        if list(found.values()) != self.live:
            self._live = found
            self._live_throttle.offer(None)

    def begin(self, sweep: Sweep, records: Iterable[Record]) -> None:
        """Show another sweep, of which some runs may be done."""
        self._show(sweep, records, under_way=True)

    def show_finished(self, sweep: Sweep, records: Iterable[Record]) -> None:
        """Show a sweep of which no more runs are to come."""
        self._show(sweep, records, under_way=False)

    def clear(self) -> None:
        """Show none."""
        self._show(None, (), under_way=False)

    def _show(self, sweep: Sweep | None, records: Iterable[Record], *, under_way: bool) -> None:
        self.sweep = sweep
        self.selection = None
        self.under_way = under_way
        self._records = {record.index: record for record in records}
        self._live = {}
        self.began.emit()

    def add(self, record: Record) -> None:
        """One more run is done."""
        self._records[record.index] = record
        self._live.pop(record.index, None)
        self._throttle.offer(None)

    def flush(self) -> None:
        """Tell of everything now; nothing is under way any more."""
        self._live = {}
        self.under_way = False
        self._throttle.flush(None)

    def select(self, index: int | None) -> None:
        """Choose a run in all views."""
        if index != self.selection:
            self.selection = index
            self.selected.emit()
