"""What a session shows: frozen values, consistent at one moment."""

from __future__ import annotations

from dataclasses import dataclass

from lrsim.engine import Problem
from lrsim.history import Branch, History
from lrsim.judgement import Judgement
from lrsim.verdict import Verdict
from lrsim_core import FloatArray


class Run:
    """One loaded experiment with its history."""

    def __init__(self, number: int, problem: Problem, budget: int) -> None:
        self.number = number
        self.problem = problem
        self.history = History(problem, budget)
        self.judgement = Judgement(self.history)

    @property
    def last_step(self) -> int:
        """Where the experiment's own limit ends the run."""
        return self.problem.experiment.training.epochs * self.problem.steps_per_epoch


@dataclass(frozen=True)
class Place:
    """Where a session stands: which run, which branch, which step. Opaque to others; `Session.restore` goes back."""

    run: Run
    branch: Branch
    step: int


@dataclass(frozen=True)
class Snapshot:
    """Everything that a view draws from, consistent at one moment.

    Attributes
    ----------
    version
        Grows with every visible change.
    run
        Changes when another experiment is loaded.
    step, tip
        The cursor, and the last recorded step of the branch.
    epoch
        Of `step`, from 1; 0 at step 0.
    rate
        In effect at the next step; `used_rate` is that of the current one.
    theta, before
        Parameters after the current step and before it (None at step 0).
    rate_marks
        First step with a rate that was set by hand, and that rate.
    finished
        The stop rule that was reached at the tip; playing on goes past it.
    diverged_at, not_finite
        First step with a loss or parameter that is not finite, and which.
    message
        What was last refused, in words.
    memory
        Bytes held by the history.
    """

    version: int
    run: int
    place: Place
    step: int
    tip: int
    epoch: int
    steps_per_epoch: int
    playing: bool
    speed: float
    rate: float
    used_rate: float | None
    theta: FloatArray
    before: FloatArray | None
    loss: float | None
    error: float | None
    rate_marks: tuple[tuple[int, float], ...]
    branches: int
    finished: str | None
    diverged_at: int | None
    not_finite: str | None
    verdict: Verdict
    message: str | None
    memory: int
