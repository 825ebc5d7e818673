"""The dotted keys of an experiment: which there are, which are live, and copies with some of them changed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from lrsim.common.validation import ExperimentError, keys
from lrsim.experiment import optimizer_keys
from lrsim.experiment.files import from_dict, to_dict
from lrsim.experiment.specs import Experiment
from lrsim.experiment.toml_text import parse
from lrsim.schedules import keys as schedule_keys
from lrsim.schedules.spec import ScheduleSpec

RATE_KEY, MULTIPLIERS_KEY = LIVE_KEYS = ("optimizer.lr", "optimizer.multipliers")
"""Keys that a hand keeps changing in mid-run, by slider and key; `FORK_KEYS` may change there too."""

SCHEDULE = "schedule."
FORK_KEYS = (
    *LIVE_KEYS,
    "optimizer.name",
    "optimizer.flavor",
    *(f"optimizer.{key}" for key in optimizer_keys.LATER),
    "training.batch_size",
    "training.loss",
    "training.huber_delta",
    "training.l1",
    "training.l2",
    "training.clip_gradient",
    *(f"{SCHEDULE}{field}" for field in ScheduleSpec.__struct_fields__),
)
"""Keys that may change in mid-run; all others need a restart, but single parameters, by their trace name."""


def is_parameter(key: str) -> bool:
    """Whether a key names a parameter; those of experiments have a point in them."""
    return "." not in key


def as_plain(value: object) -> object:
    """A value as a file would hold it."""
    return list(value) if isinstance(value, tuple) else value


SCALE_TARGET = "data.scale_target"


def value_at(experiment: Experiment, key: str) -> Any:
    """What a dotted key without indices, as ``optimizer.lr``, holds."""
    found: Any = experiment
    for part in key.split("."):
        found = getattr(found, part)
    return found


def with_value(experiment: Experiment, key: str, value: object) -> Experiment:
    """A copy with one dotted key changed, checked as a whole; None takes the key back to its default.

    Layers are counted from 0, as in ``model.layers[0].units`` or ``model.layers.0.units``. Another `schedule.name`
    or `optimizer.name` takes the keys back to their defaults that the new one does not use.
    """
    return with_values(experiment, [(key, value)])


def with_values(experiment: Experiment, changes: Iterable[tuple[str, object]]) -> Experiment:
    """A copy with several dotted keys changed at once, so that each need not fit without the others."""
    changes = list(changes)
    root: dict[str, Any] = to_dict(experiment)
    for key, value in changes:
        if key == "schedule.name" and value != experiment.schedule.name and isinstance(value, str):
            root["schedule"] = schedule_keys.without_unused(root["schedule"], value)
        if key == "optimizer.name" and value != experiment.optimizer.name and isinstance(value, str):
            root["optimizer"] = optimizer_keys.without_unused(root["optimizer"], value)
    for key, value in changes:
        _change(root, key, value)
    return from_dict(root)


def _change(root: dict[str, Any], key: str, value: object) -> None:
    parts = [part for part in re.split(r"[.\[\]]+", key) if part]
    if not parts:
        raise ExperimentError(key or '""', "expected a dotted key such as optimizer.lr")
    node: Any = root
    for place, part in enumerate(parts):
        last = place == len(parts) - 1
        if isinstance(node, list):
            if not part.isdecimal() or int(part) >= len(node):
                where = ".".join(parts[:place])
                raise ExperimentError(key, f"expected an index from 0 to {len(node) - 1} after {where}, got {part}")
            if last:
                node[int(part)] = value
            else:
                node = node[int(part)]
        elif not isinstance(node, dict):
            raise ExperimentError(key, f"unknown key, {'.'.join(parts[:place])} holds no keys")
        elif last:
            node[part] = value
        else:
            node = node.setdefault(part, {})


def parse_assignment(text: str) -> tuple[str, object]:
    """``KEY=VALUE`` with the value in TOML syntax; what is none, such as a bare word or a path, is taken as text.

    Raises
    ------
    ExperimentError
        There is no ``=``, or the value is neither TOML nor a word.
    """
    key, equals, value = (part.strip() for part in text.partition("="))
    if not key or not equals:
        raise ExperimentError(text or '""', "expected KEY=VALUE, such as optimizer.lr=0.001")
    if re.fullmatch(r"[^\W\d][\w-]*", value) and value not in ("true", "false", "nan", "inf"):
        return key, value
    try:
        parsed = parse(f"value = {value}")
    except ValueError:
        parsed = {}
    if not parsed and value and not set(value) & set("\"'[]{} "):
        return key, value
    if set(parsed) != {"value"}:
        raise ExperimentError(key, "expected a value in TOML syntax", value)
    return key, parsed["value"]


def known_keys() -> tuple[str, ...]:
    """All dotted keys of an experiment."""
    return tuple(keys(Experiment))
