"""Writing files so that they are either whole or not there: a temporary file, fsync, then a rename.

`-` stands for standard output. Devices and pipes are written as they are.

The name of a temporary file, ``.NAME.MACHINE-PROCESS.RANDOM.part``, says which process writes it. One that was killed
leaves its file behind; the next process that writes into that folder takes it away.
"""

from __future__ import annotations

import contextlib
import os
import platform
import re
import stat
import sys
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from lrsim.common.validation import ExperimentError, reason

STDOUT = "-"
MACHINE = f"{zlib.crc32(platform.node().encode()):08x}"
_cleared: set[str] = set()


class Output:
    """A file being written in portions; it takes its place on `commit` and leaves nothing behind without it.

    Opening it proves that the place can be written, so it can be done before long work.

    Parameters
    ----------
    path
        Where to write; ``-`` is standard output.

    Raises
    ------
    ExperimentError
        The path can't be written.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._temporary: str | None = None
        self._target = path
        if path == STDOUT:
            self._file: BinaryIO = sys.stdout.buffer
            return
        try:
            self._open()
        except (OSError, ValueError) as error:
            raise ExperimentError(path or '""', f"can't be written: {reason(error)}") from None

    def _open(self) -> None:
        if not self.path:
            raise ValueError("the name is empty")
        self._target = os.path.realpath(self.path)
        if os.path.isdir(self._target):
            raise IsADirectoryError(0, "is a folder")
        if os.path.exists(self._target) and not stat.S_ISREG(os.stat(self._target).st_mode):
            self._file = open(self._target, "wb")  # noqa: SIM115  (closed by commit or discard)
            return
        if os.path.exists(self._target) and not os.access(self._target, os.W_OK):
            raise PermissionError(0, "permission denied")
        folder, name = os.path.split(self._target)
        if not os.path.isdir(folder):
            raise FileNotFoundError(0, f"no folder {folder}")
        clear_leftovers(folder)
        prefix = f".{name[:80]}.{MACHINE}-{os.getpid()}."
        handle, self._temporary = tempfile.mkstemp(prefix=prefix, suffix=".part", dir=folder)
        self._file = os.fdopen(handle, "wb")

    def write(self, data: bytes | str) -> None:
        """Append text (as UTF-8) or bytes."""
        with self._naming_the_path():
            self._file.write(data.encode() if isinstance(data, str) else data)

    def commit(self) -> None:
        """Put the file in its place, or flush standard output; OSError names the path."""
        with self._naming_the_path():
            self._file.flush()
            if self.path == STDOUT:
                return
            if self._temporary:
                os.fsync(self._file.fileno())
            self._file.close()
            if self._temporary:
                os.chmod(self._temporary, _mode(self._target))
                os.replace(self._temporary, self._target)
                self._temporary = None

    @contextlib.contextmanager
    def _naming_the_path(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            name = "standard output" if self.path == STDOUT else self.path
            raise OSError(error.errno, error.strerror, name) from None

    def discard(self) -> None:
        """Leave what was at the path before untouched. Nothing to do after `commit`."""
        if self.path != STDOUT:
            with contextlib.suppress(OSError):
                self._file.close()
        if self._temporary:
            with contextlib.suppress(OSError):
                os.unlink(self._temporary)
            self._temporary = None

    def __enter__(self) -> Output:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if kind is None:
                self.commit()
        finally:
            self.discard()


def write_bytes(path: str | Path, data: bytes) -> None:
    """Write a whole file at once.

    Raises
    ------
    ExperimentError
        There is no such place to write to.
    OSError
        It can't be written to the end; names the path.
    """
    with Output(str(path)) as output:
        output.write(data)


def clear_leftovers(folder: str) -> None:
    """Take away the temporary files of processes of this machine that are gone; each folder is looked at once."""
    folder = os.path.realpath(folder)
    if folder in _cleared:
        return
    _cleared.add(folder)
    with contextlib.suppress(OSError), os.scandir(folder) as found:
        for item in found:
            match = re.fullmatch(rf"\..+\.{MACHINE}-(\d+)\.\w+\.part", item.name)
            if match and not is_running(int(match[1])):
                with contextlib.suppress(OSError):
                    os.unlink(item.path)


def is_running(process: int) -> bool:
    """Whether there is such a process. Windows, which has no harmless signal, does not delete files in use anyway."""
    if sys.platform == "win32":
        return process == os.getpid()
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # it belongs to somebody else, or is no number of a process
        return True
    return True


def _mode(path: str) -> int:
    """Permissions of the file that is replaced, or those that a new file would get."""
    try:
        return stat.S_IMODE(os.stat(path).st_mode)
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
