"""What other branches count beside the one at hand: enough to be seen, never so much that it is squeezed."""

from __future__ import annotations

import numpy as np
import pytest

from lrsim.gui.chart.other_branches import drawn_in
from lrsim.gui.chart.scales import ScaleKind

FAR = np.array([-1e308, -3.0, 0.5, 2.0, 1e30, 1e308, np.inf, np.nan])


@pytest.mark.parametrize(
    ("kind", "low", "high", "wanted"),
    [
        (ScaleKind.LINEAR, 0.0, 1.0, [-1.0, -1.0, 0.5, 2.0, 2.0, 2.0]),
        (ScaleKind.LINEAR, -1e308, 1e308, [-1e308, -3.0, 0.5, 2.0, 1e30, 1e308]),
        (ScaleKind.LOG, 1.0, 10.0, [0.5, 2.0, 1e3, 1e3]),
        (ScaleKind.LOG, 1e-300, 1e300, [0.5, 2.0, 1e30, 1e308]),
    ],
)
def test_others_count_as_far_as_the_branch_at_hand_reaches_and_no_number_is_too_large(kind, low, high, wanted):
    assert drawn_in(kind, low, high, FAR).tolist() == pytest.approx(wanted)
