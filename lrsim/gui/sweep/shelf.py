"""Sweeps that were shown before, each under its experiment, so that they come back with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lrsim.experiment.specs import Experiment
from lrsim.sweep.plan import Sweep
from lrsim.sweep.record import Record

MOST_KEPT = 5


@dataclass(frozen=True)
class Kept:
    """A sweep and those of its runs that are done."""

    sweep: Sweep
    records: tuple[Record, ...]


class Shelf:
    """The last few sweeps, one for each experiment."""

    def __init__(self) -> None:
        self._kept: list[Kept] = []

    def put(self, sweep: Sweep, records: Sequence[Record]) -> None:
        """Keep a sweep in place of the last one of its experiment; the oldest gives way."""
        others = [kept for kept in self._kept if not alike(kept.sweep.experiment, sweep.experiment)]
        self._kept = [*others, Kept(sweep, tuple(records))][-MOST_KEPT:]

    def take(self, experiment: Experiment) -> Kept | None:
        """The last sweep of an experiment, which leaves the shelf."""
        found = next((kept for kept in self._kept if alike(kept.sweep.experiment, experiment)), None)
        self._kept = [kept for kept in self._kept if kept is not found]
        return found

    @property
    def newest(self) -> Experiment | None:
        """The experiment of the sweep that was kept last."""
        return self._kept[-1].sweep.experiment if self._kept else None


def alike(one: Experiment, other: Experiment) -> bool:
    """Whether two are the same experiment, perhaps with some of its values changed."""
    return one == other or (bool(one.name) and one.name == other.name)
