"""An experiment as a text to keep or to hand on: what a run has come to, and what a file can't say of it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import msgspec

from lrsim.common.toml import toml_value
from lrsim.common.validation import ExperimentError
from lrsim.experiment import optimizer_keys
from lrsim.experiment.files import to_toml
from lrsim.experiment.keys import FORK_KEYS, as_plain, is_parameter, value_at, with_values
from lrsim.experiment.specs import Experiment
from lrsim_core import Optimizer


class LiveChange(NamedTuple):
    """A change by hand: once `step` steps are done, a key or a parameter has `value`."""

    step: int
    key: str
    value: object


def as_it_stands(experiment: Experiment, changes: Sequence[LiveChange]) -> Experiment:
    """The experiment with the values that the changes, in the order of their steps, have come to; parameters that were
    set by hand are none of its own."""
    keys = (change for change in changes if not is_parameter(change.key))
    for _, together in groupby(keys, key=lambda change: change.step):
        experiment = with_values(experiment, [(change.key, as_plain(change.value)) for change in together])
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
    changed = {change.key for change in later}
    for key in (key for key in FORK_KEYS if key in changed):  # in an order in which names come first
        value = _begun(start, key)
        words += [] if value is None else ["--set", _assignment(key, value)]
    for change in later:
        words += ["--at", str(change.step), _assignment(change.key, change.value)]
    return (
        f"# Values were changed in mid-run, last after step {later[-1].step}. A file can't say that: this one begins\n"
        f"# with the values as they stood in the end. The run is repeated by\n# {shlex.join(words)}\n\n"
    )


def _begun(start: Experiment, key: str) -> object:
    """What a key was in the beginning; of an optimizer's number that was not set what its flavor has for it."""
    value, (table, name) = value_at(start, key), key.split(".")
    if value is None and table == "optimizer" and name in optimizer_keys.used(start.optimizer.name):
        return getattr(Optimizer.make(start.optimizer.name, start.optimizer.flavor), name)
    return value


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
