"""What all pictures of a sweep have in common: whose runs they show, which one is chosen, and that it can be opened."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent

from lrsim.gui.sweep.results import Results
from lrsim.sweep.record import Record


class SweepView:
    """Mixed into a widget that calls `watch` at the end of its own making.

    Signals
    -------
    open_requested(int, int)
        Index of a run and the step at which to open it.
    """

    open_requested = Signal(int, int)
    results: Results
    _stale = False

    def watch(self, results: Results) -> None:
        """Show these runs from now on."""
        self.results = results
        results.began.connect(self.rebuild)
        results.grew.connect(self._follow)
        results.selected.connect(self.show_selected)

    def _follow(self) -> None:
        """More runs are done; while there are more to come, a picture that nobody sees waits until it is seen."""
        self._stale = self.results.under_way and not self.isVisible()  # type: ignore[attr-defined]  # the widget's
        if not self._stale:
            self.show_results()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)  # type: ignore[misc]  # the widget's
        if self._stale:
            self._stale = False
            self.show_results()

    def rebuild(self) -> None:
        """Another sweep is shown."""
        self.show_results()

    def show_results(self) -> None:
        """More runs are done."""

    def show_selected(self) -> None:
        """Another run is chosen, or none."""
        self.update()  # type: ignore[attr-defined]  # the widget's

    @property
    def selected(self) -> Record | None:
        """The chosen run, once it is done."""
        return None if self.results.selection is None else self.results.record(self.results.selection)

    def select(self, record: Record | None) -> None:
        """Choose a run in all views, or none."""
        self.results.select(None if record is None else record.index)

    def open_run(self, record: Record | None, step: int | None = None) -> bool:
        """Ask for a run to be opened, at its last step where none is given; whether there is one."""
        if record is not None:
            at = record.steps if step is None else step
            self.open_requested.emit(record.index, at)  # type: ignore[call-overload]  # the widget is a QObject
        return record is not None
