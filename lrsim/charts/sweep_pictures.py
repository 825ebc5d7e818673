"""The pictures of a sweep's folder: the grid, the overview, and a chart for each run."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lrsim.charts import curves, overviews
from lrsim.charts.canvas import image
from lrsim.common.output import write_bytes
from lrsim.sweep import executors
from lrsim.sweep.cells import grouped
from lrsim.sweep.record import Record

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
    pictures = [Picture(f"{record.name}.png", draw_run, (record,)) for record in missing]
    pictures += [Picture(f"{name}.{kind}", draw_summary, (records, name, kind)) for name, kind in _summaries(records)]
    with contextlib.closing(_drawn(pictures, jobs if len(missing) >= MANY else 1, interrupted)) as drawn:
        for picture, content in drawn:
            write_bytes(folder / picture.name, content)
            done += picture.draw is draw_run
            if on_chart:
                on_chart(done, total)
    if on_chart and not interrupted():
        on_chart(total, total)


@dataclass(frozen=True)
class Picture:
    """A file to be drawn: its name, and the function that draws it, here or in another process."""

    name: str
    draw: Callable[..., bytes]
    words: tuple[Any, ...]


def draw_run(record: Record) -> bytes:
    """The chart of one run as a PNG file."""
    return image(curves.run_chart(record), "png")


def draw_summary(records: Sequence[Record], name: str, kind: str) -> bytes:
    """The picture of all runs that is called so, as a file of this kind."""
    few = len(grouped(records)) <= curves.MOST_CELLS or not records[0].values
    figure = curves.small_multiples(records) if name == "grid" and few else overviews.overview(records)
    return image(figure, kind)


def _summaries(records: Sequence[Record]) -> Iterator[tuple[str, str]]:
    for name in ("grid", "overview") if records[0].values else ("grid",):
        for kind in ("png", "svg"):
            yield name, kind


def _drawn(
    pictures: Sequence[Picture], jobs: int, interrupted: Callable[[], bool]
) -> Generator[tuple[Picture, bytes], None, None]:
    if jobs < 2:
        for picture in pictures:
            content = _unless(interrupted, picture)
            if content is None:
                return
            yield picture, content
        return
    with executors.processes(jobs) as executor:
        waiting = {executor.submit(picture.draw, *picture.words): picture for picture in pictures}
        try:
            while waiting and not interrupted():
                for future in wait(waiting, POLL_SECONDS, FIRST_COMPLETED).done:
                    yield waiting.pop(future), future.result()
        finally:
            if waiting:  # nobody wants the rest any more
                executor.kill()


def _unless(interrupted: Callable[[], bool], picture: Picture) -> bytes | None:
    """The picture, drawn in a thread that is left behind when nobody wants it any more; None then."""
    found: Future[bytes] = Future()

    def draw() -> None:
        try:
            found.set_result(picture.draw(*picture.words))
        except BaseException as error:
            found.set_exception(error)

    if interrupted():
        return None
    threading.Thread(target=draw, name="picture", daemon=True).start()
    while not wait([found], POLL_SECONDS).done:
        if interrupted():
            return None
    return found.result()
