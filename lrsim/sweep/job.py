"""A sweep under way: hands the runs to an executor, takes each result as it comes, and can be cancelled.

Results are taken in by one thread, the one that `run` was called in, so what is done with them needs no lock.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from contextlib import AbstractContextManager
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from lrsim.common.validation import ExperimentError
from lrsim.data.dataset import kept_in_use
from lrsim.sweep.executors import Cancellation
from lrsim.sweep.live import LiveRuns
from lrsim.sweep.origin import UNKNOWN, Origin, Origins
from lrsim.sweep.plan import RunSpec, Sweep
from lrsim.sweep.record import Record, failed_record, run_one
from lrsim.training.stops import StopReason

OpenExecutor = Callable[[], AbstractContextManager[Executor]]
POLL_SECONDS = 0.1
LEAST_FRESH = 0.02
"""Runs, or a share of one, that it takes to reckon the time left."""


@dataclass(frozen=True)
class Failure:
    """A run that came to nothing, and why, in one line.

    Where the run itself is at fault there is a record of it as well; one that was lost with its worker has none.
    """

    spec: RunSpec
    reason: str


@dataclass(frozen=True)
class Progress:
    """How far a sweep is.

    Attributes
    ----------
    done, total
        Runs.
    share
        Of the whole work, 0 to 1, with what is done of the runs under way in this process.
    remaining_seconds
        None until there is something to reckon it from.
    """

    done: int
    total: int
    share: float
    remaining_seconds: float | None


class SweepJob:
    """Runs what a sweep still lacks.

    Parameters
    ----------
    sweep
        What to run.
    open_executor
        Gives a context with any `concurrent.futures.Executor`, as those of `lrsim.executors`; it is entered once.
    known
        Records of runs that were finished before; they are not run again, but for those that failed.
    on_record
        Gets each new record, one at a time, in the thread of `run`. What it raises cancels the sweep and is passed on.
    on_end
        Called once when nothing is running any more, in the thread of `run`, with what ended it or None.

    Attributes
    ----------
    live
        The runs under way, as far as they are in this process.
    """

    def __init__(
        self,
        sweep: Sweep,
        open_executor: OpenExecutor,
        *,
        known: Iterable[Record] = (),
        on_record: Callable[[Record], None] | None = None,
        on_end: Callable[[BaseException | None], None] | None = None,
    ) -> None:
        self.sweep = sweep
        self._failures: list[Failure] = []
        self.live = LiveRuns()
        self._open_executor = open_executor
        self._on_record = on_record
        self._on_end = on_end
        self._records = {record.index: record for record in known if not record.error}
        self._known = len(self._records)
        self._cancellation = Cancellation()
        self._origins: dict[int, Origin | None] = {}
        self._began = time.monotonic()
        self._thread: threading.Thread | None = None

    # --- commands, from any thread

    def start(self) -> None:
        """`run` in a thread of its own; errors reach `on_end`."""
        self._thread = threading.Thread(target=self._run_and_tell, name="sweep", daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """End soon; what is finished is kept, what is under way is dropped."""
        self._cancellation.set()

    def join(self, timeout: float | None = None) -> bool:
        """Wait for a started job; whether it has ended."""
        if self._thread:
            self._thread.join(timeout)
        return self._thread is None or not self._thread.is_alive()

    # --- reading, from any thread

    @property
    def failures(self) -> list[Failure]:
        """The runs that failed, in the order of the grid, whichever ended first."""
        return sorted(self._failures, key=lambda failure: failure.spec.index)

    @property
    def records(self) -> list[Record]:
        """What is finished, in the order of the grid."""
        return [record for _, record in sorted(self._records.copy().items())]

    @property
    def cancelled(self) -> bool:
        return self._cancellation.is_set()

    @property
    def progress(self) -> Progress:
        done, total = len(self._records), len(self.sweep.runs)
        under_way = sum(run.share for run in self.live.now())
        fresh = done - self._known + under_way
        left = total - done - under_way
        remaining = (time.monotonic() - self._began) / fresh * left if fresh > LEAST_FRESH else None
        return Progress(done, total, min((done + under_way) / max(total, 1), 1.0), remaining)

    # --- the work

    def run(self, interrupted: Callable[[], bool] = lambda: False, on_tick: Callable[[], None] | None = None) -> None:
        """Run all that is missing, in this thread, and return once nothing is running any more.

        Parameters
        ----------
        interrupted
            Asked several times a second; true is the same as `cancel`.
        on_tick
            Called as often, to show progress.

        Raises
        ------
        ExperimentError
            The executor can't be opened.
        """
        missing = [spec.portable() for spec in self.sweep.runs if spec.index not in self._records]
        self._began = time.monotonic()
        with kept_in_use():
            if missing and not self.cancelled:
                with self._open_executor() as executor:
                    self._began = time.monotonic()
                    self._work(executor, missing, interrupted, on_tick)

    def _run_and_tell(self) -> None:
        error: BaseException | None = None
        try:
            self.run()
        except BaseException as caught:  # a thread has nobody above it; the owner is told
            error = caught
        if self._on_end:
            self._on_end(error)

    def _work(
        self,
        executor: Executor,
        missing: list[RunSpec],
        interrupted: Callable[[], bool],
        on_tick: Callable[[], None] | None,
    ) -> None:
        arrived: SimpleQueue[Future[Record]] = SimpleQueue()
        self._origins = {spec.index: origin for spec, origin in zip(missing, _origins(missing))}
        waiting: dict[Future[Record], RunSpec] = {}
        try:
            for spec in missing:
                future = executor.submit(run_one, spec, self._cancellation, self.live, self._origins[spec.index])
                waiting[future] = spec
                future.add_done_callback(arrived.put)
            while waiting and not self.cancelled:
                if interrupted():
                    self.cancel()
                self._take(arrived, waiting, POLL_SECONDS)
                if on_tick:
                    on_tick()
            while not arrived.empty():
                self._take(arrived, waiting, 0)
        finally:
            if waiting:
                self._cancellation.set()
                executor.shutdown(wait=False)  # a cluster drops all its tasks at once here
                for future in list(waiting):
                    future.cancel()

    def _take(
        self, arrived: SimpleQueue[Future[Record]], waiting: dict[Future[Record], RunSpec], timeout: float
    ) -> None:
        """Whatever has arrived; waits for the first up to `timeout` seconds."""
        try:
            future = arrived.get(timeout=timeout)
        except Empty:
            return
        spec = waiting.pop(future)
        self.live.forget(spec.index)
        try:
            record = future.result()
        except CancelledError:
            if not self.cancelled:
                self._failures.append(Failure(spec, "the cluster was lost; start the sweep again to go on"))
            return
        except BrokenExecutor:
            self._failures.append(Failure(spec, "a worker process died; start the sweep again to go on"))
            return
        except Exception as error:
            text = str(error) or "no reason given"
            kind = "" if isinstance(error, ValueError | OSError) else f"{type(error).__name__}: "
            reason = " ".join(f"{kind}{text}".split())
            record = failed_record(spec, reason, self._origins[spec.index] or UNKNOWN)
        if record.error:
            self._failures.append(Failure(spec, record.error))
        elif record.stop_reason is StopReason.INTERRUPTED:
            return
        self._records[record.index] = record
        if self._on_record:
            self._on_record(record)


def _origins(specs: list[RunSpec]) -> Iterator[Origin | None]:
    """What each run is to be computed by and on; None where the run itself will say why it can't be."""
    origins = Origins()
    for spec in specs:
        try:
            yield origins.of(spec.experiment)
        except ExperimentError:
            yield None
