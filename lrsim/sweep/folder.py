"""A sweep's folder: each finished run on disk before the next one is told of, and read back when the sweep goes on.

`sweep.json` says which sweep the folder belongs to, by which versions it was computed and on which data. A run counts
as finished once its row stands whole in `results.csv`; its curve is written before that. Whatever a crash left half
written is dropped and run again, and so is what was changed since, which its checksum tells. Runs of another version or
of other data are not mixed with those of this one: the folder is refused.
"""

from __future__ import annotations

import contextlib
import os
import platform
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, NoReturn

import msgspec
import numpy as np

from lrsim import __version__
from lrsim.common.output import clear_leftovers, write_bytes
from lrsim.common.validation import ExperimentError, reason
from lrsim.experiment.specs import Experiment, SweepSpec
from lrsim.sweep.origin import Origin, Origins, made_by
from lrsim.sweep.plan import Sweep, from_plain
from lrsim.sweep.record import Record
from lrsim.sweep.tables import (
    Rows,
    curve_columns,
    curve_rows,
    decode,
    encode,
    key_columns,
    record_from,
    result_columns,
    result_row,  # fmt: skip
)
from lrsim_core import simd_level

MANIFEST, RESULTS, CURVES, LOCK = "sweep.json", "results.csv", "curves.csv", ".lock"
FORMAT = 2
MOST_NAMED = 3
"""Runs that a sentence names; more are counted."""


