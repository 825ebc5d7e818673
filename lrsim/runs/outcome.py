"""What a run came to: figures of its final parameters, and the verdict on it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrsim.common.validation import ExperimentError
from lrsim.instruments.facts import problem_facts
from lrsim.runs.result import Result
from lrsim.runs.sink import RunSink
from lrsim.training import engine
from lrsim.training.engine import Problem
from lrsim.training.epochs import as_figures
from lrsim.training.loop import Line
from lrsim.verdict.finding import Verdict
from lrsim.verdict.gather import gather
from lrsim.verdict.rules import judge
from lrsim_core import FloatArray

SQUARED = {"mse": 1.0, "half_mse": 0.5}
"""Losses that are a multiple of the mean squared error, and which."""


def result_of(line: Line, sink: RunSink, reason: str, error: ExperimentError | None) -> Result:
    """Everything about a run that ended; the best parameters are back where that is asked for."""
    problem, recent = line.problem, sink.recent(line)
    restored = sink.restore_best(line) if reason in ("early_stopping", "epochs", "steps") else None
    bad = line.first_bad or (None, None)
    return Result(
        problem=problem,
        theta=line.state.theta,
        steps=line.state.step,
        epochs=line.state.step // problem.steps_per_epoch,
        stop_reason=reason,
        diverged_at=bad[0],
        not_finite=bad[1],
        final=_final(problem, line.state.theta),
        last_step={"loss": float(recent[0, -1]), "error": float(recent[1, -1])} if recent.shape[1] else {},
        figures=sink.figures(),
        verdict=_judge(line, sink, reason, recent),
        control=line.control,
        restored_epoch=restored,
        error=error,
    )


def _final(problem: Problem, theta: FloatArray) -> dict[str, Any]:
    data = problem.data
    train = engine.evaluate(problem, theta, data.X_train, data.Y_train)
    test = engine.evaluate(problem, theta, data.X_test, data.Y_test) if problem.validates else {}
    final: dict[str, Any] = {
        "loss": train["loss"],
        "error": train["error"],
        "accuracy": train.get("accuracy"),
        "val_loss": test.get("loss"),
        "val_error": test.get("error"),
        "val_accuracy": test.get("accuracy"),
    }
    if problem.experiment.training.loss in SQUARED:
        share = SQUARED[problem.experiment.training.loss]
        final["mse"] = final["loss"] / share
        final["val_mse"] = None if final["val_loss"] is None else final["val_loss"] / share
    if problem.records_parameters:
        final["parameters"] = dict(zip(problem.parameter_names, theta.tolist(), strict=True))
    return final


def _judge(line: Line, sink: RunSink, reason: str, recent: NDArray[np.float64]) -> Verdict:
    problem, step = line.problem, line.state.step
    logged = as_figures(problem, sink.log.records)
    timeline, before = line.course.timeline, max(step - 1, 0)
    return judge(
        gather(
            problem_facts(problem.experiment, problem.data),
            steps=step,
            rate=timeline.base(before) * timeline.factor(before),
            rate_left=timeline.left(step),
            metrics=problem.metrics,
            recent=recent,
            epochs=logged.epochs,
            training=logged.training,
            held_out=logged.validation,
            finished=reason,
            first_bad=line.first_bad,
        )
    )
