"""Small pictures: what they show of any experiment, and that they can be drawn in any look."""

from __future__ import annotations

import threading
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from lrsim.experiment import files
from lrsim.experiment.keys import with_values
from lrsim.gui.look.theme import THEMES
from lrsim.gui.panels.sketches.paint import draw_sketch
from lrsim.gui.panels.sketches.sketch import MOST_POINTS, Sketch, sketch_of
from lrsim.gui.panels.sketches.supply import Supply
from tests.experiment.test_files import experiments


def draw(sketch: Sketch, theme: str = "light", side: int = 80) -> QImage:
    image = QImage(side, side, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    draw_sketch(painter, QRectF(0, 0, side, side), sketch, THEMES[theme])
    painter.end()
    return image


def check(sketch: Sketch) -> None:
    for shares in (sketch.points, sketch.line, sketch.heights, sketch.rate, sketch.images):
        assert np.isfinite(shares).all()
        assert ((shares >= 0) & (shares <= 1)).all()
    assert len(sketch.points) == len(sketch.kinds) <= MOST_POINTS


@pytest.mark.parametrize("name", [preset.name for preset in files.presets() if preset.name != "mnist-adam"])
def test_every_preset_has_a_picture(qapp, name):
    sketch = sketch_of(files.load(name))
    check(sketch)
    assert not sketch.empty
    blank = draw(Sketch())
    assert all(draw(sketch, theme) != blank for theme in THEMES)


@pytest.mark.parametrize(
    ("name", "drawn"), [("rule-halving", True), ("rule-warmup", True), ("schedule-custom", True), ("circle", False)]
)
def test_a_schedule_shows_its_rate(name, drawn):
    rate = sketch_of(files.load(name)).rate
    assert (len(rate) > 0) == drawn


def test_data_that_is_not_there_leaves_its_place_empty(tmp_path):
    away = with_values(files.load("mnist-adam"), [("data.path", str(tmp_path / "nowhere"))])
    assert sketch_of(away).empty


@settings(max_examples=60)
@given(experiments())
def test_any_experiment_can_be_drawn(raw):
    sketch = sketch_of(files.from_dict(raw))
    check(sketch)
    draw(sketch)


@given(st.integers(1, 400), st.floats(0, 0.5), st.integers(0, 2**32), st.sampled_from(["circle", "spiral", "plane"]))
@settings(max_examples=30)
def test_any_toy_data_can_be_drawn(samples, noise, seed, name):
    keys = [("data.samples", samples), ("data.noise", noise), ("data.seed", seed)]
    check(sketch_of(with_values(files.load(name), keys)))


def test_sketches_arrive_and_nobody_waits_for_those_that_take_long(qtbot):
    supply, go = Supply(), threading.Event()

    def make(slow, quick):
        if slow and quick:
            return None
        if slow:
            go.wait(60)
        return Sketch()

    names = {"a": False, "slow": True, "b": False, "also slow": True, "c": False}
    made = {name: partial(make, slow) for name, slow in names.items()}
    for name in names:
        supply.get(name, made[name])
    qtbot.waitUntil(lambda: all(supply.get(name, made[name]) for name, slow in names.items() if not slow))
    assert supply.get("slow", made["slow"]) is None
    with qtbot.waitSignal(supply.arrived):
        go.set()
    qtbot.waitUntil(lambda: all(supply.get(name, made[name]) for name in names))


def test_one_that_fails_does_not_take_the_others_with_it(qtbot, caplog):
    supply = Supply()

    def fail(quick):
        raise ArithmeticError

    supply.get("bad", fail)
    supply.get("good", lambda quick: Sketch(classes=3))
    qtbot.waitUntil(lambda: supply.get("good", fail) is not None and supply.get("bad", fail) is not None)
    assert supply.get("good", fail).classes == 3
    assert "no sketch of bad" in caplog.text
