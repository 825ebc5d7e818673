"""What a schedule is: its keys, its curve and what it checks, declared once; `shapes` declares them all."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from inspect import Parameter, signature
from typing import Any

import numpy as np

from lrsim.common.epoch_grid import EpochGrid, Steps
from lrsim.common.numbers import Floats
from lrsim.common.validation import ExperimentError

TINY = 1e-9
"""Of an epoch: places nearer than this are the same."""
Curve = Callable[..., Floats]
"""From elapsed time, the rate and the keys that it names to rates, or from time and keys to momenta."""


@dataclass(frozen=True)
class Clock:
    """How a schedule counts in a run: durations in its own unit, except for the warm-up, which is in steps."""

    per_step: bool
    grid: EpochGrid
    warmup: int
    warmup_start: float

    @property
    def length(self) -> float:
        """What is left of the training after the warm-up."""
        total = self.grid.total_steps
        if total is None:
            raise ExperimentError("schedule.length", "missing, expected a number > 0 where training has no set length")
        steps = max(total - self.warmup, 1)
        if self.per_step:
            return steps
        if self._only_size is not None:
            return max(steps / self._only_size, 1.0)
        return max(self.grid.position(self.warmup + steps) - self.grid.position(self.warmup), 1.0)

    @property
    def ticks_per_epoch(self) -> int:
        """Of the newest epochs."""
        return self.grid.pieces[-1].size if self.per_step else 1

    def ticks(self, after: Steps) -> Steps:
        """Units that are done once so many steps after the warm-up are."""
        return after if self.per_step else self._epochs(after)

    def step_of(self, tick: int) -> int:
        """Steps after the warm-up at which a unit begins."""
        if self.per_step:
            return tick
        size = self._only_size
        if size is not None:
            return tick * size
        return math.ceil(self.grid.step_at(self.grid.position(self.warmup) + tick) - TINY) - self.warmup

    def epoch_of(self, tick: int) -> int:
        """Whole epochs after the warm-up that are done when a unit begins."""
        return int(self._epochs(np.array([tick]))[0]) if self.per_step else tick

    def _epochs(self, after: Steps) -> Steps:
        """Whole epochs since the end of the warm-up, which may lie within one."""
        size = self._only_size
        if size is not None:
            return after // size
        epochs, into = self.grid.all_ended(after + self.warmup), self.grid.all_into(after + self.warmup)
        first, within = self.grid.place(self.warmup)
        if not within:
            return epochs - first
        sizes = self.grid.ends(epochs + 1) - self.grid.ends(epochs)
        share = within / self.grid.size_at(self.warmup)
        found: Steps = epochs - first - (into / sizes < share - TINY)
        return found

    @property
    def _only_size(self) -> int | None:
        """Steps of each epoch, where all have as many."""
        pieces = self.grid.pieces
        return pieces[0].size if len(pieces) == 1 else None


RunDefault = Callable[[Mapping[str, Any], float, Clock], float]
"""A default that depends on the run: from the settings so far, the rate and the clock."""


def _fits(given: Mapping[str, Any], lr: float) -> None:
    """For schedules all of whose settings go together."""


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """One schedule.

    Attributes
    ----------
    name
        `schedule.name`.
    keys
        The keys that it uses, besides those of the warm-up, with what an absent one means; None depends on the run.
    curve
        From elapsed time, the rate and its keyword arguments to rates; None leaves the rate to be moved otherwise, or
        alone.
    momentum
        The same to momenta, where `cycle_momentum` is set.
    of_run
        The defaults that depend on the run's length or rate, in the order in which they are filled in. Others of those
        depend on the metrics at hand or the optimizer's flavor, see `callbacks`.
    check
        Refuses keys that do not go together, given those that are set and the rate; ExperimentError names the key.
    """

    name: str
    keys: Mapping[str, Any] = field(default_factory=dict)
    curve: Curve | None = None
    momentum: Curve | None = None
    of_run: Mapping[str, RunDefault] = field(default_factory=dict)
    check: Callable[[Mapping[str, Any], float], None] = _fits


@lru_cache(maxsize=64)
def keywords(curve: Curve) -> tuple[str, ...]:
    """The keys that a curve names."""
    return tuple(name for name, item in signature(curve).parameters.items() if item.kind is Parameter.KEYWORD_ONLY)
