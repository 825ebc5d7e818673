"""What is proposed to be swept."""

from __future__ import annotations

import pytest

from lrsim.experiment.files import load, presets
from lrsim.experiment.keys import with_value
from lrsim.sweep.plan import describe
from lrsim.sweep.proposal import proposed_over


@pytest.mark.parametrize("name", [preset.name for preset in presets()])
def test_a_presets_own_sweep_is_proposed_else_rates_around_its_own(name: str) -> None:
    experiment = load(name)
    over = proposed_over(experiment)
    if experiment.sweep.over:
        assert {key: tuple(values) for key, values in over.items()} == experiment.sweep.over
    else:
        (values,) = over.values()
        assert values[4] == experiment.optimizer.lr
        assert values == sorted(values)
        assert (values[0], values[-1]) == pytest.approx((values[4] / 100, values[4] * 100))


@pytest.mark.parametrize("rate", [5e-324, 1e-310, 0.1 + 0.2, 1e307])
def test_what_is_proposed_can_be_run_whatever_the_rate(rate: float) -> None:
    experiment = with_value(load("circle"), "optimizer.lr", rate)
    over = proposed_over(experiment)
    assert rate in over["optimizer.lr"]
    describe(experiment, over)
