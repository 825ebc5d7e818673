"""The pictures of a sweep's folder: the grid, the overview, and a chart for each run."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from pathlib import Path
from typing import TYPE_CHECKING

from lrsim.charts import curves, overviews
from lrsim.charts.canvas import image
from lrsim.common.output import write_bytes
from lrsim.sweep import executors
from lrsim.sweep.cells import grouped
from lrsim.sweep.record import Record

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MANY = 12
"""Charts of single runs from which it pays to start processes that draw them."""
POLL_SECONDS = 0.1


def draw_all(
    folder: Path,
    records: Sequence[Record],
    *,
    jobs: int,
    on_chart: Callable[[int, int], None] | None = None,
    interrupted: Callable[[], bool] = lambda: False,
) -> None:
    """Write the pictures of these runs into the folder; charts of single runs that are there already are kept.

    ``grid.png`` and ``grid.svg`` hold the small multiples, or the overview where there are too many cells to be read;
    ``overview.png`` and ``overview.svg`` the final figure over the swept keys.

    Parameters
    ----------
    jobs
        Processes to draw with, when there are many.
    on_chart
        Gets the number of charts drawn and their total.
    interrupted
        Asked between two charts and while others draw; true leaves the rest for another time.

    Raises
    ------
    OSError, ExperimentError
        A file can't be written.
    """
    if not records:
        return
    missing = [record for record in records if not (folder / f"{record.name}.png").exists()]
    total, done = len(missing) + 1, 0
    with contextlib.closing(_drawn(missing, jobs, interrupted)) as drawn:
        for record, picture in drawn:
            write_bytes(folder / f"{record.name}.png", picture)
            done += 1
            if on_chart:
                on_chart(done, total)
    for name, figure in _summaries(records):
        for kind in ("png", "svg"):
            if interrupted():
                return
            write_bytes(folder / f"{name}.{kind}", image(figure, kind))
    if on_chart:
        on_chart(total, total)


def _summaries(records: Sequence[Record]) -> Iterator[tuple[str, Figure]]:
    keyed = bool(records[0].values)
    if len(grouped(records)) <= curves.MOST_CELLS or not keyed:
        yield "grid", curves.small_multiples(records)
    else:
        yield "grid", overviews.overview(records)
    if keyed:
        yield "overview", overviews.overview(records)


def draw_run(record: Record) -> bytes:
    """The chart of one run as a PNG file."""
    return image(curves.run_chart(record), "png")


def _drawn(
    records: Sequence[Record], jobs: int, interrupted: Callable[[], bool]
) -> Generator[tuple[Record, bytes], None, None]:
    if len(records) < MANY or jobs < 2:
        for record in records:
            if interrupted():
                return
            yield record, draw_run(record)
        return
    with executors.processes(jobs) as executor:
        waiting = {executor.submit(draw_run, record): record for record in records}
        try:
            while waiting and not interrupted():
                for future in wait(waiting, POLL_SECONDS, FIRST_COMPLETED).done:
                    yield waiting.pop(future), future.result()
        finally:
            if waiting:  # nobody wants the rest any more
                executor.kill()
