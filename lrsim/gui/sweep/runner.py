"""Runs sweeps on a thread of their own and tells the window of what happens there."""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, SignalInstance

from lrsim.charts.sweep_pictures import draw_all
from lrsim.common.validation import ExperimentError
from lrsim.experiment.specs import Experiment
from lrsim.sweep.folder import SweepFolder
from lrsim.sweep.job import Failure, OpenExecutor, SweepJob
from lrsim.sweep.plan import Sweep, check_builds, describe
from lrsim.sweep.record import Record
from lrsim.sweep.values import Value

JOIN_SECONDS = 5.0
FETCH_MS, FETCH_SECONDS = 40, 0.02
"""How often news are fetched, and for how long at most."""
SWITCH_SECONDS = 0.0005
"""How long another thread may keep the interpreter while a sweep runs: a picture asks for it back hundreds of times,
and with Python's usual 5 ms the window would stand still."""

News = tuple[SignalInstance, tuple[Any, ...]]
"""What to emit."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Plan:
    """What to run and where; it is checked when it is carried out.

    Attributes
    ----------
    over
        The keys with their values.
    jobs
        Processes that draw the charts of a folder.
    open_executor
        Gets what tells of notices in words, and gives what `SweepJob` takes.
    folder
        Where tables and charts are kept; empty for nowhere.
    """

    experiment: Experiment
    over: tuple[tuple[str, tuple[Value, ...]], ...]
    seeds: int | None
    max_epochs: int | None
    jobs: int
    open_executor: Callable[[Callable[[str], None]], OpenExecutor] = field(repr=False)
    folder: str = ""


@dataclass(frozen=True)
class Outcome:
    """How it ended; `problem` is what went wrong, if anything, and `folder` where the files are, if anywhere."""

    cancelled: bool = False
    failures: tuple[Failure, ...] = ()
    problem: ExperimentError | str | None = None
    folder: str = ""


class SweepRunner(QObject):
    """Carries out one plan at a time on a thread of its own.

    That thread leaves its news in a queue; a timer fetches them, so that all signals are emitted by the window's thread
    and in order.

    Signals
    -------
    began(Sweep, list of Record)
        All is checked; the records are those that the folder held already.
    finished_run(Record)
        One more run is done, and on disk where there is a folder.
    progressed(Progress)
        Several times a second.
    went_on(list of LiveRun)
        The runs under way, as often.
    drawing(int, int)
        Charts drawn so far, and their number.
    notice(str)
        Something to know.
    ended(Outcome)
        Nothing is running any more.
    """

    began = Signal(object, object)
    finished_run = Signal(object)
    progressed = Signal(object)
    went_on = Signal(object)
    drawing = Signal(int, int)
    notice = Signal(str)
    ended = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cancelled = threading.Event()
        self._thread: threading.Thread | None = None
        self._news: SimpleQueue[News] = SimpleQueue()
        self._passing = (self.progressed, self.went_on, self.drawing)
        self._switch_seconds = sys.getswitchinterval()
        self._timer = QTimer(self)
        self._timer.setInterval(FETCH_MS)
        self._timer.timeout.connect(self._fetch)

    @property
    def running(self) -> bool:
        """Whether `ended` is still to come."""
        return self._thread is not None

    def start(self, plan: Plan) -> None:
        """Carry out a plan; does nothing while another is under way."""
        self._start(lambda: self._carry_out(plan))

    def save(self, sweep: Sweep, records: Sequence[Record], folder: str, jobs: int) -> None:
        """Write tables and charts of runs that are done."""
        self._start(lambda: self._save(sweep, records, folder, jobs))

    def cancel(self) -> None:
        """End soon; what is finished is kept."""
        self._cancelled.set()

    def stop(self) -> None:
        """Cancel and wait until nothing is running; for the end of the window."""
        self.cancel()
        self._timer.stop()
        if self._thread is not None:
            self._thread.join(JOIN_SECONDS)
            if self._thread.is_alive():
                log.warning("the sweep did not end within %g s and is left behind", JOIN_SECONDS)
            sys.setswitchinterval(self._switch_seconds)

    def _start(self, work: Callable[[], Outcome]) -> None:
        if self._thread is None:
            self._cancelled.clear()
            self._thread = threading.Thread(target=self._work, args=(work,), name="sweep", daemon=True)
            self._switch_seconds = sys.getswitchinterval()
            sys.setswitchinterval(SWITCH_SECONDS)
            self._thread.start()
            self._timer.start()

    def _fetch(self) -> None:
        """Tell of the news, for a moment at most: runs quicker than their pictures would hold the window.

        Of what only says how far it is the newest is told alone. The last of all is that it has ended.
        """
        end = time.perf_counter() + FETCH_SECONDS
        newest: dict[int, tuple[Any, ...]] = {}
        ending: tuple[Any, ...] | None = None
        while not self._news.empty() and time.perf_counter() < end:
            signal, values = self._news.get()
            place = next((place for place, passing in enumerate(self._passing) if signal == passing), None)
            if place is not None:
                newest[place] = values
            elif signal == self.ended:
                ending = values
            else:
                signal.emit(*values)
        for place, values in newest.items():
            self._passing[place].emit(*values)
        if ending is not None:
            self._leave()
            self.ended.emit(*ending)

    def _leave(self) -> None:
        """The thread has said its last word."""
        self._timer.stop()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
            sys.setswitchinterval(self._switch_seconds)

    # --- on the sweep's thread

    def _tell(self, signal: SignalInstance, *values: Any) -> None:
        self._news.put((signal, values))

    def _work(self, work: Callable[[], Outcome]) -> None:
        try:
            outcome = work()
        except (ExperimentError, OSError) as error:
            problem = error if isinstance(error, ExperimentError) else _in_words(error)
            outcome = Outcome(self._cancelled.is_set(), problem=problem)
        except Exception as error:  # the window has to hear that nothing is running any more
            log.exception("sweep stopped")
            outcome = Outcome(self._cancelled.is_set(), problem=f"{type(error).__name__}: {error}")
        self._tell(self.ended, outcome)

    def _carry_out(self, plan: Plan) -> Outcome:
        sweep = describe(plan.experiment, plan.over, plan.seeds, max_epochs=plan.max_epochs)
        for note in check_builds(sweep):
            self._tell(self.notice, note)
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(SweepFolder(plan.folder, sweep)) if plan.folder else None

            def keep(record: Record) -> None:
                if folder:
                    folder.add(record)
                self._tell(self.finished_run, record)

            known = folder.records if folder else []
            self._tell_notices(folder)
            open_executor = plan.open_executor(lambda text: self._tell(self.notice, text))
            job = SweepJob(sweep, open_executor, known=known, on_record=keep)
            self._tell(self.began, sweep, list(known))

            def tick() -> None:
                self._tell(self.progressed, job.progress)
                self._tell(self.went_on, job.live.now())

            job.run(self._cancelled.is_set, tick)
            if folder:
                self._draw(folder.path, job.records, plan.jobs)
        return Outcome(self._cancelled.is_set(), tuple(job.failures), folder=plan.folder)

    def _save(self, sweep: Sweep, records: Sequence[Record], path: str, jobs: int) -> Outcome:
        with SweepFolder(path, sweep) as folder:
            self._tell_notices(folder)
            there = {record.index for record in folder.records}
            for record in records:
                if record.index not in there:
                    folder.add(record)
            self._draw(folder.path, records, jobs)
        return Outcome(self._cancelled.is_set(), folder=path)

    def _tell_notices(self, folder: SweepFolder | None) -> None:
        for text in folder.notices if folder else ():
            self._tell(self.notice, text)

    def _draw(self, path: Path, records: Sequence[Record], jobs: int) -> None:
        if not self._cancelled.is_set():
            draw_all(
                path, records, jobs=jobs, interrupted=self._cancelled.is_set,
                on_chart=lambda done, total: self._tell(self.drawing, done, total),
            )  # fmt: skip


def _in_words(error: OSError) -> str:
    """The system's reason, after the file where it names one."""
    reason = error.strerror or str(error) or type(error).__name__
    return f"{error.filename}: {reason}" if error.filename else reason
