"""What the curves pass through is in the data: values, means of epochs that lie too close, and the extremes of bins."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from lrsim.gui.chart import step_chart, strokes
from lrsim.gui.look.theme import THEMES, ThemeSource
from lrsim.gui.views import learning
from lrsim.gui.views.error import ErrorView
from lrsim.gui.views.learning import LearningView
from lrsim.gui.views.parameters import ParametersView
from lrsim.gui.views.switches import BY_SAMPLE, Switches


@pytest.fixture
def drawn(monkeypatch):
    """Lines and bands as they are drawn, in pixels: (name, x, y of the line or both edges, style of the pen)."""
    found = []
    line, band = strokes.draw_line, strokes.draw_band

    def take_line(painter, x, y, pen, *, smooth):
        found.append(("line", x, (y,), pen))
        line(painter, x, y, pen, smooth=smooth)

    def take_band(painter, x, low, high, color):
        found.append(("band", x, (low, high), color))
        band(painter, x, low, high, color)

    for module in (strokes, learning, step_chart):
        for name, take in (("draw_line", take_line), ("draw_band", take_band)):
            monkeypatch.setattr(module, name, take, raising=False)
    return found


def shown(qtbot, view_class, bridge, size):
    view = view_class(bridge, ThemeSource(THEMES["light"]))
    qtbot.addWidget(view)
    view.resize(*size)
    view.show()
    return view


@pytest.mark.parametrize(("epochs", "width"), [(90, 700), (500, 560), (1000, 700)])
def test_means_of_epochs_are_points_joined_and_their_spread_is_a_shade(make_bridge, qtbot, drawn, epochs, width):
    bridge = make_bridge("spiral", training__epochs=epochs)
    view = shown(qtbot, LearningView, bridge, (width, 400))
    snapshot = bridge.train(epochs * bridge.reader.problem.steps_per_epoch)
    drawn.clear()
    view.grab()
    plot, series = view.plot, bridge.reader.epochs(snapshot)
    size = plot._thinned_epochs(series.steps).size
    assert plot.x_title == (f"{size} epochs a point, step" if size > 1 else "step")
    for split, style in ((series.training, Qt.PenStyle.SolidLine), (series.validation, Qt.PenStyle.DashLine)):
        values = split["loss"]
        color = plot.theme.series[learning.LOSS]
        lines = [item for item in drawn if item[0] == "line" and item[3].style() == style
                 and item[3].color().name().upper() == color]  # fmt: skip
        x, (y,) = lines[-1][1:3]
        found = [plot.scale.value(share) for share in ((plot.area.bottom() - y) / plot.area.height()).tolist()]
        places = np.arange(len(values)) // size
        means = [values[places == place].mean() for place in range(places[-1] + 1)]
        assert found == pytest.approx(means, rel=1e-6, abs=1e-9)
        steps = [series.steps[places == place] for place in range(places[-1] + 1)]
        assert [plot.x_at(at) for at in x.tolist()] == pytest.approx([(s[0] + s[-1]) / 2 for s in steps])
        if size > 1:
            assert any(
                name == "band"
                and len(x) == len(means)
                and np.allclose(
                    [plot.scale.value(share) for share in ((plot.area.bottom() - low) / plot.area.height()).tolist()],
                    [values[places == place].min() for place in range(places[-1] + 1)],
                )
                for name, x, (low, *_), _ in drawn
            )


@pytest.mark.parametrize("view_class", [ErrorView, ParametersView])
@pytest.mark.parametrize("steps", [40, 3000, 70_000])
def test_curves_over_steps_pass_through_the_least_and_greatest_of_each_bin(
    make_bridge, qtbot, drawn, view_class, steps
):
    bridge = make_bridge("clip250")
    Switches.of(bridge)[BY_SAMPLE].setChecked(False)
    view = shown(qtbot, view_class, bridge, (500, 300))
    snapshot = bridge.train(steps)
    drawn.clear()
    view.grab()
    plot = view.plot
    columns = [curve.column for curve in plot._curves]
    data = bridge.reader.series(snapshot, columns, 0, steps, steps)
    for name, x, ys, _ in drawn:
        at = [plot.x_at(place) for place in x.tolist()]
        size = step_chart.bin_size(plot._series)
        for y in ys:
            for step, place in list(zip(at, y.tolist()))[:: max(len(at) // 50, 1)]:
                inside = (data.x > step - size / 2 - 1e-6) & (data.x < step + size / 2 + 1e-6)
                values = np.concatenate([data.low[column][inside] for column in columns])
                pixels = np.clip(plot.y_px(values), plot.area.top(), plot.area.bottom())
                if np.isfinite(place):
                    assert np.isclose(pixels, place, atol=1e-6).any(), (name, step)
