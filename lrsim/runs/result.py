"""What a headless run tells of itself: rows as they come, how far it is, and what it came to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrsim.common.numbers import without_non_finite
from lrsim.common.validation import ExperimentError
from lrsim.experiment.files import to_dict
from lrsim.schedules import callback_log as control
from lrsim.training.engine import Problem
from lrsim.training.stops import StopReason
from lrsim.verdict.advice import Verdict
from lrsim_core import FloatArray


@dataclass(frozen=True)
class Change:
    """A live key that gets a new value once `step` steps are done: step + 1 is the first that feels it."""

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
class Underway:
    """How far a run is: steps done and the limit; `history` makes arrays of its epochs so far, by name."""

    steps: int
    limit: int
    steps_per_epoch: int
    history: Callable[[], dict[str, NDArray[np.float64]]]


@dataclass(frozen=True)
class Result:
    """What a run came to.

    Attributes
    ----------
    stop_reason
        What ended it.
    diverged_at, not_finite
        First step with a loss or parameter that is not finite, and its name.
    final
        Figures of the final parameters over the whole training set and test set; None where there are none.
    last_step
        Loss and error of the last step's batch, before its update; empty when no step was taken.
    history
        For each whole epoch: means over its steps, test figures at its end, and the rate of its last step.
    control
        The callbacks after the last whole epoch; None for a run without.
    restored_epoch
        The epoch whose parameters are `theta`, where early stopping has taken back the best; else None.
    error
        Why an interrupted run could not go on: an expression has no rate for the next step; else None.
    """

    problem: Problem
    theta: FloatArray
    steps: int
    epochs: int
    stop_reason: StopReason
    diverged_at: int | None
    not_finite: str | None
    final: dict[str, Any]
    last_step: dict[str, float]
    history: dict[str, list[float | None]]
    verdict: Verdict
    control: control.Control | None = None
    restored_epoch: int | None = None
    error: ExperimentError | None = None

    def as_dict(self) -> dict[str, Any]:
        """The run as plain data for JSON; numbers that are not finite are None."""
        plain: dict[str, Any] = without_non_finite(
            {
                "experiment": to_dict(self.problem.experiment),
                "steps": self.steps,
                "epochs": self.epochs,
                "stop_reason": self.stop_reason,
                "diverged_at": self.diverged_at,
                "not_finite": self.not_finite,
                "restored_epoch": self.restored_epoch,
                "error": None if self.error is None else str(self.error),
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
