"""Which keys an optimizer uses: one table for checks, edits and the editing panel."""

from __future__ import annotations

from typing import Any

from lrsim.common.validation import ExperimentError
from lrsim.experiment.specs import OptimizerSpec

COMMON = ("decay", "weight_decay")
USED: dict[str, tuple[str, ...]] = {
    "sgd": ("momentum", "nesterov"),
    "adagrad": ("initial_accumulator", "epsilon"),
    "adadelta": ("rho", "epsilon"),
    "rmsprop": ("rho", "momentum", "epsilon"),
    "adam": ("beta_1", "beta_2", "epsilon"),
    "adamax": ("beta_1", "beta_2", "epsilon"),
    "adamw": ("beta_1", "beta_2", "epsilon"),
    "nadam": ("beta_1", "beta_2", "momentum_decay", "epsilon"),
}
HYPERPARAMETERS = tuple(dict.fromkeys(key for keys in USED.values() for key in keys))


def used(name: str) -> tuple[str, ...]:
    """Keys that mean something to an optimizer, besides its name, flavor and rate."""
    return USED[name] + COMMON


def without_unused(raw: dict[str, Any], name: str) -> dict[str, Any]:
    """The table of an experiment's optimizer, without keys that optimizer `name` has no use for."""
    drop = set(HYPERPARAMETERS) - set(USED.get(name, HYPERPARAMETERS))
    return {key: value for key, value in raw.items() if key not in drop}


def check(spec: OptimizerSpec) -> None:
    """Refuse a hyperparameter that the optimizer would ignore; ExperimentError names the key."""
    for key in HYPERPARAMETERS:
        value = getattr(spec, key)
        if value and key not in USED[spec.name]:
            users = ", ".join(name for name, keys in USED.items() if key in keys)
            raise ExperimentError(f"optimizer.{key}", f"{spec.name} does not use it, only {users} does", value)
    if spec.nesterov and not spec.momentum:
        raise ExperimentError("optimizer.nesterov", "needs optimizer.momentum above 0", True)
