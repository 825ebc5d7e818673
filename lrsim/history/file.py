"""Session files: a run with its branches, conditions, watches and bookmarks in one `.lrsim`, and out of it again.

A zip with a manifest as JSON and the data's file beside it. Nothing in it is code, and nothing is unpacked to a name
that it gives.
"""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

import msgspec
import platformdirs

from lrsim import __version__
from lrsim.common.output import write_bytes
from lrsim.common.validation import ExperimentError, blame, reason, regular_file
from lrsim.experiment import files
from lrsim.experiment.specs import Experiment
from lrsim.history import kept as trees
from lrsim.history.kept import KeptBranch

ENDING = ".lrsim"
FORMAT = 1
MANIFEST, DATA = "session.json", "data"
MOST_BYTES, MOST_MANIFEST = 512 << 20, 64 << 20
"""Of a file and of what it unpacks to, and of its manifest."""


class KeptWatch(msgspec.Struct, frozen=True):
    """An expression that is followed, and its name."""

    name: str
    text: str


class KeptCondition(msgspec.Struct, frozen=True):
    """A condition as it was typed."""

    text: str
    hits: str = ""
    log: str = ""
    enabled: bool = True


class KeptBookmark(msgspec.Struct, frozen=True):
    """A place with a name."""

    name: str
    branch: int
    step: int


class Kept(msgspec.Struct, frozen=True):
    """A session as plain values.

    Attributes
    ----------
    format
        Of the file; this program reads those up to `FORMAT`.
    program
        The version that has written it.
    experiment
        As TOML, as the run began.
    data
        Name of the data's file, which lies in the zip; empty where the experiment says all of it, or where it is read
        from its place.
    branch, step
        What was shown.
    """

    format: int
    program: str
    experiment: str
    branches: tuple[KeptBranch, ...]
    branch: int = 0
    step: int = 0
    data: str = ""
    watches: tuple[KeptWatch, ...] = ()
    conditions: tuple[KeptCondition, ...] = ()
    bookmarks: tuple[KeptBookmark, ...] = ()
    fence: int = 0


@dataclass(frozen=True)
class Opened:
    """What a session file holds: the experiment that can be built, and the rest."""

    experiment: Experiment
    kept: Kept


def kept_run(experiment: Experiment, branches: tuple[KeptBranch, ...]) -> Kept:
    """A run and nothing else of a session: the newest step of its last branch is shown."""
    text = files.to_toml(_with_whole_path(experiment))
    return Kept(FORMAT, __version__, text, branches, len(branches) - 1, branches[-1].tip)


def _with_whole_path(experiment: Experiment) -> Experiment:
    data = experiment.data
    if not data.path:
        return experiment
    whole = msgspec.structs.replace(data, path=os.path.abspath(data.path))
    return msgspec.structs.replace(experiment, data=whole)


def write(kept: Kept, path: str | Path, *, data: bool = True) -> None:
    """Write a session's file, whole or not at all.

    A table that the run was trained on lies in it as it is, unless without `data`; images are read from their place
    again.

    Raises
    ------
    ExperimentError, OSError
        The data can't be read again, or the file can't be written.
    """
    experiment = files.from_text(kept.experiment, str(path))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        if data and experiment.data.path and Path(experiment.data.path).is_file():
            kept = msgspec.structs.replace(kept, data=Path(experiment.data.path).name)
            archive.write(experiment.data.path, DATA)
        archive.writestr(MANIFEST, msgspec.json.encode(kept))
    if len(packed.getvalue()) > MOST_BYTES:
        raise ExperimentError(str(path), f"would have more than {MOST_BYTES >> 20} MB")
    write_bytes(Path(path), packed.getvalue())


def read(path: str | Path) -> Opened:
    """What a session's file holds.

    Raises
    ------
    ExperimentError
        It is none, is broken, newer than this program, or too large; says which.
    """
    path = Path(path)
    with blame():
        if regular_file(path, "a session file") > MOST_BYTES:
            raise ExperimentError(str(path), f"expected a session file of at most {MOST_BYTES >> 20} MB")
    try:
        with zipfile.ZipFile(path) as archive:
            kept = _manifest(archive)
            experiment = files.from_text(kept.experiment, MANIFEST)
            trees.check(kept.branches)
            _check(kept)
            if kept.data:
                experiment = _with_data(experiment, kept, _member(archive, DATA, MOST_BYTES))
    except OSError as error:
        raise ExperimentError(str(path), f"can't be read: {reason(error)}") from None
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, RuntimeError, NotImplementedError) as error:
        raise ExperimentError(str(path), f"no session file, or a broken one ({error})") from None
    except ExperimentError as error:
        raise ExperimentError(str(path), str(error)) from None
    return Opened(experiment, kept)


def _member(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """What a file in the zip holds; no more of it is unpacked than may be, whatever the zip says."""
    if name not in archive.namelist():
        raise ExperimentError(name, "is not in it, so it is no session file")
    try:
        with archive.open(name) as member:
            found = member.read(most + 1)
    except Exception as error:  # whatever a decoder says of broken bytes
        raise zipfile.BadZipFile(f"{name}: {error}") from None
    if len(found) > most:
        raise ExperimentError(name, f"unpacks to more than {most >> 20} MB")
    return found


def _manifest(archive: zipfile.ZipFile) -> Kept:
    text = _member(archive, MANIFEST, MOST_MANIFEST)
    try:
        found = msgspec.json.decode(text)
        if isinstance(found, dict) and isinstance(found.get("format"), int) and found["format"] > FORMAT:
            newer = f"was written by a newer program ({str(found.get('program', '?'))[:40]})"
            raise ExperimentError(MANIFEST, f"{newer}, this one is {__version__}")
        return msgspec.convert(found, Kept)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError, UnicodeDecodeError) as error:
        raise ExperimentError(MANIFEST, f"broken: {error}") from None


def _check(kept: Kept) -> None:
    named = [(f"bookmark {each.name}", each.branch, each.step) for each in kept.bookmarks]
    for what, branch, step in [("the place shown", kept.branch, kept.step), *named]:
        if not 0 <= branch < len(kept.branches) or not 0 <= step <= kept.branches[branch].tip:
            raise ExperimentError(what, f"there is no step {step} of branch {branch}")


def _with_data(experiment: Experiment, kept: Kept, content: bytes) -> Experiment:
    """The experiment on the table of the session: where it lay if it is still the same, else on a copy."""
    place = Path(experiment.data.path or "")
    try:
        same = place.is_file() and place.stat().st_size == len(content) and place.read_bytes() == content
    except OSError:
        same = False
    if same:
        return experiment
    name = "".join(letter if letter.isalnum() or letter in "._-" else "-" for letter in kept.data)[-60:]
    folder = platformdirs.user_cache_path("lrsim", appauthor=False) / "sessions"
    copy = folder / f"{hashlib.sha256(content).hexdigest()[:16]}-{name}"
    if not copy.is_file() or copy.read_bytes() != content:
        folder.mkdir(parents=True, exist_ok=True)
        write_bytes(copy, content)
    return msgspec.structs.replace(experiment, data=msgspec.structs.replace(experiment.data, path=str(copy)))
