"""What a hand can do to the run, and how each of it is taken back."""

from __future__ import annotations

import math
from collections import deque
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from lrsim.common.numbers import short
from lrsim.common.validation import ExperimentError
from lrsim.experiment import files as experiments
from lrsim.experiment.keys import RATE_KEY, with_values
from lrsim.experiment.specs import Experiment
from lrsim.gui.bridge.binding import Pending
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.commands.outlook import Asked, Outlook
from lrsim.history.file import Kept
from lrsim.session.edits import Edit, EditKind, Way
from lrsim.session.reader import SessionReader
from lrsim.session.snapshot import Snapshot
from lrsim.verdict.tried import FROM_START, Candidate


class Commands(QObject):
    """Edits of the run, which the session takes back and does again. Moving through time is not an edit.

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
    load_cancelled()
        What was to be begun is no longer wanted; nothing has changed.
    loading_changed(bool)
        Whether something is being loaded.
    edits_changed()
        `undoable`, `redoable` or the run from which they are seen is another one.
    """

    refused = Signal(str)
    rate_changed = Signal(float)
    load_refused = Signal(object)
    load_cancelled = Signal()
    loading_changed = Signal(bool)
    edits_changed = Signal()

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = bridge.session
        self._loads: deque[int] = deque()
        self._rate = Pending(bridge.session.snapshot().lr)
        self._factor = bridge.session.snapshot().parts.factor  # of callbacks; a rate that is set makes it 1
        self._outlook = Outlook(bridge.session.snapshot())
        self._run = bridge.session.snapshot().run
        self._seeking = False
        bridge.changed.connect(self._follow_edits)
        bridge.changed.connect(self._follow_rate)
        bridge.changed.connect(self._finish_loads)
        bridge.changed.connect(self._follow_seeking)

    @property
    def rate(self) -> float:
        """The base rate from the next step on."""
        return self._rate.value

    @property
    def undoable(self) -> Way | None:
        """What `undo` takes back next, and where that leads."""
        return self._outlook.done[-1] if self._outlook.done else None

    @property
    def redoable(self) -> Way | None:
        """What `redo` does again next, and where that leads."""
        return self._outlook.undone[-1] if self._outlook.undone else None

    def set_rate(self, rate: float, gesture: int = 0) -> None:
        """Use `rate` from the next step on; edits with the same nonzero `gesture` are undone together."""
        if not (math.isfinite(rate) and rate > 0):
            self.refused.emit(self.tr("The learning rate stays {0}: {1} is out of range.").format(self.rate, rate))
            return
        if self.loading:
            self.refused.emit(self.tr("The rate stays as it is until the load is done, or cancelled with Esc."))
            self.rate_changed.emit(self.rate)
            return
        if rate == self.rate and self._factor == 1.0 and not self._outlook.waiting:
            return
        edit = Edit(EditKind.RATE, self.rate, rate, gesture=gesture)
        self._ask(Asked(self.session.set_rate(rate, gesture), edit), rate)

    def take(self, candidate: Candidate) -> None:
        """Go on with a rate that was tried, from where it was tried on; one that is to fall begins another run."""
        if not candidate.falling:
            step = 0 if candidate.start == FROM_START else self.session.snapshot().step
            command = self.session.fork(step, {RATE_KEY: candidate.rate})
            self._ask(Asked(command, Edit(EditKind.FORK, self.rate, candidate.rate)), candidate.rate)
            return
        values = [(RATE_KEY, candidate.rate), ("schedule.name", "cosine")]
        experiment = with_values(SessionReader.problem_of(self.session.snapshot()).experiment, values)
        self.load(experiment, self.tr("rate {0} falling to 0").format(short(candidate.rate)))

    def scale_rate(self, factor: float) -> None:
        """Multiply the rate, rounded to what is shown, so that going up and down again leads back.

        What callbacks have made of it stays in it: the schedule alone stands between what is set and the next step.
        """
        self.set_rate(float(f"{self.rate * self._factor * factor:.4g}"))

    def move_rate(self, first: int, to: int | None) -> None:
        """Have a change of the rate that step `first` was the first to use used from step `to` on, or not at all."""
        before, after = first - 1, None if to is None else max(to - 1, 0)
        edit = Edit(EditKind.MOVE, moved=(first, None if after is None else after + 1))
        self._ask(Asked(self.session.move_rate(before, after), edit), None)

    def tune_layers(self) -> None:
        """Find a rate for each layer and use these; asked for once more while searching, the search ends."""
        if self.session.snapshot().busy == "tuning":
            self.session.cancel()
        else:
            self.session.auto_tune()

    def undo(self) -> None:
        """Go back to where the newest edit was made, as the run was then; a load that is not done is cancelled."""
        # One that is done by now, though the window does not show it yet, is taken back like any edit.
        if self.loading and self._loads[-1] > self.session.snapshot().acknowledged:
            self.cancel_load()
            return
        way = self.undoable
        if way is not None:
            self._ask(Asked(self.session.undo(), back=True), way.edit.before)

    def redo(self) -> None:
        """Go on to where the run stood when the edit was taken back."""
        way = self.redoable
        if way is not None:
            self._ask(Asked(self.session.redo()), way.edit.after)

    def reset(self) -> None:
        """Back to the start parameters; the rate stays as it is."""
        self._ask(Asked(self.session.reset(), Edit(EditKind.RESET)), None)

    def load(self, experiment: Experiment, text: str = "", step: int = 0, kept: Kept | None = None) -> None:
        """Leave this run for another experiment, trained to `step`; `text` is what undo calls it.

        With a session that was `kept`, for all of its branches.

        What is still being loaded is given up: the newest wish counts.
        """
        self.cancel_load()
        text = text or self.tr("load {0}").format(experiment.name or self.tr("another experiment"))
        command = self.session.load(experiment, step, text, kept)
        self._loads.append(command)
        self.loading_changed.emit(True)
        self._ask(Asked(command, Edit(EditKind.LOAD, label=text)), None)

    def _finish_loads(self, snapshot: Snapshot) -> None:
        while self._loads and self._loads[0] <= snapshot.acknowledged:
            refusal = snapshot.refusal(self._loads.popleft())
            if self._loads:  # a newer wish has taken its place
                continue
            self.loading_changed.emit(self.waiting)
            if refusal is not None and refusal.cancelled:
                self.load_cancelled.emit()
            elif refusal is not None:
                self.load_refused.emit(refusal.error or ExperimentError("load", refusal.why))

    @property
    def loading(self) -> bool:
        """Whether something is being loaded, or will be."""
        return bool(self._loads)

    @property
    def waiting(self) -> bool:
        """Whether something goes on that can be given up: a load, or the way to a step."""
        return self.loading or self._seeking

    def _follow_seeking(self, snapshot: Snapshot) -> None:
        if (snapshot.seeking is not None) != self._seeking:
            self._seeking = snapshot.seeking is not None
            self.loading_changed.emit(self.waiting)

    def cancel_load(self) -> None:
        """Keep this run, and stand where it stands; what is being loaded or gone to is given up."""
        if self._loads:
            self.session.cancel_load()
        elif self._seeking:
            self.session.cancel()

    def load_named(self, name_or_path: str) -> None:
        """Load a preset or a file; a bad one is refused in words and leaves the run alone."""
        try:
            experiment = experiments.load(name_or_path)
        except (ExperimentError, OSError) as error:
            self.refused.emit(self.tr("Not loaded: {0}").format(_in_words(error, name_or_path)))
            return
        self.load(experiment)

    def _ask(self, asked: Asked, rate: float | None) -> None:
        """Count on what was sent; `rate` is the one that holds then, None where that is the session's to say."""
        self._outlook.ask(asked)
        self.edits_changed.emit()
        if rate is not None:
            self._rate.choose(rate, asked.command)
            self._factor = 1.0
            self.rate_changed.emit(rate)

    def _follow_edits(self, snapshot: Snapshot) -> None:
        before = (self.undoable, self.redoable, self._run)
        self._outlook.follow(snapshot)
        self._run = snapshot.run
        if (self.undoable, self.redoable, self._run) != before:
            self.edits_changed.emit()

    def _follow_rate(self, snapshot: Snapshot) -> None:
        before = self.rate
        if self._rate.follow(snapshot, snapshot.lr) != before:
            self.rate_changed.emit(self.rate)
        if not self._rate.waiting:
            self._factor = snapshot.parts.factor


def _in_words(error: Exception, path: str) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{Path(path).name}: {error.strerror}"
    return str(error)
