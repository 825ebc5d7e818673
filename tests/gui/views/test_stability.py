"""Sharpness over steps as dots, against what the rate of each step allows."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from PySide6.QtCore import QPoint

from lrsim.experiment import files
from lrsim.experiment.keys import RATE_KEY, with_values
from lrsim.instruments import registry
from lrsim.session.commands import SetLive
from lrsim.session.snapshot import Place
from tests.gui.driving import opened


def experiment(name: str = "edge-of-stability", **values: object):
    return with_values(files.load(name), list(values.items()))


@pytest.fixture
def open_landscape(qtbot):
    found = []

    def open_it(chosen, size=(1600, 1000)):
        context = opened(qtbot, experiment=chosen, size=size)
        driven = context.__enter__()
        found.append(context)
        driven.window.choose_layout("landscape")
        return driven, driven.window.stage["stability"]

    yield open_it
    for context in found:
        context.__exit__(None, None, None)


def run_to(driven, view, step: int) -> None:
    driven.session.run_to(step)
    driven.wait_for_step(step)
    settle(driven, view)


def settle(driven, view) -> None:
    driven.bridge.pull()
    driven.qtbot.waitUntil(lambda: view.settled)
    view.plot.grab()


def test_each_dot_is_the_sharpness_of_its_step_and_the_line_is_what_the_rate_allows(open_landscape):
    driven, view = open_landscape(experiment())
    run_to(driven, view, 200)
    driven.window.commands.set_rate(0.4)
    run_to(driven, view, 300)
    rows = [[float(cell) for cell in line.split(",")] for line in view.plot.csv().splitlines()[1:]]
    assert rows[0][0] == 0
    assert rows[-1][0] == 300
    assert len(rows) > 40
    reader, shown = driven.bridge.reader, driven.snapshot()
    for step, sharpness, rate, limit, product in rows[:: len(rows) // 8]:
        moment = reader.moment(_at(shown, int(step)))
        assert sharpness == pytest.approx(registry.INSTRUMENTS["sharpness"].measure(moment), rel=2e-3)
        assert rate == (0.2 if step < 200 else 0.4)
        assert limit == 2
        assert product == rate * sharpness
    plot = view.plot
    before, after = plot._allowed[plot._line_steps < 200], plot._allowed[plot._line_steps >= 200]
    assert set(before.tolist()) == {10.0}
    assert set(after.tolist()) == {5.0}


def test_a_change_at_the_newest_step_counts_there_at_once_and_undo_takes_it_back(open_landscape):
    driven, view = open_landscape(experiment())
    run_to(driven, view, 60)
    for key, value, rate, limit in ((RATE_KEY, 0.4, 0.4, 2.0), ("optimizer.momentum", 0.5, 0.4, 3.0)):
        driven.session.send(SetLive(key, value))
        driven.wait_still()
        settle(driven, view)
        assert last(view)[2:4] == [rate, limit]
    for rate in (0.4, 0.2):
        driven.window.commands.undo()
        driven.wait_still()
        settle(driven, view)
        assert last(view)[2:4] == [rate, 2.0]


def last(view) -> list[float]:
    return [float(cell) for cell in view.plot.csv().splitlines()[-1].split(",")]


def _at(snapshot, step: int):
    place = Place(snapshot.place.run, snapshot.place.branch, step)
    return dataclasses.replace(snapshot, place=place, step=step)


def test_what_a_fork_changes_is_measured_anew_and_what_it_shares_is_not(open_landscape):
    driven, view = open_landscape(experiment())
    run_to(driven, view, 120)
    first = {row.split(",")[0]: row for row in view.plot.csv().splitlines()[1:]}
    driven.session.fork(60, {RATE_KEY: 0.05})
    driven.wait_still()
    run_to(driven, view, 120)
    second = {row.split(",")[0]: row for row in view.plot.csv().splitlines()[1:]}
    assert all(second[step] == first[step] for step in first if int(step) < 60 and step in second)
    assert second["120"] != first["120"]
    driven.window.commands.undo()
    driven.wait_still()
    settle(driven, view)
    third = {row.split(",")[0]: row for row in view.plot.csv().splitlines()[1:]}
    assert third["120"] == first["120"]


def test_an_optimizer_with_a_memory_is_held_against_its_own_limit(open_landscape):
    driven, view = open_landscape(experiment(optimizer={"name": "adam", "lr": 0.001}))
    run_to(driven, view, 100)
    assert "scales" in view.plot.y_title
    values = dict(zip(("step", "sharpness", "rate", "limit", "product"),
                      map(float, view.plot.csv().splitlines()[-1].split(","))))  # fmt: skip
    assert values["limit"] == pytest.approx(38)
    moment = driven.bridge.reader.moment(driven.snapshot())
    assert values["product"] == pytest.approx(registry.INSTRUMENTS["lr_sharpness"].measure(moment), rel=5e-3)
    assert view.plot._allowed[-1] == pytest.approx(38 / 0.001)
    first = float(view.plot.csv().splitlines()[1].split(",")[1])
    assert math.isnan(first)  # before its first update there is nothing to scale by


def test_a_run_that_diverges_is_drawn_and_marked(open_landscape):
    driven, view = open_landscape(experiment(**{"optimizer.lr": 40.0}))
    driven.session.run_to(3000)
    driven.qtbot.waitUntil(lambda: driven.snapshot().diverged_at is not None and not driven.bridge.running)
    settle(driven, view)
    assert view.plot.in_words()
    assert np.isfinite([view.plot.scale.lo, view.plot.scale.hi]).all()


def test_the_pointer_reads_the_nearest_dot_and_words_say_where_it_stands(open_landscape):
    driven, view = open_landscape(experiment())
    run_to(driven, view, 50)
    plot = view.plot
    before = plot.grab().toImage()
    at = QPoint(round(plot.step_px(25)), round(plot.area.center().y()))
    driven.qtbot.mouseMove(plot, QPoint(2, 2))
    driven.qtbot.mouseMove(plot, at)
    assert plot.grab().toImage() != before
    names = [line.name for line in plot.readout(25)]
    assert "rate x sharpness" in names
    assert "After step 50 the sharpness is" in plot.in_words()


def test_while_it_plays_little_is_measured_and_nothing_waits(open_landscape):
    driven, view = open_landscape("spiral")
    driven.session.set_speed(math.inf)
    driven.session.play()
    driven.qtbot.waitUntil(lambda: driven.snapshot().tip > 2000)
    driven.session.pause()
    driven.wait_still()
    settle(driven, view)
    assert len(view.plot.csv().splitlines()) > 30


def test_another_run_of_another_size_is_measured_though_the_one_before_still_was(open_landscape):
    driven, view = open_landscape(experiment())
    driven.session.run_to(300)
    driven.wait_for_step(300)
    for name in ("spiral", "edge-of-stability", "catapult"):
        driven.window.commands.load_named(name)
        driven.qtbot.waitUntil(lambda: not driven.window.commands.loading)
        driven.session.run_to(40)
        driven.wait_for_step(40)
    settle(driven, view)
    assert view.plot.failure == ""
    assert len(view.plot.csv().splitlines()) > 20


def test_hidden_it_measures_nothing(open_landscape):
    driven, view = open_landscape(experiment())
    driven.window.choose_layout("step")
    driven.session.run_to(50)
    driven.wait_for_step(50)
    assert view.settled
    assert len(view.plot.csv().splitlines()) <= 2  # what was asked for before it was hidden
    driven.window.choose_layout("landscape")
    settle(driven, view)
    assert len(view.plot.csv().splitlines()) > 30
