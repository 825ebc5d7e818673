"""What instruments read, one after the other in the background, so that no picture waits long for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.bridge.evaluator import Evaluator
from lrsim.instruments.moment import Moment
from lrsim.instruments.registry import INSTRUMENTS
from lrsim.instruments.stability import Stability, stability


@dataclass(frozen=True)
class Reading:
    """One value, and steps done when it was read; `limit` of a rate that has one, `is_approximate` if by a sample."""

    value: float
    step: int
    limit: float | None = None
    is_approximate: bool = False


class Readings(QObject):
    """Reads all instruments of a moment; a newer moment waits until the round is done.

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
        self._evaluator = Evaluator.of(bridge)
        self._moment: Moment | None = None
        self._next: Moment | None = None
        self._left: list[str] = []
        self.values: dict[str, Reading] = {}

    @property
    def busy(self) -> bool:
        """Whether something is still to be read."""
        return bool(self._left)

    def forget(self) -> None:
        """Another run: nothing is known of it."""
        self._moment = self._next = None
        self._left, self.values = [], {}
        self.changed.emit()

    def read(self, moment: Moment) -> None:
        """Read all instruments at a moment, the quick ones first."""
        if moment is self._moment or moment is self._next:
            return
        if self._left:
            self._next = moment
            return
        self._moment, self._left = moment, sorted(INSTRUMENTS, key=lambda name: INSTRUMENTS[name].passes)
        self._go_on()

    def _go_on(self) -> None:
        if not self._left and self._next is not None:
            moment, self._next = self._next, None
            self.read(moment)
        elif self._left and self._moment is not None:
            moment, passes = self._moment, INSTRUMENTS[self._left[0]].passes
            names = [name for name in self._left if INSTRUMENTS[name].passes == passes]

            def done(found: dict[str, Reading]) -> None:
                self._take(moment, found)

            self._evaluator.ask(self, _work(moment, names), done, self.failed.emit)

    def _take(self, moment: Moment, found: dict[str, Reading]) -> None:
        if moment is not self._moment:
            return
        self.values.update(found)
        self._left = [name for name in self._left if name not in found]
        self.changed.emit()
        self._go_on()


def _work(moment: Moment, names: Sequence[str]) -> Callable[[], dict[str, Reading]]:
    return lambda: {name: _reading(moment, name) for name in names}


def _reading(moment: Moment, name: str) -> Reading:
    value, step = INSTRUMENTS[name].measure(moment), moment.state.step
    if name not in ("lr_sharpness", "stable_rate"):
        return Reading(value, step)
    found: Stability = stability(moment)
    return Reading(value, step, found.limit if name == "lr_sharpness" else None, found.is_approximate)
