"""One headless run from start to end: limits, changes at given steps, rows as they come, and the result.

A run is trained in blocks. Nothing of a result depends on how it is cut into blocks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrsim import engine, verdict
from lrsim.engine import Problem, Status, Stops
from lrsim.experiment import LIVE_KEYS, Experiment, ExperimentError, to_dict, with_value
from lrsim.stability import problem_facts
from lrsim_core import FloatArray

BLOCK_SECONDS = 0.05
"""Aim for one block: short enough to answer an interruption, long enough not to matter."""
BLOCK_VALUES = 1 << 19
"""Recorded numbers in one block at most."""
FIRST_BLOCK = 256
RECENT_ROWS = 4096
"""Rows that the verdict looks at."""
JUDGED_EPOCHS = 512

HISTORY_KEYS = ("loss", "error", "accuracy", "val_loss", "val_error", "val_accuracy", "lr")


@dataclass(frozen=True)
class Change:
    """A key that gets a new value once `step` steps are done: step + 1 is the first that feels it."""

    step: int
    key: str
    value: object


@dataclass(frozen=True)
class Block:
    """Rows of successive steps, for a trace: `first_step` counts from 1, `rows` is (columns, n) as recorded."""

    first_step: int
    rates: NDArray[np.float64]
    rows: FloatArray


@dataclass(frozen=True)
class Result:
    """What a run came to.

    Attributes
    ----------
    stop_reason
        ``steps``, ``epochs``, ``target_error``, ``diverged`` or ``interrupted``.
    diverged_at, not_finite
        First step with a loss or parameter that is not finite, and its name.
    final
        Figures of the final parameters over the whole training set and test set; None where there are none.
    last_step
        Loss and error of the last step's batch, before its update; empty when no step was taken.
    history
        For each whole epoch: means over its steps, test figures at its end, and the rate of its last step.
    """

    problem: Problem
    theta: FloatArray
    steps: int
    epochs: int
    stop_reason: str
    diverged_at: int | None
    not_finite: str | None
    final: dict[str, Any]
    last_step: dict[str, float]
    history: dict[str, list[float | None]]
    verdict: verdict.Verdict

    def as_dict(self) -> dict[str, Any]:
        """The run as plain data for JSON; numbers that are not finite are None."""
        plain: dict[str, Any] = _plain(
            {
                "experiment": to_dict(self.problem.experiment),
                "steps": self.steps,
                "epochs": self.epochs,
                "stop_reason": self.stop_reason,
                "diverged_at": self.diverged_at,
                "not_finite": self.not_finite,
                "final": self.final,
                "last_step": self.last_step,
                "history": self.history,
                "verdict": {
                    "code": self.verdict.code,
                    "text": self.verdict.text,
                    "evidence": dict(self.verdict.evidence),
                    "advice": self.verdict.advice,
                    "suggested_rate": self.verdict.suggested_rate,
                },
            }
        )
        return plain


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def checked_changes(experiment: Experiment, changes: Sequence[Change]) -> list[Change]:
    """The changes in the order in which they take effect, their values checked.

    Raises
    ------
    ExperimentError
        A key does not exist or needs a restart, or a value can't be used.
    """
    checked = []
    for change in changes:
        with_value(experiment, change.key, change.value)
        if change.key not in LIVE_KEYS:
            what = f"can't change in mid-run, it needs a restart (only {', '.join(LIVE_KEYS)} can); use --set instead"
            raise ExperimentError(change.key, what)
        checked.append(Change(change.step, change.key, float(change.value)))  # type: ignore[arg-type]
    return sorted(checked, key=lambda change: change.step)


def run(
    problem: Problem,
    *,
    max_steps: int | None = None,
    max_epochs: int | None = None,
    changes: Sequence[Change] = (),
    on_block: Callable[[Block], None] | None = None,
    on_progress: Callable[[int, int], None] | None = None,
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
        Gets the steps done and the limit, about every `BLOCK_SECONDS`.
    interrupted
        Asked between blocks; true ends the run there.

    Raises
    ------
    ExperimentError
        A change can't be made.
    """
    experiment, per_epoch = problem.experiment, problem.steps_per_epoch
    pending = checked_changes(experiment, changes)
    trainer = _Trainer(problem, on_block)
    limit = max_steps if max_steps is not None else (max_epochs or experiment.training.epochs) * per_epoch
    reason = "steps" if max_steps is not None else "epochs"
    lr, block = experiment.optimizer.lr, FIRST_BLOCK
    while trainer.state.step < limit:
        if interrupted():
            reason = "interrupted"
            break
        step = trainer.state.step
        while pending and pending[0].step <= step:
            lr = float(pending.pop(0).value)  # type: ignore[arg-type]
        end = min(limit, step + block, *(change.step for change in pending[:1]))
        if trainer.validates:
            end = min(end, step - step % per_epoch + per_epoch)
        began = time.perf_counter()
        status = trainer.train(engine.rates(problem, lr, step, end - step))
        if status == Status.TARGET_REACHED:
            reason = "target_error"
            break
        if status == Status.NOT_FINITE:
            reason = "diverged"
            break
        if time.perf_counter() - began < BLOCK_SECONDS / 2 and end - step == block:
            block = min(2 * block, trainer.most_steps)
        if on_progress:
            on_progress(trainer.state.step, limit)
    return trainer.result(lr, reason)


