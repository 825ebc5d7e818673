"""What a schedule is: its keys, its curve and what it checks, declared once; `shapes` declares them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from inspect import Parameter, signature
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrsim.common.numbers import Floats
from lrsim.common.validation import ExperimentError

Steps = NDArray[np.int64]
Curve = Callable[..., Floats]
"""From elapsed time, the rate and the keys that it names to rates, or from time and keys to momenta."""


@dataclass(frozen=True)
class Clock:
    """How a schedule counts in a run: durations in its own unit, except for the warm-up, which is in steps."""

    per_step: bool
    steps_per_epoch: int
    warmup: int
    warmup_start: float
    total_steps: int | None

    @property
    def ticks_per_epoch(self) -> int:
        return self.steps_per_epoch if self.per_step else 1

    @property
    def length(self) -> float:
        """What is left of the training after the warm-up."""
        if self.total_steps is None:
            raise ExperimentError("schedule.length", "missing, expected a number > 0 where training has no set length")
        steps = max(self.total_steps - self.warmup, 1)
        return steps if self.per_step else max(steps / self.steps_per_epoch, 1.0)

    def ticks(self, done: Steps) -> Steps:
        return done if self.per_step else done // self.steps_per_epoch


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
