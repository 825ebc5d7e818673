"""Branches in words: what was changed where one begins."""

from __future__ import annotations

from collections.abc import Mapping

from lrsim.common.numbers import count, short
from lrsim.history.branch import Branch
from lrsim.training.changes import BATCH_SIZE, Value

NAMED = {"optimizer.name": "", "schedule.name": "schedule "}
"""Keys whose value says it alone, or with another word."""

LATER = {BATCH_SIZE: " (next epoch)"}
"""What is to be said of keys that wait."""


def change_words(values: Mapping[str, Value]) -> str:
    """Changed keys and their values in short, as in ``lr 0.01, momentum 0.9``."""
    found = (
        f"{NAMED.get(key, key.rpartition('.')[2] + ' ')}{_value(value)}{LATER.get(key, '')}"
        for key, value in values.items()
    )
    return ", ".join(found)


def _value(value: Value) -> str:
    if value is None:
        return "default"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return short(value)
    if isinstance(value, tuple):
        return "(" + ", ".join(_value(item) for item in value) + ")" if value else "1 for all"
    return str(value)


def label(branch: Branch) -> str:
    """What sets a branch apart from the one that it left, as in ``lr 0.01 from step 500``."""
    first, parent = branch.course.changes_at(branch.fork), branch.parent
    if parent is None:
        return f"first run, {change_words(first)}" if first else "first run"
    inherited = parent.course.changes_at(branch.fork)
    own = {key: value for key, value in first.items() if inherited.get(key) != value}
    return f"{change_words(own) or 'the same'} from step {count(branch.fork)}"
