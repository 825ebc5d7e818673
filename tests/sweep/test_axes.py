"""Where runs stand in an overview."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lrsim.sweep.axes import (
    across_and_down,
    at_value,
    axis_of,
    best_record,
    final_value,
    key_axis,
    lost_word,
    median_grid,
    median_of,
    units,
    wants_log,
    without_explosions,
)
from lrsim.sweep.record import Record


def record(index: int, values: dict[str, Any] | None = None, diverged: bool = False, **final: float) -> Record:
    """A run with these final figures; what overviews do not look at is None."""
    blank: dict[str, Any] = dict.fromkeys(Record.__dataclass_fields__)
    given = {
        "index": index, "values": tuple((values or {}).items()), "final": final, "best": final, "history": {},
        "diverged_at": 3 if diverged else None, "verdict": "diverged" if diverged else "settled", "loss_name": "mse",
        "scale_target": "none",
    }  # fmt: skip
    return Record(**{**blank, **given})


def test_numbers_stand_by_their_size_each_once():
    axis = key_axis([0.3, 0.1, 0.2, 0.1], "optimizer.momentum")
    assert (axis.values, axis.places.tolist(), axis.numeric, axis.log) == (
        (0.1, 0.2, 0.3),
        [0.1, 0.2, 0.3],
        True,
        False,
    )
    assert [axis.unit(value) for value in (0.1, 0.2, 0.3)] == pytest.approx([0, 0.5, 1])
    assert axis.place(0.2) == 0.2


def test_numbers_over_decades_stand_by_their_logarithm():
    axis = key_axis([1, 1e-4, 1e-2], "optimizer.lr")
    assert axis.log
    assert [axis.unit(value) for value in (1e-4, 1e-2, 1)] == pytest.approx([0, 0.5, 1])


@pytest.mark.parametrize(
    ("values", "log"), [((1, 19.9), False), ((1, 20), True), ((0, 1e6), False), ((-1, 100), False)]
)
def test_when_an_axis_is_logarithmic(values, log):
    assert key_axis(values, "k").log == log


def test_anything_else_stands_evenly_in_the_order_given():
    axis = key_axis(["relu", "tanh", "relu", "linear"], "model.layers.0.activation")
    assert (axis.values, axis.numeric) == (("relu", "tanh", "linear"), False)
    assert [axis.unit(value) for value in axis.values] == [0, 0.5, 1]
    assert not key_axis([True, False], "k").numeric
    assert not key_axis([1, "auto"], "k").numeric


def test_a_single_value_stands_in_the_middle():
    assert key_axis([5], "k").unit(5) == 0.5
    assert key_axis(["a"], "k").unit("a") == 0.5


def test_runs_by_the_values_of_a_key():
    runs = [record(k, {"optimizer.lr": lr, "training.seed": k}) for k, lr in enumerate([0.2, 0.1, 0.2])]
    assert axis_of(runs, "optimizer.lr").values == (0.1, 0.2)
    assert [run.index for run in at_value(runs, "optimizer.lr", 0.2)] == [0, 2]


@pytest.mark.parametrize("keys", [("optimizer.lr", "training.batch_size"), ("training.batch_size", "optimizer.lr")])
def test_the_rate_goes_across(keys):
    assert across_and_down(keys) == ("optimizer.lr", "training.batch_size")


def test_final_figures_of_runs_that_have_one():
    assert final_value(record(0, loss=0.5), "loss") == 0.5
    assert math.isnan(final_value(record(0, loss=0.5), "accuracy"))
    assert math.isnan(final_value(record(0, diverged=True, loss=0.5), "loss"))
    assert math.isnan(final_value(record(0, loss=math.inf), "loss"))


def test_the_best_is_the_lowest_loss_and_the_highest_accuracy():
    lost = record(2, diverged=True, loss=0.0, accuracy=1.0)
    runs = [record(0, loss=0.3, accuracy=0.7), record(1, loss=0.1, accuracy=0.5), lost]
    best = [best_record(runs, metric) for metric in ("loss", "accuracy")]
    assert [run and run.index for run in best] == [1, 0]
    assert best_record(runs[2:], "loss") is None


def test_of_equal_accuracies_the_best_has_the_lower_loss():
    runs = [record(0, accuracy=0.9, loss=0.7), record(1, accuracy=0.9, loss=0.2), record(2, accuracy=0.8, loss=0.1)]
    found = best_record(runs, "accuracy")
    assert found is not None
    assert found.index == 1


def test_medians_over_the_seeds():
    a, b = "optimizer.lr", "training.batch_size"
    cells = [(0.1, 1, 5.0), (0.1, 1, 1.0), (0.1, 1, 3.0), (0.2, 1, 7.0), (0.1, 2, 4.0), (0.1, 2, 6.0)]
    runs = [record(k, {a: lr, b: size}, loss=loss) for k, (lr, size, loss) in enumerate(cells)]
    grid = median_grid(runs, axis_of(runs, b), axis_of(runs, a), "loss")
    np.testing.assert_array_equal(grid, [[3.0, 7.0], [5.0, np.nan]])
    assert median_of(runs, "loss") == 4.5
    assert math.isnan(median_of(runs, "accuracy"))


@pytest.mark.parametrize(
    ("figures", "log", "wanted"),
    [
        ([1.0, 3.0, 2.0, math.nan], False, [0, 1, 0.5, math.nan]),
        ([1.0, 100.0, 10.0], True, [0, 1, 0.5]),
        ([7.0, math.nan, 7.0], False, [0.5, math.nan, 0.5]),
        ([math.nan, math.nan], False, [math.nan, math.nan]),
    ],
)
def test_figures_between_0_and_1(figures, log, wanted):
    np.testing.assert_allclose(units(np.array(figures), log), wanted)


@pytest.mark.parametrize(
    ("values", "log"),
    [([1, 29], False), ([1, 31], True), ([], False), ([0, 100], False), ([-5, 100], False), ([math.nan], False),
     ([1e-300, 1e300], True), ([1, math.inf], False)],
)  # fmt: skip
def test_when_values_span_decades(values, log):
    assert wants_log(np.array(values, dtype=np.float64)) == log


def with_losses(index: int, *losses: float, diverged: bool = False) -> Record:
    made = record(index, diverged=diverged, loss=losses[-1])
    return replace(made, history={"loss": np.array(losses)})


def test_runs_that_exploded_show_no_figure():
    runs = [with_losses(0, 1.0, 0.5), with_losses(1, 1.0, 500.0), with_losses(2, 1.0, math.nan, diverged=True)]
    shown = without_explosions(runs)
    assert [dict(run.final) for run in shown[:2]] == [{"loss": 0.5}, {}]
    assert dict(runs[1].final) == {"loss": 500.0}, "the record itself is left alone"


def test_what_became_of_runs_without_figures():
    assert lost_word([record(0, diverged=True), record(1, diverged=True)]) == "diverged"
    assert lost_word([record(0, diverged=True), record(1)]) == "exploded"
