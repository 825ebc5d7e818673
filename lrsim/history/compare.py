"""Two branches held against each other: where they part, and how far apart they are at the last step of both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrsim.history.branch import Branch
from lrsim.history.tree import History

COMPARED_AT_ONCE = 1 << 12
MOST_PARAMETERS = 8
"""Parameters that are told, those that differ most."""


@dataclass(frozen=True)
class Difference:
    """A parameter of both branches at the same step."""

    name: str
    first: float
    second: float


@dataclass(frozen=True)
class Comparison:
    """Two branches.

    Attributes
    ----------
    first, second
        Their numbers.
    parts_at
        First step whose row differs; None where they are the same as far as both go.
    step
        The last step of both, which all else is of.
    losses
        Of that step, before its update; NaN at step 0.
    differences
        Of parameters, the largest first.
    """

    first: int
    second: int
    parts_at: int | None
    step: int
    losses: tuple[float, float]
    differences: tuple[Difference, ...]


def compare(history: History, first: Branch, second: Branch, common: int) -> Comparison:
    """Two branches that have `common` steps in common."""
    step = min(first.tip, second.tip)
    before, after = (history.state_at(branch, step).theta.astype(np.float64) for branch in (first, second))
    with np.errstate(invalid="ignore"):
        apart = np.abs(before - after)
    order = np.argsort(-np.where(np.isnan(apart), np.inf, apart), kind="stable")[:MOST_PARAMETERS]
    name = history.problem.network.parameter_name
    differences = tuple(
        Difference(name(place), float(before[place]), float(after[place]))
        for place in order.tolist()
        if apart[place] != 0
    )
    losses = tuple(
        float(history.rows(branch, step - 1, step)[0, 0]) if step else float("nan") for branch in (first, second)
    )
    parts_at = _parting(history, first, second, min(common, step), step)
    return Comparison(first.number, second.number, parts_at, step, (losses[0], losses[1]), differences)


def _parting(history: History, first: Branch, second: Branch, lo: int, hi: int) -> int | None:
    while lo < hi:
        end = min(lo + COMPARED_AT_ONCE, hi)
        one, other = history.rows(first, lo, end), history.rows(second, lo, end)
        apart = ~((one == other) | (np.isnan(one) & np.isnan(other))).all(axis=0)
        if apart.any():
            return lo + int(np.argmax(apart)) + 1
        lo = end
    return None
