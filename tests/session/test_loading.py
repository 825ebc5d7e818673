"""Loading goes on beside everything else: it tells how far it is, can be given up, and what was sent for it waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lrsim.data.progress import report, watched
from lrsim.experiment import files
from lrsim.experiment.keys import with_value
from lrsim.session import commands
from lrsim.session.reader import SessionReader
from lrsim.session.session import Session
from lrsim.training import engine
from lrsim.training.engine import Problem

CLIP = files.load("clip250")
OTHER = files.load("circle")
BUILD = engine.build


class Slow:
    """Stands in for what builds a run: of `circle` it waits until it is let go, telling how far it is."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.ended = threading.Event()

    def build(self, experiment, **options: object) -> Problem:
        if experiment.name != OTHER.name:
            return BUILD(experiment, **options)
        try:
            done = 0
            while not self.let_go.wait(0.005):
                done += 1
                report(done, 1000, "rows")
            return BUILD(experiment, **options)
        finally:
            self.ended.set()


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    found = Slow()
    monkeypatch.setattr(engine, "build", found.build)
    yield found
    found.let_go.set()


def work_until(session: Session, happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(session.work() or 0.001)


def session_at(step: int) -> Session:
    session = Session(CLIP)
    session.step(step)
    session.settle()
    return session


def test_what_is_loaded_is_told_and_the_run_stands_still(slow: Slow) -> None:
    session = session_at(5)
    session.play()
    session.work()
    command = session.load(OTHER)
    work_until(session, lambda: bool(session.snapshot().loading and session.snapshot().loading.done > 20))
    snapshot = session.snapshot()
    assert snapshot.loading is not None
    assert (snapshot.loading.command, snapshot.loading.name) == (command, OTHER.name)
    assert (snapshot.loading.total, snapshot.loading.unit) == (1000, "rows")
    assert snapshot.acknowledged < command
    step = snapshot.step
    for _ in range(20):
        session.work()
    assert session.snapshot().step == step
    slow.let_go.set()
    session.settle()
    after = session.snapshot()
    assert (after.loading, after.place.run.problem.experiment.name) == (None, OTHER.name)
    assert after.acknowledged == command


def test_what_is_sent_meanwhile_is_for_what_is_loaded(slow: Slow) -> None:
    session = session_at(5)
    session.load(OTHER)
    last = session.step(3)
    work_until(session, lambda: session.snapshot().loading is not None)
    assert session.snapshot().step == 5
    slow.let_go.set()
    session.settle()
    after = session.snapshot()
    assert (after.place.run.problem.experiment.name, after.step, after.acknowledged) == (OTHER.name, 3, last)


def test_a_cancelled_load_leaves_the_run_as_it_was_and_ends(slow: Slow) -> None:
    session = session_at(5)
    session.load(OTHER)
    session.set_rate(0.5)
    work_until(session, lambda: session.snapshot().loading is not None)
    last = session.cancel_load()
    session.settle()
    after = session.snapshot()
    assert (after.loading, after.message, after.acknowledged) == (None, None, last)
    assert (after.place.run.problem.experiment.name, after.step, after.lr) == (CLIP.name, 5, CLIP.optimizer.lr)
    assert [refusal.cancelled for refusal in after.refused] == [True, True]
    assert slow.ended.wait(10)
    session.step()
    session.settle()
    assert session.snapshot().step == 6


def test_a_cancelled_load_goes_on_playing(slow: Slow) -> None:
    session = Session(with_value(CLIP, "stop.target_error", 0.0))
    session.play()
    session.load(OTHER)
    work_until(session, lambda: session.snapshot().loading is not None)
    session.cancel_load()
    work_until(session, lambda: session.snapshot().step > 0)
    assert session.snapshot().playing


def test_the_newest_of_two_loads_is_what_stands_there_in_the_end(slow: Slow) -> None:
    session = session_at(5)
    first = session.load(OTHER)
    work_until(session, lambda: session.snapshot().loading is not None)
    session.cancel_load()
    second = session.load(files.load("xor"))
    session.settle()
    after = session.snapshot()
    assert after.place.run.problem.experiment.name == "xor"
    assert after.refusal(first) is not None
    assert after.refusal(second) is None
    assert [way.experiment for way in after.done] == [CLIP.name]


def test_a_load_that_has_not_begun_is_cancelled_as_well(slow: Slow) -> None:
    session = session_at(5)
    session.step(2)
    session.load(OTHER)
    session.cancel_load()
    session.step(1)
    session.settle()
    assert (session.snapshot().step, session.snapshot().run) == (8, 1)
    assert not slow.ended.is_set()


def test_no_memory_for_a_load_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError("unable to set aside 3 GiB")

    session = session_at(5)
    with monkeypatch.context() as patch:
        patch.setattr(engine, "build", fail)
        command = session.load(OTHER)
        session.settle()
    after = session.snapshot()
    assert after.message == "load: there is no memory left for it (unable to set aside 3 GiB)"
    assert after.refusal(command) is not None
    assert (after.step, after.loading) == (5, None)


def test_cancelling_where_nothing_is_loaded_does_nothing() -> None:
    session = session_at(5)
    number = session.send(commands.CancelLoad())
    session.settle()
    assert (session.snapshot().acknowledged, session.snapshot().step) == (number, 5)


def test_a_session_that_is_left_lets_go_of_what_it_loads(slow: Slow) -> None:
    session = session_at(5)
    session.load(OTHER)
    work_until(session, lambda: session.snapshot().loading is not None)
    session.leave()
    assert slow.ended.wait(10)


def test_a_table_is_told_by_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("x,y\n" + "1.5,2.5\n" * 5000)
    setup = files.from_dict(
        {
            "data": {"source": "csv", "path": str(path), "target": "y"},
            "model": {"layers": [{"units": 1}]},
            "training": {"loss": "mse", "batch_size": 10, "epochs": 1},
            "optimizer": {"lr": 0.05},
        }
    )
    heard: list[tuple[int, int, str]] = []
    with watched(lambda *told: heard.append(told)):
        engine.build(setup)
    in_bytes = [(done, total) for done, total, unit in heard if unit == "bytes"]
    assert len(in_bytes) >= 5
    assert in_bytes == sorted(in_bytes)
    assert all(0 < done <= total == path.stat().st_size for done, total in in_bytes)
    assert {unit for _, _, unit in heard} == {"bytes", "rows", "weights"}


def test_a_load_that_is_given_up_in_the_moment_before_it_is_there_is_given_up(monkeypatch):
    found = Session(files.load("clip250"))
    found.load(files.load("xor"))
    before = Session._loaded

    def loaded(session, number, command):
        ready = before(session, number, command)
        while not ready:
            ready = before(session, number, command)
        if command.experiment.name == "xor":  # between this and taking it over
            session.cancel_load()
            session.load(files.load("circle"))
        return ready

    monkeypatch.setattr(Session, "_loaded", loaded)
    found.settle()
    monkeypatch.undo()
    found.settle()
    shown = found.snapshot()
    assert SessionReader.problem_of(shown).experiment.name == "circle"
    assert [way.experiment for way in shown.done] == ["clip250"]
