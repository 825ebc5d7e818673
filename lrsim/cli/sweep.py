"""``lrsim sweep``: from the words of the command line to a finished folder and a table for people."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lrsim.charts.sweep_pictures import draw_all
from lrsim.cli import screen
from lrsim.cli.notices import notice, notices
from lrsim.common.validation import ExperimentError
from lrsim.experiment.keys import parse_assignment
from lrsim.experiment.specs import Experiment
from lrsim.sweep import executors
from lrsim.sweep.folder import RESULTS, SweepFolder
from lrsim.sweep.job import OpenExecutor, Progress, SweepJob
from lrsim.sweep.plan import Sweep, check_builds, describe
from lrsim.sweep.record import Record
from lrsim.sweep.report import outcome, table
from lrsim.sweep.values import Value, split_values

Interrupted = Callable[[], bool]
Show = Callable[[float, int], None]


@dataclass(frozen=True)
class Ending:
    """How the command ended: whether it was interrupted, and the failure to report, if any."""

    interrupted: bool
    failure: str | None


def parse_over(text: str) -> tuple[str, list[Value]]:
    """``KEY=V1,V2`` with values in TOML syntax; bare words are texts.

    Raises
    ------
    ExperimentError
        There is no ``=``, or a value can't be read.
    """
    key, equals, values = (part.strip() for part in text.partition("="))
    if not key or not equals:
        raise ExperimentError("--over", "expected KEY=V1,V2, such as optimizer.lr=0.1,0.01", text)
    return key, [parse_assignment(f"{key}={value}")[1] for value in split_values(key, values)]


def described(experiment: Experiment, over: Sequence[str], seeds: int | None, max_epochs: int | None) -> Sweep:
    """The sweep that the options ask for, with all of it checked."""
    own = experiment.sweep
    if not over and not own.over and seeds is None and own.seeds == 1:
        raise ExperimentError("--over", "missing, expected KEY=V1,V2 (or --seeds N)")
    grid = [parse_over(text) for text in over] or [(key, list(values)) for key, values in own.over.items()]
    seeds = seeds if seeds is not None or own.seeds == 1 else own.seeds
    sweep = describe(experiment, grid, seeds, max_epochs=max_epochs)
    with notices() as on_notice:
        notes = check_builds(sweep, on_notice)
    for note in notes:
        notice(note)
    return sweep


def opener(jobs: int | None, dask: str | None, tls: executors.Tls) -> OpenExecutor:
    """The executor that the options ask for."""
    if dask is None:
        if tls != executors.Tls():
            raise ExperimentError("--tls-ca, --tls-cert, --tls-key", "need --dask ADDRESS")
        return partial(executors.threads, jobs)
    if jobs is not None:
        raise ExperimentError("--jobs", "the workers of the cluster say how many, leave it out beside --dask")
    return partial(executors.dask_cluster, dask, tls, on_notice=notice)


def sweep(chosen: Sweep, open_executor: OpenExecutor, out: str | None, jobs: int, interrupted: Interrupted) -> Ending:
    """Run what is missing, draw, and print the table.

    Raises
    ------
    ExperimentError
        The folder or the executor can't be used.
    OSError
        A file can't be written any more.
    """
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(SweepFolder(out, chosen)) if out is not None else None
        for text in folder.notices if folder else ():
            notice(text)
        job = SweepJob(
            chosen, open_executor, known=folder.records if folder else (), on_record=folder.add if folder else None
        )
        with _bar("runs", job.progress.done) as show:
            job.run(interrupted, lambda: _show_progress(show, job.progress))
        records = job.records
        try:
            if folder and records and not interrupted():
                with _bar("charts", 0) as show:
                    draw_all(folder.path, records, jobs=jobs, on_chart=show, interrupted=interrupted)
        finally:
            blocks = [table(records), _findings(chosen, records), _where(chosen, records, out, interrupted())]
            screen.say("\n\n".join(block for block in blocks if block))
    return Ending(interrupted(), _failure(job))


def _show_progress(show: Show, progress: Progress) -> None:
    show(progress.share * progress.total, progress.total)


def _findings(chosen: Sweep, records: Sequence[Record]) -> str:
    """What the source of the experiment claims, beside what came of it here."""
    claim, found = chosen.experiment.claim, outcome(records)
    if not found:
        return ""
    return f"The source says: {claim}\nHere: {found}" if claim else found


def _where(chosen: Sweep, records: Sequence[Record], out: str | None, interrupted: bool) -> str:
    """What there is now, and where, or how to have it saved."""
    total = len(chosen.runs)
    done = f"{total} run{'s' if total != 1 else ''}"
    if len(records) < total:
        done = f"{len(records)} of {done}"
    if out is None:
        return f"{done}; nothing was saved, --out DIR keeps tables and charts and can be resumed"
    place = f"{done} in {Path(out) / RESULTS}"
    if len(records) < total or interrupted:
        return f"{place}; the same command goes on from here"
    failed = sum(bool(record.error) for record in records)
    return f"{place}, {failed} failed; the same command tries again" if failed else place


def _failure(job: SweepJob) -> str | None:
    if not job.failures:
        return None
    first = min(job.failures, key=lambda failure: failure.spec.index)
    more = f" (and {len(job.failures) - 1} more)" if len(job.failures) > 1 else ""
    return f"{first.spec.name}: {first.reason}{more}"


@contextlib.contextmanager
def _bar(what: str, begun: int) -> Iterator[Show]:
    """A bar on standard error, where that is a terminal; time left is reckoned from what is done from now on."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn(what), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None, completed=begun)
        yield lambda done, total: bar.update(task, completed=done, total=total)
