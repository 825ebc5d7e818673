"""Advances one state in blocks and keeps what the result of a run needs of the rows that go by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrsim.common.metrics import METRIC_NAMES, METRICS, held_out
from lrsim.common.validation import ExperimentError
from lrsim.data.losses import LOSSES
from lrsim.instruments.facts import problem_facts
from lrsim.runs.result import Block, Change, Result
from lrsim.schedules import callback_log
from lrsim.schedules.rates import as_far_as_known
from lrsim.training import engine, epochs
from lrsim.training.engine import Problem, Stops, rate_left
from lrsim.training.stops import StopReason
from lrsim.verdict import values
from lrsim.verdict.advice import Verdict
from lrsim.verdict.evidence import Evidence, curves
from lrsim_core import FloatArray, Status

BLOCK_VALUES = 1 << 19
"""Recorded numbers in one block at most."""
RECENT_ROWS = 4096
"""Rows that the verdict looks at."""
JUDGED_EPOCHS = 512

ENDED_BY_LIMITS = (StopReason.EARLY_STOPPING, StopReason.EPOCHS, StopReason.STEPS)
HISTORY_KEYS = (*METRIC_NAMES, "lr")


class Trainer:
    """Advances one state and keeps what the result needs of the rows that go by."""

    def __init__(self, problem: Problem, on_block: Callable[[Block], None] | None) -> None:
        self.problem = problem
        self.state = problem.start()
        self.validates = len(problem.data.X_test) > 0
        self.control = problem.first_control()
        self.error: ExperimentError | None = None
        self.most_steps = max(1, BLOCK_VALUES // len(problem.columns))
        self.diverged_at: int | None = None
        self.not_finite: str | None = None
        stop = problem.experiment.stop
        self._stops = Stops(stop.target_error, stop.min_steps, stop.divergence)
        self._on_block = on_block
        self._recent: FloatArray = np.empty((len(problem.columns), 0), problem.network.dtype)
        self._lr = problem.experiment.optimizer.lr
        self._multipliers = problem.experiment.optimizer.multipliers
        self._best: FloatArray | None = None
        self._open_epoch = np.empty((len(problem.metrics), 0))
        self._epochs: list[NDArray[np.float64]] = []
        self._validation: list[NDArray[np.float64]] = []

    @property
    def stops_early(self) -> bool:
        """Whether early stopping ends training now."""
        at_end = self.state.step % self.problem.steps_per_epoch == 0
        return at_end and self.control is not None and self.control.stops

    @property
    def _factor(self) -> float:
        """What the callbacks make of the rate."""
        return 1.0 if self.control is None else self.control.factor

    def change(self, change: Change) -> None:
        """Give a live key another value; a rate takes the place of what callbacks have made of the one before."""
        if isinstance(change.value, float):
            self._lr = change.value
            self.control = self.control and self.control.with_rate_set()
        elif isinstance(change.value, tuple):
            self._multipliers = change.value

    def _rates(self, count: int) -> NDArray[np.float64]:
        scheduled = engine.rates(self.problem, self._lr, self.state.step, count)
        return scheduled if self.control is None else scheduled * self._factor

    def train(self, steps: int) -> Status:
        """Take so many steps, fewer where a stop rule says so or rates are known no further.

        Raises
        ------
        ExperimentError
            There is no rate for the next step.
        """
        first = self.state.step + 1
        rates = as_far_as_known(self._rates, steps)
        record = np.empty((len(self.problem.columns), len(rates)), self.problem.network.dtype)
        size, done = self.problem.steps_per_epoch, self.state.step
        ending = (done % size + len(rates)) // size
        held_out = np.empty((len(self.problem.metrics), ending)) if self.validates and ending else None
        outcome = engine.advance(
            self.problem, self.state, rates, multipliers=self._multipliers, record=record, stops=self._stops,
            held_out=held_out,
        )  # fmt: skip
        rows, rates = record[:, : outcome.steps], rates[: outcome.steps]
        if held_out is not None:
            self._validation.append(held_out[:, : (done % size + outcome.steps) // size])
        if outcome.bad_step and self.diverged_at is None:
            self.diverged_at = first - 1 + outcome.bad_step
            self.not_finite = engine.not_finite_name(self.problem, outcome)
        self._recent = np.concatenate([self._recent, rows], axis=1)[:, -RECENT_ROWS:]
        self._close_epochs(rows, rates)
        if self._on_block:
            self._on_block(Block(first, rates, rows))
        return outcome.status

    def _close_epochs(self, rows: FloatArray, rates: NDArray[np.float64]) -> None:
        """Means of the epochs that are whole now; the rows of the last one wait until it is."""
        size = self.problem.steps_per_epoch
        measured = len(self.problem.metrics)
        figures = np.concatenate([self._open_epoch, rows[:measured].astype(np.float64)], axis=1)
        waiting = self._open_epoch.shape[1]
        count = figures.shape[1] // size
        self._open_epoch = figures[:, count * size :]
        if not count:
            return
        with np.errstate(over="ignore", invalid="ignore"):
            means = figures[:, : count * size].reshape(measured, count, size).mean(axis=2)
        last_rates = rates[size - waiting - 1 :: size][:count]
        self._epochs.append(np.vstack([means, last_rates]))
        if self.control is not None:
            self._decide(self.control, dict(zip(self.problem.metrics, means[:, -1].tolist())))

    def _decide(self, before: callback_log.Control, training: dict[str, float]) -> None:
        """Let the callbacks look at the epoch that has just ended."""
        validation = dict(zip(self.problem.metrics, self._validation[-1][:, -1].tolist())) if self.validates else {}
        self.control = before.after_epoch(epochs.by_name(training, validation), self._lr)
        stop = self.control.early_stop
        if stop is not None and stop.restore_best and stop.improved:
            self._best = self.state.theta.copy()

    def _restore_best(self, reason: StopReason) -> int | None:
        """Take back the best parameters where that is asked for, of a run that ended by its limits; their epoch."""
        if self._best is None or self.control is None or reason not in ENDED_BY_LIMITS:
            return None
        self.state.theta[:] = self._best
        return self.control.best_epoch

    def result(self, reason: StopReason) -> Result:
        """Everything about the run as it stands; the best parameters are back where that is asked for."""
        history, restored = self._history(), self._restore_best(reason)
        recent = self._recent.astype(np.float64)
        return Result(
            problem=self.problem,
            theta=self.state.theta,
            steps=self.state.step,
            epochs=self.state.step // self.problem.steps_per_epoch,
            stop_reason=reason,
            diverged_at=self.diverged_at,
            not_finite=self.not_finite,
            final=self._final(),
            last_step={"loss": float(recent[0, -1]), "error": float(recent[1, -1])} if recent.shape[1] else {},
            history=history,
            verdict=self._judge(reason, recent, history),
            control=self.control,
            restored_epoch=restored,
            error=self.error,
        )

    def arrays(self) -> dict[str, NDArray[np.float64]]:
        """What was measured of each whole epoch, by the names of `HISTORY_KEYS`, without those that the run lacks."""
        names = (*self.problem.metrics, "lr")
        figures = np.concatenate(self._epochs, axis=1) if self._epochs else np.empty((len(names), 0))
        found = dict(zip(names, figures, strict=True))
        if self._validation:
            figures = np.concatenate(self._validation, axis=1)
            found.update(zip(map(held_out, self.problem.metrics), figures, strict=True))
        return found

    def _history(self) -> dict[str, list[float | None]]:
        found = self.arrays()
        empty: list[float | None] = [None] * len(found["lr"])
        return {key: found[key].tolist() if key in found else list(empty) for key in HISTORY_KEYS}

    def _final(self) -> dict[str, Any]:
        data, theta = self.problem.data, self.state.theta
        train = engine.evaluate(self.problem, theta, data.X_train, data.Y_train)
        test = epochs.held_out(self.problem, theta)
        final: dict[str, Any] = {
            metric.name: (test if metric.held_out else train).get(metric.quantity) for metric in METRICS
        }
        share = LOSSES[self.problem.experiment.training.loss].squared
        if share is not None:
            final["mse"] = final["loss"] / share
            validation = final[held_out("loss")]
            final[held_out("mse")] = None if validation is None else validation / share
        if self.problem.records_parameters:
            final["parameters"] = dict(zip(self.problem.parameter_names, theta.tolist(), strict=True))
        return final

    def _judge(
        self, reason: StopReason, recent: NDArray[np.float64], history: dict[str, list[float | None]]
    ) -> Verdict:
        epochs = len(history["error"])
        places = np.linspace(0, epochs - 1, min(epochs, JUDGED_EPOCHS)).round().astype(np.intp)
        names = self.problem.metrics
        training = {name: np.array(history[name], dtype=np.float64)[places] for name in names}
        validated = names if self.validates else ()
        validation = {name: np.array(history[held_out(name)], dtype=np.float64)[places] for name in validated}
        return values.judge(
            Evidence(
                steps=self.state.step,
                rate=self._lr * self._factor,
                losses=recent[0],
                errors=recent[1],
                parameters=recent[len(self.problem.metrics) :].T if self.problem.records_parameters else None,
                epoch_errors=training["error"],
                finished=reason,
                diverged_at=self.diverged_at,
                not_finite=self.not_finite,
                rate_left=rate_left(self.problem, self._lr, self._factor, self.state.step),
                **curves((places + 1).astype(np.float64), training, validation),
                **problem_facts(self.problem.experiment, self.problem.data),
            )
        )
