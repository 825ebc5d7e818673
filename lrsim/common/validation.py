"""Checking of plain data (from TOML, JSON or a dialog) against frozen structs, with errors that name the key.

A field says what it accepts by a `Rule` in its annotation; `decode` walks the structs and knows no key by name.
"""

from __future__ import annotations

import difflib
import json
import math
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

Decoded = TypeVar("Decoded", bound=msgspec.Struct)

LARGEST_WHOLE_NUMBER = 2**53  # beyond it a float, and so JSON, no longer tells neighbours apart

MOST_LEVELS = 20
"""Of a nested value that is shown in a message."""


class ExperimentError(ValueError):
    """Input that can't be used; its text is ``where: what, got ...``.

    Parameters
    ----------
    where
        Dotted key, file or option that is at fault.
    what
        What is wrong or was expected, in words.
    got
        The value that was given; None leaves that part out.

    Characters that can't be printed are escaped, so that the text is one line.
    """

    def __init__(self, where: str, what: str, got: object = None) -> None:
        self.where, self.what, self.got = where, what, got
        message = f"{where}: {what}" + ("" if got is None else f", got {literal(got)}")
        super().__init__("".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in message))

    def __reduce__(self) -> tuple[type[ExperimentError], tuple[str, str, object]]:
        return type(self), (self.where, self.what, self.got)


def literal(value: object, depth: int = 0) -> str:
    """The value as TOML writes it, on one line and neither too long nor too deep."""
    if depth > MOST_LEVELS:
        return "..."
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
    elif isinstance(value, Mapping):
        text = "{ " + ", ".join(f"{key} = {literal(item, depth + 1)}" for key, item in value.items()) + " }"
    elif isinstance(value, list | tuple):
        text = "[" + ", ".join(literal(item, depth + 1) for item in value[:20]) + "]"
    elif isinstance(value, int) and value.bit_length() > 200:
        text = "a whole number of over 60 digits"
    else:
        text = str(value)
    return text if len(text) <= 80 else text[:77] + "..."


@dataclass(frozen=True)
class Rule:
    """What a field accepts: in words, and as a function that returns the clean value or raises ValueError.

    `choices` are the words among which one is chosen; empty for everything else.
    """

    expected: str
    convert: Callable[[Any], Any]
    choices: tuple[str, ...] = ()


