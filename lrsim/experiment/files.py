"""The experiment: what is trained, on what, how and until when, as one frozen value that was checked on the way in.

Files are TOML; the same dotted keys are used in the file, by ``--set`` and in every error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from lrsim.common.toml import toml_value
from lrsim.common.validation import ExperimentError, blame, decode, near, regular_file, unreadable
from lrsim.experiment import consistency
from lrsim.experiment.specs import Experiment
from lrsim.experiment.toml_text import parse
from lrsim_core import default_lr

SOURCES = (
    "Is learning rate useful in artificial neural networks?",
    "Simple learning rate selection for neural networks",
    "Impact of learning rate on ML and DL models",
    "Configure the learning rate in Keras",
    "Choosing a learning rate",
    "Gradient descent on neural networks typically occurs at the edge of stability",
    "The large learning rate phase of deep learning: the catapult mechanism",
)
"""Titles of the articles, with which `source` begins, in the order in which their experiments are listed; others
follow."""

MOST_BYTES = 10 << 20
"""Size of an experiment's file."""


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
    return list(_listed())


@cache
def _listed() -> tuple[Preset, ...]:
    loaded = sorted(((name, load(name)) for name in _preset_files()), key=lambda item: _rank(item[1].source))
    return tuple(
        Preset(name, item.source, item.description.strip().split(". ")[0].rstrip(".")) for name, item in loaded
    )


def grouped() -> list[tuple[str, list[Preset]]]:
    """The same under the title of their article, or under what else they come from."""
    groups: dict[str, list[Preset]] = {}
    for preset in presets():
        rank = _rank(preset.source)
        groups.setdefault(SOURCES[rank] if rank < len(SOURCES) else preset.source, []).append(preset)
    return list(groups.items())


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


def file_of(name_or_path: str) -> Path | None:
    """The file that `load` reads an experiment from; None for a preset."""
    return None if name_or_path in _preset_files() else Path(name_or_path)


def from_text(text: str, where: str) -> Experiment:
    """Experiment from a TOML text; `where` names it in errors. A relative `data.path` stays as it is.

    Raises
    ------
    ExperimentError
        It is not TOML, or something in it can't be used.
    """
    return from_dict(_parse(where, text))


def _read(path: Path) -> str:
    with blame():
        if regular_file(path, "a TOML file") > MOST_BYTES:
            raise ExperimentError(str(path), f"expected a TOML file of at most {MOST_BYTES >> 20} MB")
        try:
            with path.open("rb") as file:
                return file.read(MOST_BYTES).decode()
        except UnicodeDecodeError:
            raise ExperimentError(str(path), "expected a TOML file in UTF-8") from None
        except OSError as error:
            raise unreadable(path, error) from None


def _parse(where: str, text: str) -> dict[str, Any]:
    try:
        return parse(text)
    except ValueError as error:
        message = str(error)
        place = re.search(r" \((?:at )?(line (\d+), column (\d+)|.*end of document)\)$", message)
        if place is None:
            raise ExperimentError(where, f"not TOML: {message}") from None
        what = message[: place.start()]
        at = place[1] if place[2] else f"line {len(text.splitlines()) or 1}, end of the file"
        raise ExperimentError(f"{where}: {at}", what[0].lower() + what[1:]) from None


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
