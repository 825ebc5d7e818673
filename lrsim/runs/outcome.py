"""What a run came to: figures of its final parameters, and the verdict on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrsim.common.metrics import METRICS, held_out
from lrsim.common.validation import ExperimentError
from lrsim.data.losses import LOSSES
from lrsim.instruments.evidence import evidence_of
from lrsim.instruments.facts import problem_facts
from lrsim.runs.result import Result
from lrsim.runs.sink import RunSink
from lrsim.training import engine
from lrsim.training.engine import Problem
from lrsim.training.epochs import as_figures
from lrsim.training.in_units import errors_in_units
from lrsim.training.loop import Line
from lrsim.training.stops import StopReason
from lrsim.trials.subject import Subject, subject_of
from lrsim.trials.trials import Trials
from lrsim.verdict.advise import NOT_TRIED
from lrsim.verdict.evidence import Evidence
from lrsim.verdict.finding import Finding
from lrsim.verdict.rules import find, judge
from lrsim.verdict.tried import Tried
from lrsim_core import FloatArray

SLICE_SECONDS = 0.1
"""Of trials, between two looks at whether they are to go on."""


def result_of(
    line: Line,
    sink: RunSink,
    reason: StopReason,
    error: ExperimentError | None,
    *,
    trials: float | None = 0.0,
    interrupted: Callable[[], bool] = lambda: False,
) -> Result:
    """Everything about a run that ended; the best parameters are back where that is asked for.

    Parameters
    ----------
    trials
        Share of the run's own work in which other rates are tried where they are in question; None where other runs
        tell of them, so that there is nothing to say.
    interrupted
        Asked between trials; true leaves them.
    """
    problem, recent = line.course.problem_of(line.state.step), sink.recent(line)
    evidence = _evidence(line, sink, reason, recent)
    share = 0.0 if reason is StopReason.INTERRUPTED else trials
    subject = subject_of(line, as_figures(problem, sink.log.records), recent, reason)
    tried = _tried(subject, find(evidence), share, interrupted)
    restored = sink.restore_best(line) if reason != StopReason.INTERRUPTED else None
    bad = line.first_bad or (None, None)
    return Result(
        problem=line.problem,
        theta=line.state.theta,
        steps=line.state.step,
        epochs=line.course.grid.ended(line.state.step),
        stop_reason=reason,
        diverged_at=bad[0],
        not_finite=bad[1],
        final=_final(problem, line.state.theta),
        last_step={"loss": float(recent[0, -1]), "error": float(recent[1, -1])} if recent.shape[1] else {},
        figures=sink.figures(),
        verdict=judge(evidence, tried, None if trials is None else NOT_TRIED),
        control=line.control,
        restored_epoch=restored,
        error=error,
        changes=line.course.events,
        grid=line.course.grid,
    )


def _final(problem: Problem, theta: FloatArray) -> dict[str, Any]:
    data = problem.data
    train = engine.evaluate(problem, theta, data.X_train, data.Y_train)
    test = engine.evaluate(problem, theta, data.X_test, data.Y_test) if problem.validates else {}
    final: dict[str, Any] = {
        metric.name: (test if metric.held_out else train).get(metric.quantity) for metric in METRICS
    }
    share = LOSSES[problem.experiment.training.loss].squared
    if share is not None:
        final["mse"] = final["loss"] / share
        validation = final[held_out("loss")]
        final[held_out("mse")] = None if validation is None else validation / share
    if data.scales_targets:
        final["in_units"] = errors_in_units(problem, theta)
    if problem.records_parameters:
        final["parameters"] = dict(zip(problem.parameter_names, theta.tolist(), strict=True))
    return final


def _evidence(line: Line, sink: RunSink, reason: StopReason, recent: NDArray[np.float64]) -> Evidence:
    theta = line.state.theta.copy()  # early stopping may take back the best
    return evidence_of(
        line.course,
        line.state.step,
        facts=problem_facts(line.course.problem_of(line.state.step)),
        recent=recent,
        figures=as_figures(line.problem, sink.log.records),
        finished=reason,
        first_bad=line.first_bad,
        parameters=lambda: theta,
    )


def _tried(subject: Subject, finding: Finding, share: float | None, interrupted: Callable[[], bool]) -> Tried | None:
    """What rates came to; None where none are to be tried, or who started the run wants it to end."""
    if not finding.asks_rate or not share:
        return None
    trials = Trials(subject, finding, share=share)
    while not trials.work(SLICE_SECONDS):
        if interrupted():
            return None
    return trials.result()
