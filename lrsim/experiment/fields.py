"""The keys of an experiment as fields to be edited: of what kind each is, and which of them mean something now."""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from lrsim.common.validation import Rule, rule_of
from lrsim.data.basis import INPUTS as BASIS_INPUTS
from lrsim.data.encode import chosen_task
from lrsim.data.losses import LOSSES
from lrsim.data.sources.registry import SOURCES
from lrsim.experiment import optimizer_keys
from lrsim.experiment.field_texts import GROUPS
from lrsim.experiment.keys import LIVE_KEYS
from lrsim.experiment.specs import Experiment, LayerSpec
from lrsim.schedules import keys
from lrsim.schedules.spec import EarlyStopping
from lrsim_core import Optimizer

Value = Callable[[str], Any]
"""The present value of a dotted key."""

SOURCE_KEYS = frozenset(key for source in SOURCES.values() for key in source.keys)
"""Keys of the data that mean something to some sources alone."""
EARLY = "stop.early_stopping"


@dataclass(frozen=True)
class Field:
    """A key that can be edited.

    Attributes
    ----------
    key
        Dotted, as in the experiment's file.
    kind
        ``choice``, ``switch``, ``whole``, ``number``, ``text``, ``texts``, ``numbers`` (lists), ``layers``, ``given``
        (explicit weights, which can only be dropped) or ``table`` (a table that is there or not).
    rule
        What it accepts.
    optional
        Whether it may be left empty, for the default of the optimizer, schedule or source.
    """

    key: str
    kind: str
    rule: Rule | None = None
    optional: bool = False

    @property
    def group(self) -> str:
        return self.key.partition(".")[0]

    @property
    def live(self) -> bool:
        """Whether a change takes effect in mid-run."""
        return self.key in LIVE_KEYS

    @property
    def expected(self) -> str:
        return "" if self.rule is None else self.rule.expected

    @property
    def choices(self) -> tuple[str, ...]:
        return () if self.rule is None else self.rule.choices


KINDS = {bool: "switch", int: "whole", float: "number", str: "text"}
SPECIAL = {"model.layers": "layers", "model.weights": "given", EARLY: "table"}
NOT_EDITED = ("data.inputs", "data.targets", "data.trials")
"""Rows stand in the experiment's file; they are shown, not typed anew."""


@cache
def all_fields() -> dict[str, Field]:
    """Every field by its key, in the order of the format."""
    hints = get_type_hints(Experiment, include_extras=True)
    found: dict[str, Field] = {}
    for group in GROUPS:
        found |= _of_struct(hints[group], group)
    return found


def _of_struct(struct: Any, path: str) -> dict[str, Field]:
    found: dict[str, Field] = {}
    for name, annotation in get_type_hints(struct, include_extras=True).items():
        key = f"{path}.{name}"
        if key in SPECIAL:
            found[key] = Field(key, SPECIAL[key], rule_of(annotation))
            if key == EARLY:
                found |= _of_struct(EarlyStopping, key)
        elif key not in NOT_EDITED:
            found[key] = _of_annotation(key, annotation)
    return found


def _of_annotation(key: str, annotation: Any) -> Field:
    rule = rule_of(annotation)
    plain = get_args(annotation)[0]
    optional = get_origin(plain) in (Union, types.UnionType)
    if optional:
        plain = next(item for item in get_args(plain) if item is not types.NoneType)
    if (rule is not None and rule.choices) or (optional and plain is bool):
        kind = "choice"
    elif get_origin(plain) is tuple:
        kind = "texts" if get_args(plain)[0] is str else "numbers"
    else:
        kind = KINDS[plain]
    return Field(key, kind, rule, optional)


@cache
def layer_fields() -> dict[str, Field]:
    """The fields of one layer by their names."""
    return {key.rpartition(".")[2]: field for key, field in _of_struct(LayerSpec, "model.layers").items()}


def choices(field: Field, value: Value) -> tuple[str, ...]:
    """The words to choose among; a source whose rows stand in the file is offered to a file that has rows."""
    if field.key == "data.source" and not value("data.inputs"):
        present = value(field.key)
        return tuple(word for word in field.choices if not SOURCES[word].needs_rows or word == present)
    return field.choices


def shown(value: Value) -> dict[str, list[Field]]:
    """The fields that mean something at the present values, by group; groups without any are left out."""
    groups: dict[str, list[Field]] = {}
    for field in all_fields().values():
        if applies(field.key, value):
            groups.setdefault(field.group, []).append(field)
    return groups


def applies(key: str, value: Value) -> bool:
    """Whether training depends on a key at the present values."""
    group, _, name = key.partition(".")
    if group == "data":
        return _data_applies(name, value)
    if group == "optimizer":
        return name in ("name", "lr", "flavor", "multipliers", *optimizer_keys.used(value("optimizer.name")))
    if group == "schedule":
        return name == "name" or name in keys.used(value("schedule.name"))
    if key.startswith(EARLY + "."):
        return value(EARLY) is not None
    condition = CONDITIONS.get(key)
    return condition is None or condition(value)


CONDITIONS: dict[str, Callable[[Value], bool]] = {
    "model.init": lambda value: not value("model.weights"),
    "model.init_std": lambda value: not value("model.weights") and value("model.init") in ("normal", "uniform"),
    "model.weights": lambda value: bool(value("model.weights")),
    "training.huber_delta": lambda value: value("training.loss") == "huber",
    "stop.min_steps": lambda value: value("stop.target_error") > 0,
}


def _data_applies(name: str, value: Value) -> bool:
    if name == "basis" and (rows := value("data.inputs")) and len(rows[0]) != BASIS_INPUTS:
        return False
    if name in SOURCE_KEYS:
        return name in SOURCES[value("data.source")].keys
    if name == "split":
        return bool(value("data.test_fraction") > 0)
    if name == "split_seed":
        return bool(value("data.test_fraction") > 0) and value("data.split") != "tail"
    if name == "scale_target":
        class_loss = LOSSES[value("training.loss")].for_classes
        task = chosen_task(value("data.task"), value("data.source"), class_loss)
        return task == "regression"
    return True


def default(field: Field, value: Value) -> Any:
    """What an empty field stands for at the present values; None where that depends on the run."""
    group, _, name = field.key.partition(".")
    if group == "optimizer" and field.optional:
        return getattr(Optimizer.make(value("optimizer.name"), value("optimizer.flavor")), name)
    if group == "schedule" and name in keys.used(value("schedule.name")):
        return keys.used(value("schedule.name"))[name]
    return None


def plain_default(key: str) -> Any:
    """What a key is where the file says nothing; None for a required one."""
    struct: Any = Experiment
    *path, name = key.split(".")
    for part in path:
        struct = EarlyStopping if part == "early_stopping" else get_type_hints(struct)[part]
    field = next(item for item in msgspec.structs.fields(struct) if item.name == name)
    return None if field.default is msgspec.NODEFAULT else field.default
