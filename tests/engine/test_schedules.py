"""Schedules are pure functions from steps to rates."""

from __future__ import annotations

import numpy as np
import pytest

from lrsim.experiment import ExperimentError, ScheduleSpec
from lrsim.schedules import rates


def test_constant():
    found = rates(ScheduleSpec(), 0.1, 1000, 5, 6)
    assert found.dtype == np.float64
    assert found.tolist() == [0.1] * 5
    assert rates(ScheduleSpec(), 0.1, 0, 0, 6).shape == (0,)


def test_others_are_refused():
    with pytest.raises(ExperimentError, match=r'schedule\.name: .*got "cosine"'):
        rates(ScheduleSpec(name="cosine"), 0.1, 0, 5, 6)
