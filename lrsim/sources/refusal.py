"""A file that can't be used: raised where it is read, worded for the one who named it at the door."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lrsim.validation import ExperimentError, suggestion


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
