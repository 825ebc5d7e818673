"""What other branches count beside the one at hand: enough to be seen, never so much that it is squeezed."""

from __future__ import annotations

import numpy as np
import pytest

from lrsim.gui.chart.other_branches import drawn_in
from lrsim.gui.chart.scales import ScaleKind
from lrsim.gui.chart.step_chart import StepPlot
from tests.gui.driving import opened

FAR = np.array([-1e308, -3.0, 0.5, 2.0, 1e30, 1e308, np.inf, np.nan])


@pytest.mark.parametrize(
    ("kind", "low", "high", "wanted"),
    [
        (ScaleKind.LINEAR, 0.0, 1.0, [-1.0, -1.0, 0.5, 2.0, 2.0, 2.0]),
        (ScaleKind.LINEAR, -1e308, 1e308, [-1e308, -3.0, 0.5, 2.0, 1e30, 1e308]),
        (ScaleKind.LOG, 1.0, 10.0, [0.5, 2.0, 1e3, 1e3]),
        (ScaleKind.LOG, 1e-300, 1e300, [0.5, 2.0, 1e30, 1e308]),
        (ScaleKind.SYMLOG, -1.0, 2.0, [-200.0, -3.0, 0.5, 2.0, 200.0, 200.0]),
        (ScaleKind.SYMLOG, 0.0, 0.0, [-100.0, -3.0, 0.5, 2.0, 100.0, 100.0]),
        (ScaleKind.SYMLOG, -1e308, 1e308, [-1e308, -3.0, 0.5, 2.0, 1e30, 1e308]),
    ],
)
def test_others_count_as_far_as_the_branch_at_hand_reaches_and_no_number_is_too_large(kind, low, high, wanted):
    assert drawn_in(kind, low, high, FAR).tolist() == pytest.approx(wanted)


@pytest.mark.parametrize("kind", ScaleKind)
def test_every_chart_shows_another_branch_on_every_scale(qtbot, kind):
    with opened(qtbot, experiment="spiral", size=(1600, 900)) as driven:
        driven.session.run_to(120)
        driven.wait_for_step(120)
        driven.session.seek(40)
        driven.wait_for_step(40)
        driven.window.commands.set_rate(0.3)
        driven.session.run_to(150)
        driven.wait_for_step(150)
        for layout in ("step", "curves"):
            driven.window.choose_layout(layout)
            for chart in driven.window.findChildren(StepPlot):
                if chart.isVisible() and kind in chart.controls.scale_actions:
                    chart.controls.choose(kind)
                    chart.grab()
