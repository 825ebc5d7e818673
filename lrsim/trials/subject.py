"""The run that advice is for, as it stands: what copies set out from, and what they are held against."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrsim.common.metrics import held_out
from lrsim.common.numbers import Floats
from lrsim.schedules.callback_log import Controls
from lrsim.schedules.shapes import CONSTANT
from lrsim.training.course import Course
from lrsim.training.engine import Problem
from lrsim.training.epochs import EpochFigures, as_figures
from lrsim.training.loop import Line
from lrsim.training.stops import StopReason
from lrsim.trials.ends import end_window, spacing
from lrsim.verdict.tried import FROM_HERE, FROM_START, Candidate
from lrsim_core import FloatArray

GOES_ON = (None, StopReason.EPOCHS, StopReason.STEPS, StopReason.BREAK)
"""Ends of a run that may go on where its plan has epochs left."""


def counts_held_out(problem: Problem) -> bool:
    """Whether the held-out loss is what matters: of rows of one class alone the surest guess is the best."""
    if not problem.validates:
        return False
    targets = problem.data.Y_test
    return problem.data.task != "classification" or bool((targets != targets[0]).any())


@dataclass(frozen=True, eq=False)
class Subject:
    """A run as it stands.

    Attributes
    ----------
    line
        The run at its newest step. It is never changed, and must not be while trials go on: hand in a copy.
    figures
        Of its epochs, at least those of `verdict.gather.judged_epochs`.
    over
        Whether it has come to its end, so that nothing can be tried from here on.
    rows
        The rows of the epoch that is not whole yet, shape (columns, n); callbacks need them in order to go on.
    horizon
        The last epoch that matters, where not all that are planned do.
    """

    line: Line
    figures: EpochFigures
    over: bool
    rows: FloatArray
    horizon: int | None = None

    @property
    def problem(self) -> Problem:
        return self.line.problem

    def rate(self, start: str) -> float:
        """The base rate of its next step as a hand has left it; from here on callbacks have their part in it, too."""
        timeline, step = self.line.course.timeline, self.line.state.step
        return timeline.base(step) if start == FROM_START else timeline.base_of(step + 1)

    @property
    def epochs(self) -> int:
        """Whole epochs that are done."""
        return self.line.course.grid.ended(self.line.state.step)

    @property
    def is_on_its_way(self) -> bool:
        """Whether other rates can be tried from here on."""
        at_hand = self.rows.shape[1] == self.line.course.grid.place(self.line.state.step)[1]
        return not self.over and self.epochs < self.planned and self.line.first_bad is None and at_hand

    @property
    def is_changed(self) -> bool:
        """Whether anything was set by hand on the way, so that no single rate has led here."""
        return len(self.line.course.timeline.bases) > 1 or self.line.course.has_other_changes

    @property
    def can_fall(self) -> bool:
        """Whether its rate stays, so that one that falls is something else."""
        return self.problem.experiment.schedule.name == CONSTANT.name

    @property
    def known(self) -> frozenset[Candidate]:
        """What it has been trained with so far: nobody needs to be told to go back to it."""
        return frozenset(Candidate(rate, start=FROM_HERE) for _, rate in self.line.course.timeline.bases)

    @cached_property
    def planned(self) -> int:
        """Epochs that trials are to foretell: those that are planned, or done where these are more."""
        return max(self.horizon or self.problem.experiment.training.epochs, self.epochs)

    @cached_property
    def every(self) -> int:
        """Epochs between two whose figures are compared."""
        return spacing(self.planned)

    @property
    def figure_name(self) -> str:
        """What matters: the held-out loss where rows are held out, else the training loss."""
        return held_out("loss") if counts_held_out(self.problem) else "loss"

    def window(self, epoch: int) -> Floats | None:
        """Its figures over the end window at `epoch`, or at its last epoch where it ended before; None where unknown.

        Of a run that has diverged they are infinite.
        """
        if self.line.first_bad is not None:
            bad = self.line.course.grid.epoch_of(self.line.first_bad[0])
            if bad <= epoch:
                return np.array([np.inf])
        if epoch > self.epochs and not self.over:
            return None
        wanted = end_window(min(epoch, max(self.epochs, 1)), self.every)
        split = self.figures.validation if counts_held_out(self.problem) else self.figures.training
        found: Floats = split["loss"][np.isin(self.figures.epochs, wanted)]
        return found if len(found) == len(wanted) else None


def subject_of(line: Line, figures: EpochFigures, recent: NDArray[Any], finished: StopReason | None) -> Subject:
    """A run as it stands, apart from what becomes of it from here on.

    Parameters
    ----------
    line
        The run; what of it changes is copied.
    figures
        As of `Subject`.
    recent
        Rows of the last steps as recorded, oldest first, shape (columns, n).
    finished
        What ended it; None where it goes on.
    """
    controls = None if line.controls is None else Controls(line.controls.now)
    step = line.state.step
    problem = line.course.problem_at(step)
    return Subject(
        line=replace(line, problem=problem, state=line.state.copy(), controls=controls),
        figures=figures,
        over=finished not in GOES_ON or step >= line.course.total_steps,
        rows=recent[:, max(recent.shape[1] - line.course.grid.place(step)[1], 0) :],
    )


def subject_at_start(problem: Problem) -> Subject:
    """A run before its first step."""
    control = problem.first_control()
    line = Line(problem, Course(problem), problem.start(), None if control is None else Controls(control))
    nothing = np.empty((len(problem.columns), 0), problem.network.dtype)
    return Subject(line, as_figures(problem, ()), over=False, rows=nothing)
