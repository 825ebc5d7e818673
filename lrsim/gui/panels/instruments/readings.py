"""What instruments read, one after the other in the background, so that no picture waits long for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.bridge.evaluator import Evaluator
from lrsim.instruments.moment import Moment
from lrsim.instruments.registry import INSTRUMENTS
from lrsim.instruments.stability import Stability, stability
from lrsim.session.snapshot import Place, Snapshot


@dataclass(frozen=True)
class Reading:
    """One value, and steps done when it was read; `limit` of a rate that has one, `is_approximate` if by a sample."""

    value: float
    step: int
    limit: float | None = None
    is_approximate: bool = False


class Readings(QObject):
    """Reads all instruments at the step of a snapshot; a newer one waits until the round is done.

    Signals
    -------
    changed()
        There is a new value in `values`.
    failed(str)
        An instrument could not be read, in a sentence.
    """

    changed = Signal()
    failed = Signal(str)

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._evaluator, self._reader = Evaluator.of(bridge), bridge.reader
        self._place: Place | None = None
        self._next: Snapshot | None = None
        self._left: list[str] = []
        self.values: dict[str, Reading] = {}

    @property
    def busy(self) -> bool:
        """Whether something is still to be read."""
        return bool(self._left)

    def forget(self) -> None:
        """Another run: nothing is known of it."""
        self._place = self._next = None
        self._left, self.values = [], {}
        self.changed.emit()

    def read(self, snapshot: Snapshot) -> None:
        """Read all instruments there, the quick ones first."""
        if snapshot.place == self._place:
            self._next = None
        elif self._left:
            self._next = snapshot
        else:
            self._place, self._left = snapshot.place, sorted(INSTRUMENTS, key=lambda name: INSTRUMENTS[name].passes)
            self._go_on(snapshot.place, lambda: self._reader.moment(snapshot))

    def _go_on(self, place: Place, moment: Callable[[], Moment]) -> None:
        """Read those that take equally long; pictures that ask meanwhile come before the next ones."""
        passes = INSTRUMENTS[self._left[0]].passes
        names = [name for name in self._left if INSTRUMENTS[name].passes == passes]

        def work() -> tuple[Moment, dict[str, Reading]]:
            found = moment()
            return found, {name: _reading(found, name) for name in names}

        def done(found: tuple[Moment, dict[str, Reading]]) -> None:
            self._take(place, *found)

        self._evaluator.ask(self, work, done, self._fail)

    def _take(self, place: Place, moment: Moment, found: dict[str, Reading]) -> None:
        if place is not self._place:
            return
        self.values.update(found)
        self._left = [name for name in self._left if name not in found]
        self.changed.emit()
        if self._left:
            self._go_on(place, lambda: moment)
        elif self._next is not None:
            self.read(self._next)

    def _fail(self, why: str) -> None:
        self._left = []
        self.failed.emit(why)


def _reading(moment: Moment, name: str) -> Reading:
    value, step = INSTRUMENTS[name].measure(moment), moment.state.step
    if name not in ("lr_sharpness", "stable_rate"):
        return Reading(value, step)
    found: Stability = stability(moment)
    return Reading(value, step, found.limit if name == "lr_sharpness" else None, found.is_approximate)
