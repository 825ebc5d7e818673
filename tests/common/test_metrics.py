"""Names, words and direction of the figures."""

from __future__ import annotations

import pytest

from lrsim.common.metrics import METRIC_NAMES, METRICS, held_out, metric_of


def test_the_names_are_those_of_the_results():
    assert METRIC_NAMES == ("loss", "error", "accuracy", "val_loss", "val_error", "val_accuracy")


@pytest.mark.parametrize("metric", METRICS)
def test_a_name_reads_back_to_its_metric(metric):
    assert metric_of(metric.name) == metric
    assert metric.held_out == metric.name.startswith("val_")
    assert held_out(metric.quantity) == metric_of(held_out(metric.quantity)).name
    assert metric.words == f"{'validation' if metric.held_out else 'training'} {metric.quantity}"
    assert metric.higher_is_better == ("accuracy" in metric.name)
