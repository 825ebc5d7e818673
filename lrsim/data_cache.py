"""Data that many runs of one process share: loaded once, however many threads ask for it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

from lrsim.datasets import Dataset, load_data
from lrsim.experiment import Experiment
from lrsim.sources.registry import stamp
from lrsim.targets import coding_for

MOST_DATASETS = 4
"""Kept at the same time; the one unused for longest makes room."""


class _Entry:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.data: Dataset | None = None


_entries: OrderedDict[Any, _Entry] = OrderedDict()
_lock = threading.Lock()


def shared_data(experiment: Experiment) -> Dataset:
    """What `load_data` gives for the experiment, kept between its runs while the files behind it stay unchanged.

    Raises
    ------
    ExperimentError
        As `load_data`.
    """
    spec, dtype, coding = experiment.data, experiment.model.dtype, coding_for(experiment)
    key = (spec, dtype, coding, stamp(spec))
    with _lock:
        entry = _entries.setdefault(key, _Entry())
        _entries.move_to_end(key)
        while len(_entries) > MOST_DATASETS:
            _entries.popitem(last=False)
    with entry.lock:
        if entry.data is None:
            entry.data = load_data(spec, dtype, coding)
        return entry.data


def forget() -> None:
    """Let go of everything; runs that are under way keep what they have."""
    with _lock:
        _entries.clear()
