"""What a hand can do to the run, and how each of it is taken back."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from lrsim.common.numbers import short
from lrsim.common.validation import ExperimentError
from lrsim.experiment import files as experiments
from lrsim.experiment.specs import Experiment
from lrsim.gui.bridge.binding import Pending
from lrsim.gui.bridge.bridge import Bridge
from lrsim.session.snapshot import Place, Snapshot

RATE_EDIT_ID = 1


@dataclass(frozen=True)
class AskedLoad:
    """An experiment that is to be begun: the command's id, what undoing goes back to, and how far to train."""

    command: int
    experiment: Experiment
    text: str
    place: Place
    step: int


class RateEdit(QUndoCommand):
    """One change of the learning rate; the changes of one drag are one edit.

    A change in the past leaves the recorded future for a new branch. As long as nothing was trained there, undoing
    goes back to that future, which begins at `left`; otherwise, and at the newest step, the earlier rate holds from
    the present step on.
    """

    def __init__(self, commands: Commands, before: float, after: float, gesture: int, left: Place | None) -> None:
        super().__init__()
        self._commands = commands
        self._before = before
        self._left = left
        self.gesture = gesture
        self.after = after
        self._name()

    def id(self) -> int:
        return RATE_EDIT_ID

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, RateEdit) or not self.gesture or other.gesture != self.gesture:
            return False
        self.after = other.after
        self._name()
        return True

    def redo(self) -> None:
        self._commands.apply_rate(self.after)

    def undo(self) -> None:
        if self._left is None or not self._commands.go_back(self._left, self._before):
            self._commands.apply_rate(self._before)

    def _name(self) -> None:
        text = QCoreApplication.translate("RateEdit", "rate {0} to {1}")
        self.setText(text.format(short(self._before), short(self.after)))


class Departure(QUndoCommand):
    """Something that leaves the place where the run stood (a reset, another experiment); undone by going back.

    With `left` it is done already when it comes onto the stack.
    """

    def __init__(
        self,
        text: str,
        place: Place,
        leave: Callable[[], object],
        restore: Callable[[Place], object],
        left: bool = False,
    ) -> None:
        super().__init__(text)
        self._place = place
        self._leave = leave
        self._restore = restore
        self._left = left

    def redo(self) -> None:
        if not self._left:
            self._leave()
        self._left = False

    def undo(self) -> None:
        self._restore(self._place)


