"""One headless run from start to end: limits, changes at given steps, rows as they come, and the result.

A run is trained in blocks. Nothing of a result depends on how it is cut into blocks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from lrsim.common.validation import ExperimentError
from lrsim.experiment.keys import LIVE_KEYS, RATE_KEY, with_value
from lrsim.experiment.specs import Experiment
from lrsim.runs.result import Block, Change, Result, Underway
from lrsim.runs.trainer import Trainer
from lrsim.training.engine import Problem
from lrsim.training.stops import StopReason
from lrsim_core import Status

__all__ = ["Block", "Change", "Result", "Underway", "checked_changes", "run"]

BLOCK_SECONDS = 0.05
"""Aim for one block: short enough to answer an interruption, long enough not to matter."""
FIRST_BLOCK = 256


def checked_changes(experiment: Experiment, changes: Sequence[Change]) -> list[Change]:
    """The changes in the order in which they take effect, their values checked.

    Raises
    ------
    ExperimentError
        A key does not exist or needs a restart, or a value can't be used.
    """
    checked = []
    for change in changes:
        changed = with_value(experiment, change.key, change.value)
        if change.key not in LIVE_KEYS:
            what = f"can't change in mid-run, it needs a restart (only {', '.join(LIVE_KEYS)} can); use --set instead"
            raise ExperimentError(change.key, what)
        clean = changed.optimizer.lr if change.key == RATE_KEY else changed.optimizer.multipliers
        checked.append(Change(change.step, change.key, clean))
    return sorted(checked, key=lambda change: change.step)


def run(
    problem: Problem,
    *,
    max_steps: int | None = None,
    max_epochs: int | None = None,
    changes: Sequence[Change] = (),
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
    changes
        Live keys to change, in any order.
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
    pending = checked_changes(experiment, changes)
    trainer = Trainer(problem, on_block)
    limit = max_steps if max_steps is not None else (max_epochs or experiment.training.epochs) * per_epoch
    reason = StopReason.STEPS if max_steps is not None else StopReason.EPOCHS
    block = FIRST_BLOCK
    while trainer.state.step < limit:
        if interrupted():
            reason = StopReason.INTERRUPTED
            break
        step = trainer.state.step
        while pending and pending[0].step <= step:
            trainer.change(pending.pop(0))
        end = min(limit, step + block, *(change.step for change in pending[:1]))
        if trainer.control is not None:  # which looks at each epoch before the next one begins
            end = min(end, step - step % per_epoch + per_epoch)
        began = time.perf_counter()
        try:
            status = trainer.train(end - step)
        except ExperimentError as error:
            trainer.error, reason = error, StopReason.INTERRUPTED
            break
        if status == Status.TARGET_REACHED:
            reason = StopReason.TARGET_ERROR
            break
        if status == Status.NOT_FINITE:
            reason = StopReason.DIVERGED
            break
        if trainer.stops_early:
            reason = StopReason.EARLY_STOPPING
            break
        if time.perf_counter() - began < BLOCK_SECONDS / 2 and end - step == block:
            block = min(2 * block, trainer.most_steps)
        if on_progress:
            on_progress(Underway(trainer.state.step, limit, per_epoch, trainer.arrays))
    return trainer.result(reason)
