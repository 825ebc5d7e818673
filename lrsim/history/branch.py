"""One line of training: where it left its parent, what was changed on it, and what is kept to reach its steps again."""

from __future__ import annotations

from lrsim.history.recording import Bins, Recording
from lrsim.schedules.callback_log import ControlLog
from lrsim.training.course import Course
from lrsim.training.engine import State
from lrsim.training.epochs import EpochLog
from lrsim.training.loop import Line
from lrsim.training.stops import StopReason


class Branch:
    """One line of training from where it left its parent.

    Attributes
    ----------
    fork
        Step at which it begins; steps up to it are the parent's.
    seam
        The bin that holds the last row before the fork, as it was there, in all sizes: what came before goes on
        otherwise. Empty where there is none.
    line
        What training moves on: the state at the tip, the course (what was inherited included), the first bad value.
    controls
        The callbacks by epoch, from the fork on; None for a run without.
    epochs
        Figures of its epochs.
    before_tip
        The state before the last step, where it is kept.
    finished
        The stop rule that was reached at the tip; None while training may go on.
    restored
        Step whose parameters early stopping took back in the end; None where it did not.
    passed
        Stop rules that training went past; they are no longer in force.
    name
        What a hand has called it; empty for nothing.
    hidden
        Whether a hand has put it out of sight.
    """

    def __init__(
        self,
        number: int,
        parent: Branch | None,
        fork: int,
        line: Line,
        controls: ControlLog | None,
        recording: Recording,
        interval: int,
        seam: tuple[Bins, ...] = (),
    ) -> None:
        self.number = number
        self.parent = parent
        self.fork = fork
        self.line = line
        self.controls = controls
        self.recording = recording
        self.interval = interval
        self.seam = seam
        self.checkpoints: dict[int, State] = {fork: line.state.copy()}
        self.before_tip: State | None = None
        self.finished: StopReason | None = None
        self.restored: int | None = None
        self.passed: set[StopReason] = set()
        self.name = ""
        self.hidden = False
        self.epochs: EpochLog = EpochLog(parent.epochs.stride if parent else 1)

    @property
    def tip(self) -> int:
        return self.fork + self.recording.n

    @property
    def state(self) -> State:
        """At the tip."""
        return self.line.state

    @property
    def course(self) -> Course:
        """Its changes and rates, those that were inherited included."""
        return self.line.course

    @property
    def first_bad(self) -> tuple[int, str] | None:
        """Step and name of the first value that was not finite; None if there is none."""
        return self.line.first_bad

    def holder(self, step: int) -> Branch:
        """The branch that holds the state once so many steps are done: at a fork the one that begins there."""
        found = self
        while step < found.fork and found.parent is not None:
            found = found.parent
        return found

    def bad_at(self, step: int) -> tuple[int, str] | None:
        """`first_bad`, once `step` has reached it."""
        return self.first_bad if self.first_bad is not None and self.first_bad[0] <= step else None

    def cut_of(self, owner: Branch) -> Branch | None:
        """The branch that ends what `owner`, from which this one came, has of this line; None for its newest owner."""
        cut, branch = None, self
        while branch is not owner and branch.parent is not None:
            if cut is None or branch.fork <= cut.fork:
                cut = branch
            branch = branch.parent
        return cut

    def thin_checkpoints(self) -> None:
        """Drop every other checkpoint and set the next ones twice as far apart."""
        self.interval *= 2
        kept = {step: state for step, state in self.checkpoints.items() if (step - self.fork) % self.interval == 0}
        self.checkpoints = kept
