"""Sweeps in words: keys, values, rates and figures as titles and tables name them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from lrsim.common.numbers import short
from lrsim.common.toml import literal
from lrsim.data.losses import LOSSES
from lrsim.experiment.field_texts import label_of
from lrsim.experiment.keys import RATE_KEY
from lrsim.sweep.record import Record
from lrsim.sweep.values import Value


def verdict_words(records: Sequence[Record]) -> tuple[str, str]:
    """The verdict in a word and its tone; several words, and no tone, where seeds don't agree."""
    found = list(dict.fromkeys(record.word for record in records))
    words = " / ".join(found[:2]) + (" / …" if len(found) > 2 else "")
    return words, records[0].tone if len(found) == 1 else ""


def label(value: Value) -> str:
    """The value in a title or a table of four digits."""
    if value is None:
        return "default"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return short(value)
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


def key_labels(keys: Sequence[str], label_of: Callable[[str], str] = label_of) -> dict[str, str]:
    """For each dotted key its words in a title, as fields call it; the key itself where those are not unique.

    Parameters
    ----------
    label_of
        What the field of a key is called; another one for another language.
    """
    words = {key: _in_a_title(label_of(key)) for key in keys}
    return {key: found if found and list(words.values()).count(found) == 1 else key for key, found in words.items()}


PROPER_NAMES = ("Huber", "Nesterov")


def _in_a_title(text: str) -> str:
    """Without the capital that a field's label begins with, unless it is one of a name or of a sign such as L1."""
    if text.startswith(PROPER_NAMES) or not text[1:2].islower():
        return text
    return text[0].lower() + text[1:]


RATE_WORDS = "learning rate "


def loss_words(records: Sequence[Record]) -> str:
    """The loss by its name, and whether it is that of a scaled target, where that is the same for all."""
    names = {record.loss_name for record in records}
    scaled = {record.scale_target != "none" for record in records}
    said = [LOSSES[name].words for name in names if len(names) == 1]
    said += ["scaled target" for is_scaled in scaled if is_scaled and len(scaled) == 1]
    return f"loss ({', '.join(said)})" if said else "loss"


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
    return [*parts, (short(rate), True)]


def _said(word: str, value: Value) -> str:
    """A name speaks for itself, a number needs its key; an optimizer's own rate is told as the rate."""
    if isinstance(value, Mapping) and {"name", "lr"} <= set(value):
        return str(value["name"])
    text = label(value)
    text = text if len(text) <= 32 else text[:31] + "…"
    return text if isinstance(value, str | list) else f"{word} {text}"
