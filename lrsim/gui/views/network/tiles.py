"""What each unit computes, worked out in the background: over the plane or the line of its inputs, or on average."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject

from lrsim.common.numbers import Floats
from lrsim.data.dataset import Dataset
from lrsim.gui.bridge.evaluator import Evaluator
from lrsim.session.reader import SessionReader
from lrsim.session.snapshot import Snapshot

GRID = 24
"""Points to a side of the plane of two inputs."""
POINTS = 64
"""On the line of one input."""
SAMPLES = 128
"""Training rows of which a mean is taken."""


@dataclass(frozen=True, eq=False)
class Outputs:
    """Outputs of each layer, the inputs first, all of shape (n, units), and steps done; `reach` is the largest
    magnitude of each layer that is finite, and 1 where all are 0; `across` says over how many inputs of the data: the
    plane of 2, the line of 1, or 0 where they are those of training rows."""

    step: int
    across: int
    layers: tuple[Floats, ...]
    reach: tuple[float, ...]

    def plane(self, layer: int, unit: int) -> Floats:
        """Of a unit over the plane, the lowest row first, shape (GRID, GRID)."""
        return self.layers[layer][:, unit].reshape(GRID, GRID)


def given(data: Dataset) -> Floats:
    """Inputs in the units of the model at which units are shown, shape (n, inputs)."""
    X = data.X_train
    if len(data.domain) == 2:
        x, y = (_spread(*ends, GRID) for ends in data.domain)
        return data.inputs_for(np.column_stack([np.tile(x, GRID), np.repeat(y, GRID)])).astype(np.float64)
    if len(data.domain) == 1:
        return data.inputs_for(_spread(*data.domain[0], POINTS)[:, None]).astype(np.float64)
    return X[:: max(-(-len(X) // SAMPLES), 1)].astype(np.float64)


class Supply(QObject):
    """Works out what units compute, one snapshot at a time, and hands over the newest."""

    def __init__(self, evaluator: Evaluator, reader: SessionReader, show: Callable[[Outputs], None],
                 tell: Callable[[str], None], parent: QObject) -> None:  # fmt: skip
        super().__init__(parent)
        self._evaluator, self._reader, self._show, self._tell = evaluator, reader, show, tell
        self._X: Floats = np.zeros((0, 1))
        self._across = 0
        self._next: Snapshot | None = None
        self._shown: tuple[int, object] | None = None

    def begin(self, data: Dataset) -> None:
        """Other data."""
        self._X, self._next, self._shown = given(data), None, None
        self._across = len(data.domain)

    @property
    def open(self) -> bool:
        """Whether something is still to come."""
        return self._next is not None or self._evaluator.is_asked_by(self)

    def ask(self, snapshot: Snapshot) -> None:
        """Have it worked out for a snapshot, once the one before it is done."""
        if self._shown == (snapshot.run, snapshot.place):
            return
        self._next = snapshot
        if not self._evaluator.is_asked_by(self):
            self._begin()

    def _begin(self) -> None:
        snapshot, self._next = self._next, None
        if snapshot is None:
            return
        X, across = self._X, self._across
        self._shown = (snapshot.run, snapshot.place)

        def work() -> Outputs:
            with np.errstate(all="ignore"):
                layers = (X, *(each.astype(np.float64) for each in self._reader.layer_outputs(snapshot, X)))
            return Outputs(snapshot.step, across, layers, tuple(map(_reach, layers)))

        def done(found: Outputs) -> None:
            if X is self._X:
                self._show(found)
            self._begin()

        self._evaluator.ask(self, work, done, self._tell)


def _spread(low: float, high: float, points: int) -> Floats:
    """Evenly from one end to the other, which may be further apart than the largest number."""
    share = np.linspace(0.0, 1.0, points)
    found: Floats = low * (1.0 - share) + high * share
    return found


def _reach(values: Floats) -> float:
    finite = np.abs(values[np.isfinite(values)])
    return float(finite.max(initial=0.0)) or 1.0
