"""What a headless run tells of itself: rows as they come, how far it is, and what it came to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from numpy.typing import NDArray

from lrsim.common.epoch_grid import EpochGrid
from lrsim.common.metrics import METRIC_NAMES
from lrsim.common.validation import ExperimentError
from lrsim.experiment.files import to_dict
from lrsim.schedules.callback_log import Control
from lrsim.training.course import Event
from lrsim.training.engine import Problem
from lrsim.training.epochs import EpochFigures
from lrsim.training.stops import StopReason
from lrsim.trials.copies import FALLING
from lrsim.verdict.finding import Verdict
from lrsim.verdict.tried import Tried
from lrsim_core import FloatArray

HISTORY_KEYS = (*METRIC_NAMES, "lr")
PIECE = 1 << 16
"""Epochs that are turned into text at once."""


@dataclass(frozen=True)
class Change:
    """A key, or a parameter by its trace name, that has a new value once `step` steps are done."""

    step: int
    key: str
    value: object


@dataclass(frozen=True)
class Block:
    """Rows of successive steps, for a trace: `first_step` counts from 1, `rows` is (columns, n) as recorded."""

    first_step: int
    rates: NDArray[Any]
    rows: FloatArray


@dataclass(frozen=True)
class Underway:
    """How far a run is: steps done and the limit; `figures` makes arrays of its epochs so far."""

    steps: int
    limit: int
    steps_per_epoch: int
    figures: Callable[[], EpochFigures]


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
        Figures of the final parameters over the whole training set and test set; None where there are none. Where
        targets are scaled, ``in_units`` has the errors of each target in the units of the source.
    last_step
        Loss and error of the last step's batch, before its update; empty when no step was taken.
    figures
        Of whole epochs: means over their samples, test figures at their ends, rates of their last steps. Of every
        epoch where that was asked for, else of some hundreds at most.
    verdict
        On the run as it ended, before `restored_epoch` was taken back; its code is None where no step was taken.
    control
        The callbacks after the last whole epoch; None for a run without.
    restored_epoch
        The epoch whose parameters are `theta`, where early stopping has taken back the best; else None.
    error
        Why an interrupted run could not go on: an expression has no rate for the next step; else None.
    changes
        What was changed on the way.
    grid
        Where its epochs began and ended.
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
    figures: EpochFigures
    verdict: Verdict
    grid: EpochGrid
    control: Control | None = None
    restored_epoch: int | None = None
    error: ExperimentError | None = None
    changes: tuple[Event, ...] = ()

    @property
    def history(self) -> dict[str, NDArray[Any] | None]:
        """The figures by `HISTORY_KEYS`, None for those that the run lacks; and ``epoch`` where some are left out."""
        found = self.figures.by_name()
        history: dict[str, NDArray[Any] | None] = {key: found.get(key) for key in HISTORY_KEYS}
        return history if len(self.figures.epochs) == self.epochs else {**history, "epoch": self.figures.epochs}

    def as_dict(self) -> dict[str, Any]:
        """The run as plain data, as it stands in JSON; numbers that are not finite are None."""
        pieces: list[bytes] = []
        self.write_json(pieces.append)
        plain: dict[str, Any] = msgspec.json.decode(b"".join(pieces))
        return plain

    def write_json(self, write: Callable[[bytes], object], more: Mapping[str, Any] | None = None) -> None:
        """One JSON object, a piece at a time: the history of a long run never stands in memory as text.

        Parameters
        ----------
        more
            Members to add at its end, plain data.
        """
        verdict = self.verdict
        head = {
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
            "notes": self.problem.notes,
            "changes": [{"step": event.step, "key": event.key, "value": event.value} for event in self.changes],
            "target_scaling": _scaling(self.problem),
        }
        tail = {
            "verdict": {
                "code": verdict.code and verdict.code.value,
                "text": verdict.text,
                "evidence": dict(verdict.evidence),
                "advice": verdict.advice,
                "rate": verdict.suggested_rate,
                "falling": verdict.falling,
                "from": verdict.start,
                "trials": _trials(verdict.tried),
            },
            **(more or {}),
        }
        write(msgspec.json.encode(head)[:-1] + b',"history":{')
        for place, (key, values) in enumerate(self.history.items()):
            write((b"," if place else b"") + msgspec.json.encode(key) + b":[")
            for start in range(0, len(self.figures.epochs), PIECE):
                stop = min(start + PIECE, len(self.figures.epochs))
                piece = [None] * (stop - start) if values is None else values[start:stop].tolist()
                write((b"," if start else b"") + msgspec.json.encode(piece)[1:-1])
            write(b"]")
        write(b"}," + msgspec.json.encode(tail)[1:])


def _trials(tried: Tried | None) -> list[dict[str, Any]]:
    """Every rate that was tried, and what it came to; the run itself is no trial."""
    return [
        {
            "rate": trial.candidate.rate,
            "schedule": FALLING if trial.candidate.falling else None,
            "from": trial.candidate.start,
            "epochs": trial.epochs,
            "score": trial.figure,
        }
        for trial in (() if tried is None else tried.trials)
    ]


def _scaling(problem: Problem) -> dict[str, dict[str, float]] | None:
    """What takes each target from the units of the run's figures to those of the source: times factor, plus offset."""
    data = problem.data
    if not data.scales_targets:
        return None
    scaler = data.target_scaler
    made = zip(data.target_names, scaler.offset.tolist(), scaler.factor.tolist(), strict=True)
    return {name: {"offset": offset, "factor": factor} for name, offset, factor in made}
