"""Values as TOML writes them: whole for files, cut short for messages."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from unicodedata import category

import tomli_w

MOST_ITEMS = 20
MOST_LETTERS = 80
MOST_LEVELS = 20
"""Of a nested value that is cut short."""


def toml_value(value: Any) -> str:
    """The value on one line and whole; what TOML has no form for as Python writes it."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {toml_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    if isinstance(value, str | bool | int | float):
        return _without_steering(tomli_w.dumps({"value": value}).removeprefix("value = ").rstrip("\n"))
    return str(value)


def literal(value: object) -> str:
    """The value on one line and not too long."""
    text = toml_value(_shortened(value))
    return text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 3] + "..."


def _without_steering(text: str) -> str:
    """Escaped as in any text of TOML: what a terminal takes for a command or writing for a change of direction."""
    if text.isascii():
        return text
    return "".join(f"\\U{ord(c):08x}" if category(c) in ("Cc", "Cf", "Zl", "Zp") else c for c in text)


class _Words:
    """A text that stands for a value, without quotes."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text


def _shortened(value: object, depth: int = 0) -> object:
    """The value without what could not be shown anyway, so that large ones cost little."""
    if depth > MOST_LEVELS:
        return _Words("...")
    if isinstance(value, Mapping):
        return {key: _shortened(item, depth + 1) for key, item in list(value.items())[:MOST_ITEMS]}
    if isinstance(value, list | tuple):
        return [_shortened(item, depth + 1) for item in value[:MOST_ITEMS]]
    if isinstance(value, int) and value.bit_length() > 200:
        return _Words("a whole number of over 60 digits")
    return value


def _key(name: object) -> str:
    text = str(name)
    return text if re.fullmatch(r"[A-Za-z0-9_-]+", text) else json.dumps(text)
