"""The worker's thread: what it does, how it fails, goes on again and ends."""

from __future__ import annotations

import logging
import threading

import pytest
from PySide6.QtCore import QThread

from lrsim.experiment.files import load
from lrsim.gui.bridge.bridge import Bridge
from lrsim.session.session import Session


class Failing(Session):
    """Meets an error in its work as often as it is told to, once its commands are taken in."""

    failures = 0

    def _answer_request(self) -> bool:
        if self.failures:
            self.failures -= 1
            raise ArithmeticError("the kernel said no")
        return super()._answer_request()


@pytest.fixture
def bridge(qtbot):
    bridge = Bridge(Failing(load("clip250")))
    bridge.start()
    qtbot.waitUntil(lambda: not bridge.running)
    yield bridge
    bridge.stop()


@pytest.fixture
def failed(bridge, qtbot):
    """A bridge whose worker has failed at a step."""
    bridge.session.step(5)
    qtbot.waitUntil(lambda: not bridge.running)
    bridge.session.failures = 1
    with qtbot.waitSignal(bridge.failed) as said:
        bridge.session.play()
    assert said.args == ["ArithmeticError: the kernel said no"]
    return bridge


def test_after_a_failure_nothing_is_polled_any_more(failed, qtbot):
    qtbot.waitUntil(lambda: not failed.running)
    frames = []
    failed.changed.connect(frames.append)
    qtbot.wait(100)
    assert frames == []
    assert failed.failure == "ArithmeticError: the kernel said no"


def test_after_a_failure_the_snapshot_stands_still_and_says_why(failed, qtbot):
    qtbot.waitUntil(lambda: not failed.running)
    snapshot = failed.pull()
    assert (snapshot.step, snapshot.playing, snapshot.message) == (5, False, failed.failure)


def test_commands_after_a_failure_are_refused_with_it(failed, qtbot):
    qtbot.waitUntil(lambda: not failed.running)
    shown = []
    failed.changed.connect(shown.append)
    with qtbot.waitSignal(failed.failed):
        number = failed.session.step()
    qtbot.waitUntil(lambda: bool(shown) and not failed.running)
    assert shown[-1].acknowledged == number
    assert shown[-1].refusal(number).why == failed.failure
    assert shown[-1].step == 5


def test_commands_that_come_from_many_threads_while_it_fails_are_all_answered(bridge, qtbot):
    bridge.session.failures = 1
    threads = [threading.Thread(target=lambda: [bridge.session.step() for _ in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    qtbot.waitUntil(lambda: bridge.session.snapshot().acknowledged == 200 and not bridge.running)
    snapshot = bridge.session.snapshot()
    assert bridge.failure is not None
    bridge.go_on()
    number = bridge.session.step()
    qtbot.waitUntil(lambda: bridge.session.snapshot().acknowledged == number)
    assert bridge.session.snapshot().step == 200 - len(snapshot.refused) + 1


def test_rows_that_are_asked_for_after_a_failure_do_not_repeat_it(failed, qtbot):
    qtbot.waitUntil(lambda: not failed.running)
    told = []
    failed.failed.connect(told.append)
    failed.session.recall("table", failed.session.snapshot().place, 0, 3)
    qtbot.wait(50)
    assert told == []


def test_a_new_worker_goes_on_where_the_run_stands(failed, qtbot):
    qtbot.waitUntil(lambda: not failed.running)
    failed.go_on()
    assert failed.failure is None
    failed.session.step(2)
    qtbot.waitUntil(lambda: failed.session.snapshot().step == 7 and not failed.running)
    untouched = Session(load("clip250"))
    untouched.step(7)
    untouched.settle()
    assert failed.session.snapshot().theta.tobytes() == untouched.snapshot().theta.tobytes()


def test_a_new_worker_may_fail_too(failed, qtbot):
    failed.go_on()
    qtbot.waitUntil(lambda: not failed.running)
    failed.session.failures = 1
    with qtbot.waitSignal(failed.failed):
        failed.session.step()
    qtbot.waitUntil(lambda: not failed.running)
    assert failed.failure is not None


def test_going_on_without_a_failure_does_nothing(bridge, qtbot):
    before = threading.active_count()
    bridge.go_on()
    assert threading.active_count() == before


def test_signals_come_in_the_thread_of_the_window(bridge, qtbot):
    seen = []
    bridge.changed.connect(lambda _: seen.append(QThread.currentThread()))
    bridge.session.step()
    qtbot.waitUntil(lambda: bool(seen))
    assert set(seen) == {bridge.thread()}


def test_nobody_else_works_beside_the_worker(bridge):
    with pytest.raises(RuntimeError, match="another thread works on this session"):
        bridge.session.settle()


@pytest.fixture
def stuck(monkeypatch):
    """A bridge whose worker is in the middle of something long; ends with the test."""
    monkeypatch.setattr("lrsim.gui.bridge.bridge.JOIN_SECONDS", 0.01)
    session, entered, over = Session(load("clip250")), threading.Event(), threading.Event()

    def work(*_: float) -> None:
        entered.set()
        over.wait(30)

    monkeypatch.setattr(session, "work", work)
    bridge = Bridge(session)
    bridge.start()
    assert entered.wait(10)
    yield bridge
    over.set()


def test_a_worker_that_is_left_behind_is_told_in_the_log(stuck, caplog):
    with caplog.at_level(logging.WARNING, "lrsim"):
        stuck.stop()
    assert [record.message for record in caplog.records] == ["training did not end within 0.01 s and is left behind"]


def test_a_worker_that_ends_in_time_is_not_mentioned(bridge, caplog):
    with caplog.at_level(logging.WARNING, "lrsim"):
        bridge.stop()
    assert caplog.records == []