class _Trainer:
    """Advances one state and keeps what the result needs of the rows that go by."""

    def __init__(self, problem: Problem, on_block: Callable[[Block], None] | None) -> None:
        self.problem = problem
        self.state = problem.start()
        self.validates = len(problem.data.X_test) > 0
        self.most_steps = max(1, BLOCK_VALUES // len(problem.columns))
        self.diverged_at: int | None = None
        self.not_finite: str | None = None
        stop = problem.experiment.stop
        self._stops = Stops(stop.target_error, stop.min_steps, stop.divergence)
        self._on_block = on_block
        self._recent: FloatArray = np.empty((len(problem.columns), 0), problem.network.dtype)
        self._open_epoch = np.empty((2, 0))
        self._epochs: list[NDArray[np.float64]] = []
        self._validation: list[dict[str, float]] = []

    def train(self, rates: NDArray[np.float64]) -> Status:
        """Take a step for each rate, fewer where a stop rule says so."""
        first = self.state.step + 1
        record = np.empty((len(self.problem.columns), len(rates)), self.problem.network.dtype)
        outcome = engine.advance(self.problem, self.state, rates, record=record, stops=self._stops)
        rows, rates = record[:, : outcome.steps], rates[: outcome.steps]
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
        figures = np.concatenate([self._open_epoch, rows[:2].astype(np.float64)], axis=1)
        waiting = self._open_epoch.shape[1]
        count = figures.shape[1] // size
        self._open_epoch = figures[:, count * size :]
        if not count:
            return
        with np.errstate(over="ignore", invalid="ignore"):
            means = figures[:, : count * size].reshape(2, count, size).mean(axis=2)
        last_rates = rates[size - waiting - 1 :: size][:count]
        self._epochs.append(np.vstack([means, last_rates]))
        if self.validates:
            data = self.problem.data
            self._validation.append(engine.evaluate(self.problem, self.state.theta, data.X_test, data.Y_test))

    def result(self, lr: float, reason: str) -> Result:
        """Everything about the run as it stands."""
        history = self._history()
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
            verdict=self._judge(lr, reason, recent, np.array(history["error"], dtype=np.float64)),
        )

    def _history(self) -> dict[str, list[float | None]]:
        figures = np.concatenate(self._epochs, axis=1) if self._epochs else np.empty((3, 0))
        empty: list[float | None] = [None] * figures.shape[1]
        history = {key: list(empty) for key in HISTORY_KEYS}
        history.update(loss=figures[0].tolist(), error=figures[1].tolist(), lr=figures[2].tolist())
        if self.validates:
            history["val_loss"] = [found["loss"] for found in self._validation]
            history["val_error"] = [found["error"] for found in self._validation]
        return history

    def _final(self) -> dict[str, Any]:
        data, theta = self.problem.data, self.state.theta
        train = engine.evaluate(self.problem, theta, data.X_train, data.Y_train)
        test = engine.evaluate(self.problem, theta, data.X_test, data.Y_test) if self.validates else {}
        final: dict[str, Any] = {
            "loss": train["loss"],
            "error": train["error"],
            "accuracy": None,
            "val_loss": test.get("loss"),
            "val_error": test.get("error"),
            "val_accuracy": None,
        }
        if self.problem.records_parameters:
            final["parameters"] = dict(zip(self.problem.parameter_names, theta.tolist(), strict=True))
        return final

    def _judge(
        self, lr: float, reason: str, recent: NDArray[np.float64], epoch_errors: NDArray[np.float64]
    ) -> verdict.Verdict:
        places = np.linspace(0, len(epoch_errors) - 1, min(len(epoch_errors), JUDGED_EPOCHS)).round().astype(np.intp)
        return verdict.judge(
            verdict.Evidence(
                steps=self.state.step,
                rate=lr,
                losses=recent[0],
                errors=recent[1],
                parameters=recent[2:].T if self.problem.records_parameters else None,
                epoch_errors=epoch_errors[places],
                finished=reason,
                diverged_at=self.diverged_at,
                not_finite=self.not_finite,
                **problem_facts(self.problem.experiment, self.problem.data),
            )
        )
