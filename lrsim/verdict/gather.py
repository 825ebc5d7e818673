"""The evidence of a run from plain values: the one way in, for a run in the window and for one without.

Which epochs are looked at depends on how many are done, and on nothing else, so that a run gets the same verdict
whoever has collected its figures and however it was cut into blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrsim.common.epoch_grid import EpochGrid
from lrsim.verdict.edge import Edge, no_edge
from lrsim.verdict.evidence import Evidence
from lrsim.verdict.inside import Inside, unseen
from lrsim.verdict.setback import setback_of

RECENT_ROWS = 4096
"""Rows of the last steps that a verdict looks at, at most."""
JUDGED_EPOCHS = 512
"""Epochs that a verdict looks at, at most, the first one aside."""


def judged_epochs(done: int) -> NDArray[np.int64]:
    """The epochs (from 1) that the verdict on a run of `done` whole epochs looks at, rising.

    These are the first one and the multiples of the smallest power of two that leaves at most `JUDGED_EPOCHS`. Who
    thins figures by powers of two as they come and keeps up to twice as many has all of them at any time.
    """
    stride = 1 << (done // (JUDGED_EPOCHS + 1)).bit_length()
    every = np.arange(stride, done + 1, stride)
    return every if stride == 1 else np.concatenate([[1], every])


def _no_schedule(step: int) -> float:
    return 1.0


def gather(
    facts: Mapping[str, Any],
    *,
    steps: int,
    rate_of: Callable[[int], float],
    schedule_of: Callable[[int], float] = _no_schedule,
    rate_left: float,
    rate_left_midway: float = 0.0,
    metrics: Sequence[str],
    recent: NDArray[np.floating[Any]],
    epochs: NDArray[np.int64],
    training: Mapping[str, NDArray[np.float64]],
    held_out: Mapping[str, NDArray[np.float64]],
    finished: str | None = None,
    first_bad: tuple[int, str] | None = None,
    changed_at: int = 0,
    grid: EpochGrid | None = None,
    look: Callable[[], Inside | None] = unseen,
    curve: Callable[[], Edge | None] = no_edge,
) -> Evidence:
    """The evidence of a run as it stands after `steps` steps.

    What came before the rate was set by hand is left out, and what came before a run that diverged has recovered.

    Parameters
    ----------
    facts
        Fields of `Evidence` that stay the same during a run, by name: `instruments.facts.problem_facts`.
    grid
        Where epochs begin and end; None where all have as many steps.
    rate_of
        Tells the learning rate of a step (from 1), before the schedule.
    schedule_of
        Tells what the schedule multiplies it by.
    rate_left, rate_left_midway
        Rate of the last step over that of the first, as schedule and callbacks made them; the same of the step
        half-way.
    metrics
        Names of what is measured at each step, ``loss`` and ``error`` among them.
    recent
        Rows of the last steps as recorded, oldest first: `metrics`, then the parameters where these are recorded;
        shape (columns, n). `RECENT_ROWS` are enough.
    epochs
        Whole epochs (from 1) whose figures are at hand, rising, shape (m,); all of `judged_epochs` where that can be.
    training, held_out
        Means over the samples of these epochs, and figures on the held-out rows at their ends, by the names of
        `metrics`, shape (m,); `held_out` is empty where no rows are held out.
    finished
        Stop reason, if the run has ended.
    first_bad
        First step with a value that is not finite, and the name of the value.
    changed_at
        Steps that were done when the rate of the last step was set by hand; 0 where it never was.
    look
        Works out what the network shows at its newest step, see `instruments.inside`.
    curve
        Works out how the rate stands to the sharpness there, see `instruments.stability`.
    """
    rows = np.ascontiguousarray(recent[:, -RECENT_ROWS:], dtype=np.float64)
    size = int(facts["steps_per_epoch"])
    grid = EpochGrid.uniform(size) if grid is None else grid
    judged = np.isin(epochs, judged_epochs(grid.ended(steps)))
    measured = list(metrics)
    begun = float(training["error"][0]) if len(epochs) and epochs[0] == 1 else None
    setback, since = None, changed_at
    if first_bad is not None:
        bad = judged & ~(np.isfinite(training["loss"]) & np.isfinite(training["error"]))
        setback = setback_of(first_bad, rows, measured.index("loss"), grid.ends(epochs[bad]).tolist(), steps, size)
        since = 0 if setback.over_at is None else max(setback.over_at, changed_at)
    lasts = setback is not None and setback.over_at is None
    judged &= epochs > grid.ended(grid.next_begin(since))
    rows = rows[:, max(rows.shape[1] - (steps - since), 0) :]

    def curve_of(figures: Mapping[str, NDArray[np.float64]], name: str) -> NDArray[np.float64] | None:
        return figures[name][judged] if name in figures else None

    return Evidence(
        steps=steps,
        grid=grid,
        rate=rate_of(max(steps, 1)),
        scheduled=schedule_of(max(steps, 1)),
        rate_left=rate_left,
        rate_left_midway=rate_left_midway,
        losses=rows[measured.index("loss")],
        errors=rows[measured.index("error")],
        parameters=rows[len(measured) :].T if len(rows) > len(measured) else None,
        finished=finished,
        diverged_at=setback.step if setback is not None and lasts else None,
        not_finite=setback.name if setback is not None and lasts else None,
        diverging_rate=rate_of(setback.step) if setback is not None else None,
        diverging_scheduled=schedule_of(setback.step) if setback is not None else 1.0,
        since=since,
        diverged_before=setback.step if setback is not None and not lasts else None,
        begun_error=begun,
        curve_epochs=epochs[judged].astype(np.float64),
        epoch_losses=training["loss"][judged],
        epoch_errors=training["error"][judged],
        accuracies=curve_of(training, "accuracy"),
        val_losses=curve_of(held_out, "loss"),
        val_accuracies=curve_of(held_out, "accuracy"),
        look=look,
        curve=curve,
        **facts,
    )
