"""The evidence of a run as it stands, whoever has trained it: what `verdict.gather` needs, from a run's own parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrsim.instruments.inside import look
from lrsim.instruments.stability import edge_at
from lrsim.training.course import Course
from lrsim.training.epochs import EpochFigures
from lrsim.training.stops import StopReason
from lrsim.verdict.evidence import Evidence
from lrsim.verdict.gather import gather
from lrsim_core import FloatArray


def evidence_of(
    course: Course,
    step: int,
    *,
    facts: Mapping[str, Any],
    recent: NDArray[np.floating[Any]],
    figures: EpochFigures,
    finished: StopReason | None,
    first_bad: tuple[int, str] | None,
    parameters: Callable[[], FloatArray],
) -> Evidence:
    """The evidence once `step` steps were done.

    Parameters
    ----------
    facts
        What can be known beforehand, from `problem_facts`.
    recent
        Rows of the last steps as recorded, oldest first, shape (columns, n).
    figures
        Of its epochs, at least those of `verdict.gather.judged_epochs`.
    parameters
        Gives those that it has; asked only where a cause is sought in them.
    """
    problem, timeline = course.problem_of(step), course.timeline
    return gather(
        facts,
        steps=step,
        grid=course.grid,
        rate_of=timeline.base_of,
        schedule_of=timeline.schedule_of,
        rate_left=timeline.left(step),
        rate_left_midway=timeline.left(-(-step // 2)),
        metrics=problem.metrics,
        recent=recent,
        epochs=figures.epochs,
        training=figures.training,
        held_out=figures.validation,
        finished=finished,
        first_bad=first_bad,
        changed_at=course.changed_at(step),
        look=lambda: look(problem, parameters()),
        curve=lambda: edge_at(course, step, parameters()),
    )
