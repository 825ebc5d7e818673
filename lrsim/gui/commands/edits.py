"""What a hand can do to the run, and how each of it is taken back."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QElapsedTimer, QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from lrsim.common.numbers import short
from lrsim.common.validation import ExperimentError
from lrsim.experiment import files as experiments
from lrsim.experiment.specs import Experiment
from lrsim.gui.bridge.bridge import Bridge
from lrsim.session.snapshot import Place, Snapshot

RATE_EDIT_ID = 1
CARRIED_OUT_MS = 200


class RateEdit(QUndoCommand):
    """One change of the learning rate; the changes of one drag are one edit.

    A change in the past leaves the recorded future for a new branch. As long as nothing was trained there, undoing
    goes back to that future; otherwise, and at the newest step, the earlier rate holds from the present step on.
    """

    def __init__(self, commands: Commands, before: float, after: float, gesture: int, start: Snapshot) -> None:
        super().__init__()
        self._commands = commands
        self._before = before
        self._start = start
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
        now = self._commands.session.snapshot()
        if self._start.step < self._start.tip and now.tip == self._start.step:
            self._commands.session.restore(self._start.place)
        else:
            self._commands.apply_rate(self._before)

    def _name(self) -> None:
        text = QCoreApplication.translate("RateEdit", "rate {0} to {1}")
        self.setText(text.format(short(self._before), short(self.after)))


class Departure(QUndoCommand):
    """Something that leaves the place where the run stood (a reset, another experiment); undone by going back.

    With `left` it is done already when it comes onto the stack.
    """

    def __init__(
        self, text: str, place: Place, leave: Callable[[], None], restore: Callable[[Place], None], left: bool = False
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

    Signals
    -------
    refused(str)
        A command could not be carried out; the sentence says why.
    rate_chosen(float)
        The rate that the next step will use, told at once rather than with the next frame.
    load_refused(ExperimentError)
        An experiment could not be begun; nothing has changed.
    """

    refused = Signal(str)
    rate_chosen = Signal(float)
    load_refused = Signal(object)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = bridge.session
        self.undo_stack = QUndoStack(self)
        self._bridge = bridge
        self._loads: deque[tuple[str, Place, int]] = deque()  # asked for, not yet answered
        self._rate = bridge.session.snapshot().lr
        self._chosen = QElapsedTimer()
        self._tuned_from: Place | None = None  # where the layers' rates were asked for, until they are found
        bridge.changed.connect(self._finish_tuning)
        bridge.changed.connect(self._remember_rate)
        bridge.loaded.connect(self._finish_load)

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
        self.undo_stack.push(RateEdit(self, self._rate, rate, gesture, self.session.snapshot()))

    def scale_rate(self, factor: float) -> None:
        """Multiply the rate, rounded to what is shown, so that going up and down again leads back."""
        self.set_rate(float(f"{self._rate * factor:.4g}"))

    def tune_layers(self) -> None:
        """Find a rate for each layer and use these; asked for once more while searching, the search ends."""
        if self.session.snapshot().busy == "tuning":
            self._tuned_from = None
            self.session.cancel()
            return
        self._tuned_from = self.session.snapshot().place
        self.session.auto_tune()

    def _finish_tuning(self, snapshot: Snapshot) -> None:
        """Rates that were found are on a branch of their own; going back to where it began takes them back."""
        start = self._tuned_from
        if start is None:
            return
        if snapshot.message or snapshot.place.run is not start.run:
            self._tuned_from = None
        elif snapshot.tuning is not None and snapshot.place.branch is not start.branch:
            self._tuned_from, session = None, self.session
            text = self.tr("a rate for each layer")
            self.undo_stack.push(Departure(text, start, session.auto_tune, session.restore, left=True))

    def reset(self) -> None:
        """Back to the start parameters; the rate stays as it is."""
        self._depart(self.tr("reset"), self.session.reset)

    def load(self, experiment: Experiment, text: str = "", step: int = 0) -> None:
        """Leave this run for another experiment, trained to `step`; `text` names it on the undo stack."""
        name = experiment.name or self.tr("another experiment")
        self._loads.append((text or self.tr("load {0}").format(name), self.session.snapshot().place, step))
        self._bridge.load(experiment)

    def _finish_load(self, experiment: Experiment, refusal: ExperimentError | None) -> None:
        text, place, step = self._loads.popleft()
        if refusal is not None:
            self.load_refused.emit(refusal)
            return
        session = self.session

        def leave() -> None:
            session.load(experiment)
            if step:
                session.run_to(step)

        self.undo_stack.push(Departure(text, place, leave, session.restore, left=True))
        if step:
            session.run_to(step)

    def load_named(self, name_or_path: str) -> None:
        """Load a preset or a file; a bad one is refused in words and leaves the run alone."""
        try:
            experiment = experiments.load(name_or_path)
        except (ExperimentError, OSError) as error:
            self.refused.emit(self.tr("Not loaded: {0}").format(_in_words(error, name_or_path)))
            return
        self.load(experiment)

    def _depart(self, text: str, leave: Callable[[], None]) -> None:
        self.undo_stack.push(Departure(text, self.session.snapshot().place, leave, self.session.restore))

    def apply_rate(self, rate: float) -> None:
        """Set the rate without leaving a trace on the undo stack."""
        self._rate = rate
        self._chosen.start()
        self.session.set_rate(rate)
        self.rate_chosen.emit(rate)

    def _remember_rate(self, snapshot: Snapshot) -> None:
        # A frame taken before the command was carried out still shows the old rate.
        if snapshot.lr == self._rate or not self._chosen.isValid() or self._chosen.hasExpired(CARRIED_OUT_MS):
            self._rate = snapshot.lr
            self._chosen.invalidate()


def _in_words(error: Exception, path: str) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{Path(path).name}: {error.strerror}"
    return str(error)
