"""No exception leaves a method that Qt calls, and none is lost."""

from __future__ import annotations

import ast
import logging
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QModelIndex, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication, QLabel

import lrsim.gui
from lrsim.gui.views.learning import LearningPlot
from lrsim.gui.window import guard
from lrsim.gui.window.failures import Failures
from tests.gui.driving import opened

FAILING = """
from __future__ import annotations
class Failing(QLabel):
    def paintEvent(self, event) -> None:
        painter = QPainter(self)
        raise KeyError("painting")
    def resizeEvent(self, event) -> None:
        raise KeyError("resizing")
    def event(self, event) -> bool:
        if event.type() == QEvent.Type.User:
            raise KeyError("event")
        return super().event(event)
    def sizeHint(self) -> QSize:
        raise KeyError("hint")
    def own(self) -> int:
        raise KeyError("not of Qt")
"""


@pytest.fixture
def new_class():
    """Makes a class as a new module of the window would have it."""

    def make(source: str) -> type:
        names = {"__name__": "lrsim.gui.widgets.new", "QLabel": QLabel, "QEvent": QEvent, "QPainter": QPainter}
        exec(source, names)
        return next(each for each in names.values() if isinstance(each, type) and each.__module__ == names["__name__"])

    return make


def test_every_override_of_the_window_is_guarded():
    assert not list(guard.unguarded())


def test_classes_are_made_when_their_module_is():
    """One that a function makes would come after the guard."""
    for path in Path(lrsim.gui.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                assert not [part.name for part in ast.walk(node) if isinstance(part, ast.ClassDef)], path


def test_a_new_override_is_found_and_guarded(new_class):
    failing = new_class(FAILING)
    found = {(owner, name) for owner, name in guard.unguarded() if owner is failing}
    assert found == {(failing, name) for name in ("paintEvent", "resizeEvent", "event", "sizeHint")}
    guard.protect()
    assert not list(guard.unguarded())


@pytest.mark.parametrize("returns", ["", "-> bytes", "-> QSize | None"])
def test_an_override_that_there_is_no_answer_for_stays_on_the_list(new_class, returns):
    careless = new_class(
        f"from __future__ import annotations\nclass Careless(QLabel):\n    def sizeHint(self) {returns}: return None"
    )
    guard.protect()
    assert list(guard.unguarded()) == [(careless, "sizeHint")]
    del careless.sizeHint


def test_qt_is_answered_and_the_caller_goes_on(qtbot, new_class):
    failing = new_class(FAILING)
    guard.protect()
    with qtbot.captureExceptions() as told:
        label = failing("some words")
        qtbot.addWidget(label)
        with qtbot.waitExposed(label):
            label.show()
        label.resize(200, 100)
        label.grab()
        assert not QApplication.sendEvent(label, QEvent(QEvent.Type.User))
        assert label.sizeHint() == QLabel("some words").sizeHint() != QSize()
        label.hide()
    assert {str(error) for _, error, _ in told} == {f"'{what}'" for what in ("painting", "resizing", "event", "hint")}
    with pytest.raises(KeyError, match="not of Qt"):
        label.own()


@pytest.mark.parametrize("returns", [*guard.ANSWERS])
def test_every_kind_of_answer_can_be_given(qtbot, new_class, returns):
    """A model's methods are pure: Qt has no answer of its own that could stand in."""
    base = "from PySide6.QtCore import QAbstractTableModel\n"
    model = new_class(
        f"from __future__ import annotations\n{base}class Model(QAbstractTableModel):\n"
        f"    def rowCount(self, parent=None) -> {returns}:\n        raise ValueError('rows')"
    )
    guard.protect()
    with qtbot.captureExceptions() as told:
        assert model.rowCount(None, QModelIndex()) == guard.ANSWERS[returns]()
    assert len(told) == 1


def test_a_picture_that_fails_is_told_and_the_window_goes_on(qtbot, caplog, monkeypatch):
    failures = Failures()
    with opened(qtbot, experiment="spiral") as driven:
        window = driven.window
        failures.happened.connect(window.complain, Qt.ConnectionType.QueuedConnection)
        failures.install()
        try:
            with caplog.at_level(logging.ERROR, "lrsim.gui"), monkeypatch.context() as patch:
                patch.setattr(LearningPlot, "draw_content", lambda self, painter: 1 / 0)
                driven.session.run_to(500)
                driven.wait_for_step(500)
                for _ in range(20):
                    window.stage["learning"].plot.repaint()
            qtbot.waitUntil(lambda: "ZeroDivisionError" in window.notice.text())
            times = [record.getMessage() for record in caplog.records]
            assert times[:3] == [f"unexpected error, time {n}" for n in (1, 2, 4)]
            assert len(times) < 10
            driven.session.run_to(600)
            driven.wait_for_step(600)
        finally:
            failures.remove()
        window.stage["learning"].plot.repaint()
