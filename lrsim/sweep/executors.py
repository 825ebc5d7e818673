"""Where the runs of a sweep are computed: threads or processes of this machine, or a Dask cluster.

Each function gives a context with a `concurrent.futures.Executor`. Leaving it waits for what is under way, which is
nothing but runs that were told to stop. `executor.shutdown(wait=False)` tells them.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import logging
import multiprocessing
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, Protocol

from lrsim.common.signals import held, leave_to_parent
from lrsim.common.validation import ExperimentError
from lrsim.sweep.origin import made_by

if TYPE_CHECKING:
    from distributed import Client

CONNECT_SECONDS = 5.0
WHERE = "--dask"
PR_SET_PDEATHSIG = 1
"""Linux: the signal that a process gets when the thread that began it ends."""


def default_jobs() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextlib.contextmanager
def threads(jobs: int | None = None) -> Iterator[Executor]:
    """`jobs` threads, by default one a processor: runs release the GIL, and their data is shared."""
    with ThreadPoolExecutor(jobs or default_jobs(), thread_name_prefix="run") as executor:
        yield executor


@contextlib.contextmanager
def processes(jobs: int | None = None) -> Iterator[Processes]:
    """`jobs` processes of this machine, by default one a processor; each loads the data once."""
    with Processes(jobs or default_jobs()) as executor:
        yield executor


class Processes(ProcessPoolExecutor):
    """New interpreters, not forks: a fork of a program with threads may hang, and a server of forks may outlive us.

    They leave Ctrl-C and the like to their parent, and end with it, however it ends. Nothing else would end them: each
    holds the writing end of the queue that it reads from, so the queue never closes, and with them stays the tracker of
    multiprocessing's resources, which waits for the last of them.
    """

    def __init__(self, jobs: int) -> None:
        context = multiprocessing.get_context("spawn")
        with held():  # begins the tracker
            self._stopping = context.Event()
        super().__init__(jobs, mp_context=context, initializer=_prepare, initargs=(self._stopping,))

    def submit(self, *words: Any, **options: Any) -> Future[Any]:
        with held():  # begins the processes
            return super().submit(*words, **options)

    def kill(self) -> None:
        """End the processes in the midst of what they do; none of the futures that are left may have been cancelled."""
        for process in list((self._processes or {}).values()):
            process.kill()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        if not wait or cancel_futures:
            self._stopping.set()
        super().shutdown(wait, cancel_futures=cancel_futures)


def _prepare(stopping: Event) -> None:
    _end_with_parent()
    leave_to_parent()
    inherit(stopping)


def _end_with_parent() -> None:
    """End this process as soon as its parent is gone, also where the parent was killed and can't say so."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()
    if sys.platform == "linux":  # the system itself sees to it, should a library not let go of the interpreter
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent.pid:
            os._exit(1)


@dataclass(frozen=True)
class Tls:
    """Files in PEM format; what is missing is taken from Dask's own configuration."""

    ca: str | None = None
    cert: str | None = None
    key: str | None = None


@contextlib.contextmanager
def dask_cluster(
    address: str,
    tls: Tls | None = None,
    *,
    timeout: float = CONNECT_SECONDS,
    on_notice: Callable[[str], None] = lambda text: None,
) -> Iterator[Executor]:
    """The workers of a Dask scheduler; runs of a worker that is lost are given to another one.

    Every worker must have the versions of this process, as results of others are not the same.

    Parameters
    ----------
    address
        As in ``tcp://10.0.0.1:8786`` or ``tls://cluster:8786``.
    timeout
        Seconds to wait for the scheduler.
    on_notice
        Told in words when the scheduler has no workers yet; the runs wait for them.

    Raises
    ------
    ExperimentError
        The package is not installed, the address can't be used, no scheduler answers there, or a worker has other
        versions.
    """
    with contextlib.ExitStack() as stack:
        client = _connect(address, tls or Tls(), timeout)
        stack.callback(_quietly, client.close, timeout=timeout)
        _check_versions(client)
        executor = client.get_executor(pure=False)
        stack.callback(_quietly, executor.shutdown, wait=False)
        if not client.scheduler_info()["workers"]:
            on_notice(f"the scheduler at {address} has no workers yet, the runs wait for them")
        yield executor


def _quietly(end: Callable[..., object], **options: object) -> None:
    """The scheduler may be gone; there is nobody left to tell."""
    with contextlib.suppress(Exception):
        end(**options)


