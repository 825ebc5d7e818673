"""Values that were not finite: since when they are not, or from where on all is finite again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lrsim.common.numbers import Floats


@dataclass(frozen=True)
class Setback:
    """A divergence.

    Attributes
    ----------
    step, name
        Where it began, and the first value that was not finite.
    over_at
        The last step with such a value, once a whole epoch without any has followed; None while it lasts.
    """

    step: int
    name: str
    over_at: int | None


def setback_of(
    first: tuple[int, str], rows: Floats, loss_row: int, bad_ends: Sequence[int], steps: int, steps_per_epoch: int
) -> Setback:
    """The newest divergence of a run.

    Within one, steps on samples that lie beyond a clip may be finite for a while; so it takes an epoch to end it.

    Parameters
    ----------
    first
        Step and name of the first value of the run that was not finite.
    rows
        The last steps as recorded, shape (columns, n), the loss at `loss_row`.
    bad_ends
        Steps at which epochs ended whose mean loss or error is not finite, of those that are looked at.
    """
    before = steps - rows.shape[1]
    bad = before + 1 + np.flatnonzero(~np.isfinite(rows).all(axis=0))
    seen = [first[0], *bad_ends[-1:], *bad[-1:].tolist()]
    last = min(max(seen), steps)
    over = steps - last >= steps_per_epoch
    after_calm = bad[np.diff(bad, prepend=before) > steps_per_epoch]
    step, name = first
    if len(after_calm) and after_calm[-1] > step:
        step = int(after_calm[-1])
        name = name if np.isfinite(rows[loss_row, step - before - 1]) else "loss"
    return Setback(step, name, last if over else None)