class SweepFolder:
    """The folder of one sweep, held by one process at a time.

    Opening it proves that it can be written, makes it where it is missing, and reads and mends what it holds.

    Parameters
    ----------
    path
        The folder; missing ones on the way are made.

    Attributes
    ----------
    records
        The finished runs, in the order of the grid; those that failed are left out, they are run again.
    notices
        What was found damaged and is mended by running it again, in sentences.

    Raises
    ------
    ExperimentError
        The folder can't be written, belongs to another sweep, holds runs of another version or of other data, or is
        in use.
    """

    def __init__(self, path: str | Path, sweep: Sweep) -> None:
        self.path = Path(path)
        self.sweep = sweep
        self.notices: list[str] = []
        self._files = contextlib.ExitStack()
        self._origins = Origins()
        try:
            with self._files:
                if not str(path):
                    raise ExperimentError('""', "can't be written: the name is empty")
                with self._naming_the_folder():
                    self.path.mkdir(parents=True, exist_ok=True)
                    lock = self._files.enter_context(open(self.path / LOCK, "ab"))  # noqa: SIM115
                if not _locked(lock):
                    raise ExperimentError(str(self.path), "another process runs a sweep in this folder")
                clear_leftovers(str(self.path))
                manifest = self._claim()
                with self._naming_the_folder():
                    self.records = self._read(manifest)
                    self._write_manifest(manifest)
                    self._results = self._files.enter_context(open(self.path / RESULTS, "ab"))  # noqa: SIM115
                    self._curves = self._files.enter_context(open(self.path / CURVES, "ab"))  # noqa: SIM115
                self._files = self._files.pop_all()
        except ValueError as error:
            if isinstance(error, ExperimentError):
                raise
            raise ExperimentError(str(path), f"can't be written: {error}") from None

    def add(self, record: Record) -> None:
        """Put a finished run on disk, for good by the time this returns; OSError names the file.

        A chart that is there already is that of a row that is gone, and is taken away.
        """
        spec = self.sweep.runs[record.index]
        (self.path / f"{record.name}.png").unlink(missing_ok=True)
        _append(self._curves, encode(curve_rows(spec, record)))
        _append(self._results, encode([result_row(spec, record)]))

    def close(self) -> None:
        """Let another process have the folder."""
        self._files.close()

    def __enter__(self) -> SweepFolder:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @contextlib.contextmanager
    def _naming_the_folder(self) -> Iterator[None]:
        try:
            yield
        except FileExistsError:
            raise ExperimentError(str(self.path), "can't be written: is no folder") from None
        except OSError as error:
            raise ExperimentError(str(self.path), f"can't be written: {reason(error)}") from None

    # --- whose folder

    def _claim(self) -> _Manifest | None:
        """The manifest that is there, if any, which must be this sweep's."""
        path = self.path / MANIFEST
        try:
            found = _read_manifest(path)
        except FileNotFoundError:
            if (self.path / RESULTS).exists() or (self.path / CURVES).exists():
                what = f"holds results but no {MANIFEST}, expected an empty folder or that of this sweep"
                raise ExperimentError(str(self.path), what) from None
            return None
        except OSError as error:
            raise ExperimentError(str(path), f"can't be read: {reason(error)}") from None
        if what := _difference(found.sweep, self.sweep):
            what = f"belongs to another sweep ({what}), expected an empty folder or that of this sweep"
            raise ExperimentError(str(self.path), what)
        return found

    def _write_manifest(self, there: _Manifest | None) -> None:
        """Say whose folder this is, and by what and on what its runs are computed from now on."""
        versions = {"lrsim": __version__, "numpy": np.__version__, "python": platform.python_version()}
        data = sorted({self._origins.of(spec.experiment).data for spec in self.sweep.runs})
        plain = {"format": FORMAT, "made_by": {**versions, "simd": simd_level()}, "data": data, **self.sweep.as_dict()}
        manifest = msgspec.json.format(msgspec.json.encode(plain)) + b"\n"
        if there is None or manifest != there.text:
            write_bytes(self.path / MANIFEST, manifest)

    def _refuse(self, whose: str, otherwise: str) -> NoReturn:
        what = f"{whose} computed {otherwise}; expected another folder, or this one without {RESULTS} to run all again"
        raise ExperimentError(str(self.path), what)

    def _refuse_strangers(self, records: Sequence[Record]) -> None:
        """Runs of another version or of other data are no part of this sweep."""
        here = {record.index: self._origins.of(self.sweep.runs[record.index].experiment) for record in records}
        strangers = [record for record in records if record.origin != here[record.index]]
        if strangers:
            first, verb = strangers[0], "was" if len(strangers) == 1 else "were"
            names = _named([record.name for record in strangers])
            self._refuse(f"{names} {verb}", _otherwise(first.origin, here[first.index]))

    # --- what is there

    def _read(self, manifest: _Manifest | None) -> list[Record]:
        """Finished runs; the files are rewritten where they hold anything else."""
        result_header, curve_header = result_columns(self.sweep), curve_columns(self.sweep)
        results, curves = self._rows(RESULTS, result_header), self._rows(CURVES, curve_header)
        if manifest and results.strange_header and manifest.made_by != made_by():
            self._refuse("its runs were", _otherwise(Origin(manifest.made_by, ""), Origin(made_by(), "")))
        width = len(key_columns(self.sweep))
        curve_of: dict[tuple[str, ...], Rows] = defaultdict(list)
        for row in curves.rows:
            curve_of[tuple(row[:width])].append(row)
        row_of: dict[tuple[str, ...], list[str]] = {}
        for row in results.rows:
            row_of.setdefault(tuple(row[:width]), row)
        records, damaged = [], []
        for spec in self.sweep.runs:
            if spec.cells in row_of:
                try:
                    records.append(record_from(spec, result_header, row_of[spec.cells], curve_of[spec.cells]))
                except (ValueError, OverflowError):
                    damaged.append(spec.name)
        self._refuse_strangers(records)
        self._tell_damage(damaged, results.lost + len(row_of) - len(records) - len(damaged))
        records = [record for record in records if not record.error]
        as_written = results.whole and curves.whole and len(records) == len(results.rows)
        curves_fit = len(curve_of.keys() & row_of.keys()) == len(records)
        if not (as_written and curves_fit and len(curves.rows) == sum(record.epochs for record in records)):
            self._rewrite(records)
        return records

    def _rows(self, name: str, header: tuple[str, ...]) -> _Table:
        try:
            data = (self.path / name).read_bytes()
        except FileNotFoundError:
            return _Table([], False, 0, False)
        rows, ended, lost = decode(data, len(header))
        if rows[:1] == [list(header)]:
            return _Table(rows[1:], ended and not lost, lost + (not ended), False)
        return _Table([row for row in rows if row != list(header)], False, lost + (not ended), bool(data))

    def _tell_damage(self, damaged: Sequence[str], lost: int) -> None:
        """What is no longer as it was written, or was never written whole."""
        if damaged:
            verb = "is" if len(damaged) == 1 else "are"
            what = f"{_named(damaged)} {verb} damaged in {RESULTS} or {CURVES} and {verb} run again"
            self.notices.append(f"{self.path}: {what}")
        if lost:
            lines = "1 line is" if lost == 1 else f"{lost} lines are"
            self.notices.append(
                f"{self.path / RESULTS}: {lines} no whole run of this sweep; what is missing is run again"
            )

    def _rewrite(self, records: list[Record]) -> None:
        """Both files anew; the results last, as they say what counts."""
        specs = [self.sweep.runs[record.index] for record in records]
        curves = [row for spec, record in zip(specs, records) for row in curve_rows(spec, record)]
        results = [result_row(spec, record) for spec, record in zip(specs, records)]
        write_bytes(self.path / CURVES, encode([curve_columns(self.sweep), *curves]))
        write_bytes(self.path / RESULTS, encode([result_columns(self.sweep), *results]))


