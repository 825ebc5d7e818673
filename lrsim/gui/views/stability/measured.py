"""Curvature at steps of a run, measured beside training: where it stands, and at rest over all that was."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, Signal

from lrsim.common.numbers import Floats
from lrsim.gui.bridge.alive import alive
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.bridge.evaluator import Evaluator
from lrsim.history.path import spread
from lrsim.instruments.stability import Stability
from lrsim.session.snapshot import Snapshot
from lrsim.training.course import Course

POINTS = 64
"""Steps that are measured of a run at rest, about."""
MOST_KEPT = 512
"""On one branch; those in between go first."""
PIECE_SECONDS = 0.06
"""Other pictures come to their turn so often."""
REST = 5.0
"""While it plays nothing is measured for so many times as long as the last measure took."""
LEAST_REST = 0.15


@dataclass(frozen=True, eq=False)
class Measured:
    """What is known of a branch, in the order of its steps; arrays of shape (n,).

    Attributes
    ----------
    steps
        Steps done.
    sharpness
        Largest eigenvalue of the Hessian there, scaled as the optimizer scales its gradient.
    rates
        What the next step multiplies it by.
    limits
        Of rate times sharpness.
    approximate
        Whether any of it is of other rows than a step has.
    """

    steps: Floats
    sharpness: Floats
    rates: Floats
    limits: Floats
    approximate: bool


Changes = tuple[tuple[str, object], ...]
"""Keys and what they were set to."""


@dataclass(frozen=True, eq=False)
class _Known:
    """What was measured at a step, and what had been changed there by hand: the next step uses it."""

    stability: Stability
    changes: Changes

    def holds(self, changes: Mapping[int, Changes], step: int) -> bool:
        """Whether nothing else was changed there since."""
        return changes.get(step, ()) == self.changes


class Measures(QObject):
    """Measures the newest snapshot, then at rest the steps before it, a few at a time.

    Signals
    -------
    changed()
        Something new is known.
    failed(str)
        It could not be measured, in a sentence.
    """

    changed = Signal()
    failed = Signal(str)

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._evaluator, self._reader = Evaluator.of(bridge), bridge.reader
        self._run = 0
        self._known: dict[int, dict[int, _Known]] = {}  # by the branch that holds a step, and the step
        self._course: Course | None = None
        self._changes: Mapping[int, Changes] = {}
        self._eigenvector: tuple[int, Floats] | None = None  # of which run, and where the next search begins
        self._wanted: Snapshot | None = None
        self._measuring = False
        self._failing = False
        self._rests_until = 0.0

    def forget(self, snapshot: Snapshot) -> None:
        """Another run."""
        self._run, self._known, self._eigenvector, self._wanted = snapshot.run, {}, None, None
        self._failing = False

    def at(self, snapshot: Snapshot, step: int) -> Stability | None:
        """What was measured there."""
        found = self._known.get(snapshot.place.branch.holder(step).number, {}).get(step)
        return found.stability if found is not None and found.holds(self._changes_of(snapshot), step) else None

    def _changes_of(self, snapshot: Snapshot) -> Mapping[int, Changes]:
        """What was changed by hand at which step of the branch at hand."""
        course = snapshot.place.branch.course
        if course is not self._course:
            self._course, self._changes = course, _changes(course)
        return self._changes

    def of(self, snapshot: Snapshot) -> Measured:
        """All that is known of the branch at hand."""
        holder, changes = snapshot.place.branch.holder, self._changes_of(snapshot)
        found = sorted(
            ((step, known.stability)
             for branch in {holder(step).number for step in self._ends(snapshot)}
             for step, known in self._known.get(branch, {}).items()
             if step <= snapshot.tip and holder(step).number == branch and known.holds(changes, step)),
            key=lambda each: each[0],
        )  # fmt: skip
        values = [(step, known.curvature.largest, known.rate, known.limit) for step, known in found]
        steps, sharpness, rates, limits = np.array(values, dtype=np.float64).reshape(-1, 4).T
        return Measured(steps, sharpness, rates, limits, any(known.is_approximate for _, known in found))

    @staticmethod
    def _ends(snapshot: Snapshot) -> list[int]:
        """A step on each branch that the one at hand goes through."""
        branch, ends = snapshot.place.branch, [snapshot.tip]
        while branch.parent is not None:
            if branch.fork:
                ends.append(branch.fork - 1)
            branch = branch.parent
        return ends

    def busy(self, snapshot: Snapshot) -> bool:
        """Whether something is still to be measured while it stands there."""
        return not self._failing and (self._measuring or bool(self._missing(snapshot)))

    def follow(self, snapshot: Snapshot) -> None:
        """Measure there as soon as there is time for it."""
        if self._failing:
            return
        self._wanted = snapshot
        if not self._measuring and not (snapshot.playing and time.monotonic() < self._rests_until):
            self._measure(snapshot)

    def _missing(self, snapshot: Snapshot) -> list[int]:
        """Steps to be measured: the one that is shown, then those before it from coarse to fine."""
        wanted = [snapshot.step]
        if not snapshot.playing:
            steps = spread(snapshot.tip, POINTS)
            stride = 1 << max(len(steps) - 1, 1).bit_length()
            while stride := stride >> 1:
                wanted += steps[::stride]
        return [step for step in dict.fromkeys(wanted) if self.at(snapshot, step) is None]

    def _measure(self, snapshot: Snapshot) -> None:
        steps = self._missing(snapshot)
        if not steps:
            return
        self._measuring = True
        changes = self._changes_of(snapshot)

        def work() -> dict[int, Stability]:
            found, began, last = {}, time.monotonic(), self._eigenvector
            start = last[1] if last is not None and last[0] == snapshot.run else None
            for step in steps:
                found[step] = self._reader.stability(snapshot, step, start)
                if np.isfinite(found[step].curvature.start).all():
                    start = found[step].curvature.start
                    self._eigenvector = snapshot.run, start
                if time.monotonic() - began > PIECE_SECONDS:
                    break
            self._rests_until = time.monotonic() + max(REST * (time.monotonic() - began), LEAST_REST)
            return found

        self._evaluator.ask(self, work, lambda found: self._take(snapshot, changes, found), self._fail)

    def _take(self, snapshot: Snapshot, changes: Mapping[int, Changes], found: dict[int, Stability]) -> None:
        if not alive(self):
            return
        self._measuring = False
        if snapshot.run != self._run:
            return
        for step, stability in found.items():
            on_branch = self._known.setdefault(snapshot.place.branch.holder(step).number, {})
            on_branch[step] = _Known(stability, changes.get(step, ()))
            if len(on_branch) > MOST_KEPT:
                for each in sorted(on_branch)[1:-1:2]:
                    del on_branch[each]
        self.changed.emit()
        if self._wanted is not None and not self._wanted.playing:
            self._measure(self._wanted)

    def _fail(self, why: str) -> None:
        self._measuring, self._failing = False, True
        self.failed.emit(why)


def _changes(course: Course) -> dict[int, Changes]:
    found: dict[int, Changes] = {}
    for event in course.events:
        found[event.step] = (*found.get(event.step, ()), (event.key, event.value))
    return found
