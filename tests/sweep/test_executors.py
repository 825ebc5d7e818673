"""The same runs on threads, on processes and on a Dask cluster: the same results to the last bit."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import signal
import socket
import subprocess
import sys
import threading

import pytest

from lrsim.common.validation import ExperimentError
from lrsim.experiment import files as experiment
from lrsim.sweep import executors
from lrsim.sweep.executors import Tls
from lrsim.sweep.job import SweepJob
from lrsim.sweep.plan import describe
from tests.sweep.records import same

HAS_DASK = importlib.util.find_spec("distributed") is not None
needs_dask = pytest.mark.skipif(not HAS_DASK, reason="needs the package distributed (extra cluster)")
SWEEP = describe(experiment.load("clip250"), {"optimizer.lr": [k * 1e-6 for k in range(1, 13)]}, 2, max_epochs=300)


def records_on(open_executor, sweep=SWEEP, **options):
    job = SweepJob(sweep, open_executor, **options)
    job.run()
    assert not job.failures
    return job.records


ON_THREADS = records_on(executors.threads)


def equal(found, expected=ON_THREADS):
    return len(found) == len(expected) and all(same(a, b) for a, b in zip(found, expected))


def test_the_number_of_threads_makes_no_difference():
    assert equal(records_on(lambda: executors.threads(1)))
    assert equal(records_on(lambda: executors.threads(5)))


def test_processes_give_the_same_bits():
    assert equal(records_on(lambda: executors.processes(2)))


def test_a_process_that_dies_is_told_and_the_rest_is_kept():
    def kill(record):
        for child in multiprocessing_children():
            os.kill(child, signal.SIGKILL)

    job = SweepJob(SWEEP, lambda: executors.processes(2), on_record=kill)
    job.run()
    assert job.records
    assert {failure.reason for failure in job.failures} == {"a worker process died; start the sweep again to go on"}
    assert equal(records_on(executors.threads, known=job.records))


def multiprocessing_children():
    import multiprocessing

    return [child.pid for child in multiprocessing.active_children()]


# --- a cluster


@pytest.fixture
def cluster():
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=60
    ) as found:
        yield found


@needs_dask
def test_a_cluster_of_processes_gives_the_same_bits(cluster):
    assert equal(records_on(lambda: executors.dask_cluster(cluster.scheduler_address)))


@needs_dask
@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_worker_that_is_killed_loses_nothing(cluster):
    pids = [worker.pid for worker in cluster.workers.values()]
    killed = threading.Event()

    def kill_once(record):
        if not killed.is_set():
            killed.set()
            os.kill(pids[0], signal.SIGKILL)

    found = records_on(lambda: executors.dask_cluster(cluster.scheduler_address), on_record=kill_once)
    assert killed.is_set()
    assert equal(found)


@needs_dask
def test_cancelling_on_a_cluster_keeps_what_is_done(cluster):
    job = SweepJob(
        SWEEP, lambda: executors.dask_cluster(cluster.scheduler_address), on_record=lambda record: job.cancel()
    )
    job.run()
    assert 0 < len(job.records) < len(SWEEP.runs)
    assert not job.failures
    assert equal(records_on(executors.threads, known=job.records))


def becomes_another_version():
    import lrsim
    from lrsim.sweep import origin

    lrsim.__version__ = "0.0.9"
    origin.made_by.__defaults__ = ("0.0.9", origin.made_by.__defaults__[1])


def finds_other_data():
    from lrsim.data.dataset import Dataset

    Dataset.digest = "another"


@needs_dask
def test_a_worker_of_another_version_is_refused(cluster):
    from distributed import Client

    first = next(iter(cluster.scheduler_info["workers"]))
    with Client(cluster.scheduler_address, set_as_default=False) as client:
        client.run(becomes_another_version, workers=[first])
    with (
        pytest.raises(ExperimentError, match=rf"--dask: the worker {first} has lrsim 0\.0\.9, .*expected lrsim"),
        executors.dask_cluster(cluster.scheduler_address),
    ):
        pass


@needs_dask
@pytest.mark.parametrize(("change", "what"), [
    (becomes_another_version, r"lrsim 0\.0\.9, .*, expected lrsim"),
    (finds_other_data, "other data, expected the same"),
])  # fmt: skip
def test_runs_of_a_worker_with_another_version_or_other_data_fail(cluster, change, what):
    """As of one that joins while the sweep is under way."""
    from distributed import Client

    first = next(iter(cluster.scheduler_info["workers"]))

    @contextlib.contextmanager
    def changing():
        with executors.dask_cluster(cluster.scheduler_address) as executor:
            with Client(cluster.scheduler_address, set_as_default=False) as client:
                client.run(change, workers=[first])
            yield executor

    job = SweepJob(SWEEP, changing)
    job.run()
    assert job.failures
    assert all(re.fullmatch(f"the worker {first}: has {what}.*", failure.reason) for failure in job.failures)
    good = [record for record in job.records if not record.error]
    assert all(same(record, ON_THREADS[record.index]) for record in good)
    assert equal(records_on(executors.threads, known=job.records))


def test_a_cluster_that_fails_after_it_was_reached_is_let_go(monkeypatch):
    closed = []

    class Lost:
        def run(self, *words, **options):
            raise OSError("lost")

        def close(self, timeout):
            closed.append(timeout)

    monkeypatch.setattr(executors, "_connect", lambda *words: Lost())
    with pytest.raises(OSError, match="lost"), executors.dask_cluster("tcp://a:1"):
        pass
    assert closed == [executors.CONNECT_SECONDS]


@needs_dask
@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("nonsense", "expected the address of a scheduler"),
        ("", "expected the address of a scheduler"),
        ("foo://host:1", "expected the address of a scheduler"),
        ("tls://127.0.0.1:1", "a tls address needs certificates"),
    ],
)
def test_addresses_that_are_none(address, what):
    with pytest.raises(ExperimentError, match=f"--dask: {what}") as caught, executors.dask_cluster(address):
        pass
    assert len(str(caught.value).splitlines()) == 1


@needs_dask
def test_a_scheduler_that_does_not_answer():
    with socket.socket() as listening:  # takes the connection and never says a word
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        address = f"tcp://127.0.0.1:{listening.getsockname()[1]}"
        with (
            pytest.raises(ExperimentError, match=r"no scheduler answers within 1 s, got"),
            executors.dask_cluster(address, timeout=1),
        ):
            pass


@needs_dask
def test_certificates_are_passed_on(tmp_path):
    with pytest.raises(ExperimentError, match="--tls-ca: no such file"), executors.dask_cluster("tls://a:1", Tls("no")):
        pass
    files = [tmp_path / name for name in ("ca.pem", "cert.pem", "key.pem")]
    try:
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
             "-keyout", files[2], "-out", files[1]],
            check=True, capture_output=True,
        )  # fmt: skip
    except FileNotFoundError:
        pytest.skip("needs openssl")
    files[0].write_bytes(files[1].read_bytes())
    from distributed import LocalCluster, Security

    ca, cert, key = map(str, files)
    security = Security(
        tls_ca_file=ca, require_encryption=True, tls_client_cert=cert, tls_client_key=key, tls_worker_cert=cert,
        tls_worker_key=key, tls_scheduler_cert=cert, tls_scheduler_key=key,
    )  # fmt: skip
    with LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, protocol="tls://", security=security,
        dashboard_address=None, silence_logs=60,
    ) as cluster:  # fmt: skip
        assert cluster.scheduler_address.startswith("tls://")
        assert equal(records_on(lambda: executors.dask_cluster(cluster.scheduler_address, Tls(ca, cert, key))))


def test_without_the_package_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(ExperimentError, match=r"needs the package distributed: pip install 'lrsim\[cluster\]'"),
        executors.dask_cluster("tcp://127.0.0.1:1"),
    ):
        pass
