"""The stages of an update, in the order in which a step is worked out, and where one of them stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lrsim.training.engine import Problem


class StageKind(StrEnum):
    """What is worked out in a stage."""

    BATCH = "batch"
    FORWARD = "forward"
    LOSS = "loss"
    BACKWARD = "backward"
    UPDATE = "update"


@dataclass(frozen=True)
class Stage:
    """One stage; `layer` counts from 1 and is 0 where the stage is of no layer alone."""

    kind: StageKind
    layer: int = 0

    @property
    def name(self) -> str:
        """As in ``forward 2``."""
        return f"{self.kind} {self.layer}" if self.layer else str(self.kind)


@dataclass(frozen=True)
class Focus:
    """What of a stage is looked at.

    Attributes
    ----------
    sample
        Place in the batch, from 0; None for all of it: means of what goes forward, sums of what comes back.
    unit
        Of the layer, from 0.
    """

    sample: int | None = 0
    unit: int = 0


def stages_of(problem: Problem) -> tuple[Stage, ...]:
    """All stages of an update: batch, forward 1 to L, loss, backward L to 1, update 1 to L."""
    layers = range(1, len(problem.network.layers) + 1)
    return (
        Stage(StageKind.BATCH),
        *(Stage(StageKind.FORWARD, layer) for layer in layers),
        Stage(StageKind.LOSS),
        *(Stage(StageKind.BACKWARD, layer) for layer in reversed(layers)),
        *(Stage(StageKind.UPDATE, layer) for layer in layers),
    )
