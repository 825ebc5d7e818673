"""The cells of a picture of many runs: which runs share one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lrsim.sweep.record import Record

if TYPE_CHECKING:
    pass


def grouped(records: Sequence[Record]) -> list[list[Record]]:
    """Records with the same values, which differ by their seed alone, together; in the order of the grid."""
    cells: dict[str, list[Record]] = {}
    for record in sorted(records, key=lambda record: record.index):
        cells.setdefault(repr(record.values), []).append(record)
    return list(cells.values())
