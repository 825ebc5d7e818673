"""Which schedule uses which keys, and their defaults: one table for validation, running and display."""

from __future__ import annotations

from typing import Any

import msgspec

from lrsim.common import expression
from lrsim.common.validation import ExperimentError
from lrsim.schedules.spec import ScheduleSpec

WARMUP: dict[str, Any] = {"warmup_steps": None, "warmup_epochs": None, "warmup_start": 0.1}

_CYCLED_MOMENTUM: dict[str, Any] = {"base_momentum": 0.8, "max_momentum": 0.9}

DEFAULTS: dict[str, dict[str, Any]] = {
    "constant": {},
    "warmup": {},
    "step": {"per": "epoch", "every": 10.0, "milestones": (), "factor": 0.5},
    "exponential": {"per": "step", "decay_rate": 0.96, "every": None, "staircase": False},
    "inverse_time": {"per": "step", "decay_rate": 0.1, "every": None, "staircase": False},
    "polynomial": {"per": "step", "length": None, "end_lr": None, "power": 1.0, "cycle": False},
    "cosine": {"per": "step", "length": None, "alpha": 0.0},
    "cosine_restarts": {"per": "step", "length": None, "t_mul": 2.0, "m_mul": 1.0, "alpha": 0.0},
    "cyclic": {
        "per": "step", "policy": "triangular", "base_lr": None, "step_size_up": None, "step_size_down": None,
        "gamma": None, "cycle_momentum": False, **_CYCLED_MOMENTUM,
    },
    "one_cycle": {
        "per": "step", "length": None, "pct_start": 0.3, "anneal": "cos", "three_phase": False, "div_factor": 25.0,
        "final_div_factor": 1e4, "cycle_momentum": True, "base_momentum": 0.85, "max_momentum": 0.95,
    },
    "expression": {"per": "epoch", "expression": "lr0 * 0.95 ** epoch"},
    "plateau": {
        "monitor": None, "mode": "auto", "factor": 0.1, "patience": 10, "min_delta": 1e-4, "threshold_mode": None,
        "cooldown": 0, "min_lr": 0.0,
    },
}  # fmt: skip
"""The keys of each schedule with what an absent one means; every schedule also takes those of `WARMUP`.

None depends on the run: on the length of training or of an epoch, on the rate (`lrsim.schedules`), on the metrics at
hand or the optimizer's flavor (`lrsim.callbacks`).
"""

_UNSET = {field.name: field.default for field in msgspec.structs.fields(ScheduleSpec)}


def used(name: str) -> dict[str, Any]:
    """The keys that a schedule uses, those of the warm-up included, and their defaults."""
    return DEFAULTS[name] | WARMUP


def settings(spec: ScheduleSpec) -> dict[str, Any]:
    """The keys that the schedule uses as they are set, with the defaults of those that are not."""
    given = {key: getattr(spec, key) for key in used(spec.name)}
    return used(spec.name) | {key: value for key, value in given.items() if value != _UNSET[key]}


def without_unused(raw: dict[str, Any], name: str) -> dict[str, Any]:
    """The plain table of a schedule without the keys that the schedule `name` does not use."""
    return {key: value for key, value in raw.items() if key == "name" or key in used(name)} if name in DEFAULTS else raw


def check(spec: ScheduleSpec, lr: float) -> None:
    """Refuse keys that the schedule does not use and values that do not go together.

    Parameters
    ----------
    lr
        The rate that an expression starts with.

    Raises
    ------
    ExperimentError
        Names the key and what uses it.
    """
    for key, unset in _UNSET.items():
        value = getattr(spec, key)
        if value != unset and key != "name" and key not in used(spec.name):
            users = " and ".join(name for name, keys in DEFAULTS.items() if key in keys)
            raise ExperimentError(f"schedule.{key}", f"used by the schedule {users}, not by {spec.name}", value)
    if spec.milestones and spec.every is not None:
        raise ExperimentError("schedule.milestones", "expected either milestones or every, not both")
    if spec.warmup_steps is not None and spec.warmup_epochs is not None:
        raise ExperimentError("schedule.warmup_steps", "expected either warmup_steps or warmup_epochs, not both")
    if spec.name == "plateau" and spec.factor is not None and spec.factor >= 1:
        raise ExperimentError("schedule.factor", "expected a number > 0 and < 1 for the schedule plateau", spec.factor)
    if spec.name == "expression":
        expression.compiled(settings(spec)["expression"])(step=0, epoch=0, lr=lr, lr0=lr)
