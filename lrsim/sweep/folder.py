"""A sweep's folder: each finished run on disk before the next one is told of, and read back when the sweep goes on.

`sweep.json` says which sweep the folder belongs to. A run counts as finished once its row stands whole in
`results.csv`; its curve is written before that. Whatever a crash left half written is dropped and run again.
"""

from __future__ import annotations

import contextlib
import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO

import msgspec

from lrsim.common.output import write_bytes
from lrsim.common.validation import ExperimentError, reason
from lrsim.experiment.specs import Experiment, SweepSpec
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

MANIFEST, RESULTS, CURVES, LOCK = "sweep.json", "results.csv", "curves.csv", ".lock"
FORMAT = 1


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
        The finished runs, in the order of the grid.

    Raises
    ------
    ExperimentError
        The folder can't be written, belongs to another sweep, or is in use.
    """

    def __init__(self, path: str | Path, sweep: Sweep) -> None:
        self.path = Path(path)
        self.sweep = sweep
        self._files = contextlib.ExitStack()
        try:
            with self._files:
                if not str(path):
                    raise ExperimentError('""', "can't be written: the name is empty")
                with self._naming_the_folder():
                    self.path.mkdir(parents=True, exist_ok=True)
                    lock = self._files.enter_context(open(self.path / LOCK, "ab"))  # noqa: SIM115
                if not _locked(lock):
                    raise ExperimentError(str(self.path), "another process runs a sweep in this folder")
                self._claim()
                with self._naming_the_folder():
                    self.records = self._read()
                    self._results = self._files.enter_context(open(self.path / RESULTS, "ab"))  # noqa: SIM115
                    self._curves = self._files.enter_context(open(self.path / CURVES, "ab"))  # noqa: SIM115
                self._files = self._files.pop_all()
        except ValueError as error:
            if isinstance(error, ExperimentError):
                raise
            raise ExperimentError(str(path), f"can't be written: {error}") from None

    def add(self, record: Record) -> None:
        """Put a finished run on disk, for good by the time this returns; OSError names the file."""
        spec = self.sweep.runs[record.index]
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

    def _claim(self) -> None:
        """Write the manifest, or see that the one that is there is this sweep's."""
        path = self.path / MANIFEST
        try:
            found = path.read_bytes()
        except FileNotFoundError:
            if (self.path / RESULTS).exists() or (self.path / CURVES).exists():
                what = f"holds results but no {MANIFEST}, expected an empty folder or that of this sweep"
                raise ExperimentError(str(self.path), what) from None
            write_bytes(path, msgspec.json.format(_manifest(self.sweep)) + b"\n")
            return
        except OSError as error:
            raise ExperimentError(str(path), f"can't be read: {reason(error)}") from None
        difference = _difference(_sweep_of(found, path), self.sweep)
        if difference:
            what = f"belongs to another sweep ({difference}), expected an empty folder or that of this sweep"
            raise ExperimentError(str(self.path), what)

    # --- what is there

    def _read(self) -> list[Record]:
        """Finished runs; the files are rewritten where they hold anything else."""
        result_header, curve_header = result_columns(self.sweep), curve_columns(self.sweep)
        results, results_whole = self._rows(RESULTS, result_header)
        curves, curves_whole = self._rows(CURVES, curve_header)
        width = len(key_columns(self.sweep))
        curve_of: dict[tuple[str, ...], Rows] = defaultdict(list)
        for row in curves:
            curve_of[tuple(row[:width])].append(row)
        row_of: dict[tuple[str, ...], list[str]] = {}
        for row in results:
            row_of.setdefault(tuple(row[:width]), row)
        records = []
        for spec in self.sweep.runs:
            if spec.cells in row_of:
                with contextlib.suppress(ValueError):
                    records.append(record_from(spec, result_header, row_of[spec.cells], curve_of[spec.cells]))
        if not (results_whole and curves_whole and len(records) == len(results) == len(curve_of.keys() & row_of.keys())
                and len(curves) == sum(record.epochs for record in records)):  # fmt: skip
            self._rewrite(records)
        return records

    def _rows(self, name: str, header: tuple[str, ...]) -> tuple[Rows, bool]:
        """Rows below the header, and whether the file is as it should be."""
        try:
            data = (self.path / name).read_bytes()
        except FileNotFoundError:
            return [], False
        rows, whole = decode(data, len(header))
        if rows[:1] != [list(header)]:
            return [row for row in rows if row != list(header)], False
        return rows[1:], whole

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


def _manifest(sweep: Sweep) -> bytes:
    return msgspec.json.encode({"format": FORMAT, **sweep.as_dict()})


def _sweep_of(data: bytes, path: Path) -> Sweep:
    try:
        plain = msgspec.json.decode(data)
        if plain["format"] != FORMAT:
            raise ExperimentError(str(path), "written by another version of the program")
        return from_plain(plain)
    except (msgspec.DecodeError, ExperimentError, KeyError, TypeError, ValueError) as error:
        raise ExperimentError(str(path), f"can't be read as a sweep: {error}") from None


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
