"""What a hand can do to the run, and how each of it is taken back."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from lrsim import experiment as experiments
from lrsim.experiment import Experiment, ExperimentError
from lrsim.gui.bridge import Bridge
from lrsim.gui.numbers import short
from lrsim.session import Place

RATE_EDIT_ID = 1


class RateEdit(QUndoCommand):
    """One change of the learning rate; the changes of one drag are one edit."""

    def __init__(self, text: str, before: float, after: float, gesture: int, apply: Callable[[float], None]) -> None:
        super().__init__(text)
        self.before = before
        self.after = after
        self.gesture = gesture
        self._apply = apply

    def id(self) -> int:
        return RATE_EDIT_ID

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, RateEdit) or not self.gesture or other.gesture != self.gesture:
            return False
        self.after = other.after
        self.setText(other.text())
        return True

    def redo(self) -> None:
        self._apply(self.after)

    def undo(self) -> None:
        self._apply(self.before)


class Departure(QUndoCommand):
    """Something that leaves the place where the run stood (a reset, another experiment); undone by going back."""

    def __init__(self, text: str, place: Place, leave: Callable[[], None], restore: Callable[[Place], None]) -> None:
        super().__init__(text)
        self._place = place
        self._leave = leave
        self._restore = restore

    def redo(self) -> None:
        self._leave()

    def undo(self) -> None:
        self._restore(self._place)


class Commands(QObject):
    """Edits of the run, each on the undo stack. Moving through time is not an edit and stays off it.

    Signals
    -------
    refused(str)
        A command could not be carried out; the sentence says why.
    rate_chosen(float)
        The rate that the next step will use, told at once rather than with the next frame.
    """

    refused = Signal(str)
    rate_chosen = Signal(float)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = bridge.session
        self.undo_stack = QUndoStack(self)
        self._rate = bridge.session.snapshot().rate
        bridge.changed.connect(self._remember_rate)

    @property
    def rate(self) -> float:
        return self._rate

    def set_rate(self, rate: float, gesture: int = 0) -> None:
        """Use `rate` from the next step on; edits with the same nonzero `gesture` are undone together."""
        if not (math.isfinite(rate) and rate > 0):
            self.refused.emit(self.tr("The learning rate stays {0}: {1} is out of range.").format(self._rate, rate))
            return
        if rate == self._rate:
            return
        text = self.tr("rate {0} to {1}").format(short(self._rate), short(rate))
        self.undo_stack.push(RateEdit(text, self._rate, rate, gesture, self._apply_rate))

    def scale_rate(self, factor: float) -> None:
        """Multiply the rate; the product is rounded so that x2 and /2 cancel to the digit."""
        self.set_rate(float(f"{self._rate * factor:.12g}"))

    def reset(self) -> None:
        """Back to the start parameters; the rate stays as it is."""
        self._depart(self.tr("reset"), self._session.reset)

    def load(self, experiment: Experiment) -> None:
        """Leave this run for another experiment."""
        name = experiment.name or self.tr("another experiment")
        self._depart(self.tr("load {0}").format(name), lambda: self._session.load(experiment))

    def load_named(self, name_or_path: str) -> None:
        """Load a preset or a file; a bad one is refused in words and leaves the run alone."""
        try:
            experiment = experiments.load(name_or_path)
        except (ExperimentError, OSError) as error:
            self.refused.emit(self.tr("Not loaded: {0}").format(_in_words(error, name_or_path)))
            return
        self.load(experiment)

    def _depart(self, text: str, leave: Callable[[], None]) -> None:
        self.undo_stack.push(Departure(text, self._session.snapshot().place, leave, self._session.restore))

    def _apply_rate(self, rate: float) -> None:
        self._rate = rate
        self._session.set_rate(rate)
        self.rate_chosen.emit(rate)

    def _remember_rate(self, snapshot: object) -> None:
        self._rate = snapshot.rate


def _in_words(error: Exception, path: str) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{Path(path).name}: {error.strerror}"
    return str(error)
