"""What can be known of data and network before the first step, as far as rules ask for it. Plain, frozen data."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class TargetFacts:
    """Targets of the training set as the network meets them, over all columns.

    Attributes
    ----------
    low, high
        Their range.
    size, spread
        Root mean square, and standard deviation within a column, of the column where it is largest.
    out_of_reach
        Share of them that lie beyond what the last activation can put out.
    reach
        The range of what it can put out, end points left out.
    beyond
        Share of the held-out targets that lie beyond the range of those in training.
    matters
        Whether their units change how training goes: not where plain descent trains one linear layer on a squared
        loss, which takes the same course in any units.
    """

    low: float
    high: float
    size: float
    spread: float
    out_of_reach: float = 0.0
    reach: tuple[float, float] = (-math.inf, math.inf)
    beyond: float = 0.0
    matters: bool = True


@dataclass(frozen=True)
class Shortage:
    """Classes that many held-out rows are of, and hardly any in training.

    Attributes
    ----------
    name
        The one most held-out rows are of.
    held_out
        Share of the held-out rows that are of such classes.
    rows
        Training rows of `name`.
    """

    name: str
    held_out: float
    rows: int


@dataclass(frozen=True)
class Rarest:
    """The class that fewest training rows are of, and how many these are."""

    name: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class Beforehand:
    """What can be known of data and network before the first step.

    Attributes
    ----------
    samples
        Rows of the training set.
    fitted
        Weights of a single layer with these inputs and outputs; of classes, those that are free.
    targets
        Of a regression; None for classes.
    shortage, rarest
        Of classes, where there are such.
    hidden
        Hidden layers.
    bends
        Whether one of them has an activation that is no straight line.
    last
        Name of the last activation.
    alike
        The first hidden layer (from 1) whose units all start alike, and so stay alike for ever; 0 where none does.
    start_loss
        Mean loss of the start weights over training rows, a sample of them in large sets.
    val_chance_loss, val_chance_accuracy
        Of the best guess on the training set, on the held-out rows; None where there are none, or no classes.
    l1, l2, weight_decay
        Penalties, as `training` and `optimizer` have them.
    momentum
        Of plain descent; 0 for none.
    """

    samples: int = 0
    fitted: int = 1
    targets: TargetFacts | None = None
    shortage: Shortage | None = None
    rarest: Rarest | None = None
    hidden: int = 0
    bends: bool = False
    last: str = "linear"
    alike: int = 0
    start_loss: float | None = None
    val_chance_loss: float | None = None
    val_chance_accuracy: float | None = None
    l1: float = 0.0
    l2: float = 0.0
    weight_decay: float = 0.0
    momentum: float = 0.0


@dataclass(frozen=True)
class Bounds:
    """How low a loss can get on the training set.

    Attributes
    ----------
    line
        The least of a single layer with this output; None where it was not worked out.
    floor
        What no function of the inputs gets below, as rows with the same inputs have different targets; None where it
        was not worked out.
    torn
        How many rows have the inputs of another one and a different target.
    neighbours
        The loss of answering each row with the mean of those nearest to it, itself left out; None where it was not
        worked out. What it leaves is noise, as far as rows that lie close are alike.
    """

    line: float | None = None
    floor: float | None = None
    torn: int = 0
    neighbours: float | None = None


NOTHING = Beforehand()


def no_bounds() -> Bounds:
    """None was worked out."""
    return Bounds()
