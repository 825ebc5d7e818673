"""One line of training: where it left its parent, what was changed on it, and what is kept to reach its steps again."""

from __future__ import annotations

from dataclasses import dataclass

from lrsim.history.recording import Recording
from lrsim.schedules.callback_log import ControlLog, Mark
from lrsim.training.engine import State
from lrsim.training.epochs import EpochLog
from lrsim.training.stops import StopReason

Value = float | tuple[float, ...]


@dataclass(frozen=True)
class Event:
    """A change by hand: from step + 1 on, `key` has `value`; `note` says how it came about."""

    step: int
    key: str
    value: Value
    note: str = ""


class Branch:
    """One line of training from where it left its parent.

    Attributes
    ----------
    fork
        Step at which it begins; steps up to it are the parent's.
    events
        All changes that hold on this branch, the inherited ones included, in the order of their steps.
    state
        At the tip.
    first_bad
        Step and name (a parameter or ``loss``) of the first value that was not finite; None if there is none.
    finished
        The stop rule that was reached at the tip; None while training may go on.
    restored
        Step whose parameters early stopping took back in the end; None where it did not.
    passed
        Stop rules that training went past; they are no longer in force.
    controls
        The callbacks by epoch, from the fork on; None for a run without.
    factors
        Steps from which the rate is multiplied by a factor: a callback's, or 1 again once the rate was set by hand.
        Those inherited are included.
    """

    def __init__(self, number: int, parent: Branch | None, fork: int, state: State, events: list[Event],
                 recording: Recording, interval: int, controls: ControlLog | None) -> None:  # fmt: skip
        self.number = number
        self.parent = parent
        self.fork = fork
        self.state = state
        self.events = events
        self.recording = recording
        self.interval = interval
        self.checkpoints: dict[int, State] = {fork: state.copy()}
        self.first_bad: tuple[int, str] | None = None
        self.finished: StopReason | None = None
        self.restored: int | None = None
        self.passed: set[StopReason] = set()
        self.epochs: EpochLog = EpochLog(parent.epochs.stride if parent else 1)
        self.controls = controls
        self.factors: tuple[Mark, ...] = (
            () if parent is None else tuple(mark for mark in parent.factors if mark[0] <= fork)
        )

    @property
    def tip(self) -> int:
        return self.fork + self.recording.n

    def bad_at(self, step: int) -> tuple[int, str] | None:
        """`first_bad`, once `step` has reached it."""
        return self.first_bad if self.first_bad is not None and self.first_bad[0] <= step else None

    def thin_checkpoints(self) -> None:
        """Drop every other checkpoint and set the next ones twice as far apart."""
        self.interval *= 2
        kept = {step: state for step, state in self.checkpoints.items() if (step - self.fork) % self.interval == 0}
        self.checkpoints = kept
