"""Swept values as text: exact in tables, short in titles, safe in file names."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence

from lrsim.common.validation import ExperimentError

Value = object
LONGEST_IN_A_NAME = 40
LONGEST_NAME = 160


def split_values(key: str, text: str) -> list[str]:
    """``1,[2, 3],"a,b"`` cut at the commas that stand outside of brackets and quotes.

    Raises
    ------
    ExperimentError
        A value is empty, or a bracket or quote is not closed.
    """
    pieces, depth, quote, start = [], 0, "", 0
    place = 0
    while place < len(text):
        character = text[place]
        if quote:
            if character == "\\" and quote == '"':
                place += 1
            elif character == quote:
                quote = ""
        elif character in "\"'":
            quote = character
        elif character in "[{":
            depth += 1
        elif character in "]}":
            depth -= 1
        elif character == "," and depth == 0:
            pieces.append(text[start:place].strip())
            start = place + 1
        place += 1
    pieces.append(text[start:].strip())
    if quote or depth:
        raise ExperimentError(key, "expected values in TOML syntax, a bracket or quote is not closed", text)
    if not all(pieces):
        raise ExperimentError(key, "expected values with a comma between each two", text)
    return pieces


def cell(value: Value) -> str:
    """The value in a CSV file, whole and on one line; a key that is left at its default is empty."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value if value.isprintable() else json.dumps(value)
    if isinstance(value, bool | list | tuple | Mapping):
        return json.dumps(value)
    return repr(value)


def run_name(values: Sequence[tuple[str, Value]]) -> str:
    """``run-<keys>`` with nothing in it that a file system minds."""
    name = "run-" + "-".join(f"{_safe_key(key)}={_safe_value(value)}" for key, value in values)
    if len(name) <= LONGEST_NAME:
        return name
    return f"{name[: LONGEST_NAME - 9]}-{_digest(name)}"


def _safe_key(key: str) -> str:
    return re.sub(r"[^\w.]+", "", key.replace("[", "."))


def _safe_value(value: Value) -> str:
    """A text that has to be changed gets a digest, so that two never become one, not even where case is ignored."""
    if value is None:
        return "default"
    text = cell(value).removesuffix(".0") if isinstance(value, float) else cell(value)
    if re.fullmatch(r"[a-z0-9.+_-]+", text) and len(text) <= LONGEST_IN_A_NAME:
        return text
    words = re.sub(r"[^A-Za-z0-9.+_-]+", "_", text)[:LONGEST_IN_A_NAME]
    return f"{words.strip('_')}-{_digest(text)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
