"""An experiment from a text that somebody pastes: TOML, a command line of the program, a preset's name or a path."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import NamedTuple

from lrsim.common.validation import ExperimentError
from lrsim.experiment import files
from lrsim.experiment.keys import parse_assignment, with_values
from lrsim.experiment.specs import Experiment

WHERE = "pasted text"
_COMMAND = re.compile(r"\s*(?:[$>%]\s+)?(?:\S*python\S*\s+-m\s+)?lrsim(?:\s|$)")
_TRAINS = ("run", "show", "sweep", "find-lr", "shot")
_TWO_WORDS = ("--at",)
_MOST_LETTERS_OF_A_NAME = 4096


class Pasted(NamedTuple):
    """An experiment, the options beside it that an experiment can't hold, and its file where its path was pasted."""

    experiment: Experiment
    left_out: tuple[str, ...] = ()
    path: Path | None = None


def experiment_of(text: str) -> Pasted:
    """The experiment that a text holds.

    Raises
    ------
    ExperimentError
        It holds none, or one that can't be used.
    """
    if len(text) > files.MOST_BYTES:
        raise ExperimentError(WHERE, f"expected at most {files.MOST_BYTES >> 20} MB")
    bare = text.strip()
    if not bare:
        raise ExperimentError(WHERE, "expected an experiment in TOML or a command line of lrsim, got nothing")
    if _COMMAND.match(bare):
        return _of_command(bare)
    if "\n" not in bare and not set(bare) & set("=[#") and len(bare) <= _MOST_LETTERS_OF_A_NAME:
        return Pasted(_named(bare), path=files.file_of(bare))
    return Pasted(files.from_text(text, WHERE))


def _named(name: str) -> Experiment:
    if " " in name and not name.endswith(".toml"):
        raise ExperimentError(WHERE, "expected an experiment in TOML or a command line of lrsim", name)
    return files.load(name)


def _of_command(text: str) -> Pasted:
    words = _words(text)
    words = words[words.index("lrsim") + 1 :]
    if words and words[0] in _TRAINS:
        words = words[1:]
    name, values, left_out = "", [], []
    waiting = iter(words)
    for word in waiting:
        option, joined, value = word.partition("=") if word.startswith("--") else (word, "", "")
        if option == "--set":
            values.append(parse_assignment(value if joined else next(waiting, "")))
        elif option.startswith("-") and option != "-":
            left_out.append(option)
            for _ in range(2 if option in _TWO_WORDS else 0 if joined else 1):
                next(waiting, "")
        elif name:
            raise ExperimentError(WHERE, "expected a single experiment", word)
        else:
            name = word
    if not name:
        raise ExperimentError(WHERE, "expected an experiment after lrsim")
    return Pasted(with_values(files.load(name), values), tuple(dict.fromkeys(left_out)))


def _words(text: str) -> list[str]:
    """The words of a command as a shell takes them; lines go on after a backslash."""
    joined = re.sub(r"\\\r?\n", " ", text)
    if "\n" in joined:
        raise ExperimentError(WHERE, "expected a single command")
    try:
        words = shlex.split(joined)
    except ValueError as error:
        raise ExperimentError(WHERE, f"no command line: {str(error).lower()}") from None
    if "lrsim" not in words:
        raise ExperimentError(WHERE, "expected a command line of lrsim")
    return words
