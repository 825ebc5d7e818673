"""The checker finds what it is there for."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, QRect
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QScrollArea, QWidget

from lrsim.gui.look.dress import apply
from lrsim.gui.look.theme import THEMES
from lrsim.gui.widgets.sentence import Sentence
from tests.gui.fit.checker import Recorder, faults


@pytest.fixture(autouse=True)
def _small_letters(qapp):
    apply(qapp, THEMES["light"])


class Painting(QWidget):
    """Writes two words."""

    def __init__(self, parent: QWidget, places: list[tuple[float, str]]) -> None:
        super().__init__(parent)
        self._places = places

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for x, text in self._places:
            painter.drawText(QPointF(x, 20), text)


def label(box):
    QLabel("A sentence that is too long", box).setGeometry(0, 0, 40, 20)


def line(box):
    QLineEdit("123456789.25", box).setGeometry(0, 0, 40, 24)


def button(box):
    QPushButton("Press this button", box).setGeometry(0, 0, 40, 24)


def sentence(box):
    shown = Sentence("#000000", box, lines=1)
    shown.setGeometry(0, 0, 90, 20)
    shown.set_text("Too slow: the mean error of an epoch is 9.152, scale the inputs", "#000000")


def outside(box):
    QLabel("x", box).setGeometry(390, 0, 40, 20)


def overlap(box):
    QLabel("one", box).setGeometry(0, 0, 40, 20)
    QLabel("two", box).setGeometry(20, 0, 40, 20)


def scrolled(box):
    area = QScrollArea(box)
    area.setHorizontalScrollBarPolicy(area.horizontalScrollBarPolicy().ScrollBarAlwaysOff)
    area.setGeometry(0, 0, 100, 100)
    content = QWidget()
    content.setMinimumWidth(200)
    area.setWidget(content)


def painted_over(box):
    Painting(box, [(0, "one word"), (10, "another")]).setGeometry(0, 0, 200, 40)


def painted_outside(box):
    Painting(box, [(180, "one word")]).setGeometry(0, 0, 200, 40)


def painted_under(box):
    painting = Painting(box, [(0, "one word")])
    painting.setGeometry(0, 0, 200, 40)
    QPushButton(painting).setGeometry(QRect(0, 0, 60, 30))


PLANTED = {
    label: "cut", line: "cut", button: "cut", sentence: "cut", outside: "outside", overlap: "overlap",
    scrolled: "cut", painted_over: "overlap", painted_outside: "outside", painted_under: "overlap",
}  # fmt: skip


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_a_fault_is_found(qtbot, plant):
    box = QWidget()
    qtbot.addWidget(box)
    box.resize(400, 300)
    plant(box)
    box.show()
    recorder = Recorder()
    with recorder.installed():
        found = faults(box, recorder)
    assert [fault for fault in found if fault.startswith(PLANTED[plant])], found


def test_what_fits_is_no_fault(qtbot):
    box = QWidget()
    qtbot.addWidget(box)
    box.resize(400, 300)
    QLabel("short", box).setGeometry(0, 0, 200, 30)
    QLineEdit("12", box).setGeometry(0, 40, 200, 40)
    Painting(box, [(4, "one"), (80, "two")]).setGeometry(0, 90, 200, 40)
    box.show()
    recorder = Recorder()
    with recorder.installed():
        assert faults(box, recorder) == []
