"""The experiment: what is trained, on what, how and until when, as one frozen value that was checked on the way in.

Files are TOML; the same dotted keys are used in the file, by ``--set`` and in every error.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import tomli_w

from lrsim import consistency, optimizer_keys, schedule_keys
from lrsim.specs import (
    DataSpec,
    EarlyStopping,
    Experiment,
    LayerSpec,
    ModelSpec,
    OptimizerSpec,
    ScheduleSpec,
    StopSpec,
    TrainingSpec,
)  # fmt: skip
from lrsim.validation import ExperimentError, decode, keys, near, suggestion
from lrsim_core import default_lr

__all__ = [
    "LIVE_KEYS", "MULTIPLIERS_KEY", "RATE_KEY", "DataSpec", "EarlyStopping", "Experiment", "ExperimentError",
    "LayerSpec", "ModelSpec", "OptimizerSpec", "Preset", "ScheduleSpec", "StopSpec", "TrainingSpec", "from_dict",
    "known_keys", "load", "parse_assignment", "presets", "to_dict", "to_toml", "with_value", "with_values",
]  # fmt: skip

RATE_KEY, MULTIPLIERS_KEY = LIVE_KEYS = ("optimizer.lr", "optimizer.multipliers")
"""Keys that take effect in mid-run; all others need a restart."""


SOURCES = (
    "Is learning rate useful",
    "Simple learning rate selection",
    "Impact of learning rate",
    "Configure the learning rate",
    "Choosing a learning rate",
)
"""How the titles of the articles begin, in the order in which their experiments are listed; others follow."""


class Preset(NamedTuple):
    """An experiment that comes with the program; `line` is the first sentence of its description."""

    name: str
    source: str
    line: str


def from_dict(raw: object) -> Experiment:
    """Experiment from nested mappings; ExperimentError names the key that is at fault.

    A missing `optimizer.lr` is the default of the optimizer's flavor.
    """
    experiment = decode(Experiment, raw)
    if "lr" not in dict(raw.get("optimizer", {}) if isinstance(raw, Mapping) else {}):
        optimizer = experiment.optimizer
        lr = default_lr(optimizer.name, optimizer.flavor)
        experiment = msgspec.structs.replace(experiment, optimizer=msgspec.structs.replace(optimizer, lr=lr))
    consistency.check(experiment)
    return experiment


def _preset_files() -> dict[str, Any]:
    folder = resources.files("lrsim.resources") / "presets"
    files = (item for item in folder.iterdir() if item.name.endswith(".toml"))
    return dict(sorted((item.name.removesuffix(".toml"), item) for item in files))


def _rank(source: str) -> int:
    return next((place for place, title in enumerate(SOURCES) if source.startswith(title)), len(SOURCES))


def presets() -> list[Preset]:
    """The experiments that come with the program: by source, then by name."""
    loaded = sorted(((name, load(name)) for name in _preset_files()), key=lambda item: _rank(item[1].source))
    return [Preset(name, item.source, item.description.strip().split(". ")[0].rstrip(".")) for name, item in loaded]


def load(name_or_path: str) -> Experiment:
    """Experiment from a preset's name or a ``.toml`` file.

    A relative `data.path` in a file is taken from the file's folder.

    Raises
    ------
    ExperimentError
        There is no such preset or file, it can't be read, or something in it can't be used.
    """
    files = _preset_files()
    if name_or_path in files:
        return from_dict(_parse(name_or_path, files[name_or_path].read_text(encoding="utf-8")))
    path = Path(name_or_path)
    if path.suffix == ".lrsim":
        raise ExperimentError(name_or_path, "saved sessions can't be opened by this version, expected a .toml file")
    if not name_or_path or (not path.suffix and not path.exists()):
        raise ExperimentError(name_or_path or '""', "no such preset or file" + near(name_or_path, list(files)))
    raw = _parse(name_or_path, _read(path))
    data = raw.get("data")
    if isinstance(data, dict) and isinstance(data.get("path"), str) and data["path"]:
        data["path"] = str(path.parent / data["path"])
    return from_dict(raw)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        siblings = sorted(item.name for item in path.parent.glob("*.toml")) if path.parent.is_dir() else []
        raise ExperimentError(str(path), "no such file" + suggestion(path.name, siblings)) from None
    except UnicodeDecodeError:
        raise ExperimentError(str(path), "expected a TOML file in UTF-8") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ExperimentError(str(path), f"can't be read: {reason.lower()}") from None


def _parse(where: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        message = str(error)
        place = re.search(r" \((?:at )?(line (\d+), column (\d+)|.*end of document)\)$", message)
        if place is None:
            raise ExperimentError(where, f"not TOML: {message}") from None
        what = message[: place.start()]
        at = place[1] if place[2] else f"line {len(text.splitlines()) or 1}, end of the file"
        raise ExperimentError(f"{where}: {at}", what[0].lower() + what[1:]) from None


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
        parsed = tomllib.loads(f"value = {value}")
    except (tomllib.TOMLDecodeError, RecursionError):
        parsed = {}
    if not parsed and value and not set(value) & set("\"'[]{} "):
        return key, value
    if set(parsed) != {"value"}:
        raise ExperimentError(key, "expected a value in TOML syntax", value)
    return key, parsed["value"]


def to_dict(experiment: Experiment) -> dict[str, Any]:
    """Plain nested dict in the order of the format, defaults filled in; keys without a value are left out."""
    plain: dict[str, Any] = _plain(msgspec.to_builtins(experiment))
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if item is not None}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def to_toml(experiment: Experiment) -> str:
    """The experiment as a TOML file that `load` reads back to an equal one."""
    plain = to_dict(experiment)
    lines = [_assignment(key, value) for key, value in plain.items() if not isinstance(value, dict)]
    for table, values in plain.items():
        if isinstance(values, dict):
            lines += ["", f"[{table}]", *(_assignment(key, value) for key, value in values.items())]
    return "\n".join(lines) + "\n"


def _assignment(key: str, value: Any) -> str:
    line = f"{key} = {toml_value(value)}"
    if len(line) <= 116 or not isinstance(value, list):
        return line
    return "\n".join([f"{key} = [", *(f"    {toml_value(item)}," for item in value), "]"])


def toml_value(value: Any) -> str:
    """The value as TOML writes it, on one line and whole."""
    if isinstance(value, list):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {toml_value(item)}" for key, item in value.items()) + " }"
    return tomli_w.dumps({"value": value}).removeprefix("value = ").rstrip("\n")


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name)


def known_keys() -> tuple[str, ...]:
    """All dotted keys of an experiment."""
    return tuple(keys(Experiment))
