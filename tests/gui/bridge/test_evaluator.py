"""What takes long to evaluate is worked out beside the window; the newest wish of each asker counts."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from PySide6.QtCore import QObject

from lrsim.experiment.files import load
from lrsim.experiment.keys import with_value
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.bridge.evaluator import Evaluator, rows_within
from lrsim.session.session import Session


@pytest.fixture
def evaluator(bridge):
    return Evaluator.of(bridge)


class Asker(QObject):
    """Keeps what it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[object] = []

    def tell(self, answer: object) -> None:
        assert threading.current_thread() is threading.main_thread()
        self.told.append(answer)


def test_there_is_one_for_each_bridge(bridge, evaluator) -> None:
    assert Evaluator.of(bridge) is evaluator


def test_answers_come_to_the_window(qtbot, evaluator) -> None:
    asker = Asker()
    evaluator.ask(asker, threading.current_thread, asker.tell, asker.tell)
    qtbot.waitUntil(lambda: len(asker.told) == 1)
    assert asker.told[0] is not threading.main_thread()
    qtbot.waitUntil(lambda: not evaluator.is_asked_by(asker))


def test_the_newest_wish_counts_and_what_is_under_way_is_answered(qtbot, evaluator) -> None:
    asker, other, go = Asker(), Asker(), threading.Event()

    def first() -> int:
        go.wait()
        return 0

    evaluator.ask(asker, first, asker.tell, asker.tell)
    for number in (1, 2, 3):
        evaluator.ask(asker, lambda number=number: number, asker.tell, asker.tell)
    evaluator.ask(other, lambda: "other", other.tell, other.tell)
    assert evaluator.is_asked_by(asker)
    go.set()
    qtbot.waitUntil(lambda: len(asker.told) == 2 and len(other.told) == 1)
    assert (asker.told, other.told) == ([0, 3], ["other"])


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (MemoryError("3 GiB"), "There is no memory left to draw this."),
        (ValueError("odd"), "This could not be drawn (ValueError)."),
    ],
)
def test_what_fails_is_told_and_the_next_one_is_answered(qtbot, evaluator, error, sentence) -> None:
    def fail() -> None:
        raise error

    asker, good = Asker(), Asker()
    evaluator.ask(asker, fail, good.tell, asker.tell)
    qtbot.waitUntil(lambda: asker.told == [sentence])
    evaluator.ask(asker, lambda: 5, good.tell, asker.tell)
    qtbot.waitUntil(lambda: good.told == [5])


def test_after_the_bridge_was_stopped_nobody_is_told(qtbot, bridge, evaluator) -> None:
    asker, go, begun = Asker(), threading.Event(), threading.Event()

    def work() -> int:
        begun.set()
        go.wait()
        return 1

    evaluator.ask(asker, work, asker.tell, asker.tell)
    begun.wait()
    bridge.stop()
    go.set()
    qtbot.wait(50)
    assert asker.told == []


def test_little_is_counted_by_parameters_and_rows(bridge) -> None:
    small = bridge.reader.snapshot()
    wide = [{"units": 1_000_000, "activation": "tanh"}, {"units": 1, "activation": "sigmoid"}]
    large = Session(with_value(load("circle"), "model.layers", wide)).snapshot()
    assert Evaluator.is_little(small, 4096)
    assert not Evaluator.is_little(large, 1)
    assert rows_within(large, 80_000_020) == 20
    assert rows_within(large, 4_000_001) == 0


def test_pieces_are_the_whole(qapp) -> None:
    bridge = Bridge(Session(load("circle")))
    snapshot = bridge.reader.snapshot()
    X = np.random.default_rng(1).normal(size=(3000, 2)).astype(snapshot.theta.dtype)
    outputs = Evaluator.of(bridge).outputs(bridge.reader, snapshot, X)
    assert outputs.tobytes() == bridge.reader.predict(snapshot, X).astype(np.float64).tobytes()
