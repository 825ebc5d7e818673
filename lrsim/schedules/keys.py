"""The keys of a schedule as an experiment has them: those that are set, what absent ones mean, and which do not fit."""

from __future__ import annotations

from typing import Any

import msgspec

from lrsim.common.validation import ExperimentError
from lrsim.schedules.shapes import SCHEDULES, WARMUP_KEYS
from lrsim.schedules.spec import ScheduleSpec

_UNSET = {field.name: field.default for field in msgspec.structs.fields(ScheduleSpec)}


def used(name: str) -> dict[str, Any]:
    """The keys that a schedule uses, those of the warm-up included, and their defaults."""
    return {**SCHEDULES[name].keys, **WARMUP_KEYS}


def given(spec: ScheduleSpec) -> dict[str, Any]:
    """The keys that are set."""
    values = {key: getattr(spec, key) for key in _UNSET if key != "name"}
    return {key: value for key, value in values.items() if value != _UNSET[key]}


def settings(spec: ScheduleSpec) -> dict[str, Any]:
    """The keys that the schedule uses as they are set, with the defaults of those that are not."""
    keys = used(spec.name)
    values = {key: getattr(spec, key) for key in keys}
    return keys | {key: value for key, value in values.items() if value != _UNSET[key]}


def without_unused(raw: dict[str, Any], name: str) -> dict[str, Any]:
    """The plain table of a schedule without the keys that the schedule `name` does not use."""
    if name not in SCHEDULES:
        return raw
    return {key: value for key, value in raw.items() if key == "name" or key in used(name)}


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
    found = given(spec)
    for key, value in found.items():
        if key not in used(spec.name):
            users = " and ".join(name for name, schedule in SCHEDULES.items() if key in schedule.keys)
            raise ExperimentError(f"schedule.{key}", f"used by the schedule {users}, not by {spec.name}", value)
    if spec.warmup_steps is not None and spec.warmup_epochs is not None:
        raise ExperimentError("schedule.warmup_steps", "expected either warmup_steps or warmup_epochs, not both")
    SCHEDULES[spec.name].check(found, lr)
