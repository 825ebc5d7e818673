"""Points in a plane that two inputs describe: small problems whose answer can be drawn.

All of them live in a square from -6 to 6. Where a point belongs is settled first, then `noise` moves it: by a normally
distributed step of standard deviation 2 * noise in each direction, so that at 0.5 the finer shapes dissolve.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from lrsim.data.samples import Samples
from lrsim.data.source import Request, Source

EDGE = 6.0
STEP_PER_NOISE = 2.0
RADIUS = 5.0
TURNS = 1.75

Points = NDArray[np.float64]
Codes = NDArray[np.intp]
Draw = Callable[[np.random.Generator, int], tuple[Points, Codes]]


def _halves(n: int) -> Codes:
    """As many of either class; the odd one is of class 1."""
    return np.repeat([0, 1], [n // 2, n - n // 2]).astype(np.intp)


def _around(radius: Points, angle: Points) -> Points:
    return np.column_stack((radius * np.cos(angle), radius * np.sin(angle)))


def _circle(rng: np.random.Generator, n: int) -> tuple[Points, Codes]:
    codes = _halves(n)
    inner, outer = np.where(codes, 0.0, 0.68 * RADIUS), np.where(codes, 0.48 * RADIUS, RADIUS)
    # The root spreads points evenly over the area, not over the radius.
    radius = np.sqrt(rng.uniform(inner**2, outer**2))
    return _around(radius, rng.uniform(0, 2 * np.pi, n)), codes


def _xor(rng: np.random.Generator, n: int) -> tuple[Points, Codes]:
    codes = _halves(n)
    size = rng.uniform(0.3, RADIUS, (n, 2))
    right = rng.choice([-1.0, 1.0], n)
    return size * np.column_stack((right, np.where(codes, right, -right))), codes


def _gauss(rng: np.random.Generator, n: int) -> tuple[Points, Codes]:
    codes = _halves(n)
    return np.where(codes, 2.0, -2.0)[:, None] + rng.normal(size=(n, 2)), codes


def _spiral(rng: np.random.Generator, n: int) -> tuple[Points, Codes]:
    codes = _halves(n)
    along = np.concatenate([(np.arange(count) + 0.5) / count for count in np.bincount(codes, minlength=2) if count])
    return _around(RADIUS * along, 2 * np.pi * TURNS * along + np.pi * codes), codes


def _plane(rng: np.random.Generator, n: int) -> tuple[Points, Codes]:
    points = rng.uniform(-EDGE, EDGE, (n, 2))
    return points, (points.sum(axis=1) > 0).astype(np.intp)


def _read(draw: Draw, stream: int, classes: tuple[str, str], has_height: bool, spec: Request, task: str) -> Samples:
    """`data.samples` points, drawn by `data.seed` and the set's own `stream`, in random order."""
    rng = np.random.default_rng([spec.seed, stream])
    points, codes = draw(rng, spec.samples)
    # The moves are drawn also where there is no noise: more noise moves the same points further.
    moved = points + STEP_PER_NOISE * spec.noise * rng.normal(size=points.shape)
    order = rng.permutation(spec.samples)
    samples = Samples(inputs=moved[order], feature_names=("x", "y"), domain=((-EDGE, EDGE), (-EDGE, EDGE)))
    if has_height and task == "regression":
        height = points[order].sum(axis=1, keepdims=True) / 10
        return replace(samples, values=height, target_names=("height",))
    return replace(samples, codes=codes[order], classes=classes, target_names=("class",))


def _toy(
    name: str, draw: Draw, stream: int, classes: tuple[str, str], line: str, *, task: str | None = "classification"
) -> Source:
    """A set of points; `stream` keeps its draws from those of the others, and stays the same for good."""
    return Source(
        name=name,
        line=line,
        read=partial(_read, draw, stream, classes, task is None),
        keys=("samples", "noise", "seed", "basis", *(("task",) if task is None else ())),
        task=task,
        example=task or "regression",
    )


TOYS = (
    _toy("circle", _circle, 0, ("ring", "core"), "A core and the ring around it: no straight line tells them apart."),
    _toy("xor", _xor, 4, ("signs differ", "signs agree"), "Four quarters, opposite ones alike: one unit can't do it."),
    _toy("gauss", _gauss, 1, ("lower left", "upper right"), "Two clouds: a single unit is enough."),
    _toy("spiral", _spiral, 3, ("first arm", "second arm"), "Two arms wound around each other: the hardest of these."),
    _toy("plane", _plane, 2, ("below", "above"),
         "A slope from corner to corner; as a regression its height, -1.2 to 1.2.", task=None),
)  # fmt: skip
