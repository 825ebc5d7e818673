"""The loss over a plane through the parameters: the surface that training goes down, or a true cut through it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lrsim.common.numbers import Floats, lengths
from lrsim.instruments.penalties import penalties
from lrsim.training import engine
from lrsim.training.engine import Problem
from lrsim_core import FloatArray

Kind = Literal["parameters", "random", "path"]
Window = tuple[float, float, float, float]
"""Left, right, bottom and top of a part of a plane, in its coordinates."""

FINE, FEWER, COARSE = 51, 25, 13
"""Points in each direction of the finished surface, of that of a model so large that its parameters alone take long,
and of the first sketch."""
LARGE = 40_000
"""Parameters of such a model."""
MOST_WORK = 20_000_000_000
"""Multiply-adds of a whole surface: a second or two."""
MOST_ROWS, FEWEST_ROWS = 2048, 128
CACHED = 1 << 16
"""Numbers that are made at once, so that they stay near the processor."""
LEAST_NORM = 1e-10
"""Added to the norm of a random direction, as in net_plotter.py of loss-landscape."""
INDEPENDENT = 1e-12
"""Share of the square of their size above which two directions span a plane."""


@dataclass(frozen=True, eq=False)
class Plane:
    """All points base + x first + y second.

    Attributes
    ----------
    base
        Shape (n_parameters,).
    directions
        `first` and `second`, shape (2, n_parameters), linearly independent.
    places
        Which two parameters x and y are; None where the directions mix them.
    explained
        Share of the path's variance that lies in the plane; None where it was not laid by a path.
    """

    kind: Kind
    base: Floats
    directions: Floats
    places: tuple[int, int] | None = None
    explained: float | None = None

    def points(self, x: Floats, y: Floats) -> Floats:
        """Parameters at coordinates x and y, shape (n,) each; shape (n, n_parameters)."""
        if self.places is not None:  # exact, and no infinity times 0
            found = np.repeat(self.base[None], len(x), axis=0)
            found[:, self.places[0]], found[:, self.places[1]] = x, y
            return found
        with np.errstate(all="ignore"):
            mixed: Floats = self.base + x[:, None] * self.directions[0] + y[:, None] * self.directions[1]
        return mixed

    def coordinates(self, thetas: FloatArray) -> tuple[Floats, Floats]:
        """Where parameters stand that are dropped onto the plane, and how far from it they are.

        Parameters
        ----------
        thetas
            Shape (n, n_parameters).

        Returns
        -------
        ndarray, ndarray
            Coordinates, shape (n, 2), of the nearest points of the plane, and distances, shape (n,); not finite where
            the parameters are not.
        """
        with np.errstate(all="ignore"):
            offsets = thetas.astype(np.float64) - self.base
            if self.places is not None:
                found = thetas[:, list(self.places)].astype(np.float64)
                offsets[:, list(self.places)] = 0.0
                return found, lengths(offsets)
            gram, products = (_products(self.directions, rows) for rows in (self.directions, offsets))
            places: Floats = np.linalg.solve(gram, products).T.astype(np.float64)
            return places, lengths(offsets - places[:, :1] * self.directions[0] - places[:, 1:] * self.directions[1])


def _products(first: Floats, second: Floats) -> Floats:
    """Inner products of all rows of both, shape (n, m).

    Without BLAS, whose threads would vie with training, and row by row, for other threads wait for each call to end.
    """
    return np.array([np.einsum("i,mi->m", row, second) for row in first])


def of_parameters(theta: FloatArray, first: int, second: int) -> Plane:
    """The plane of two parameters (places in theta, not the same), whose values are its coordinates."""
    base = theta.astype(np.float64)
    directions = np.zeros((2, len(base)))
    base[[first, second]], directions[0, first], directions[1, second] = 0.0, 1.0, 1.0
    return Plane("parameters", base, directions, (first, second))


def random_plane(problem: Problem, theta: FloatArray, seed: int = 0) -> Plane | None:
    """The plane through `theta` along two random directions that are filter-normalised.

    The incoming weights of each unit get a normal direction as long as they are; biases stay (Li, Xu, Taylor, Studer,
    Goldstein, Visualizing the loss landscape of neural nets, 2018, arXiv:1712.09913).

    Returns
    -------
    Plane or None
        None where the two are not independent: of a single weight, or where the weights are all 0 or not finite.
    """
    rng = np.random.default_rng(seed)
    base = theta.astype(np.float64)
    directions = np.zeros((2, len(base)))
    for direction in directions:
        for (W, _), (into, _) in zip(problem.network.unpack(base), problem.network.unpack(direction), strict=True):
            drawn = rng.standard_normal(W.shape)
            into[...] = drawn * (lengths(W.T) / (lengths(drawn.T) + LEAST_NORM))
    with np.errstate(all="ignore"):
        (first, shared), (_, second) = _products(directions, directions)
        independent = first * second - shared**2 > INDEPENDENT * first * second
    return Plane("random", base, directions) if independent else None


def path_plane(thetas: FloatArray, theta: FloatArray) -> Plane | None:
    """The plane through `theta` in which most of the way to it lies: the main directions of its points seen from there.

    Parameters
    ----------
    thetas
        Points of the path, shape (n, n_parameters), some of them maybe not finite.

    Returns
    -------
    Plane or None
        None where the path has not gone in two directions.
    """
    base = theta.astype(np.float64)
    finite = thetas[np.isfinite(thetas).all(axis=1)].astype(np.float64)
    with np.errstate(all="ignore"):
        offsets = finite - base
        size = float(np.abs(offsets).max(initial=0.0))
        if not (0 < size < np.inf):
            return None
        offsets /= size
        gram = _products(offsets, offsets)
    values, vectors = np.linalg.eigh(gram)
    main = values[:-3:-1]
    if len(main) < 2 or not main[1] > INDEPENDENT * main[0]:
        return None
    directions = _products(vectors[:, :-3:-1].T, offsets.T) / np.sqrt(main)[:, None]
    for direction in directions:  # the sign of an eigenvector means nothing: the same path gives the same picture
        direction *= np.sign(direction[np.abs(direction).argmax()])
    return Plane("path", base, directions, explained=float(main.sum() / values.sum()))


def finest(problem: Problem) -> int:
    """Points in each direction of the finished surface."""
    return FINE if problem.n_parameters < LARGE else FEWER


def rows_used(problem: Problem) -> slice:
    """Training rows on which the loss is taken: all, or some spread evenly where all would take long."""
    wanted = MOST_WORK // (finest(problem) ** 2 * problem.n_parameters)
    wanted = min(max(wanted, FEWEST_ROWS), MOST_ROWS)
    return slice(None, None, max(-(-problem.samples // wanted), 1))


class TrueLoss:
    """The loss that is trained on, penalties included, over fixed training rows.

    Parameters
    ----------
    rows
        Which of the training rows; `rows_used` where not told.

    Attributes
    ----------
    problem
        What is trained.
    """

    def __init__(self, problem: Problem, rows: slice | NDArray[np.intp] | None = None) -> None:
        rows = rows_used(problem) if rows is None else rows
        data = problem.data
        self.problem = problem
        self._X, self._Y = (np.ascontiguousarray(array[rows]) for array in (data.X_train, data.Y_train))

    @property
    def samples(self) -> int:
        """Rows over which it is the mean."""
        return len(self._X)

    @property
    def is_sampled(self) -> bool:
        """Whether these are not all training rows."""
        return self.samples < self.problem.samples

    def __call__(self, thetas: FloatArray) -> Floats:
        """At parameters of shape (n, n_parameters), shape (n,); NaN and infinities as they come."""
        found = np.empty(len(thetas))
        with np.errstate(all="ignore"):
            for place, theta in enumerate(thetas.astype(self.problem.network.dtype)):
                loss = engine.evaluate(self.problem, theta, self._X, self._Y)["loss"]
                found[place] = loss + penalties(self.problem, theta)[1]
        return found


def rows_of(plane: Plane, loss: TrueLoss, window: Window, size: int) -> Iterator[Floats]:
    """The loss on an even grid of size x size over a window, a row of shape (size,) at a time, upwards."""
    left, right, bottom, top = window
    x = np.linspace(left, right, size)
    at_once = max(CACHED // len(plane.base), 1)
    parts = [x[start : start + at_once] for start in range(0, size, at_once)]
    for y in np.linspace(bottom, top, size):
        yield np.concatenate([loss(plane.points(part, np.full(len(part), y))) for part in parts])


def surface(plane: Plane, loss: TrueLoss, window: Window, size: int = FINE) -> Floats:
    """The whole grid, shape (size, size), rows upwards."""
    return np.array(list(rows_of(plane, loss, window, size)))
