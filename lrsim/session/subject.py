"""A place in a session as the subject of trials."""

from __future__ import annotations

from lrsim.schedules.callback_log import Controls
from lrsim.session.snapshot import Place
from lrsim.training.epochs import as_figures
from lrsim.training.loop import Line
from lrsim.trials.subject import Subject, subject_of


def subject_at(place: Place) -> Subject:
    """The run as it stood there, apart from what became of it."""
    history, branch, step = place.run.history, place.branch, place.step
    problem, control = history.problem, history.control_at(branch, step)
    controls = None if control is None else Controls(control)
    line = Line(problem, branch.course.up_to(step), history.state_at(branch, step), controls, branch.bad_at(step))
    first = step - step % problem.steps_per_epoch
    rows = history.raw(branch, first, step)
    return subject_of(
        line,
        as_figures(problem, history.epoch_records(branch, step)),
        history.recover(branch, first, step) if rows is None else rows,
        None,
    )
