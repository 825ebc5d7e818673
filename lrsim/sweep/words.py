"""Sweeps in words: keys, values, rates and figures as titles and tables name them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

import numpy as np

from lrsim.common.numbers import short
from lrsim.common.toml import literal
from lrsim.data.losses import LOSSES
from lrsim.experiment.keys import RATE_KEY
from lrsim.sweep.record import Record
from lrsim.sweep.values import Value


def verdict_words(records: Sequence[Record]) -> tuple[str, str]:
    """The verdict in a word and its tone; several words, and no tone, where seeds don't agree."""
    found = list(dict.fromkeys(record.word for record in records))
    words = " / ".join(found[:2]) + (" / …" if len(found) > 2 else "")
    return words, records[0].tone if len(found) == 1 else ""


_KEY_WORDS = {
    RATE_KEY: "learning rate",
    "optimizer.name": "optimizer",
    "schedule.name": "schedule",
    "model.init": "initialiser",
    "data.source": "data",
}


def rate_text(rate: float) -> str:
    """A rate without trailing zeros, in plain decimals while they are readable: ``0.001``, ``0.00001``, ``3.2e-07``."""
    if math.isfinite(rate) and 1e-5 <= abs(rate) < 1e6:
        return np.format_float_positional(float(rate), precision=4, unique=True, fractional=False, trim="-")
    return short(rate)


def label(value: Value) -> str:
    """The value in a title or a table of four digits."""
    if value is None:
        return "default"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return rate_text(value)
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        if set(value) >= {"units", "activation"}:
            return f"{value['units']} {value['activation']}"
        if {"name", "lr"} <= set(value):
            return f"{value['name']} {label(value['lr'])}"
        return " ".join(f"{key} {label(item)}" for key, item in value.items())
    if isinstance(value, Sequence):
        return ", ".join(label(item) for item in value)
    return literal(value)


def key_labels(keys: Sequence[str]) -> dict[str, str]:
    """For each dotted key its words in a title: the last part, or the whole key where that is not unique."""
    words = {key: _KEY_WORDS.get(key) or re.split(r"[.\]]", key)[-1].replace("_", " ") for key in keys}
    return {key: found if found and list(words.values()).count(found) == 1 else key for key, found in words.items()}


RATE_WORDS = "learning rate "


def loss_words(records: Sequence[Record]) -> str:
    """The loss by its name, where it is the same for all."""
    names = {record.loss_name for record in records}
    name = names.pop()
    return "loss" if names else f"loss ({LOSSES[name].words})"


def title_parts(record: Record) -> list[tuple[str, bool]]:
    """The swept values in words, each piece with whether it is the rate; the rate is told whether swept or not."""
    return values_in_words(record.values, record.rate)


def values_in_words(values: Sequence[tuple[str, Value]], rate: float) -> list[tuple[str, bool]]:
    """As `title_parts`, of a run that need not be finished."""
    words = key_labels([key for key, _ in values])
    parts: list[tuple[str, bool]] = []
    for key, value in values:
        if key != RATE_KEY:
            parts.append((f"{', ' if parts else ''}{_said(words[key], value)}", False))
    parts.append((", " * bool(parts) + RATE_WORDS, False))
    return [*parts, (rate_text(rate), True)]


def _said(word: str, value: Value) -> str:
    """A name speaks for itself, a number needs its key; an optimizer's own rate is told as the rate."""
    if isinstance(value, Mapping) and {"name", "lr"} <= set(value):
        return str(value["name"])
    text = label(value)
    text = text if len(text) <= 32 else text[:31] + "…"
    return text if isinstance(value, str | list) else f"{word} {text}"
