"""What the network itself shows at the parameters at hand, on a sample of the training rows. Plain, frozen data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LayerUnits:
    """The units of one layer.

    Attributes
    ----------
    number
        Of the layer, from 1.
    units
        How many it has.
    activation
        Its name.
    dead
        Units that put out their lower or upper limit for all rows, where there is no slope at all.
    saturated
        Units that put out nearly a limit for all rows, where there is hardly any slope.
    dead_at_start
        The same as `dead` of the start weights.
    is_last
        Whether it is the output.
    """

    number: int
    units: int
    activation: str
    dead: int = 0
    saturated: int = 0
    dead_at_start: int = 0
    is_last: bool = False


def unseen() -> None:
    """Nobody looked inside."""


@dataclass(frozen=True, kw_only=True)
class Inside:
    """What the network shows.

    Attributes
    ----------
    layers
        Those whose activation has limits.
    moved
        Root mean square of how far the parameters are from where they started, over that of the start weights (over
        0.05 where these are smaller).
    shrunk
        Root mean square of the weights over that of the start weights; 1 where these are 0.
    slope, pull
        Norms of the gradient of the loss and of that of the penalties.
    held
        Share of the two together that is left: near 0 where they hold each other.
    penalty
        Value of the penalties, beside a loss of `loss`.
    loss
        Mean loss of these rows.
    answers
        Standard deviation of the outputs over the rows, over that of the targets; of the column where it is largest.
    """

    layers: tuple[LayerUnits, ...] = ()
    moved: float = 0.0
    shrunk: float = 1.0
    slope: float = 0.0
    pull: float = 0.0
    held: float = 1.0
    penalty: float = 0.0
    loss: float = 0.0
    answers: float = 1.0
