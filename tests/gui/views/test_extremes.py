"""NaN, infinities and the largest floats in any picture: it is drawn, its axes stay sensible, the place is marked."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from lrsim.gui.chart.scales import ScaleKind
from lrsim.gui.look.theme import THEMES, ThemeSource
from lrsim.gui.views.registry import VIEWS
from tests.gui.labels import listening

EXTREMES = np.array([np.nan, np.inf, -np.inf, 1e308, -1e308, 5e-324, -0.0, 0.0, 1.0])
BY_NAME = {spec.name: spec for spec in VIEWS}
OVER_STEPS = [("parameters", "clip250"), ("error", "clip250"), ("learning", "spiral"), ("weights", "spiral"),
              ("weights", "plane")]  # fmt: skip


def shown(qtbot, name, bridge):
    view = BY_NAME[name].make(bridge, ThemeSource(THEMES["light"]))
    qtbot.addWidget(view)
    view.resize(520, 380)
    view.show()
    return view


def plots(view):
    if hasattr(view, "plot"):
        return [view.plot]
    return [plot for plot in (view.curves, view.bands) if plot.isVisible()]


def extreme(rng, values):
    """Some of the values replaced by extreme ones."""
    found = values.copy()
    places = rng.random(values.shape) < 0.3
    found[places] = rng.choice(EXTREMES, size=int(places.sum()))
    return found


def broken(rng, reader, monkeypatch):
    """Whatever is read of the run holds extreme numbers."""
    series, epochs, errors = reader.series, reader.epochs, reader.sample_errors

    def bad_series(*args):
        found = series(*args)
        low = {name: extreme(rng, values) for name, values in found.low.items()}
        high = {name: np.fmax(values, low[name]) for name, values in found.high.items()}
        low = {name: np.fmin(values, high[name]) for name, values in low.items()}
        for part in (low, high):
            for values in part.values():
                values[~np.isfinite(values)] = np.nan
        return dataclasses.replace(found, low=low, high=high)

    def bad_epochs(*args):
        found = epochs(*args)
        splits = [{name: extreme(rng, values) for name, values in split.items()}
                  for split in (found.training, found.validation)]  # fmt: skip
        return dataclasses.replace(found, training=splits[0], validation=splits[1], spread=extreme(rng, found.spread))

    def bad_errors(*args):
        found = errors(*args)
        return found and dataclasses.replace(found, errors=extreme(rng, found.errors))

    monkeypatch.setattr(reader, "series", bad_series)
    monkeypatch.setattr(reader, "epochs", bad_epochs)
    monkeypatch.setattr(reader, "sample_errors", bad_errors)


@pytest.mark.parametrize(("name", "preset"), OVER_STEPS)
@pytest.mark.parametrize("steps", [7, 700])
def test_curves_bear_every_number(make_bridge, qtbot, monkeypatch, name, preset, steps):
    rng = np.random.default_rng(steps)
    bridge = make_bridge(preset)
    bridge.train(steps)
    view = shown(qtbot, name, bridge)
    broken(rng, bridge.reader, monkeypatch)
    for plot in plots(view):
        for kind in ScaleKind:
            for _ in range(4):
                plot.set_scale(kind)
                plot._fetched = ()
                view.grab()
                ends = plot.scale.value(0), plot.scale.value(1)
                assert all(map(math.isfinite, ends))
                assert ends[0] < ends[1]
                ticks = plot.y_ticks(8)
                assert len([tick for tick in ticks if tick.text]) <= 20
                plot.readout(min(steps, 5))
                plot.csv()


@pytest.mark.parametrize(
    ("name", "preset"),
    [("function", "clip250"), *(("regions", each) for each in ("spiral", "gauss", "plane")), ("images", "digits-adam")],
)
@pytest.mark.parametrize("value", EXTREMES.tolist())
def test_what_a_model_answers_is_drawn_whatever_its_parameters_are(make_bridge, qtbot, name, preset, value):
    if preset.startswith("digits"):
        pytest.importorskip("sklearn")
    bridge = make_bridge(preset)
    snapshot = bridge.train(3)
    view = shown(qtbot, name, bridge)
    theta = snapshot.theta.copy()
    with np.errstate(over="ignore"):
        theta[:: max(len(theta) // 7, 1)] = value
    view.show_snapshot(dataclasses.replace(snapshot, theta=theta, version=snapshot.version + 1))
    for _ in range(2):
        view.grab()
    if name == "images":
        assert view.portrait.given.text()
        return
    plot = view.plot
    assert all(math.isfinite(plot.scale.value(end)) for end in (0, 1))
    plot.readout(plot.area.center() if name == "regions" else 1.0)
    plot.csv()


def settled(qtbot, view):
    qtbot.waitUntil(lambda: not view.grab().isNull() and view.settled)
    view.grab()
    return view.plot


def sensible(plot):
    """Both ends of both axes are finite and in order; what is told, copied and exported comes."""
    for scale in (plot.scale, plot.x_scale):
        ends = scale.value(0), scale.value(1)
        assert all(map(math.isfinite, ends))
        assert ends[0] < ends[1]
    assert len([tick for tick in plot.y_ticks(8) if tick.text]) <= 20
    assert plot.in_words()
    assert plot.csv()


@pytest.mark.parametrize("value", EXTREMES.tolist())
@pytest.mark.parametrize("name", ["histogram", "flips"])
def test_layers_over_steps_bear_every_number(make_bridge, qtbot, monkeypatch, name, value):
    bridge = make_bridge("spiral")
    bridge.train(40)
    reader, rng = bridge.reader, np.random.default_rng(1)
    path, stretch = reader.path, reader.stretch

    def broken_thetas(thetas):
        found = thetas.copy()
        with np.errstate(over="ignore"):
            found[rng.random(found.shape) < 0.4] = value
        return found

    monkeypatch.setattr(reader, "path", lambda *args: dataclasses.replace(
        path(*args), thetas=broken_thetas(path(*args).thetas)))  # fmt: skip
    monkeypatch.setattr(reader, "stretch", lambda *args: broken_thetas(stretch(*args)))
    view = shown(qtbot, name, bridge)
    plot = settled(qtbot, view)
    sensible(plot)
    plot.pointer = plot.area.center()
    plot.grab()


@pytest.mark.parametrize("value", EXTREMES.tolist())
def test_sharpness_bears_every_number(make_bridge, qtbot, monkeypatch, value):
    bridge = make_bridge("edge-of-stability")
    bridge.train(30)
    reader, measured = bridge.reader, bridge.reader.stability

    def broken_stability(snapshot, step, start=None):
        found = measured(snapshot, step, start)
        if step % 3:
            return found
        return dataclasses.replace(found, curvature=dataclasses.replace(found.curvature, largest=value))

    monkeypatch.setattr(reader, "stability", broken_stability)
    view = shown(qtbot, "stability", bridge)
    plot = settled(qtbot, view)
    for kind in ScaleKind:
        plot.set_scale(kind)
        plot.grab()
        sensible(plot)
    plot.readout(0)


@pytest.mark.parametrize("value", EXTREMES.tolist())
def test_first_layer_weights_bear_every_number(make_bridge, qtbot, value):
    pytest.importorskip("sklearn")
    bridge = make_bridge("digits-adam")
    snapshot = bridge.train(3)
    view = shown(qtbot, "filters", bridge)
    theta = snapshot.theta.copy()
    with np.errstate(over="ignore"):
        theta[::7] = value
    view.show_snapshot(dataclasses.replace(snapshot, theta=theta, version=snapshot.version + 1))
    view.plot.pointer = view.plot._boxes(view.plot.size(), 64, (8, 8))[3].center()
    view.grab()
    assert view.plot.in_words()
    assert view.plot.csv()


@pytest.mark.parametrize("name", ["parameters", "error", "function"])
def test_where_a_run_stops_being_finite_is_said(make_bridge, qtbot, monkeypatch, name):
    bridge = make_bridge("clip250", optimizer__lr=1.0, stop__divergence=False)
    view = shown(qtbot, name, bridge)
    bridge.session.step(1500)
    snapshot = bridge.carry_out()
    assert snapshot.diverged_at is not None
    with listening(monkeypatch) as written:
        view.grab()
    text = " ".join(each.text for each in written)
    assert "not finite" in text
    assert f"{snapshot.diverged_at}" in text.replace("\u202f", "")


@pytest.mark.parametrize(("name", "preset"), [("learning", "spiral"), ("weights", "spiral"), ("regions", "spiral")])
def test_larger_models_say_it_too(make_bridge, qtbot, monkeypatch, name, preset):
    bridge = make_bridge(preset, optimizer__lr=1e305, stop__divergence=False)
    view = shown(qtbot, name, bridge)
    bridge.session.step(90)
    snapshot = bridge.carry_out()
    if snapshot.diverged_at is None:
        pytest.skip("this optimizer holds even that")
    with listening(monkeypatch) as written:
        view.grab()
    assert "not finite" in " ".join(each.text for each in written)