def _append(file: IO[bytes], data: bytes) -> None:
    try:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    except OSError as error:
        raise OSError(error.errno, error.strerror, file.name) from None


@dataclass(frozen=True)
class _Table:
    """Rows below the header, whether the file is as it should be, lines before the end that are none, its header."""

    rows: Rows
    whole: bool
    lost: int
    strange_header: bool


@dataclass(frozen=True)
class _Manifest:
    text: bytes
    sweep: Sweep
    made_by: str


def _read_manifest(path: Path) -> _Manifest:
    text = path.read_bytes()
    try:
        plain = msgspec.json.decode(text)
        if plain["format"] in range(1, FORMAT):
            what = f"written by a version of the program without checksums, expected another --out than {path.parent}"
        elif plain["format"] != FORMAT:
            what = "written by another version of the program"
        else:
            versions = plain["made_by"]
            return _Manifest(text, from_plain(plain), made_by(str(versions["lrsim"]), str(versions["numpy"])))
    except (msgspec.DecodeError, ExperimentError, LookupError, TypeError, ValueError) as error:
        what = f"can't be read as a sweep: {error}"
    except RecursionError:
        what = "can't be read as a sweep: nested too deeply"
    raise ExperimentError(str(path), what)


def _otherwise(there: Origin, here: Origin) -> str:
    """What makes the runs that are there others than those of here and now, after "computed"."""
    if there.made_by != here.made_by:
        return f"by {there.made_by or 'an unknown version'}, this is {here.made_by}"
    return "on other data than there is now"


def _named(names: Sequence[str]) -> str:
    """Some of the names, and how many more there are."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def _difference(there: Sweep, here: Sweep) -> str:
    """What tells the two sweeps apart, in words; empty when nothing does."""
    if there.over != here.over:
        return "other keys or values"
    if there.seeds != here.seeds:
        return "other seeds"
    if there.max_epochs != here.max_epochs:
        return "another number of epochs"
    return "another experiment" if _without_words(there.experiment) != _without_words(here.experiment) else ""


def _without_words(experiment: Experiment) -> Experiment:
    """What an experiment says of itself, and what it offers to sweep, makes no difference to results."""
    return msgspec.structs.replace(experiment, name="", description="", source="", claim="", sweep=SweepSpec())


def _locked(file: IO[bytes]) -> bool:
    """Whether the file could be locked for this process, until it is closed or the process ends, however it ends."""
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True
