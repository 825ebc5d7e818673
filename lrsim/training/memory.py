"""The memory that a run takes, counted before it is set aside, and whether this machine has it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

import lrsim_core
from lrsim.common.validation import ExperimentError
from lrsim.data.dataset import Dataset
from lrsim.data.sources.registry import source_of
from lrsim.experiment.specs import Experiment
from lrsim_core import Network, Optimizer

SHARE = 0.8
"""Of the machine's memory that runs may take."""
HEADLESS_COPIES = (4, 3)
"""Of parameters and of each slot: the start, the state, states to replay from, the best ones."""
WATCHED_COPIES = (18, 9)
"""With a history and a window: checkpoints, snapshots, and a step that is opened with all that is before and after."""
HISTORY_SHARE = 0.25
"""Of the machine's memory that the history of a run may take, whatever was asked for."""
WAIT_SECONDS = 0.1


class TooLarge(ExperimentError):
    """A run that does not fit into this machine's memory."""


@dataclass(frozen=True)
class Need:
    """Bytes that a run takes, no less than it really does.

    Attributes
    ----------
    data
        The arrays, and the order of an epoch with what it is sorted by.
    parameters
        All copies of the parameters and of the optimizer's slots.
    batch
        Outputs and slopes of the layers for the rows of a batch, and a gradient.
    evaluation
        Outputs of the layers for the rows of an evaluation.
    rows
        Steps that are recorded.
    """

    data: int
    parameters: int
    batch: int
    evaluation: int
    rows: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.data + self.parameters + self.batch + self.evaluation + self.rows


def count(network: Network, optimizer: Optimizer, data: Dataset, experiment: Experiment, history: int = 0) -> Need:
    """What a run takes.

    Parameters
    ----------
    history
        Bytes that a history of the run may hold; 0 for a run that nobody watches.
    """
    itemsize, samples = np.dtype(network.dtype).itemsize, len(data.X_train)
    batch = min(experiment.training.batch_size, samples)
    copies, of_slots = WATCHED_COPIES if history else HEADLESS_COPIES
    opened = lrsim_core.opened_bytes(network, batch) if history else 0
    steps = -(-samples // batch) * experiment.training.epochs
    readers = 2 if history else 1  # training, and the pictures
    return Need(
        data=data.nbytes + 4 * samples * np.dtype(np.intp).itemsize,
        parameters=network.n_parameters * itemsize * (copies + of_slots * optimizer.n_slots),
        batch=lrsim_core.step_bytes(network, batch) + opened,
        evaluation=readers * max(lrsim_core.forward_bytes(network, len(X)) for X in (data.X_train, data.X_test)),
        rows=min(affordable(history), steps * (network.n_parameters + len(network.metrics)) * itemsize),
    )


def check(network: Network, optimizer: Optimizer, data: Dataset, experiment: Experiment, history: int = 0) -> None:
    """Refuse a run that does not fit into this machine.

    Parameters
    ----------
    history
        As for `count`.

    Raises
    ------
    TooLarge
        Says what takes how much and what there is; names the key to lower.
    """
    available = physical_memory()
    need = count(network, optimizer, data, experiment, history)
    if available is None or need.total <= SHARE * available:
        return
    largest = max(
        (need.data, "the data"),
        (need.parameters, f"{network.n_parameters:,} parameters and what the optimizer keeps of them"),
        (need.batch, _batch_in_words(min(experiment.training.batch_size, len(data.X_train)))),
        (need.evaluation, "the outputs of the layers for an evaluation"),
    )
    key = _key_to_lower(need, largest[0], network, experiment, SHARE * available)
    what = (
        f"training takes {_gib(need.total)}, most of it {largest[1]} ({_gib(largest[0])}); "
        f"this machine has {_gib(available)}: lower {key}"
    )
    raise TooLarge(key, what)


def _batch_in_words(batch: int) -> str:
    return "the outputs of the layers for one row" if batch == 1 else f"the outputs of the layers for {batch:,} rows"


def _gib(size: int) -> str:
    return f"{size / 2**30:,.1f} GiB"


def _key_to_lower(need: Need, largest: int, network: Network, experiment: Experiment, room: float) -> str:
    if largest == need.data:
        offered = source_of(experiment.data.source).keys
        return next((f"data.{key}" for key in ("samples", "limit") if key in offered), "data.source")
    without_batch = need.total - need.batch + lrsim_core.step_bytes(network, 1) + lrsim_core.opened_bytes(network, 1)
    if experiment.training.batch_size > 1 and without_batch <= room:
        return "training.batch_size"
    in_layer = [(inputs + 1) * units for inputs, units in network.shapes]
    widest = max(range(len(in_layer)), key=lambda k: (in_layer[k], network.layers[k].units))
    if widest == len(in_layer) - 1 and widest > 0:  # its units are given by the data
        widest -= 1
    return f"model.layers[{widest}].units"


def affordable(history: int) -> int:
    """Bytes that a history gets of those that were asked for."""
    available = physical_memory()
    return history if available is None else min(history, int(HISTORY_SHARE * available))


def physical_memory() -> int | None:
    """Bytes of memory of this machine; None where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None


class _Claims:
    """What the runs of this process take together."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._claimed: list[int] = []

    @contextmanager
    def of(self, size: int, cancelled: Callable[[], bool]) -> Iterator[None]:
        available = physical_memory()
        room = None if available is None else SHARE * available
        with self._changed:
            while room is not None and self._claimed and sum(self._claimed) + size > room and not cancelled():
                self._changed.wait(WAIT_SECONDS)
            self._claimed.append(size)
        try:
            yield
        finally:
            with self._changed:
                self._claimed.remove(size)
                self._changed.notify_all()


_claims = _Claims()
claimed = _claims.of
"""While it is entered, so many bytes are spoken for; waits until those of other runs in this process leave room."""
