"""Where curves over steps hold what is not finite, and how that is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QCoreApplication

from lrsim.common.numbers import Floats, count
from lrsim.history.series import Series
from lrsim.session.snapshot import Snapshot


@dataclass(frozen=True)
class NotFinite:
    """Where it begins, what is said there, and the stretches of steps that hold it."""

    begin: int
    label: str
    stretches: Sequence[Floats]


def of_run(snapshot: Snapshot, hi: float) -> tuple[str, int] | None:
    """What stopped being finite at which step by step `hi`; None where nothing did."""
    since = snapshot.diverged_at
    if since is None or since > hi:
        return None
    return _tr("{0} not finite from step {1}").format(snapshot.not_finite or "", count(since)).strip(), since


def of_series(
    snapshot: Snapshot, series: Series, columns: Sequence[str], size: float, sight: tuple[float, float]
) -> NotFinite | None:
    """What is not finite of columns in bins of `size` steps between two steps in sight; None where all is finite."""
    starts = np.unique(np.concatenate([series.bad[column] for column in columns]))
    known = of_run(snapshot, sight[1])
    if known is None and not len(starts):
        return None
    if known is None:
        first = int(starts[0])
        text = _tr("not finite from step {0}") if series.exact else _tr("not finite from about step {0}")
        known = text.format(count(first)), first
    parts = np.split(starts, np.flatnonzero(np.diff(starts) > 1.5 * size) + 1)
    return NotFinite(known[1], known[0], [np.array([part[0], part[-1] + size]) for part in parts if len(part)])


def _tr(text: str) -> str:
    return QCoreApplication.translate("NotFinite", text)
