"""What the overviews of a sweep show: decided once for the window and for paper."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lrsim.experiment.files import load
from lrsim.sweep import executors
from lrsim.sweep.axes import at_value, axis_of, key_axis
from lrsim.sweep.cells import frame, grouped, rows_and_columns
from lrsim.sweep.finals import final_curve, final_lines, final_map
from lrsim.sweep.job import SweepJob
from lrsim.sweep.plan import describe

RATES = [1e-6, 1e-5, 1.0, 10.0]
LR, BATCH = "optimizer.lr", "training.batch_size"


def run(preset, over, seeds=(0,), epochs=3):
    job = SweepJob(describe(load(preset), over, seeds, max_epochs=epochs), executors.threads)
    job.run()
    return job.records


@pytest.fixture(scope="module")
def by_rate():
    return run("clip250", {LR: RATES}, epochs=400)


@pytest.fixture(scope="module")
def by_two():
    return run("circle", {LR: [0.001, 0.1], BATCH: [8, 16, 32]}, seeds=(1, 2, 3))


def test_a_stretch_is_lost_from_half_way_to_the_last_value_that_is_not(by_rate):
    curve = final_curve(by_rate, axis_of(by_rate, LR))
    assert [record.verdict for record in by_rate[2:]] == ["diverged", "diverged"]
    (lost,) = curve.lost()
    axis = curve.axis
    assert lost.left == pytest.approx((axis.unit(1e-5) + axis.unit(1.0)) / 2)
    assert axis.place_at(lost.left) == pytest.approx(10**-2.5)
    assert lost.right == np.inf
    assert [record.index for record in lost.records] == [2, 3]


def test_values_without_a_run_are_neither_lost_nor_found(by_rate):
    curve = final_curve(by_rate[:1], key_axis(RATES, LR))
    assert curve.lost() == []
    assert np.isnan(curve.medians("loss")).tolist() == [False, True, True, True]


def test_the_best_cell_is_that_of_the_best_median(by_two):
    found = final_map(by_two, axis_of(by_two, BATCH), axis_of(by_two, LR))
    assert found.figures.shape == (3, 2)
    for (row, column), figure in np.ndenumerate(found.figures):
        cell = found.at(row, column)
        assert len(cell) == 3
        assert figure == np.median([record.final[found.metric] for record in cell])
        assert all(found.cell_of(record) == (row, column) for record in cell)
    assert found.metric.endswith("accuracy")
    assert found.figures[found.best] == found.figures.max()


def test_of_cells_with_equal_figures_the_best_has_the_lowest_loss(by_two):
    same = [replace(run, final={"accuracy": 0.75, "loss": 0.1 + (5 * run.index + 3) % 7}) for run in by_two]
    found = final_map(same, axis_of(same, BATCH), axis_of(same, LR))
    medians = {place: np.median([run.final["loss"] for run in found.at(*place)]) for place in np.ndindex(3, 2)}
    assert found.best == min(medians, key=medians.__getitem__)
    assert found.best != (0, 0)


def test_a_map_of_nothing_has_no_best_cell():
    found = final_map([], key_axis([1, 2], BATCH), key_axis(RATES, LR))
    assert found.best is None
    assert found.figures.shape == (2, 4)


def test_a_line_runs_through_its_values_to_its_figure(by_rate):
    found = final_lines(by_rate, [axis_of(by_rate, LR)])
    assert found.line(0, -1.0)[0] == 0.0
    assert found.line(3, -1.0) == [1.0, -1.0]
    assert found.lost == by_rate[2:]
    assert [height for height, _ in found.ticks] == [0, 0.25, 0.5, 0.75, 1]
    assert found.best in by_rate[:2]


def test_the_frame_leaves_out_what_diverged_and_reaches_the_last_epoch(by_rate, by_two):
    assert frame(by_rate).epochs == max(record.steps / record.steps_per_epoch for record in by_rate)
    assert frame(by_rate).epoch_range[0] == 0
    kept = np.concatenate([record.history["loss"] for record in by_rate[:2]])
    assert sorted(frame(by_rate).losses) == sorted(kept)
    few = frame(by_two)
    assert few.epoch_range == (0.5, 3.5)
    assert (few.twin, few.held_out) == (True, True)
    assert frame(()).epoch_range == (0.5, 1.5)


def test_runs_that_differ_by_their_seed_share_a_cell(by_two):
    cells = grouped(by_two)
    assert [len(cell) for cell in cells] == [3] * 6
    assert rows_and_columns(cells) == (2, 3)
    assert rows_and_columns(cells[:5]) is None
    assert rows_and_columns([]) is None


def test_runs_are_grouped_by_their_values_also_where_those_can_not_be_keys():
    hidden, out = {"units": 3, "activation": "tanh"}, {"units": 1, "activation": "sigmoid"}
    records = run("circle", {"model.layers": [[hidden, out], [out]], LR: [0.1, 1]}, seeds=(1, 2), epochs=1)
    layers, rates = axis_of(records, "model.layers"), axis_of(records, LR)
    curve, found = final_curve(records, layers), final_map(records, layers, rates)
    assert curve.groups == [at_value(curve.records, "model.layers", value) for value in layers.values]
    for row, value in enumerate(layers.values):
        for column, rate in enumerate(rates.values):
            expected = at_value(at_value(found.records, "model.layers", value), LR, rate)
            assert found.at(row, column) == expected
            assert len(expected) == 2
            assert {found.cell_of(record) for record in expected} == {(row, column)}