def number(expected: str, fits: Callable[[float], bool] = math.isfinite) -> Rule:
    """A finite number for which `fits` holds; whole numbers become floats, truth values are not numbers."""

    def convert(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError
        try:
            result = float(value)
        except OverflowError:
            raise ValueError from None
        if not (math.isfinite(result) and fits(result)):
            raise ValueError
        return result

    return Rule(expected, convert)


def whole_number(minimum: int) -> Rule:
    """A whole number of at least `minimum`."""

    def convert(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < minimum:
            raise ValueError
        if value > LARGEST_WHOLE_NUMBER:
            raise ValueError(f"expected at most {LARGEST_WHOLE_NUMBER}")
        return value

    return Rule(f"a whole number >= {minimum}", convert)


def choice(*names: str) -> Rule:
    """One of the given words."""

    def convert(value: object) -> str:
        if value not in names:
            raise ValueError
        return str(value)

    return Rule("one of " + ", ".join(names), convert, names)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError
    return tuple(_text(item) for item in value)


FINITE = number("a finite number")
POSITIVE = number("a number > 0", lambda value: value > 0)
NOT_NEGATIVE = number("a number >= 0", lambda value: value >= 0)
SHARE = number("a number >= 0 and < 1", lambda value: 0 <= value < 1)
UP_TO_1 = number("a number from 0 to 1", lambda value: 0 <= value <= 1)
FRACTION = number("a number > 0 and <= 1", lambda value: 0 < value <= 1)
TEXT = Rule("a text", _text)
TEXTS = Rule("a list of texts", _texts)
FLAG = Rule("true or false", _flag)


def vector(value: object) -> tuple[float, ...]:
    """A list of finite numbers."""
    if not isinstance(value, list | tuple):
        raise ValueError
    return tuple(FINITE.convert(item) for item in value)


def matrix(value: object) -> tuple[tuple[float, ...], ...]:
    """Rows of equal length; a flat list of numbers is read as rows of one number."""
    if not isinstance(value, list | tuple):
        raise ValueError
    rows = tuple(vector(item) if isinstance(item, list | tuple) else (FINITE.convert(item),) for item in value)
    if any(len(row) != len(rows[0]) or not row for row in rows):
        raise ValueError
    return rows


def decode(cls: type[Decoded], raw: object, path: str = "") -> Decoded:
    """Build `cls` from plain mappings, lists and values.

    Raises
    ------
    ExperimentError
        With the dotted key of the first unknown key, missing key or unfit value.
    """
    if not isinstance(raw, Mapping):
        raise ExperimentError(path or "experiment", "expected a table", raw)
    hints = _hints(cls)
    for key in raw:
        if key not in hints:
            raise ExperimentError(_join(path, str(key)), "unknown key" + _known_instead(cls, path, str(key)))
    values = {}
    for field in _fields(cls):
        where = _join(path, field.name)
        if raw.get(field.name) is not None:
            values[field.name] = _decode_value(hints[field.name], raw[field.name], where)
        elif field.required:
            raise ExperimentError(where, f"missing, expected {_expected(hints[field.name])}")
    return cls(**values)


def _decode_value(annotation: Any, raw: object, where: str) -> Any:
    if rule := rule_of(annotation):
        try:
            return rule.convert(raw)
        except ValueError as error:
            raise ExperimentError(where, str(error) or f"expected {rule.expected}", raw) from None
    if get_origin(annotation) is tuple:
        if not isinstance(raw, list | tuple):
            raise ExperimentError(where, "expected a list of tables", raw)
        item_type = get_args(annotation)[0]
        return tuple(decode(item_type, item, f"{where}[{i}]") for i, item in enumerate(raw))
    return decode(_struct(annotation), raw, where)


@cache
def _fields(cls: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(cls)


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls, include_extras=True)


def rule_of(annotation: Any) -> Rule | None:
    """The rule that an annotation carries, if any."""
    return next((item for item in getattr(annotation, "__metadata__", ()) if isinstance(item, Rule)), None)


def _struct(annotation: Any) -> type[msgspec.Struct]:
    """The struct itself, or the one in ``Struct | None``."""
    if get_origin(annotation) in (Union, types.UnionType):
        annotation = next(item for item in get_args(annotation) if item is not types.NoneType)
    found: type[msgspec.Struct] = annotation
    return found


def _expected(annotation: Any) -> str:
    rule = rule_of(annotation)
    if rule:
        return rule.expected
    return "a list of tables" if get_origin(annotation) is tuple else "a table"


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def keys(cls: type[msgspec.Struct], path: str = "") -> Iterator[str]:
    """All dotted keys of a struct; those of list items without an index, as in ``model.layers.units``."""
    for name, annotation in _hints(cls).items():
        yield _join(path, name)
        if rule_of(annotation) is None:
            inner = get_args(annotation)[0] if get_origin(annotation) is tuple else _struct(annotation)
            yield from keys(inner, _join(path, name))


def suggestion(name: str, names: list[str]) -> str:
    """Ending of an error line: the nearest known name, or nothing where none is near."""
    found = difflib.get_close_matches(name, names, n=1)
    return f", did you mean {found[0]}" if found else ""


def near(name: str, names: list[str]) -> str:
    """Ending of an error line: the nearest known name, or all of them where none is near."""
    return suggestion(name, names) or ", expected one of " + ", ".join(names)


def _known_instead(cls: type[msgspec.Struct], path: str, key: str) -> str:
    names = list(_hints(cls))
    if close := difflib.get_close_matches(key, names, n=1):
        return f", did you mean {_join(path, close[0])}"
    elsewhere = [known for known in keys(cls, path) if known.rpartition(".")[2] == key]
    return f", did you mean {elsewhere[0]}" if elsewhere else near(key, names)


class FileRefused(Exception):
    """The file at `path` can't be used because of `what`; `got` is what stands there instead."""

    def __init__(self, path: Path, what: str, got: object = None) -> None:
        super().__init__(f"{path}: {what}")
        self.path, self.what, self.got = path, what, got


@contextmanager
def blame(key: str = "") -> Iterator[None]:
    """Turn a refused file into an ExperimentError of the key that named it, or of the file itself.

    Whatever the system says of a file is one, too.
    """
    try:
        yield
    except FileRefused as error:
        if key:
            raise ExperimentError(key, f"{error.path}: {error.what}", error.got) from None
        raise ExperimentError(str(error.path), error.what, error.got) from None


def regular_file(path: Path, kind: str) -> int:
    """Size in bytes of a file that is no directory, pipe or device.

    Raises
    ------
    FileRefused
        There is none, or it is something else than a file.
    """
    try:
        if path.is_dir():
            raise FileRefused(path, f"is a directory, expected {kind}")
        if not path.exists():
            near = sorted(item.name for item in path.parent.iterdir()) if path.parent.is_dir() else []
            raise FileRefused(path, "no such file" + suggestion(path.name, near[:1000]))
        if not path.is_file():
            raise FileRefused(path, f"expected {kind}, not a pipe or a device")
        return path.stat().st_size
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from None


def unreadable(path: Path, error: Exception) -> FileRefused:
    """The system's own reason why a file can't be read."""
    reason = getattr(error, "strerror", None) or str(error)
    return FileRefused(path, f"can't be read: {reason.lower()}")
