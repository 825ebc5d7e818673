"""The error of steps that saw one sample each, told apart by sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lrsim.common.numbers import Floats
from lrsim.gui.chart.chart import Steps
from lrsim.history.series import SampleErrors

FEW = 8
"""Up to so many samples each has a curve; of more the worst, the middle and the best one are shown at first."""
RANKS = ("worst", "median", "best")
MOST_OFFERED = 500
"""Samples that can be chosen by name."""

Choice = str | int
"""A sample, from 0, or one of `RANKS`."""


@dataclass(frozen=True)
class SampleCurve:
    """Errors of one sample over the steps that saw it; `rank` is what it was chosen by, empty for its number."""

    sample: int
    rank: str
    steps: Steps
    errors: Floats

    @property
    def last(self) -> float:
        """Its newest error; NaN where there is none."""
        return float(self.errors[-1]) if len(self.errors) else float("nan")

    def at(self, step: int) -> float | None:
        """Its error at the last step that saw it by `step`."""
        place = int(np.searchsorted(self.steps, step, side="right")) - 1
        return float(self.errors[place]) if place >= 0 else None


def choices(samples: int) -> tuple[Choice, ...]:
    """What there is to choose among so many samples."""
    if samples <= FEW:
        return tuple(range(samples))
    return (*RANKS, *range(min(samples, MOST_OFFERED)))


def usual(samples: int) -> tuple[int, ...]:
    """Places of what is chosen until somebody chooses."""
    return tuple(range(samples if samples <= FEW else len(RANKS)))


def curves(found: SampleErrors, samples: int, chosen: Sequence[Choice]) -> list[SampleCurve]:
    """The chosen samples' curves, a sample that was chosen twice once."""
    ranks = _ranked(found, samples) if any(isinstance(choice, str) for choice in chosen) else {}
    taken: dict[int, str] = {}
    for choice in chosen:
        sample = ranks.get(choice) if isinstance(choice, str) else choice
        if sample is not None:
            taken.setdefault(sample, choice if isinstance(choice, str) else "")
    made = []
    for sample, rank in taken.items():
        here = found.samples == sample
        made.append(SampleCurve(sample, rank, found.steps[here], found.errors[here]))
    return made


def _ranked(found: SampleErrors, samples: int) -> dict[str, int]:
    """Which sample is the worst, the middle and the best by its newest error; one without a number is the worst."""
    newest = np.full(samples, -1, dtype=np.int64)
    np.maximum.at(newest, found.samples, np.arange(len(found.samples)))
    met = np.flatnonzero(newest >= 0)
    if not len(met):
        return {}
    errors = found.errors[newest[met]]
    order = met[np.argsort(np.where(np.isnan(errors), np.inf, errors), kind="stable")]
    return {"best": int(order[0]), "median": int(order[len(order) // 2]), "worst": int(order[-1])}