class Commands(QObject):
    """Edits of the run, each on the undo stack. Moving through time is not an edit and stays off it.

    It owns the rate that the window shows: the one that was chosen last until the session has answered, then the
    session's. Whoever shows the rate takes it from here and never from a snapshot.

    Signals
    -------
    refused(str)
        A command could not be carried out; the sentence says why.
    rate_changed(float)
        `rate` is another one.
    load_refused(ExperimentError)
        An experiment could not be begun; nothing has changed.
    """

    refused = Signal(str)
    rate_changed = Signal(float)
    load_refused = Signal(object)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = bridge.session
        self.undo_stack = QUndoStack(self)
        self._loads: deque[AskedLoad] = deque()
        self._rate = Pending(bridge.session.snapshot().lr)
        self._tuning: tuple[int, Place] | None = None  # the command, and where it was given, until rates are found
        bridge.changed.connect(self._finish_tuning)
        bridge.changed.connect(self._follow_rate)
        bridge.changed.connect(self._finish_loads)

    @property
    def rate(self) -> float:
        """The base rate from the next step on."""
        return self._rate.value

    def set_rate(self, rate: float, gesture: int = 0) -> None:
        """Use `rate` from the next step on; edits with the same nonzero `gesture` are undone together."""
        if not (math.isfinite(rate) and rate > 0):
            self.refused.emit(self.tr("The learning rate stays {0}: {1} is out of range.").format(self.rate, rate))
            return
        if rate == self.rate:
            return
        now = self.session.snapshot()
        leaves = now.step < now.tip and not self._rate.waiting  # a change that waits leaves it already
        self.undo_stack.push(RateEdit(self, self.rate, rate, gesture, now.place if leaves else None))

    def scale_rate(self, factor: float) -> None:
        """Multiply the rate, rounded to what is shown, so that going up and down again leads back."""
        self.set_rate(float(f"{self.rate * factor:.4g}"))

    def tune_layers(self) -> None:
        """Find a rate for each layer and use these; asked for once more while searching, the search ends."""
        if self.session.snapshot().busy == "tuning":
            self._tuning = None
            self.session.cancel()
            return
        place = self.session.snapshot().place
        self._tuning = (self.session.auto_tune(), place)

    def _finish_tuning(self, snapshot: Snapshot) -> None:
        """Rates that were found are on a branch of their own; going back to where it began takes them back."""
        if self._tuning is None or snapshot.acknowledged < self._tuning[0] or snapshot.busy == "tuning":
            return
        start, session = self._tuning[1], self.session
        self._tuning = None
        here = snapshot.place
        if snapshot.tuning is not None and here.run is start.run and here.branch is not start.branch:
            text = self.tr("a rate for each layer")
            self.undo_stack.push(Departure(text, start, session.auto_tune, session.restore, left=True))

    def reset(self) -> None:
        """Back to the start parameters; the rate stays as it is."""
        self._depart(self.tr("reset"), self.session.reset)

    def load(self, experiment: Experiment, text: str = "", step: int = 0) -> None:
        """Leave this run for another experiment, trained to `step`; `text` names it on the undo stack."""
        name = experiment.name or self.tr("another experiment")
        text, place = text or self.tr("load {0}").format(name), self.session.snapshot().place
        self._loads.append(AskedLoad(self.session.load(experiment), experiment, text, place, step))

    def _finish_loads(self, snapshot: Snapshot) -> None:
        while self._loads and self._loads[0].command <= snapshot.acknowledged:
            load = self._loads.popleft()
            refusal = snapshot.refusal(load.command)
            if refusal is None:
                self._arrive(load)
            else:
                self.load_refused.emit(refusal.error or ExperimentError("load", refusal.why))

    def _arrive(self, load: AskedLoad) -> None:
        session = self.session

        def train() -> None:
            if load.step:
                session.run_to(load.step)

        def leave() -> None:
            session.load(load.experiment)
            train()

        self.undo_stack.push(Departure(load.text, load.place, leave, session.restore, left=True))
        train()

    def load_named(self, name_or_path: str) -> None:
        """Load a preset or a file; a bad one is refused in words and leaves the run alone."""
        try:
            experiment = experiments.load(name_or_path)
        except (ExperimentError, OSError) as error:
            self.refused.emit(self.tr("Not loaded: {0}").format(_in_words(error, name_or_path)))
            return
        self.load(experiment)

    def _depart(self, text: str, leave: Callable[[], object]) -> None:
        self.undo_stack.push(Departure(text, self.session.snapshot().place, leave, self.session.restore))

    def apply_rate(self, rate: float) -> None:
        """Set the rate without leaving a trace on the undo stack."""
        self._choose(rate, self.session.set_rate(rate))

    def go_back(self, place: Place, rate: float) -> bool:
        """Go back to where `rate` held, as long as nothing was trained since; False where something was."""
        now = self.session.snapshot()
        still_there = self._rate.waiting and now.place.branch is place.branch
        if not still_there and now.tip != place.step:
            return False
        self._choose(rate, self.session.restore(place))
        return True

    def _choose(self, rate: float, command: int) -> None:
        self._rate.choose(rate, command)
        self.rate_changed.emit(rate)

    def _follow_rate(self, snapshot: Snapshot) -> None:
        before = self.rate
        if self._rate.follow(snapshot, snapshot.lr) != before:
            self.rate_changed.emit(self.rate)


def _in_words(error: Exception, path: str) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{Path(path).name}: {error.strerror}"
    return str(error)
