"""The table `data` of an experiment: where samples come from and in which order they are met."""

from __future__ import annotations

from typing import Annotated

from lrsim.common.validation import SHARE, choice, whole_number
from lrsim.data.basis import NAMES
from lrsim.data.scale import SCALINGS
from lrsim.data.source import Request
from lrsim.data.sources.registry import SOURCES


class DataSpec(Request, frozen=True, kw_only=True):
    """Where samples come from, and what becomes of them before they are trained on.

    Attributes
    ----------
    task
        None leaves it to the source and the loss.
    basis
        Features that are made of two inputs and stand in their place; empty for the inputs as they are.
    scale, scale_target
        How the inputs or features, and the targets of a regression, are brought to a common size by the training rows.
    """

    source: Annotated[str, choice(*SOURCES)]
    task: Annotated[str | None, choice("regression", "classification")] = None
    test_fraction: Annotated[float, SHARE] = 0.0
    split: Annotated[str, choice("shuffle", "stratify", "tail")] = "shuffle"
    split_seed: Annotated[int, whole_number(0)] = 42
    basis: Annotated[tuple[str, ...], NAMES] = ()
    scale: Annotated[str, choice(*SCALINGS)] = "none"
    scale_target: Annotated[str, choice(*SCALINGS)] = "none"
    order: Annotated[str, choice("cyclic", "shuffle")] = "cyclic"
