"""Which keys of an experiment its optimizer uses, as the kernel's own table says: for checks, edits and the panel."""

from __future__ import annotations

from typing import Any

from lrsim.common.validation import ExperimentError
from lrsim.experiment.specs import OptimizerSpec
from lrsim_core import COMMON_KEYS, OPTIMIZER_KEYS

HYPERPARAMETERS = tuple(dict.fromkeys(key for keys in OPTIMIZER_KEYS.values() for key in keys))
LATER = tuple(key for key in (*HYPERPARAMETERS, *COMMON_KEYS) if key != "initial_accumulator")
"""Those that matter after the first step, too."""


def used(name: str) -> tuple[str, ...]:
    """Keys that mean something to an optimizer, besides its name, flavor and rate."""
    return OPTIMIZER_KEYS[name] + COMMON_KEYS


def without_unused(raw: dict[str, Any], name: str) -> dict[str, Any]:
    """The table of an experiment's optimizer, without keys that optimizer `name` has no use for."""
    drop = set(HYPERPARAMETERS) - set(OPTIMIZER_KEYS.get(name, HYPERPARAMETERS))
    return {key: value for key, value in raw.items() if key not in drop}


def check(spec: OptimizerSpec) -> None:
    """Refuse a hyperparameter that the optimizer would ignore; ExperimentError names the key."""
    for key in HYPERPARAMETERS:
        value = getattr(spec, key)
        if value and key not in OPTIMIZER_KEYS[spec.name]:
            users = ", ".join(name for name, keys in OPTIMIZER_KEYS.items() if key in keys)
            raise ExperimentError(f"optimizer.{key}", f"{spec.name} does not use it, only {users} does", value)
    if spec.nesterov and not spec.momentum:
        raise ExperimentError("optimizer.nesterov", "needs optimizer.momentum above 0", True)
