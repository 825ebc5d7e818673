"""An experiment as a text to keep or to hand on: what a run has come to, and what a file can't say of it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from lrsim.common.toml import toml_value
from lrsim.common.validation import ExperimentError
from lrsim.experiment.files import to_toml
from lrsim.experiment.keys import LIVE_KEYS, value_at
from lrsim.experiment.specs import Experiment


class LiveChange(NamedTuple):
    """A change by hand: once `step` steps are done, `key` has `value`."""

    step: int
    key: str
    value: object


def as_it_stands(experiment: Experiment, changes: Sequence[LiveChange]) -> Experiment:
    """The experiment with the live values that the changes, in the order of their steps, have come to."""
    for key, value in {change.key: change.value for change in changes}.items():
        table, name = key.split(".")
        changed = msgspec.structs.replace(getattr(experiment, table), **{name: value})
        experiment = msgspec.structs.replace(experiment, **{table: changed})
    return experiment


def in_mid_run(changes: Iterable[LiveChange]) -> list[LiveChange]:
    """The changes that an experiment can't express; those before the first step are its own values."""
    return [change for change in changes if change.step > 0]


def text_of(
    experiment: Experiment, changes: Sequence[LiveChange] = (), *, folder: Path | None = None, name: str = "FILE.toml"
) -> str:
    """The experiment as it stands, as TOML; changes in mid-run are told in a comment, with the command for them.

    Parameters
    ----------
    folder
        Where the text is going to lie; data that lies there too is named without it, all other by its whole path.
    name
        What the file will be called.

    Raises
    ------
    ExperimentError
        A path or a text has characters that a file in UTF-8 can't hold.
    """
    text = _told(experiment, changes, name) + to_toml(_placed(as_it_stands(experiment, changes), folder))
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ExperimentError("data.path", "has characters that are no UTF-8, so that no file can name it") from None
    return text


def _told(experiment: Experiment, changes: Sequence[LiveChange], name: str) -> str:
    later = in_mid_run(changes)
    if not later:
        return ""
    start = as_it_stands(experiment, [change for change in changes if change.step == 0])
    words = ["lrsim", "run", name if name.isprintable() else "FILE.toml"]
    for key in (key for key in LIVE_KEYS if any(change.key == key for change in later)):
        words += ["--set", _assignment(key, value_at(start, key))]
    for change in later:
        words += ["--at", str(change.step), _assignment(change.key, change.value)]
    return (
        f"# Values were changed in mid-run, last after step {later[-1].step}. A file can't say that: this one begins\n"
        f"# with the values as they stood in the end. The run is repeated by\n# {shlex.join(words)}\n\n"
    )


def _assignment(key: str, value: object) -> str:
    return f"{key}={toml_value(value)}"


def _placed(experiment: Experiment, folder: Path | None) -> Experiment:
    data = experiment.data
    if not data.path:
        return experiment
    path = Path(os.path.abspath(data.path))
    near = folder is not None and path.is_relative_to(os.path.abspath(folder))
    placed = path.relative_to(os.path.abspath(folder)).as_posix() if near and folder is not None else str(path)
    return msgspec.structs.replace(experiment, data=msgspec.structs.replace(data, path=placed))
