"""How a rate stands to the largest that is stable. Plain, frozen data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Edge:
    """Rate times sharpness, and its limit; see `instruments.stability`."""

    product: float
    limit: float


def no_edge() -> None:
    """Nobody measured."""
