"""Cycles with widgets in them are collected in the window's thread, whoever allocates meanwhile."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest

from lrsim.gui.bridge import garbage
from lrsim.gui.bridge.garbage import Garbage


class Cycle:
    """Refers to itself, and notes which thread takes it down."""

    def __init__(self, found: list[str]) -> None:
        self.me = self
        weakref.finalize(self, lambda: found.append(threading.current_thread().name))


@pytest.fixture
def collected(qapp, monkeypatch):
    monkeypatch.setattr(garbage, "LOOK_MS", 10)
    enabled = gc.isenabled()
    gc.enable()  # as it is where the program starts
    guard = Garbage()
    yield guard
    guard.release()
    if not enabled:
        gc.disable()


def test_another_thread_takes_no_cycle_down(qtbot, collected):
    found: list[str] = []
    gc.collect()

    def allocate() -> None:
        for _ in range(3000):
            Cycle(found)

    other = threading.Thread(target=allocate, name="other")
    other.start()
    other.join()
    assert found == []
    qtbot.waitUntil(lambda: len(found) == 3000)
    assert set(found) == {threading.current_thread().name}


def test_python_collects_again_afterwards(qapp):
    enabled = gc.isenabled()
    Garbage().release()
    assert gc.isenabled()
    if not enabled:
        gc.disable()
