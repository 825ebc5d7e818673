"""What the picture of a surface needs to know, worked out beside the window: the plane, the way on it, the loss."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrsim.common.numbers import Floats
from lrsim.gui.views.surface.window import whole_window
from lrsim.history.path import Known, Path
from lrsim.instruments.surface import (
    COARSE,
    Kind,
    Plane,
    TrueLoss,
    Window,
    finest,
    of_parameters,
    path_plane,
    random_plane,
    rows_of,
)
from lrsim.session.branches import BranchShown
from lrsim.session.reader import SessionReader
from lrsim.session.snapshot import Snapshot

POINTS, OTHER_POINTS = 256, 96
"""Of the way at hand, and of those of other branches."""
ROUNDS = 15
"""So often points of the way are asked for that take a while to be found again."""


@dataclass(frozen=True)
class Choice:
    """Which plane: of what kind, of which two parameters, by which seed."""

    kind: Kind
    places: tuple[int, int] = (0, 1)
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Trail:
    """A way on a plane.

    Attributes
    ----------
    places
        Coordinates, shape (n, 2).
    distances
        How far from the plane each point is, shape (n,).
    losses
        The true loss at each point, wherever that is, shape (n,); empty where it was not asked for.
    """

    title: str
    steps: NDArray[np.int64]
    places: Floats
    distances: Floats
    losses: Floats
    whole: bool


@dataclass(frozen=True, eq=False)
class Laid:
    """A plane with the ways on it, as of a step.

    Attributes
    ----------
    fallback
        Whether there is no plane of the kind that was asked for yet, so that random directions stand for it.
    window
        What shows all of the way.
    loss
        The loss to be taken on it.
    """

    run: int
    step: int
    plane: Plane
    fallback: bool
    trail: Trail
    others: tuple[Trail, ...]
    window: Window
    loss: TrueLoss

    @property
    def is_all(self) -> bool:
        """Whether the plane holds all parameters, so that it stays as it is."""
        return self.plane.places is not None and len(self.plane.base) == 2


@dataclass(frozen=True, eq=False)
class Ground:
    """The loss on an even grid over a window of a plane, shape (size, size)."""

    laid: Laid
    window: Window
    values: Floats


def survey(
    reader: SessionReader, snapshot: Snapshot, choice: Choice, others: Sequence[BranchShown], known: Known,
    before: Ground | None, seen: Window | None,
) -> Iterator[Laid | Ground | None]:  # fmt: skip
    """The plane as it is now, then the loss on it where that is not the same as before, coarse first.

    While the run stands still points of the way are added until all are there.

    Parameters
    ----------
    known
        Points of ways that were found again, kept from one survey of a run to the next.
    seen
        What a hand has chosen to see; None for all of the way.
    """
    path = reader.path(snapshot, POINTS, known)
    before = yield from _shown(reader, snapshot, choice, path, others, known, before, seen, fine=path.complete)
    if path.complete or snapshot.playing:
        return
    for _ in range(ROUNDS):
        yield None
        path = reader.path(snapshot, POINTS, known)
        if path.complete:
            break
    yield from _shown(reader, snapshot, choice, path, others, known, before, seen, fine=True)


def _shown(
    reader: SessionReader, snapshot: Snapshot, choice: Choice, path: Path, others: Sequence[BranchShown], known: Known,
    before: Ground | None, seen: Window | None, *, fine: bool,
) -> Generator[Laid | Ground | None, None, Ground | None]:  # fmt: skip
    """The plane that a path lays, and the loss on it, `fine` unless training runs on; returns what is known of it."""
    laid = yield from _lay(reader, snapshot, choice, path, others, known, before)
    yield laid
    window = laid.window if seen is None else seen
    size = 0
    if before is not None and before.window == window and _same(before.laid, laid):
        size = len(before.values)
        before = Ground(laid, window, before.values)
        yield before
    for found in _ground(laid, window, size, fine=laid.is_all or (fine and not snapshot.playing)):
        before = found or before
        yield found
    return before


def _ground(laid: Laid, window: Window, known: int, *, fine: bool) -> Iterator[Ground | None]:
    """The loss on a plane that is laid, finer than it is known."""
    for size in (COARSE, finest(laid.loss.problem)) if fine else (COARSE,):
        if size > known:
            rows = []
            for row in rows_of(laid.plane, laid.loss, window, size):
                rows.append(row)
                yield None
            yield Ground(laid, window, np.array(rows))


def _lay(
    reader: SessionReader, snapshot: Snapshot, choice: Choice, path: Path, others: Sequence[BranchShown], known: Known,
    before: Ground | None,
) -> Generator[None, None, Laid]:  # fmt: skip
    problem = reader.problem_at(snapshot)
    old = None if before is None else before.laid
    loss = TrueLoss(problem) if old is None or old.loss.problem is not problem else old.loss
    plane, fallback = _plane(loss, path, choice)
    losses = []
    for theta in path.thetas:
        losses.append(loss(theta[None]))
        yield None
    places, distances = plane.coordinates(path.thetas)
    trail = Trail("", path.steps, places, distances, np.concatenate(losses), path.whole)
    more = []
    for each in others:
        more.append(_other(reader, snapshot, each, plane, known))
        yield None
    beside = np.concatenate([np.zeros((0, 2)), *(each.places for each in more)])
    last = None if old is None else (old.plane.kind, old.window)
    window = whole_window(plane, trail.places, trail.losses, beside, last)
    return Laid(snapshot.run, snapshot.step, plane, fallback, trail, tuple(more), window, loss)


def _plane(loss: TrueLoss, path: Path, choice: Choice) -> tuple[Plane, bool]:
    """The plane, through the last point that is finite; and whether it is another one than was asked for."""
    finite = np.flatnonzero(np.isfinite(path.thetas).all(axis=1))
    theta = path.thetas[finite[-1] if len(finite) else -1]
    if choice.kind == "parameters":
        return of_parameters(theta, *choice.places), False
    found = path_plane(path.thetas, theta) if choice.kind == "path" else None
    found = found or random_plane(loss.problem, theta, choice.seed) or of_parameters(theta, 0, 1)
    return found, found.kind != choice.kind


def _other(reader: SessionReader, snapshot: Snapshot, shown: BranchShown, plane: Plane, known: Known) -> Trail:
    path = reader.branch_path(snapshot, shown, OTHER_POINTS, known)
    own = path.steps >= min(shown.parts, int(path.steps[-1]))
    places, distances = plane.coordinates(path.thetas[own])
    return Trail(shown.title, path.steps[own], places, distances, np.zeros(0), path.whole)


def _same(old: Laid, new: Laid) -> bool:
    """Whether the loss on both planes is the same."""
    first, second = old.plane, new.plane
    return (
        old.loss.problem is new.loss.problem
        and first.places == second.places
        and np.array_equal(first.base, second.base, equal_nan=True)
        and np.array_equal(first.directions, second.directions)
    )
