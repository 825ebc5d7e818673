"""Models of a million units and data of a million rows: pictures are worked out beside the window, on a sample."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import Qt

from lrsim.common.numbers import count
from lrsim.experiment.files import from_dict, load, to_dict
from lrsim.experiment.keys import with_value
from lrsim.gui.bridge.evaluator import LITTLE
from lrsim.gui.views.function.view import FunctionView
from lrsim.gui.views.regions.view import RegionsView
from lrsim.session.reader import SessionReader
from tests.gui.driving import opened

UNITS = 1_000_000


def wide(name: str):
    """A preset with one layer of very many units before the output."""
    raw = to_dict(load(name))
    last = {**raw["model"]["layers"][-1], "units": 1}
    raw["model"] = {**raw["model"], "weights": [], "layers": [{"units": UNITS, "activation": "tanh"}, last]}
    raw["training"]["bias_rule"] = "delta"
    return from_dict(raw)


@pytest.fixture
def only_little(monkeypatch):
    """The window's own thread evaluates no more than it has time for."""
    predict = SessionReader.predict

    def checked(self, snapshot, X, theta=None):
        if threading.current_thread() is threading.main_thread():
            assert len(snapshot.theta) * len(X) <= LITTLE
        return predict(self, snapshot, X, theta)

    monkeypatch.setattr(SessionReader, "predict", checked)


@pytest.mark.parametrize("name", ["circle", "clip250"])
def test_a_window_on_a_million_units(qtbot, only_little, name: str) -> None:
    with opened(qtbot, size=(1600, 900)) as driven:
        driven.window.commands.load(wide(name))
        qtbot.waitUntil(lambda: driven.snapshot().run == 2)
        view = driven.window.stage["regions" if name == "circle" else "function"]
        qtbot.waitUntil(lambda: view.settled)
        driven.press(Qt.Key.Key_Right)
        qtbot.waitUntil(lambda: driven.snapshot().step == 1)
        qtbot.waitUntil(lambda: view.settled)
        answers = driven.window.try_it
        if name == "circle":
            qtbot.waitUntil(lambda: answers.form.answers()["predicted"] in ("ring", "core"))
            assert view.plot._surface.values.shape[0] >= 8
        else:
            qtbot.waitUntil(lambda: all(row[2] for row in answers.trials.rows()))
            assert len(view.plot._learned) >= 16


def test_no_memory_for_a_picture_is_a_sentence_in_it(qtbot, make_bridge, themes, monkeypatch) -> None:
    layers = [{"units": 20_000, "activation": "tanh"}, {"units": 1, "activation": "sigmoid"}]
    bridge = make_bridge("circle", model__layers=layers)
    view = RegionsView(bridge, themes)
    view.resize(500, 400)
    qtbot.addWidget(view)
    with monkeypatch.context() as patch:

        def fail(*_, **__):
            raise MemoryError("no memory for a workspace")

        patch.setattr(SessionReader, "predict", fail)
        view.show()
        qtbot.waitUntil(lambda: view.plot._failure != "")
        assert view.plot._failure == "There is no memory left to draw this."
        qtbot.waitUntil(lambda: view.settled)
        view.grab()
    bridge.session.step(1)
    bridge.carry_out()
    qtbot.waitUntil(lambda: view.plot._failure == "")
    qtbot.waitUntil(lambda: view.settled)
    assert view.plot._surface.values.shape[0] > 100


def test_a_finer_picture_follows_where_the_run_stands_still(qtbot, make_bridge, themes) -> None:
    layers = [{"units": 20_000, "activation": "tanh"}, {"units": 1, "activation": "sigmoid"}]
    bridge = make_bridge("circle", model__layers=layers)
    view = RegionsView(bridge, themes)
    view.resize(500, 400)
    qtbot.addWidget(view)
    view.show()
    sizes = []
    show = view.plot._surface.__class__.put

    def put(self, window, outputs):
        sizes.append(len(outputs))
        show(self, window, outputs)

    view.plot._surface.__class__.put = put
    try:
        qtbot.waitUntil(lambda: view.settled and len(sizes) > 1)
    finally:
        view.plot._surface.__class__.put = show
    assert sizes == sorted(sizes)
    assert len(sizes) == 2


def test_pictures_of_many_samples_say_how_many_are_drawn(qtbot, make_bridge, themes) -> None:
    bridge = make_bridge("circle", data__samples=100_000, data__test_fraction=0.1)
    view = RegionsView(bridge, themes)
    qtbot.addWidget(view)
    texts = [entry.name for entry in view.plot.legend()]
    assert f"training ({count(1500)} of {count(90_000)})" in texts
    assert f"held out ({count(1429)} of {count(10_000)})" in texts


def test_a_curve_over_many_samples_says_how_many_are_drawn(qtbot, make_bridge, themes) -> None:
    rows = [[k / 50_000] for k in range(50_000)]
    raw = to_dict(load("clip250"))
    raw["data"] = {"source": "table", "inputs": rows, "targets": rows}
    view_bridge = make_bridge("clip250")
    view_bridge.session.load(from_dict(raw))
    view_bridge.carry_out()
    view = FunctionView(view_bridge, themes)
    qtbot.addWidget(view)
    assert f"samples ({count(2000)} of {count(50_000)})" in [entry.name for entry in view.plot.legend()]
    few = make_bridge("clip250")
    assert "samples" in [entry.name for entry in FunctionView(few, themes).plot.legend()]


def test_a_window_on_a_million_rows(qtbot, only_little) -> None:
    with opened(qtbot, size=(1600, 900)) as driven:
        driven.window.commands.load(with_value(load("circle"), "data.samples", 1_000_000))
        qtbot.waitUntil(lambda: driven.snapshot().run == 2)
        driven.press(Qt.Key.Key_Right)
        qtbot.waitUntil(lambda: driven.snapshot().step == 1)
        view = driven.window.stage["regions"]
        qtbot.waitUntil(lambda: view.settled)
        rows = len(driven.bridge.reader.problem_of(driven.snapshot()).data.X_train)
        assert any(f" of {count(rows)})" in entry.name for entry in view.plot.legend())
