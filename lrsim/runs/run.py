"""One headless run from start to end: limits, changes at given steps, interruptions, and the result.

A run is trained in blocks. Nothing of a result depends on how it is cut into blocks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import groupby

from lrsim.common.epoch_grid import EpochGrid
from lrsim.common.validation import ExperimentError
from lrsim.runs.outcome import result_of
from lrsim.runs.result import Block, Change, Result, Underway
from lrsim.runs.sink import RunSink
from lrsim.schedules.callback_log import Controls
from lrsim.training import loop
from lrsim.training.changes import Value, checked
from lrsim.training.course import Course
from lrsim.training.engine import Problem, Stops
from lrsim.training.loop import Line
from lrsim.training.stops import StopReason
from lrsim_core import Status

__all__ = ["Block", "Change", "Result", "Underway", "checked_changes", "run"]

BLOCK_SECONDS = 0.05
"""Aim for one block: short enough to answer an interruption, long enough not to matter."""
FIRST_BLOCK = 256
MOST_STEPS = 1 << 22
"""Of one block."""


def checked_changes(problem: Problem, changes: Sequence[Change]) -> list[Change]:
    """The changes in the order in which they take effect, their values checked.

    Raises
    ------
    ExperimentError
        A key does not exist or needs a restart, or a value can't be used.
    """
    course, found = Course(problem), []
    for step, together in groupby(sorted(changes, key=lambda change: change.step), key=lambda change: change.step):
        values = checked(course.problem_at(step), {change.key: change.value for change in together})
        course = course.with_values(step, values)
        found += [Change(step, key, value) for key, value in values.items()]
    return found


def planned_grid(problem: Problem, changes: Sequence[Change]) -> EpochGrid:
    """Where epochs begin and end in a run with these changes, which have been checked."""
    course = Course(problem)
    for step, together in groupby(changes, key=lambda change: change.step):
        course = course.with_values(step, {change.key: change.value for change in together})
    return course.grid


def run(
    problem: Problem,
    *,
    max_steps: int | None = None,
    max_epochs: int | None = None,
    at_limit: StopReason | None = None,
    changes: Sequence[Change] = (),
    every_epoch: bool = False,
    trials: float | None = 0.0,
    on_block: Callable[[Block], None] | None = None,
    on_progress: Callable[[Underway], None] | None = None,
    interrupted: Callable[[], bool] = lambda: False,
) -> Result:
    """Train until a stop rule of the experiment or the limit ends it.

    Parameters
    ----------
    problem
        What to train, from `engine.build`.
    max_steps, max_epochs
        Replace `training.epochs`; at most one of them.
    at_limit
        What is said to have ended a run that reaches its limit, where that was set for a reason of its own.
    changes
        Live keys to change, in any order.
    every_epoch
        Whether `Result.history` is to hold every epoch; otherwise it holds about some hundreds at most, and memory does
        not grow with the steps.
    trials
        Share of its own work that a run may take, once it has ended, to try other rates on copies where the verdict
        asks for them, see `trials.budget`; 0 for none, None where other runs tell of rates, as in a sweep.
    on_block
        Gets every row once, in order; small models' rows hold their parameters.
    on_progress
        Told how far the run is, about every `BLOCK_SECONDS`.
    interrupted
        Asked between blocks; true ends the run there.

    Raises
    ------
    ExperimentError
        A change can't be made, or a callback monitors what the run does not have.
    """
    experiment, per_epoch = problem.experiment, problem.steps_per_epoch
    pending = checked_changes(problem, changes)
    control = problem.first_control()
    line = Line(problem, Course(problem), problem.start(), None if control is None else Controls(control))
    sink = RunSink(problem, on_block, every_epoch)
    ends = planned_grid(problem, pending).end_of
    limit = max_steps if max_steps is not None else ends(max_epochs or experiment.training.epochs)
    reason, error = at_limit or (StopReason.STEPS if max_steps is not None else StopReason.EPOCHS), None
    stops = Stops(experiment.stop.target_error, experiment.stop.min_steps, experiment.stop.divergence)
    block = FIRST_BLOCK
    while line.state.step < limit:
        if interrupted():
            reason = StopReason.INTERRUPTED
            break
        step = line.state.step
        now: dict[str, Value] = {}
        while pending and pending[0].step <= step:
            change = pending.pop(0)
            now[change.key] = change.value
        if now:
            line.change(now)
        end = min(limit, step + block, *(change.step for change in pending[:1]))
        began = time.perf_counter()
        try:
            status = loop.advance(line, sink, end - step, stops, early_stop=True)
        except ExperimentError as problem_found:
            reason, error = StopReason.INTERRUPTED, problem_found
            break
        if status != Status.DONE:
            reason = StopReason.TARGET_ERROR if status == Status.TARGET_REACHED else StopReason.DIVERGED
            break
        if line.stops_early:
            reason = StopReason.EARLY_STOPPING
            break
        if time.perf_counter() - began < BLOCK_SECONDS / 2 and end - step == block:
            block = min(2 * block, MOST_STEPS)
        if on_progress:
            on_progress(Underway(line.state.step, limit, per_epoch, sink.figures))
    return result_of(line, sink, reason, error, trials=trials, interrupted=interrupted)
