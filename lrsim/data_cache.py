"""Data that many runs of one process share: loaded once, however many threads ask for it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path

from lrsim.datasets import Dataset, load_data
from lrsim.experiment import DataSpec

MOST_DATASETS = 4
"""Kept at the same time; the one unused for longest makes room."""

_Stamp = tuple[tuple[str, int, int], ...]
_Key = tuple[DataSpec, str, _Stamp]


class _Entry:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.data: Dataset | None = None


_entries: OrderedDict[_Key, _Entry] = OrderedDict()
_lock = threading.Lock()


def shared_data(spec: DataSpec, dtype: str) -> Dataset:
    """What `load_data` gives; the same object for the same words as long as the files behind them stay unchanged.

    Raises
    ------
    ExperimentError
        As `load_data`.
    """
    key = (spec, dtype, _stamp(spec.path))
    with _lock:
        entry = _entries.setdefault(key, _Entry())
        _entries.move_to_end(key)
        while len(_entries) > MOST_DATASETS:
            _entries.popitem(last=False)
    with entry.lock:
        if entry.data is None:
            entry.data = load_data(spec, dtype)
        return entry.data


def forget() -> None:
    """Let go of everything; runs that are under way keep what they have."""
    with _lock:
        _entries.clear()


def _stamp(path: str) -> _Stamp:
    """Names, sizes and dates of the files at `path`, so that a changed file is read anew."""
    if not path:
        return ()
    place = Path(path)
    try:
        files = sorted(place.iterdir()) if place.is_dir() else [place]
        found = [(file.name, file.stat()) for file in files if file.is_file()]
    except OSError:
        return ()
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in found)