def _check_versions(client: Client) -> None:
    """See that the workers that are there have the versions of this process; `run_one` sees to later ones."""

    def versions() -> tuple[str, str] | None:
        """Sent by value, so that any worker can run it, whatever it has."""
        try:
            import numpy

            import lrsim
        except ImportError:
            return None
        return lrsim.__version__, numpy.__version__

    for worker, found in client.run(versions).items():
        there = "no lrsim" if found is None else made_by(*found)
        if there != made_by():
            raise ExperimentError(WHERE, f"the worker {worker} has {there}, expected {made_by()}")


def _connect(address: str, tls: Tls, timeout: float) -> Client:
    try:
        import distributed
        from distributed.comm.core import connect
    except ImportError:
        raise ExperimentError(WHERE, "needs the package distributed: pip install 'lrsim[cluster]'") from None
    _silence()

    async def probe(security: distributed.Security) -> None:
        """A client that fails to connect leaves a mess behind; a bare connection does not."""
        connecting = connect(address, timeout=timeout, **security.get_connection_args("client"))
        # Its own limit leaves out the greeting, for which a silent listener lets one wait for ever.
        comm = await asyncio.wait_for(connecting, timeout + 0.5)
        await comm.close()

    try:
        security = distributed.Security(**_security(tls))
        asyncio.run(probe(security))
        return distributed.Client(address, security=security, timeout=timeout, set_as_default=False)
    except ExperimentError:
        raise
    except Exception as error:
        raise ExperimentError(WHERE, _why_not(error, timeout), address) from None


def _silence() -> None:
    """Its loggers, each with a level of its own, tell every retry in many lines; what matters is raised."""
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL)


def _security(tls: Tls) -> dict[str, Any]:
    given = {"tls_ca_file": tls.ca, "tls_client_cert": tls.cert, "tls_client_key": tls.key}
    options = {"--tls-ca": tls.ca, "--tls-cert": tls.cert, "--tls-key": tls.key}
    for option, path in options.items():
        if path is not None and not os.path.isfile(path):
            raise ExperimentError(option, "no such file", path)
    return {name: path for name, path in given.items() if path is not None}


def _why_not(error: Exception, timeout: float) -> str:
    """The cause in words; Dask wraps it into long texts of its own."""
    cause = error if isinstance(error, TimeoutError) else error.__cause__ or error
    text = " ".join(str(cause).split()) or type(cause).__name__
    if isinstance(cause, TimeoutError) or "imed out" in text:
        return f"no scheduler answers within {timeout:g} s"
    if isinstance(cause, ValueError):
        return f"expected the address of a scheduler, such as tcp://10.0.0.1:8786: {text}"
    if isinstance(cause, TypeError) and "ssl_context" in text:
        return "a tls address needs certificates: --tls-ca, --tls-cert and --tls-key, or Dask's own configuration"
    if isinstance(cause, OSError):
        reason = getattr(cause, "strerror", None) or re.split(r"\[Errno -?\d+\] ", text)[-1]
        return f"no scheduler answers: {reason.lower()}"
    return f"what answers is no Dask scheduler ({type(cause).__name__})"


class Event(Protocol):
    """What `threading.Event` and multiprocessing's have in common."""

    def set(self) -> None: ...

    def is_set(self) -> bool: ...


def place() -> str:
    """Where this code runs, in words: the Dask worker by its address, or this machine."""
    if "distributed" in sys.modules:
        from distributed import get_worker

        with contextlib.suppress(ValueError):  # no worker runs it
            return f"the worker {get_worker().address}"
    return "this machine"


_inherited: Event = threading.Event()


class Cancellation:
    """Set once by who started the runs, asked by the runs.

    Sent to another process it becomes a view of the event that `inherit` was given there, or of one that is never set.
    """

    def __init__(self, event: Event | None = None) -> None:
        self._event = threading.Event() if event is None else event

    def set(self) -> None:
        """Ask for the end; there is no way back."""
        self._event.set()

    def is_set(self) -> bool:
        """Whether the end was asked for."""
        return self._event.is_set()

    def __reduce__(self) -> tuple[object, tuple[()]]:
        return _of_this_process, ()


def inherit(event: Event) -> None:
    """Let the cancellations that reach this process look at `event`."""
    global _inherited
    _inherited = event


def _of_this_process() -> Cancellation:
    return Cancellation(_inherited)
