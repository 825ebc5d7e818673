"""What one run of a sweep came to, as a plain record, and the function that makes it in any process."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from lrsim.common.metrics import ERROR_IN_UNITS, METRIC_NAMES, METRICS, Metric, Split, held_out
from lrsim.common.validation import ExperimentError
from lrsim.data.scale import Scaler
from lrsim.runs import run
from lrsim.runs.result import Result
from lrsim.sweep.executors import Cancellation, place
from lrsim.sweep.live import LiveRuns
from lrsim.sweep.origin import UNKNOWN, Origin, difference, origin_of
from lrsim.sweep.plan import RunSpec
from lrsim.sweep.values import Value
from lrsim.training import engine, memory
from lrsim.training.stops import StopReason
from lrsim.verdict.codes import code_words

History = Mapping[str, NDArray[np.float64]]

FAILED = "failed"
"""In place of a verdict."""


@dataclass(frozen=True, eq=False)
class Record:
    """A finished run as plain data, or one that failed, which has a curve as far as it came and no other figures.

    Attributes
    ----------
    name, index, values, seed
        As in `RunSpec`.
    rate
        `optimizer.lr` that the run began with.
    title
        Name of the experiment.
    loss_name, scale_target
        `training.loss` and `data.scale_target`.
    final
        Figures of the final parameters, by `METRIC_NAMES`; those that the run has not are left out. Where targets are
        scaled in the sweep, `ERROR_IN_UNITS` as well, as the mean over the targets.
    best
        The best finite value that each metric had at the end of an epoch: the highest accuracy, the lowest of others.
    best_epoch
        Epoch (from 1) with the lowest held-out loss, or training loss where nothing is held out; None without any.
    history
        For each metric and ``lr`` its value of each whole epoch, float64 of shape (epochs,).
    verdict
        A `VerdictCode`, or what another version has written; empty for a run without a step.
    parameters
        Final parameters by name; empty for models with more than 64.
    seconds
        Time that the run took; the only field that differs from one time to the next.
    error
        Why the run failed, in one line; empty for one that did not.
    origin
        What it was computed by and on.
    """

    name: str
    index: int
    values: tuple[tuple[str, Value], ...]
    seed: int
    rate: float
    title: str
    loss_name: str
    final: Mapping[str, float]
    best: Mapping[str, float]
    best_epoch: int | None
    verdict: str
    verdict_text: str
    advice: str
    tone: str
    steps: int
    steps_per_epoch: int
    stop_reason: StopReason
    diverged_at: int | None
    not_finite: str | None
    seconds: float
    history: History = field(repr=False)
    parameters: Mapping[str, float] = field(default_factory=dict, repr=False)
    error: str = ""
    origin: Origin = UNKNOWN
    scale_target: str = "none"

    @property
    def word(self) -> str:
        """The verdict in a word or two; ``failed`` for a run that has none."""
        return FAILED if self.error else code_words(self.verdict)

    @property
    def epochs(self) -> int:
        """Whole epochs done."""
        return len(self.history["lr"])

    @property
    def diverged(self) -> bool:
        return self.diverged_at is not None


def run_one(
    spec: RunSpec,
    cancellation: Cancellation | None = None,
    live: LiveRuns | None = None,
    expected: Origin | None = None,
) -> Record:
    """Train one run of a sweep; its data is loaded once a process. It tells `live` how far it is.

    A run that was cancelled comes back with the stop reason `StopReason.INTERRUPTED` and is worth nothing. One that
    could not go on comes back with an `error`.

    Raises
    ------
    ExperimentError
        The experiment can't be run here, as when a worker does not find its data, or its versions or data are not
        the `expected` ones.
    """
    began = time.perf_counter()
    interrupted = cancellation.is_set if cancellation else lambda: False
    problem = engine.build(spec.experiment, keeps_data=True)
    origin = origin_of(problem)
    if expected is not None and (what := difference(origin, expected)):
        raise ExperimentError(place(), f"has {what}")
    need = memory.count(problem.network, problem.optimizer, problem.data, spec.experiment)
    with memory.claimed(need.total - need.data, interrupted):
        result = run.run(
            problem,
            max_epochs=spec.max_epochs,
            every_epoch=True,
            trials=None,
            interrupted=interrupted,
            on_progress=partial(live.tell, spec.index) if live is not None else None,
        )
    history = _arrays(result.figures.by_name())
    verdict = result.verdict
    final = {key: float(result.final[key]) for key in METRIC_NAMES if result.final.get(key) is not None}
    if spec.in_units:
        final |= _in_units(result)
    record = Record(
        name=spec.name,
        index=spec.index,
        values=spec.values,
        seed=spec.seed,
        rate=spec.experiment.optimizer.lr,
        title=spec.experiment.name,
        loss_name=spec.experiment.training.loss,
        final=final,
        best=best_values(history) | _best_in_units(final, history, problem.data.target_scaler),
        best_epoch=best_epoch(history),
        verdict=str(verdict.code or ""),
        verdict_text=verdict.text,
        advice=verdict.advice,
        tone=verdict.tone,
        steps=result.steps,
        steps_per_epoch=problem.steps_per_epoch,
        stop_reason=result.stop_reason,
        diverged_at=result.diverged_at,
        not_finite=result.not_finite,
        seconds=time.perf_counter() - began,
        history=history,
        parameters=dict(result.final.get("parameters", {})),
        origin=origin,
        scale_target=spec.experiment.data.scale_target,
    )
    return record if result.error is None else _failed(record, str(result.error))


def failed_record(spec: RunSpec, reason: str, origin: Origin) -> Record:
    """The record of a run that came to nothing at all."""
    record = Record(
        name=spec.name,
        index=spec.index,
        values=spec.values,
        seed=spec.seed,
        rate=spec.experiment.optimizer.lr,
        title=spec.experiment.name,
        loss_name=spec.experiment.training.loss,
        final={},
        best={},
        best_epoch=None,
        verdict="",
        verdict_text="",
        advice="",
        tone="",
        steps=0,
        steps_per_epoch=1,
        stop_reason=StopReason.INTERRUPTED,
        diverged_at=None,
        not_finite=None,
        seconds=0.0,
        history={"lr": np.empty(0)},
        origin=origin,
        scale_target=spec.experiment.data.scale_target,
    )
    return _failed(record, reason)


def _failed(record: Record, reason: str) -> Record:
    """Figures of a run that did not come to its end are not to be held against those of others."""
    return replace(
        record, final={}, best={}, best_epoch=None, parameters={}, verdict="", advice="",
        verdict_text=f"Failed: {reason}", tone="bad", error=reason,
    )  # fmt: skip


def _arrays(figures: History) -> dict[str, NDArray[np.float64]]:
    """The figures in the order of `METRIC_NAMES`, then the rates."""
    return {key: figures[key] for key in (*METRIC_NAMES, "lr") if key in figures}


def best_values(history: History) -> dict[str, float]:
    """The best finite value of each metric; metrics without one are left out."""
    found = {}
    for metric in METRICS:
        values = history.get(metric.name, np.empty(0))
        values = values[np.isfinite(values)]
        if values.size:
            found[metric.name] = float(values.max() if metric.higher_is_better else values.min())
    return found


def _in_units(result: Result) -> dict[str, float]:
    """The final errors in the units of the source, the mean over the targets."""
    found = {}
    for metric in (Metric("error", split) for split in Split):
        errors = [figures.get(metric.name) for figures in result.final.get("in_units", {}).values()]
        known = [error for error in errors or [result.final.get(metric.name)] if error is not None]
        if known:
            found[Metric(ERROR_IN_UNITS, metric.split).name] = float(np.mean(known))
    return found


def _best_in_units(final: Mapping[str, float], history: History, scaler: Scaler) -> dict[str, float]:
    """The best errors at the end of an epoch in the units of the source; of several targets the final ones stand in."""
    found = {}
    for metric in (Metric("error", split) for split in Split):
        name, best = Metric(ERROR_IN_UNITS, metric.split).name, best_values(history).get(metric.name)
        if name in final and best is not None:
            found[name] = best * float(scaler.factor[0]) if len(scaler.factor) == 1 else final[name]
    return found


def best_epoch(history: History) -> int | None:
    """The first epoch (from 1) with the lowest held-out loss, or training loss where nothing is held out."""
    losses = history.get(held_out("loss"), history.get("loss", np.empty(0)))
    if not np.isfinite(losses).any():
        return None
    return int(np.nanargmin(np.where(np.isfinite(losses), losses, math.inf))) + 1
